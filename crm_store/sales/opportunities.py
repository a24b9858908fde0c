"""Opportunities: what a contact or a company may buy. Won, lost with a reason, opened again."""

from __future__ import annotations

from typing import Any, cast

from crm_store.changes import RecordWriter
from crm_store.errors import InvalidRecord, NotPossible, Problem
from crm_store.kinds import OPPORTUNITY
from crm_store.reader import Reader
from crm_store.records import Opportunity, OpportunityState
from crm_store.sales.lead_settings import LeadSettings, word_problem
from crm_store.tables import opportunities

_NEWEST_FIRST = (opportunities.c.created_at.desc(), opportunities.c.id.desc())


def newest_open_opportunity(reader: Reader, contact_id: int) -> Opportunity | None:
    """The open opportunity of a contact that was made last; None without one."""
    is_open = (
        opportunities.c.contact_id == contact_id,
        opportunities.c.state == OpportunityState.OPEN,
    )
    return next(reader.matching(OPPORTUNITY.name, *is_open, order=_NEWEST_FIRST, limit=1), None)


def opportunities_of(
    reader: Reader,
    *,
    contact_id: int | None = None,
    account_id: int | None = None,
    state: OpportunityState | None = None,
) -> list[Opportunity]:
    """The opportunities of a contact or a company, the newest first."""
    conditions = [
        column == value
        for column, value in (
            (opportunities.c.contact_id, contact_id),
            (opportunities.c.account_id, account_id),
            (opportunities.c.state, state),
        )
        if value is not None
    ]
    return list(reader.matching(OPPORTUNITY.name, *conditions, order=_NEWEST_FIRST))


def win(writer: RecordWriter, opportunity_id: int, *, version: int | None = None) -> Opportunity:
    """The customer buys: it is closed, now. Raises NotPossible for one that is closed."""
    _need_open(writer, opportunity_id, version)
    changes = {"state": OpportunityState.WON, "closed_at": writer.now}
    return _change(writer, opportunity_id, changes, "won")


def lose(
    writer: RecordWriter, opportunity_id: int, reason: str, *, version: int | None = None
) -> Opportunity:
    """The customer does not buy: it is closed, now, for a reason of the settings' list.

    Raises NotPossible for one that is closed, InvalidRecord for a reason not in the list.
    """
    _need_open(writer, opportunity_id, version)
    check_reason(writer, reason)
    changes = {
        "state": OpportunityState.LOST,
        "closed_at": writer.now,
        "lost_reason": reason,
    }
    return _change(writer, opportunity_id, changes, "lost")


def reopen(writer: RecordWriter, opportunity_id: int, *, version: int | None = None) -> Opportunity:
    """It may be won after all. Raises NotPossible for one that is open."""
    opportunity = _need(writer, opportunity_id, version)
    if opportunity.state is OpportunityState.OPEN:
        raise NotPossible(f"opportunity {opportunity_id} is open")
    changes = {"state": OpportunityState.OPEN, "closed_at": None, "lost_reason": None}
    return _change(writer, opportunity_id, changes, "reopened")


def check_reason(reader: Reader, reason: str, field: str = "reason") -> None:
    """Raise InvalidRecord unless a reason for losing is given, and is in the settings' list."""
    if not reason.strip():
        raise InvalidRecord([Problem(field, "is required")])
    words = reader.settings(LeadSettings).lost_reasons
    if problems := list(word_problem(field, reason, words, "lost_reasons")):
        raise InvalidRecord(problems)


def _need(writer: RecordWriter, opportunity_id: int, version: int | None) -> Opportunity:
    found = writer.need(OPPORTUNITY.name, opportunity_id, version=version, is_locked=True)
    return cast(Opportunity, found)


def _need_open(writer: RecordWriter, opportunity_id: int, version: int | None) -> None:
    opportunity = _need(writer, opportunity_id, version)
    if opportunity.state is not OpportunityState.OPEN:
        raise NotPossible(
            f"opportunity {opportunity_id} was {opportunity.state.value} already",
            hint="reopen it first",
        )


def _change(
    writer: RecordWriter, opportunity_id: int, changes: dict[str, Any], action: str
) -> Opportunity:
    done = writer.change(OPPORTUNITY.name, opportunity_id, changes, action=action, is_checked=False)
    return cast(Opportunity, done)
