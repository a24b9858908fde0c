"""The steps of filling in a call's form: choosing, making, moving and writing, one at a time.

A person whom the call made and whom nobody has touched goes when another customer is chosen; one
whom somebody has touched stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from crm_store.call_forms import FormState, forget_record, is_unused, write_on_call
from crm_store.call_logging import LogTo, UnknownNumber
from crm_store.callers import as_it_is_now, find_caller
from crm_store.capture.responses import create_and_respond
from crm_store.capture.visits import person_of_visitor
from crm_store.errors import InvalidRecord, NotPossible, Problem
from crm_store.numbers import format_for_people, to_e164
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    ActivityStatus,
    CallerFacts,
    CallRecord,
    Matched,
    PersonType,
    Ref,
)
from crm_store.writer import Writer
from pbx_bridge.outcomes.outcome import CompleteRecord, decide_outcome
from pbx_bridge.outcomes.rules import as_person_type, stranger_becomes
from pbx_bridge.outcomes.workflow import make_person
from pbx_bridge.settling import BY_CALL, Bookkeeping, circumstances_of, hang_on, outside_number

_COMMON = ("name", "email", "website", "street", "postal_code", "city", "region", "country")
EDITABLE: Mapping[PersonType, tuple[str, ...]] = {
    PersonType.LEAD: (*_COMMON, "comment", "company", "title"),
    PersonType.CONTACT: (*_COMMON, "comment", "account", "title"),
    PersonType.ACCOUNT: (*_COMMON, "comment"),
    PersonType.PERSON_ACCOUNT: (*_COMMON, "comment"),
}
"""The fields of a person that the form edits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What somebody fills in. None leaves what is there; an empty text takes it away.

    ``fields`` are of whom the call is about, by :data:`EDITABLE`.
    """

    customer: Ref | None = None
    becomes: UnknownNumber | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    tags: tuple[str, ...] | None = None
    result: str | None = None
    status: ActivityStatus | None = None
    due_at: datetime | None = None


def about_of(reader: Reader, call: CallRecord) -> Matched | None:
    """Whom a call is about: whom it was put down to, else whom it made; as they are now."""
    if call.matched is not None:
        return as_it_is_now(reader, call.matched) or _about_of_activity(reader, call)
    if call.record is None or call.record.type == "activity":
        return _about_of_activity(reader, call)
    kind = PersonType(call.record.type)
    person = reader.get(kind, call.record.id)
    if person is None:
        return None
    return as_it_is_now(reader, Matched(type=kind, id=call.record.id, name=person.name))


def what_becomes(call: CallRecord, state: FormState, books: Bookkeeping) -> PersonType | None:
    """The type of record that the stranger of a call becomes, or has become."""
    if call.record is not None and call.record.type != "activity":
        return PersonType(call.record.type)
    if to_e164(outside_number(call), books.country) is None:
        return None
    if state.becomes is not None:
        return as_person_type(state.becomes)
    return stranger_becomes(call.direction, books.rules)


def draft_of(call: CallRecord, kind: PersonType, books: Bookkeeping) -> Any:
    """The record that saving the form of a stranger's call makes."""
    e164 = to_e164(outside_number(call), books.country) or ""
    return make_person(
        kind,
        call,
        e164=e164,
        number_for_people=format_for_people(e164, books.country) or outside_number(call),
        tracking_number=call.tracking_number,
        agent=call.agent,
    )


def choose(writer: Writer, call: CallRecord, customer: Ref, books: Bookkeeping) -> CallRecord:
    """Put a call down to a customer, with its activity."""
    kind = PersonType(customer.type)
    person = writer.need(kind, customer.id)
    chosen = Matched(type=kind, id=customer.id, name=person.name)
    chosen = as_it_is_now(writer, chosen) or chosen
    refs = [(ref.type, ref.id) for ref in (call.matched, call.record) if ref is not None]
    if (chosen.type, chosen.id) in refs and call.record is not None:
        return call
    now = replace(call, matched=chosen)
    activity = writer.activity_of(call.pbx, call.linkedid) or _register(writer, now, books)
    _move(writer, now, activity, books)
    now = replace(now, record=Ref(type="activity", id=activity.id or 0))
    writer.put_call(now)
    _remove_unused(writer, call)
    return now


def _move(writer: Writer, call: CallRecord, activity: Activity, books: Bookkeeping) -> None:
    """Let an activity be about whom the call is put down to now."""
    moved = replace(activity, about=call.matched, case_id=None, opportunity_id=None)
    moved = hang_on(writer, moved, call, books.rules, may_create=call.ended_at is not None)
    news: dict[str, Any] = {"about": moved.about}
    if activity.about != call.matched or books.rules.log_to is not LogTo.NONE:
        news |= {"case_id": moved.case_id, "opportunity_id": moved.opportunity_id}
    writer.change("activity", activity.id or 0, news)
    _tell_again(writer, call, activity, books)


def _tell_again(writer: Writer, call: CallRecord, activity: Activity, books: Bookkeeping) -> None:
    """Bring subject and owner up to date, as far as nobody has written them."""
    told = _activity(writer, call, books)
    by, writer.by = writer.by, BY_CALL
    writer.log_activity(replace(told, id=activity.id))
    writer.by = by


def _register(writer: Writer, call: CallRecord, books: Bookkeeping) -> Activity:
    """The activity of a call, made whatever the rules say."""
    by, writer.by = writer.by, BY_CALL
    told = hang_on(
        writer,
        _activity(writer, call, books),
        call,
        books.rules,
        may_create=call.ended_at is not None,
    )
    ref = writer.log_activity(replace(told, id=None))
    writer.by = by
    activity: Activity = writer.need("activity", ref.id)
    return activity


def _activity(writer: Writer, call: CallRecord, books: Bookkeeping) -> Activity:
    e164 = to_e164(outside_number(call), books.country)
    facts = find_caller(writer, e164, books.rules.look_up).facts if e164 else CallerFacts()
    told = replace(call, matched=about_of(writer, call))
    circumstances = replace(circumstances_of(writer, told, books, facts), is_touched=True)
    already = Ref(type="activity", id=0)
    decision = decide_outcome(told, circumstances, facts, books.rules, already)
    assert isinstance(decision, CompleteRecord) and decision.activity is not None  # noqa: S101, PT018
    return decision.activity


def become(writer: Writer, call: CallRecord, becomes: UnknownNumber) -> CallRecord:
    """Take back what the call made of a stranger where it is to become another thing."""
    made = call.record
    if call.matched is not None or made is None or made.type == "activity":
        return call
    wanted = as_person_type(becomes)
    if made.type == wanted:
        return call
    if not _remove_unused(writer, call):
        raise NotPossible(
            f"the {made.type.replace('_', ' ')} of this call was changed since",
            hint="convert it, or choose a customer",
        )
    forget_record(writer, call.pbx, call.linkedid)
    return replace(call, record=None)


def make_somebody(
    writer: Writer, call: CallRecord, state: FormState, books: Bookkeeping
) -> CallRecord:
    """Put the stranger of a call on file, unless he is to become nothing."""
    if call.matched is not None or call.record is not None:
        return call
    kind = what_becomes(call, state, books)
    if kind is None:
        return call
    by, writer.by = writer.by, BY_CALL
    ref = create_and_respond(writer, person_of_visitor(draft_of(call, kind, books), call))
    writer.by = by
    now = replace(call, record=ref)
    writer.put_call(now)
    activity = writer.activity_of(call.pbx, call.linkedid)
    if activity is not None and activity.about is None:
        writer.change("activity", activity.id or 0, {"about": about_of(writer, now)})
    return now


def write_fields(writer: Writer, call: CallRecord, said: Mapping[str, str]) -> None:
    """Write fields of whom a call is about."""
    about = about_of(writer, call)
    if about is None:
        raise InvalidRecord([Problem("fields", "this call is about nobody who has fields")])
    unknown = sorted(set(said) - set(EDITABLE[about.type]))
    if unknown:
        what = about.type.replace("_", " ")
        raise InvalidRecord([Problem(f"fields.{n}", f"is no field of a {what}") for n in unknown])
    changes: dict[str, Any] = {
        name: value or ("" if name in ("name", "comment") else None) for name, value in said.items()
    }
    if "account" in changes:
        account = changes.pop("account")
        changes["account_id"] = writer.account_id(account) if account else None
    try:
        writer.change(about.type, about.id, changes)
    except InvalidRecord as error:
        raise InvalidRecord(
            [Problem(f"fields.{one.field}", one.message) for one in error.problems]
        ) from None


def write_words(writer: Writer, call: CallRecord, said: Saying, books: Bookkeeping) -> CallRecord:
    """The activity, with what somebody said; its call keeps comment and tags as well."""
    activity = writer.activity_of(call.pbx, call.linkedid)
    is_said = said.result or said.status or said.due_at
    if activity is None and (is_said or about_of(writer, call) is not None):
        activity = _register(writer, call, books)
    words = ("comment", "tags", "result", "status", "due_at")
    changes = {name: said_so for name in words if (said_so := getattr(said, name)) is not None}
    if changes.get("result") == "":
        changes["result"] = None
    if activity is not None:
        writer.change("activity", activity.id or 0, changes)
        if call.record is None:
            call = replace(call, record=Ref(type="activity", id=activity.id or 0))
            writer.put_call(call)
    comment = call.comment if said.comment is None else said.comment or None
    tags = call.tags if said.tags is None else said.tags
    write_on_call(writer, call.pbx, call.linkedid, comment, tags)
    return replace(call, comment=comment, tags=tags)


def _remove_unused(writer: Writer, call: CallRecord) -> bool:
    """Remove whom the call made of a stranger, if nobody has touched him; tell whether it did."""
    made = call.record
    if made is None or made.type == "activity":
        return False
    kind = PersonType(made.type)
    if not is_unused(writer, kind, made.id, call.pbx, call.linkedid):
        return False
    writer.remove(kind, made.id)
    return True


def _about_of_activity(reader: Reader, call: CallRecord) -> Matched | None:
    activity = reader.activity_of(call.pbx, call.linkedid)
    if activity is None or activity.about is None:
        return None
    return as_it_is_now(reader, activity.about)
