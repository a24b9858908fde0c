"""The life of a lead: new, in progress, won or lost; and whose work it is.

Its **status** says more than its state, and within one state it is edited like any field. From
state to state it goes by the actions here, each with its date, its entry in the history and its
event. ``docs/leads.md`` has the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from crm_store.changes import RecordWriter
from crm_store.errors import InvalidRecord, NotPossible, Problem
from crm_store.kinds import GROUP, LEAD, USER
from crm_store.reader import Reader
from crm_store.records import Estimate, Lead, LeadState, User
from crm_store.sales.lead_dates import estimate_between, expected_end, is_sensible
from crm_store.sales.lead_settings import LeadSettings
from crm_store.sales.opportunities import check_reason

IS_OPEN = (LeadState.NEW, LeadState.IN_PROGRESS)
AS_IT_IS: Any = object()
"""Leave this as it is; None takes it away."""


def start(
    writer: RecordWriter,
    lead_id: int,
    *,
    status: str | None = None,
    started_at: datetime | None = None,
    estimate: Estimate | None = None,
    expected_at: datetime | None = None,
    version: int | None = None,
) -> Lead:
    """Begin to work on a new lead: now, or when ``started_at`` says.

    ``status`` is one of In Progress, the settings' ``on_start`` without one. The expected end is
    counted anew from the start, by ``estimate`` or the one that the lead has; ``expected_at``
    gives it instead. Raises NotPossible unless the lead is new, and InvalidRecord.
    """
    lead = _need(writer, lead_id, version)
    if lead.state is not LeadState.NEW:
        raise NotPossible(f"lead {lead_id} is {_words(lead.state)} already")
    settings = writer.settings(LeadSettings)
    began = started_at or lead.started_at or writer.now
    changes = {
        "status": _status(settings, status, settings.on_start, LeadState.IN_PROGRESS),
        "state": LeadState.IN_PROGRESS,
        "started_at": began,
        **dates_from(began, lead, estimate, expected_at),
    }
    return change_lead(writer, lead_id, changes, "started")


def win(
    writer: RecordWriter, lead_id: int, *, status: str | None = None, version: int | None = None
) -> Lead:
    """The lead became business, now. Raises NotPossible for one that is won or lost."""
    need_open(writer, lead_id, version)
    settings = writer.settings(LeadSettings)
    if status == settings.on_convert:
        raise InvalidRecord([Problem("status", "a lead is converted by the action convert")])
    changes = {
        "status": _status(settings, status, settings.on_win, LeadState.WON),
        "state": LeadState.WON,
        "completed_at": writer.now,
    }
    return change_lead(writer, lead_id, changes, "won")


def lose(
    writer: RecordWriter,
    lead_id: int,
    reason: str,
    *,
    status: str | None = None,
    version: int | None = None,
) -> Lead:
    """Nothing comes of it, for a reason of the settings' list.

    Raises NotPossible for one that is won or lost, InvalidRecord without such a reason.
    """
    on_lose = writer.settings(LeadSettings).on_lose
    return end_as_lost(writer, lead_id, reason, status or on_lose, "lost", version)


def end_as_lost(
    writer: RecordWriter,
    lead_id: int,
    reason: str,
    status: str,
    action: str,
    version: int | None,
) -> Lead:
    """Let an open lead be lost with this status; ``action`` is what its history calls that."""
    need_open(writer, lead_id, version)
    check_reason(writer, reason)
    settings = writer.settings(LeadSettings)
    changes = {
        "status": _status(settings, status, settings.on_lose, LeadState.LOST),
        "state": LeadState.LOST,
        "completed_at": writer.now,
        "lost_reason": reason,
    }
    return change_lead(writer, lead_id, changes, action)


def reopen(writer: RecordWriter, lead_id: int, *, version: int | None = None) -> Lead:
    """Work on a won or lost lead again, in the state and status in which it was before.

    The history says which. Where it does not, or the status is gone from the settings, it is
    the first of its state. Raises NotPossible for an open lead and a converted one.
    """
    lead = _need(writer, lead_id, version)
    if lead.state in IS_OPEN:
        raise NotPossible(f"lead {lead_id} is {_words(lead.state)}: there is nothing to reopen")
    settings = writer.settings(LeadSettings)
    refuse_converted(settings, lead)
    state, status = _before_its_end(writer, lead)
    if settings.state_of(status) is not state:
        status = settings.statuses_of(state)[0]
    changes = {"state": state, "status": status, "completed_at": None, "lost_reason": None}
    return change_lead(writer, lead_id, changes, "reopened")


def accept(writer: RecordWriter, lead_id: int, *, version: int | None = None) -> Lead:
    """Take a lead that is assigned to one's unit and to nobody in it.

    Without a unit its owning group counts as one. Raises NotPossible when somebody has it
    already, and says who; and for a user of another unit.
    """
    user = _user(writer)
    lead = _need(writer, lead_id, None)
    if lead.owner is not None:
        whose = "you have" if lead.owner == user.name else f"{lead.owner} has"
        raise NotPossible(f"{whose} lead {lead_id} already")
    _need(writer, lead_id, version)
    unit = lead.unit or lead.owner_group
    if unit is None:
        raise NotPossible(
            f"lead {lead_id} is assigned to no unit", hint="assign it to a unit or a user"
        )
    if unit not in user.groups:
        raise NotPossible(f"lead {lead_id} is for {unit}, and {user.name} is not of it")
    return change_lead(writer, lead_id, {"owner": user.name}, "accepted")


def assign(
    writer: RecordWriter,
    lead_id: int,
    *,
    unit: str | None = AS_IT_IS,
    owner: str | None = AS_IT_IS,
    version: int | None = None,
) -> Lead:
    """Give a lead to a unit, to a user, or to a user of a unit; None takes it from either.

    A new unit without a user takes the lead from a user who is not of it, so that one of the
    unit can accept it. Raises InvalidRecord for a user who is not of the unit that is given.
    """
    lead = _need(writer, lead_id, version)
    changes: dict[str, Any] = {}
    if unit is not AS_IT_IS:
        changes["unit"] = unit
    if owner is not AS_IT_IS:
        changes["owner"] = owner
    if not changes:
        raise InvalidRecord([Problem("", "a unit or an owner is required")])
    given_unit, given_owner = changes.get("unit"), changes.get("owner")
    whose = lead.owner if owner is AS_IT_IS else given_owner
    if given_unit is not None and whose is not None and not _is_of(writer, whose, given_unit):
        if given_owner is not None:
            raise InvalidRecord([Problem("owner", f"{given_owner!r} is not of {given_unit!r}")])
        changes["owner"] = None
    done = writer.change(LEAD.name, lead_id, changes, action="assigned")
    return cast(Lead, done)


def is_converted(settings: LeadSettings, lead: Lead) -> bool:
    """Whether a lead stands for the contact, or the account, that it became."""
    became = lead.contact_id is not None or lead.account_id is not None
    return lead.state is LeadState.WON and lead.status == settings.on_convert and became


def refuse_converted(settings: LeadSettings, lead: Lead) -> None:
    """Raise NotPossible for a lead that was converted."""
    if is_converted(settings, lead):
        raise NotPossible(
            f"lead {lead.id} was converted to contact {lead.contact_id}",
            hint="work with the contact",
        )


def _need(writer: RecordWriter, lead_id: int, version: int | None) -> Lead:
    return cast(Lead, writer.need(LEAD.name, lead_id, version=version, is_locked=True))


def need_open(writer: RecordWriter, lead_id: int, version: int | None) -> Lead:
    """The lead, for us alone; NotPossible when it is won, lost or converted."""
    lead = _need(writer, lead_id, version)
    refuse_converted(writer.settings(LeadSettings), lead)
    if lead.state not in IS_OPEN:
        raise NotPossible(f"lead {lead_id} is {_words(lead.state)} already", hint="reopen it first")
    return lead


def change_lead(
    writer: RecordWriter, lead_id: int, changes: Mapping[str, Any], action: str
) -> Lead:
    """Change a lead as an action does, which has checked what it writes."""
    done = writer.change(LEAD.name, lead_id, changes, action=action, is_checked=False)
    return cast(Lead, done)


def _words(state: LeadState) -> str:
    return state.value.replace("_", " ")


def _status(settings: LeadSettings, wanted: str | None, usual: str, state: LeadState) -> str:
    status = wanted or usual
    if settings.state_of(status) is not state:
        known = ", ".join(settings.statuses_of(state))
        message = f"{status!r} is no status of {_words(state)}; there are: {known}"
        raise InvalidRecord([Problem("status", message)])
    return status


def dates_from(
    began: datetime, lead: Lead, estimate: Estimate | None, expected_at: datetime | None
) -> dict[str, Any]:
    """Estimate and expected end of a lead that begins then; InvalidRecord for what cannot be."""
    if estimate is not None and expected_at is not None:
        raise InvalidRecord([Problem("expected_at", "is set by the estimate; send one of them")])
    if expected_at is not None:
        if expected_at <= began:
            raise InvalidRecord([Problem("expected_at", "has to be after the start")])
        return {"expected_at": expected_at, "estimate": estimate_between(began, expected_at)}
    estimate = estimate or lead.estimate
    if estimate is None:
        return {}
    if not is_sensible(estimate):
        message = f"has to be from 1 {estimate.unit.value} to about a hundred years"
        raise InvalidRecord([Problem("estimate.value", message)])
    return {"estimate": estimate, "expected_at": expected_end(began, estimate)}


def _before_its_end(reader: Reader, lead: Lead) -> tuple[LeadState, str]:
    """The state and status that the lead was in before it was last won or lost."""
    for entry in reversed(list(reader.history_of(LEAD.name, lead.id or 0))):
        old, new = entry.changes.get("state", (None, None))
        if new == lead.state and old in IS_OPEN:
            status = entry.changes.get("status", (lead.status, None))[0]
            return LeadState(old), str(status)
    state = LeadState.IN_PROGRESS if lead.started_at is not None else LeadState.NEW
    return state, ""


def _user(writer: RecordWriter) -> User:
    if writer.by.user is None:
        raise NotPossible("nobody is signed in who could accept it")
    return cast(User, writer.need(USER.name, writer.by.user))


def _is_of(reader: Reader, user_name: str, group_name: str) -> bool:
    user: User | None = reader.get(USER.name, user_name)
    if user is None:
        raise InvalidRecord([Problem("owner", f"no user is called {user_name!r}")])
    if reader.get(GROUP.name, group_name) is None:
        raise InvalidRecord([Problem("unit", f"no group is called {group_name!r}")])
    return group_name in user.groups
