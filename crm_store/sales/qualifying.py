"""Whether a prospect is one: qualified with his name and company, or disqualified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm_store.changes import RecordWriter
from crm_store.checking.checks import find_problems
from crm_store.checking.filling import filled_in
from crm_store.errors import InvalidRecord, Problem
from crm_store.kinds import LEAD
from crm_store.records import Lead, LeadState
from crm_store.sales.lead_settings import LeadSettings
from crm_store.sales.leads import change_lead, dates_from, end_as_lost, need_open


def qualify(
    writer: RecordWriter,
    lead_id: int,
    name: str,
    company: str,
    *,
    version: int | None = None,
    edits: Mapping[str, Any] | None = None,
) -> Lead:
    """The prospect is worth it: here is who it is. Starts a new lead.

    ``edits`` are fields besides, checked as any change of the lead is. Raises NotPossible for a
    won or lost lead, InvalidRecord without a name or a company.
    """
    lead = need_open(writer, lead_id, version)
    problems = [
        Problem(field, "is required")
        for field, value in (("name", name), ("company", company))
        if not value.strip()
    ]
    if problems:
        raise InvalidRecord(problems)
    changes = {
        **_checked(writer, lead, edits or {}),
        "name": name.strip(),
        "company": company.strip(),
        "status": writer.settings(LeadSettings).on_qualify,
        "state": LeadState.IN_PROGRESS,
    }
    if lead.started_at is None:
        changes |= {"started_at": writer.now, **dates_from(writer.now, lead, None, None)}
    return change_lead(writer, lead_id, changes, "qualified")


def disqualify(
    writer: RecordWriter, lead_id: int, reason: str, *, version: int | None = None
) -> Lead:
    """The prospect is no prospect, for a reason of the settings' list. The lead is lost."""
    status = writer.settings(LeadSettings).on_disqualify
    return end_as_lost(writer, lead_id, reason, status, "disqualified", version)


def _checked(writer: RecordWriter, lead: Lead, edits: Mapping[str, Any]) -> dict[str, Any]:
    """Edits beside an action, with what follows from them; InvalidRecord as for any change."""
    if unknown := sorted(set(edits) - LEAD.changeable):
        raise InvalidRecord([Problem(name, "is no field that can be changed") for name in unknown])
    after = filled_in(writer, writer.by, writer.now, replace(lead, **edits), lead, writer.country)
    if problems := find_problems(writer.connection, LEAD, after, lead):
        raise InvalidRecord(problems)
    return {
        name: getattr(after, name)
        for name in LEAD.changeable
        if getattr(after, name) != getattr(lead, name)
    }
