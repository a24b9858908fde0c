"""Whether a lead can be as somebody typed it: each problem by the name of its field.

A change of state is an action, not an edit: it has a reason, a date and an event of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crm_store.checking.attributes import value_problems
from crm_store.checking.person_checks import (
    interest_problems,
    listing_problems,
    money_problems,
    probability_problems,
)
from crm_store.errors import Problem
from crm_store.kinds import CONTACT
from crm_store.reader import Reader
from crm_store.records import Lead, LeadState
from crm_store.sales.lead_dates import estimate_between, expected_end, is_sensible
from crm_store.sales.lead_settings import LeadSettings, word_problem

_LISTS = {
    "category": "categories",
    "priority": "priorities",
    "importance": "importance_levels",
    "source": "sources",
}
_BY_ACTIONS = {
    "completed_at": "is set by winning and losing",
    "opportunity_id": "is set by converting",
}
_TO_STATE = {
    LeadState.NEW: "reopen",
    LeadState.IN_PROGRESS: "start",
    LeadState.WON: "win",
    LeadState.LOST: "lose",
}


def lead_problems(reader: Reader, lead: Lead, before: Lead | None) -> Iterator[Problem]:
    """What keeps a lead from being written as it is typed."""
    settings = reader.settings(LeadSettings)

    def is_new(name: str) -> bool:
        return bool(getattr(lead, name) != getattr(before or _NOBODY, name))

    yield from _life_problems(settings, lead, before)
    for name, why in _BY_ACTIONS.items():
        if is_new(name):
            yield Problem(name, why)
    for name, key in _LISTS.items():
        if is_new(name):
            yield from word_problem(name, getattr(lead, name), getattr(settings, key), key)
    yield from _type_problems(settings, lead, before)
    if is_new("probability"):
        yield from probability_problems(lead.probability)
    yield from money_problems(lead, before, "target_amount", settings.currencies)
    if lead.employees is not None and lead.employees < 0:
        yield Problem("employees", "cannot be less than 0")
    for name in ("team", "competitors"):
        if is_new(name):
            yield from listing_problems(name, getattr(lead, name))
    if is_new("products"):
        yield from interest_problems(lead.products)
    yield from _date_problems(lead, before)
    if is_new("contact_id") or is_new("account_id"):
        yield from _account_problems(reader, lead)


_NOBODY = Lead(name="")


def _life_problems(settings: LeadSettings, lead: Lead, before: Lead | None) -> Iterator[Problem]:
    state = settings.state_of(lead.status)
    if before is None or lead.status != before.status:
        if state is None:
            known = ", ".join(each.name for each in settings.statuses)
            yield Problem("status", f"{lead.status!r} is no status; there are: {known}")
        else:
            yield from _status_problems(settings, lead.status, state, before)
    elif lead.state is not before.state:
        yield Problem("state", f"follows from the status; {_action_to(lead.state, before)}")
    if before is None and state is not None and lead.state is not state:
        yield Problem("state", "follows from the status")
    if lead.lost_reason != (before.lost_reason if before else None):
        if lead.state is not LeadState.LOST:
            yield Problem("lost_reason", "is for a lost lead; the action is: lose")
        elif lead.lost_reason is None:
            yield Problem("lost_reason", "is required for a lost lead")
        else:
            words = settings.lost_reasons
            yield from word_problem("lost_reason", lead.lost_reason, words, "lost_reasons")


def _status_problems(
    settings: LeadSettings, status: str, state: LeadState, before: Lead | None
) -> Iterator[Problem]:
    if before is None:
        if state in (LeadState.WON, LeadState.LOST):
            message = f"a new lead cannot be {status!r}; make it, then {_TO_STATE[state]} it"
            yield Problem("status", message)
    elif state is not before.state:
        message = f"{status!r} belongs to the state {state.value!r}; {_action_to(state, before)}"
        yield Problem("status", message)
    elif settings.on_convert in (status, before.status):
        yield Problem("status", "a lead is converted by the action convert, and stays so")


def _action_to(state: LeadState, before: Lead) -> str:
    is_over = before.state in (LeadState.WON, LeadState.LOST)
    is_open_next = state in (LeadState.NEW, LeadState.IN_PROGRESS)
    return f"the action is: {'reopen' if is_over and is_open_next else _TO_STATE[state]}"


def _type_problems(settings: LeadSettings, lead: Lead, before: Lead | None) -> Iterator[Problem]:
    has_new_type = lead.type != (before.type if before else None)
    lead_type = settings.type_named(lead.type)
    if has_new_type and lead.type is not None and lead_type is None:
        known = ", ".join(each.name for each in settings.types) or "none"
        yield Problem("type", f"{lead.type!r} is no lead type; there are: {known}")
        return
    if not has_new_type and lead.attributes == (before.attributes if before else {}):
        return
    attributes = lead_type.attributes if lead_type else ()
    for problem in value_problems(lead.attributes, attributes, lead.type):
        name = problem.field.removeprefix("attributes.")
        if before is not None and has_new_type and _is_unchanged(name, lead, before):
            message = (
                f"the type {lead.type!r} cannot keep it; send attributes without it to drop it"
            )
            yield Problem(problem.field, message)
        else:
            yield problem


def _is_unchanged(name: str, lead: Lead, before: Lead) -> bool:
    return name in lead.attributes and before.attributes.get(name) == lead.attributes[name]


def _date_problems(lead: Lead, before: Lead | None) -> Iterator[Problem]:
    has_new_estimate = lead.estimate != (before.estimate if before else None)
    if lead.estimate is not None and has_new_estimate and not is_sensible(lead.estimate):
        message = f"has to be from 1 {lead.estimate.unit.value} to about a hundred years"
        yield Problem("estimate.value", message)
        return
    start = lead.started_at or lead.created_at
    has_new_end = lead.expected_at != (before.expected_at if before else None)
    if lead.expected_at is None or start is None or not has_new_end:
        return
    if lead.expected_at <= start:
        yield Problem("expected_at", "has to be after the start")
    elif lead.estimate is not None and not _agree(lead, start):
        yield Problem("expected_at", "does not fit the estimate; send one, and it sets the other")


def _agree(lead: Lead, start: Any) -> bool:
    estimate, end = lead.estimate, lead.expected_at
    if estimate is None or end is None:
        return True
    return expected_end(start, estimate) == end or estimate_between(start, end) == estimate


def _account_problems(reader: Reader, lead: Lead) -> Iterator[Problem]:
    if lead.contact_id is None or lead.account_id is None:
        return
    contact = reader.get(CONTACT.name, lead.contact_id)
    if contact is not None and contact.account_id not in (None, lead.account_id):
        yield Problem("account_id", f"the contact belongs to another account: {contact.account_id}")
