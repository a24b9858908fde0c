"""Writing a call down: the record and what the call was worth, in one unit of work.

Every function here runs inside the store's transaction, may be run again for the same call, and
then changes nothing. It looks the number up there, under its lock: of twenty first calls from
one number, one makes the lead and nineteen find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from crm_store.numbers import format_for_people, to_e164
from crm_store.records import (
    NOBODY,
    Attribution,
    CallerFacts,
    CallRecord,
    Candidate,
    Enrichment,
    Matched,
    Ref,
)
from crm_store.writer import Writer
from pbx_bridge.calls.call import Call, Direction
from pbx_bridge.decisions.call_id import call_ids, is_call_id
from pbx_bridge.decisions.safe_text import fold_line
from pbx_bridge.directory import Directory
from pbx_bridge.outcomes.outcome import (
    Circumstances,
    CompleteRecord,
    CreatePerson,
    LogActivity,
    RemoveRecord,
    decide_outcome,
)
from pbx_bridge.outcomes.rules import LoggingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What became of a caller at our door, while it rang."""

    enrichment: Enrichment
    call_id: str
    candidates: tuple[Candidate, ...] = ()
    tracking_number: Attribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookkeeping:
    """What writing a call needs besides the call."""

    directory: Directory
    rules: LoggingRules
    country: str | None


def record_call(
    writer: Writer,
    call: Call,
    visit: Visit | None,
    books: Bookkeeping,
    story: str | None = None,
) -> CallRecord:
    """Write a call as it stands, and the lead or activity that it is worth.

    A record whose end was seen is never replaced by one whose end was inferred. ``story`` is
    kept beside an estimated call, so that the rest of its events can make it whole.
    """
    known = writer.call(call.pbx, call.linkedid)
    if known is not None and _is_better(known, call):
        return known
    record = _compose(writer, call, known, visit, books)
    writer.put_call(record)
    outside = outside_number(call)
    e164 = to_e164(outside, books.country)
    if e164 is not None:
        writer.lock_number(e164)
    # Who is on file changes nothing for a caller whom this call has put there.
    facts = writer.look_up(e164) if _is_not_his_own_making(record) else NOBODY
    ref, matched = _settle(writer, call, record, facts, books)
    if ref != record.record or matched != record.matched:
        record = replace(record, record=ref, matched=matched)
        writer.put_call(record)
    if story is not None:
        writer.keep_story(call.pbx, call.linkedid, story)
    elif known is not None and known.is_estimated:
        writer.drop_story(call.pbx, call.linkedid)
    return record


def outside_number(call: Call) -> str:
    """The number of whoever is on the outside of a call; empty for withheld and internal ones."""
    if call.direction is Direction.INBOUND:
        return "" if call.is_withheld else call.caller_number
    return call.dialled_number if call.direction is Direction.OUTBOUND else ""


def _is_better(known: CallRecord, call: Call) -> bool:
    return known.ended_at is not None and not known.is_estimated and call.is_estimated


def _compose(
    writer: Writer, call: Call, known: CallRecord | None, visit: Visit | None, books: Bookkeeping
) -> CallRecord:
    inbound = call.direction is Direction.INBOUND
    attribution = visit.tracking_number if visit is not None else None
    if attribution is None and inbound:
        number = books.directory.find_tracking_number(call.dialled_number, books.country)
        attribution = number.attribution if number is not None else None
    answered_or_placed_by = call.answered_by if inbound else call.caller_number
    return CallRecord(
        call_id=known.call_id if known is not None else _new_call_id(writer, call, visit),
        pbx=call.pbx,
        linkedid=call.linkedid,
        direction=call.direction,
        outcome=call.outcome,
        missed_reason=call.missed_reason,
        caller_number=call.caller_number,
        caller_e164=to_e164(call.caller_number, books.country)
        if inbound and not call.is_withheld
        else None,
        caller_name="" if call.is_withheld else fold_line(call.caller_name),
        dialled_number=call.dialled_number,
        dialled_e164=to_e164(call.dialled_number, books.country),
        tracking_number=attribution,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        ring_seconds=call.ring_seconds,
        wait_seconds=call.wait_seconds,
        talk_seconds=call.talk_seconds,
        is_estimated=call.is_estimated,
        answered_by=call.answered_by,
        parties=call.parties,
        transfers=call.transfers,
        recordings=call.recordings,
        hangup_cause=call.hangup_cause,
        matched=known.matched if known is not None else None,
        record=known.record if known is not None else None,
        tags=call.tags,
        agent=books.directory.agents.get(answered_or_placed_by or ""),
        is_withheld=call.is_withheld,
        redirected_from=call.redirected_from,
        enrichment=visit.enrichment if visit is not None else Enrichment.NOT_ASKED,
        candidates=visit.candidates if visit is not None else (),
    )


def _new_call_id(writer: Writer, call: Call, visit: Visit | None) -> str:
    """The ID that the handset showed, or the journal kept, unless another call has it."""
    derived = call_ids(call.pbx, call.linkedid)
    shown = visit.call_id if visit is not None else call.call_id_hint
    first: Iterator[str] = iter([shown] if shown and is_call_id(shown) else [])
    return writer.free_call_id(chain(first, derived), pbx=call.pbx, linkedid=call.linkedid)


def _settle(
    writer: Writer, call: Call, record: CallRecord, facts: CallerFacts, books: Bookkeeping
) -> tuple[Ref | None, Matched | None]:
    """Carry out what the call is worth; return what it became and whom it was put down to."""
    matched = record.matched
    if matched is None and facts.candidates and _is_not_his_own_making(record):
        best = facts.candidates[0]
        matched = Matched(type=best.type, id=best.id, name=best.name)
    outside = outside_number(call)
    e164 = to_e164(outside, books.country)
    decision = decide_outcome(
        call,
        Circumstances(
            outside_e164=e164,
            outside_number=format_for_people(e164, books.country) if e164 else outside,
            tracking_number=record.tracking_number,
            agent=record.agent,
            matched=matched,
        ),
        facts,
        books.rules,
        record.record,
    )
    match decision:
        case CreatePerson(person=person):
            return writer.create(person), matched
        case LogActivity(activity=activity):
            return writer.log_activity(activity), matched
        case CompleteRecord(ref=ref, activity=activity, owner=owner):
            if activity is not None:
                writer.log_activity(activity)
            elif owner is not None:
                writer.own(ref, owner)
            return ref, matched
        case RemoveRecord(ref=ref):
            writer.delete_activity(ref.id)
            return None, matched
        case _:
            return record.record, matched


def _is_not_his_own_making(record: CallRecord) -> bool:
    """Whether the person on file was there before this call made him."""
    return record.record is None or record.record.type == "activity"
