"""What is done with a new lead when it comes: the first rule that is for it is carried out.

A rule fills what the capture left empty; what a person or a form has said stays. Only the
owning group, which every lead has by default, is replaced, unless the lead has an owner already.
A user or a group that is gone by now is passed over: no rule keeps a lead from being written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from crm_store.capture.response_rules import (
    Verdict,
    facts_of,
    first_match,
    in_order,
    is_for,
    judge,
)
from crm_store.checking.attributes import default_values
from crm_store.documents import plain
from crm_store.engines.prepared import Prepared
from crm_store.errors import InvalidRecord, Problem
from crm_store.messages.mail import queue_email
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    By,
    Lead,
    Matched,
    Person,
    PersonType,
    Ref,
    ResponseRule,
)
from crm_store.sales.lead_settings import LeadSettings
from crm_store.tables import group_members, response_rules, response_turns, users
from crm_store.writer import Writer

_RULE = "response_rule"
_ANY_RULE = Prepared(
    lambda _: sa.select(response_rules.c.name).where(
        response_rules.c.name != sa.bindparam("nameless")
    )
)
"""Most have no rules, and every call of a stranger asks."""
_FILLED = ("category", "priority", "type", "unit", "response")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule would do with a lead. ``changes`` are ``{field: [old, new]}``, in plain values.

    ``is_first``: no other active rule that is asked before this one is for the lead.
    """

    is_match: bool
    is_first: bool
    conditions: tuple[Verdict, ...]
    changes: dict[str, tuple[Any, Any]]
    activity: str | None = None
    auto_response: str | None = None


def respond_to(
    writer: Writer,
    lead_id: int,
    *,
    auto_response: str | None = None,
    values: Mapping[str, str] | None = None,
) -> str | None:
    """Carry out the first rule that is for a new lead; return its name, None where none is.

    Call it once, in the unit of work that made the lead. ``auto_response`` is the template of
    the e-mail that answers it where the rule names none, ``values`` what its placeholders stand
    for besides what the lead says. A lead without an e-mail is sent none.
    """
    is_any = _ANY_RULE.run(writer.connection, {"nameless": ""}).fetchone() is not None
    if not is_any and auto_response is None:
        return None
    lead: Lead = writer.need(PersonType.LEAD, lead_id)
    rule = first_match(writer.all_of(_RULE), facts_of(lead, writer.now))
    if rule is not None:
        with _in_the_name_of(writer, rule):
            lead = _carry_out(writer, rule, lead)
    template = (rule.actions.auto_response if rule is not None else None) or auto_response
    if template is not None:
        about = Ref(type=PersonType.LEAD, id=lead_id)
        send_auto_response(
            writer, template, lead.email, about, values_of(lead) | dict(values or {})
        )
    return rule.name if rule is not None else None


def create_and_respond(writer: Writer, person: Person) -> Ref:
    """Add a person whom a call or a form brought; a lead is responded to."""
    ref = writer.create(person)
    if ref.type is PersonType.LEAD:
        respond_to(writer, ref.id)
    return ref


def try_rule(reader: Reader, rule: ResponseRule, lead: Lead) -> Trial:
    """What a rule would do with a lead, and why: nothing is written."""
    facts = facts_of(lead, lead.created_at) if lead.created_at else None
    if facts is None:
        raise InvalidRecord([Problem("lead.created_at", "is required")])
    is_match = is_for(rule, facts)
    others = [other for other in reader.all_of(_RULE) if other.name != rule.name]
    first = first_match([*others, replace(rule, is_active=True)], facts)
    actions = rule.actions
    changes = _changes(reader, rule, lead) if is_match else {}
    return Trial(
        is_match=is_match,
        is_first=first is not None and first.name == rule.name,
        conditions=judge(rule.conditions, facts),
        changes={
            name: (plain(getattr(lead, name)), plain(value)) for name, value in changes.items()
        },
        activity=actions.activity.subject if is_match and actions.activity else None,
        auto_response=actions.auto_response if is_match and lead.email else None,
    )


def put_order(writer: Writer, names: Sequence[str]) -> list[ResponseRule]:
    """Ask the rules in this order from now on; ``names`` are all of them, each once.

    Raises InvalidRecord where one is missing, unknown or there twice.
    """
    known = {rule.name for rule in writer.all_of(_RULE)}
    problems = [
        *(Problem("names", f"no rule is called {name!r}") for name in names if name not in known),
        *(Problem("names", f"{name!r} is missing") for name in sorted(known - set(names))),
    ]
    if len(set(names)) < len(names):
        problems.append(Problem("names", "one is there twice"))
    if problems:
        raise InvalidRecord(problems)
    for position, name in enumerate(names, start=1):
        writer.change(_RULE, name, {"position": position}, action="reordered", is_checked=False)
    return in_order(writer.all_of(_RULE))


def send_auto_response(
    writer: Writer, template: str, to: str | None, about: Ref, values: Mapping[str, str]
) -> bool:
    """Queue the e-mail that answers a capture: once for each record; tell whether it was.

    What cannot be sent (no address, no such template) is left out: the lead counts for more.
    """
    if to is None:
        return False
    try:
        made = queue_email(
            writer, template=template, to=to, values=values, cause="auto-response", about=about
        )
    except InvalidRecord as error:
        reasons = {problem.field: (None, problem.message) for problem in error.problems}
        writer.write_history(about.type, about.id, "auto_response_failed", 1, reasons)
        return False
    return made is not None


def values_of(lead: Lead) -> dict[str, str]:
    """What the placeholders of a template stand for."""
    numbers = [number.raw for number in lead.phone_numbers]
    return {
        "name": lead.name,
        "company": lead.company or "",
        "phone": numbers[0] if numbers else "",
        "product": ", ".join(interest.product for interest in lead.products),
        "campaign": lead.campaign or "",
        "source": lead.source or "",
        "owner": lead.owner or "",
    }


def _carry_out(writer: Writer, rule: ResponseRule, lead: Lead) -> Lead:
    key = lead.id or 0
    changes = _changes(writer, rule, lead)
    if changes:
        if rule.actions.round_robin is not None and "owner" in changes:
            _take_turn(writer, rule.name, changes["owner"])
        lead = writer.change(PersonType.LEAD, key, changes, action="responded", is_checked=False)
    planned = rule.actions.activity
    if planned is not None:
        writer.add(
            Activity(
                subject=planned.subject,
                kind=planned.kind,
                about=Matched(type=PersonType.LEAD, id=key, name=lead.name),
                owner=lead.owner,
                owner_group=lead.owner_group,
                campaign=lead.campaign,
                due_at=writer.now + timedelta(hours=planned.due_in_hours),
            ),
            is_checked=False,
        )
    return lead


def _changes(reader: Reader, rule: ResponseRule, lead: Lead) -> dict[str, Any]:
    """What a rule changes of a lead."""
    actions = rule.actions
    changes: dict[str, Any] = {
        name: getattr(actions, name)
        for name in _FILLED
        if getattr(actions, name) is not None and not getattr(lead, name)
    }
    if "unit" in changes and reader.get("group", changes["unit"]) is None:
        del changes["unit"]
    if "type" in changes:
        lead_type = reader.settings(LeadSettings).type_named(changes["type"])
        if lead_type is not None:
            changes["attributes"] = default_values(lead_type.attributes) | lead.attributes
    if lead.owner is None:
        if actions.owner_group and reader.get("group", actions.owner_group) is not None:
            changes["owner_group"] = actions.owner_group
        owner = _next_owner(reader, rule)
        if owner is not None:
            changes["owner"] = owner
    return {name: value for name, value in changes.items() if value != getattr(lead, name)}


def _next_owner(reader: Reader, rule: ResponseRule) -> str | None:
    actions = rule.actions
    if actions.owner is not None:
        user = reader.get("user", actions.owner)
        return actions.owner if user is not None and user.is_active else None
    if actions.round_robin is None:
        return None
    if isinstance(reader, Writer):
        reader.lock_number(f"response rule {rule.name}")
    theirs = (
        sa.select(users.c.name)
        .join(group_members, group_members.c.user_name == users.c.name)
        .where(group_members.c.group_name == actions.round_robin, users.c.is_active)
        .order_by(users.c.name)
    )
    names = list(reader.connection.execute(theirs).scalars())
    turn = sa.select(response_turns.c.last_user).where(response_turns.c.rule == rule.name)
    last = reader.connection.execute(turn).scalar() or ""
    return next((name for name in names if name > last), names[0] if names else None)


def _take_turn(writer: Writer, rule_name: str, user: str) -> None:
    connection, its_row = writer.connection, response_turns.c.rule == rule_name
    changed = connection.execute(sa.update(response_turns).where(its_row).values(last_user=user))
    if not changed.rowcount:
        connection.execute(sa.insert(response_turns), {"rule": rule_name, "last_user": user})


@contextmanager
def _in_the_name_of(writer: Writer, rule: ResponseRule) -> Iterator[None]:
    by = writer.by
    writer.by = By(user=by.user, via=f"rule {rule.name}")
    try:
        yield
    finally:
        writer.by = by
