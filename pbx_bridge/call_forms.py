"""The incoming-call form: whom a call is about, what it becomes, what was said.

Units of work for the store. What somebody has decided here wins over what the rules would, also
when the call is told again: see ``settling.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crm_store.call_forms import FormState, form_state, lock_call, put_form_state
from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound
from crm_store.filters import CallFilter
from crm_store.messages.call_events import announce_call
from crm_store.numbers import phone_number
from crm_store.reader import Reader
from crm_store.records import CallRecord, Candidate, Ref
from crm_store.writer import Writer
from pbx_bridge.call_form_steps import (
    Saying,
    about_of,
    become,
    choose,
    make_somebody,
    write_fields,
    write_words,
)
from pbx_bridge.settling import Bookkeeping, outside_number


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSaved:
    """What became of a number: ``is_new`` unless the customer had it; who else has it."""

    is_new: bool
    number: str
    others: tuple[Candidate, ...]


def find_call(reader: Reader, call_id: str) -> CallRecord:
    """The call of this ID, as people write it; RecordNotFound without one."""
    found = next(reader.find_calls(CallFilter(call_id=call_id, limit=1)), None)
    if found is None:
        raise RecordNotFound("call", call_id)
    return found


def save_form(
    writer: Writer, call_id: str, said: Saying, books: Bookkeeping, *, version: int | None
) -> CallRecord:
    """Register a call as somebody fills it in; return its record.

    Saved again with the same words it changes nothing. Raises RecordNotFound, VersionConflict,
    InvalidRecord, and NotPossible for a person who cannot become another type any more.
    """
    call, state = _begin(writer, call_id, version)
    before = _picture(writer, call)
    new = state
    now = call
    if said.customer is not None:
        now, new = choose(writer, now, said.customer, books), replace(new, is_customer_chosen=True)
    elif said.becomes is not None:
        now, new = become(writer, now, said.becomes), replace(new, becomes=said.becomes)
    now = make_somebody(writer, now, new, books)
    if said.fields:
        write_fields(writer, now, said.fields)
    now = write_words(writer, now, said, books)
    if new != state or state.saved_at is None or _picture(writer, now) != before:
        new = replace(new, saved_by=writer.by.user, saved_at=writer.now)
        put_form_state(writer, state, new)
    announce_call(writer, call, now)
    return now


def choose_customer(
    writer: Writer, call_id: str, customer: Ref, books: Bookkeeping, *, version: int | None
) -> CallRecord:
    """Put a call down to a customer, with its activity; return its record. Raises as save_form."""
    call, state = _begin(writer, call_id, version)
    now = choose(writer, call, customer, books)
    if now != call or not state.is_customer_chosen:
        put_form_state(writer, state, replace(state, is_customer_chosen=True))
    announce_call(writer, call, now)
    return now


def save_number(
    writer: Writer, call_id: str, books: Bookkeeping, *, number: str | None, label: str
) -> NumberSaved:
    """Give the customer of a call its number, or another one, unless he has it.

    Raises NotPossible while nobody was chosen, and InvalidRecord for what is no number.
    """
    call, _ = _begin(writer, call_id, None)
    about = about_of(writer, call)
    if about is None:
        raise NotPossible("nobody was chosen for this call", hint="choose a customer first")
    raw = number if number is not None else outside_number(call)
    found = phone_number(raw.strip(), books.country, label)
    if found.e164 is None:
        raise InvalidRecord([Problem("number", f"{raw!r} is no phone number")])
    writer.lock_number(found.e164)
    person = writer.need(about.type, about.id, is_locked=True)
    others = tuple(
        each
        for each in writer.look_up(found.e164).candidates
        if (each.type, each.id) != (about.type, about.id)
    )
    is_new = all(each.e164 != found.e164 for each in person.phone_numbers)
    if is_new:
        numbers = (*person.phone_numbers, found)
        writer.change(about.type, about.id, {"phone_numbers": numbers})
    return NumberSaved(is_new=is_new, number=found.e164, others=others)


def _begin(writer: Writer, call_id: str, version: int | None) -> tuple[CallRecord, FormState]:
    found = find_call(writer, call_id)
    lock_call(writer, found.pbx, found.linkedid)
    call = writer.call(found.pbx, found.linkedid) or found
    state = form_state(writer, call.pbx, call.linkedid, is_locked=True)
    if version is not None and version != state.version:
        put_form_state(writer, state, state, version=version)
    return call, state


def _picture(writer: Writer, call: CallRecord) -> tuple[Any, ...]:
    """All that saving a form can change."""
    about = about_of(writer, call)
    return (
        writer.call(call.pbx, call.linkedid),
        writer.activity_of(call.pbx, call.linkedid),
        about and writer.get(about.type, about.id),
    )
