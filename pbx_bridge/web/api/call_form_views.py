"""The incoming-call form as it is shown: put together from the store and the bridge."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from crm_store.call_forms import CallFormSettings, FormState, OpensAt, form_state
from crm_store.callers import find_caller
from crm_store.errors import RecordNotFound
from crm_store.filters import CallFilter
from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import (
    CallRecord,
    Direction,
    Matched,
    Party,
    PersonType,
    Ref,
)
from pbx_bridge import call_forms
from pbx_bridge.call_form_steps import EDITABLE, about_of, draft_of, what_becomes
from pbx_bridge.calls.call import Call
from pbx_bridge.directory import Directory, read_directory
from pbx_bridge.settling import Bookkeeping, outside_number
from pbx_bridge.web.api.call_form_shapes import (
    CallForm,
    LeadSection,
)
from pbx_bridge.web.api.endpoint import ApiCall
from pbx_bridge.web.form_sections import call_section, title_of
from pbx_bridge.web.services import services_of


def books_of(call: ApiCall, reader: Reader) -> Bookkeeping:
    """What the writing of a call needs, as it is now."""
    services = services_of(call.services)
    now = services.directory
    directory: Directory = read_directory(reader) if now is None else now()
    return services.books(directory)


def key_of(one: CallRecord | Call) -> tuple[str, str]:
    """The key of a call."""
    return one.pbx, one.linkedid


Live = Mapping[tuple[str, str], Call] | None
"""The calls that are up as the bridge tells them, by their keys; None without a bridge."""


def live_calls(call: ApiCall) -> Live:
    """The calls that are up. Ask outside of a unit of work: the bridge lives in this thread."""
    ask = services_of(call.services).calls_up
    return None if ask is None else {key_of(one): one for one in ask()}


def calls_up(
    reader: Reader, live: Live, elsewhere: Collection[str] = ()
) -> Iterator[tuple[CallRecord, tuple[Party, ...]]]:
    """The calls that are up, with their phones of now.

    Without a bridge, and of the PBXs that another bridge follows, those not ended yet.
    """
    if live is None or elsewhere:
        for record in reader.find_calls(CallFilter(is_open=True)):
            if live is None or record.pbx in elsewhere:
                yield record, record.parties
    for (pbx, linkedid), one in (live or {}).items():
        kept = reader.call(pbx, linkedid)
        if kept is not None:
            yield kept, one.parties


def opened(
    call: ApiCall,
    record: CallRecord,
    parties: tuple[Party, ...],
    settings: CallFormSettings,
    *,
    mine: bool,
) -> tuple[Literal["ringing", "answered"], datetime] | None:
    """Since when a form is open on one of these phones, and why; None when on none."""
    if record.direction is Direction.OUTBOUND:
        return None
    is_internal = record.direction is Direction.INTERNAL
    opens_at = settings.internal_opens_at if is_internal else settings.opens_at
    phones = [
        one
        for one in parties
        if one.left_at is None and (not mine or one.extension in call.user.extensions)
    ]
    answered = [one.answered_at for one in phones if one.answered_at is not None]
    if opens_at is OpensAt.NEVER or not phones:
        return None
    if answered:
        return "answered", min(answered)
    if opens_at is OpensAt.ANSWER:
        return None
    return "ringing", min(one.rang_at or record.started_at for one in phones)


def seen_call(call: ApiCall, reader: Reader, live: Live) -> CallRecord:
    """The call, for who may see it: also while it rings on his phone."""
    record = call_forms.find_call(reader, call.path["call_id"])
    one = (live or {}).get(key_of(record))
    rings = {party.extension for party in one.parties} if one is not None else set()
    if rings & set(call.user.extensions) or call.sees(reader, record):
        return record
    raise RecordNotFound("call", call.path["call_id"])


def form_of(call: ApiCall, reader: Reader, record: CallRecord, live: Live) -> CallForm:
    """The form of a call."""
    books = books_of(call, reader)
    record = reader.call(*key_of(record)) or record
    state = form_state(reader, *key_of(record))
    e164 = to_e164(outside_number(record), books.country)
    found = find_caller(reader, e164, books.rules.look_up).facts.candidates
    lead = _lead_section(reader, record, state, books)
    return CallForm(
        call_id=record.call_id or "",
        title=title(reader, record, books),
        version=state.version,
        saved_by=state.saved_by,
        saved_at=state.saved_at,
        is_customer_chosen=state.is_customer_chosen,
        becomes=state.becomes,
        call=call_section(reader, record, (live or {}).get(key_of(record)), books),
        lead=lead if lead is None or _sees_lead(call, reader, lead) else None,
        candidates=tuple(one for one in found if sees_ref(call, reader, one.ref)),
        activity=reader.activity_of(*key_of(record)),
        comment=record.comment,
        tags=record.tags,
    )


def _lead_section(
    reader: Reader, record: CallRecord, state: FormState, books: Bookkeeping
) -> LeadSection | None:
    about = about_of(reader, record)
    if about is not None:
        person = reader.get(about.type, about.id)
        is_made = _is_made_by(record, about)
        return _section(about.type, about.id, person, is_made=is_made)
    becomes = what_becomes(record, state, books)
    if becomes is None or record.matched is not None:
        return None
    return _section(becomes, None, draft_of(record, becomes, books), is_made=True)


def _section(kind: PersonType, key: int | None, person: Any, *, is_made: bool) -> LeadSection:
    values = {name: getattr(person, name) for name in EDITABLE[kind]}
    return LeadSection(type=kind, id=key, name=person.name, is_made_by_call=is_made, values=values)


def _is_made_by(record: CallRecord, about: Matched) -> bool:
    made = record.record
    return made is not None and (made.type, made.id) == (about.type, about.id)


def title(reader: Reader, record: CallRecord, books: Bookkeeping) -> str:
    """The form's title: with what a stranger is to become."""
    about = about_of(reader, record)
    is_known = about is not None and not _is_made_by(record, about)
    becomes = None
    if not is_known:
        becomes = what_becomes(record, form_state(reader, *key_of(record)), books)
    return title_of(record, becomes)


def _sees_lead(call: ApiCall, reader: Reader, lead: LeadSection) -> bool:
    return lead.id is None or sees_ref(call, reader, Ref(type=lead.type, id=lead.id))


def sees_ref(call: ApiCall, reader: Reader, ref: Ref) -> bool:
    """Whether who asks may see this record."""
    person: Any = reader.get(ref.type, ref.id)
    return person is not None and call.sees(reader, person)
