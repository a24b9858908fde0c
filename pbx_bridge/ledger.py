"""Writing a call down: the record and what the call was worth, in one unit of work.

Every function here runs inside the store's transaction, may be run again for the same call, and
then changes nothing. It looks the number up there, under its lock: of twenty first calls from
one number, one makes the lead and nineteen find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from crm_store.call_forms import move_form
from crm_store.callers import find_caller
from crm_store.capture.number_leases import put_down_to_visitor
from crm_store.messages.call_events import announce_call, announce_merged_call
from crm_store.numbers import to_e164
from crm_store.privacy.tombstones import forget_call
from crm_store.reader import Reader
from crm_store.records import (
    Attribution,
    CallRecord,
    Candidate,
    Enrichment,
)
from crm_store.writer import Writer
from pbx_bridge.calls.call import Call, Direction
from pbx_bridge.decisions.call_id import call_ids, is_call_id
from pbx_bridge.decisions.safe_text import fold_line
from pbx_bridge.settling import BY_CALL, Bookkeeping, outside_number, settle_call

_ENRICHED = Enrichment.ENRICHED
_KNOWN_BETTER = (Enrichment.ENRICHED, Enrichment.OVER_BUDGET, Enrichment.FAILED)
"""Who was at the door himself knows better than the dialplan why a caller was not looked up."""
_JUDGED_BY = ("direction", "outcome", "missed_reason", "is_withheld", "is_estimated", "agent")
"""What a call becomes depends on these, once it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What became of a caller at our door, while it rang."""

    enrichment: Enrichment
    call_id: str
    candidates: tuple[Candidate, ...] = ()
    tracking_number: Attribution | None = None


def record_call(
    writer: Writer,
    call: Call,
    visit: Visit | None,
    books: Bookkeeping,
    story: str | None = None,
) -> CallRecord:
    """Write a call as it stands, and the lead or activity that it is worth.

    A record whose end was seen is never replaced by one whose end was inferred. A call that is
    told again after its end leaves what it left then, whatever the rules say by now: it is
    judged anew only when it turns out to have gone otherwise. ``story`` is kept beside an
    estimated call, so that the rest of its events can make it whole.

    The number is kept to ourselves before we look at what is known: a bridge that lost its lease
    in the middle of this very call may still be about to commit it.
    """
    writer.by = BY_CALL
    e164 = to_e164(outside_number(call), books.country)
    if e164 is not None:
        writer.lock_number(e164)
    known = writer.call(call.pbx, call.linkedid)
    if known is not None and _is_better(known, call):
        return known
    visit = _complete_visit(writer, call, known, visit, books)
    record = put_down_to_visitor(writer, _compose(writer, call, known, visit, books))
    if (nobodys := forget_call(writer, record)) is not None:
        return nobodys
    writer.put_call(record)
    if known is None or not _is_settled(known, record):
        record = settle_call(writer, record, books, was_over=_is_over(known))
    if story is not None:
        writer.keep_story(call.pbx, call.linkedid, story)
    elif call.ended_at is not None and (known is None or known.is_estimated or not _is_over(known)):
        writer.drop_story(call.pbx, call.linkedid)
    announce_call(writer, known, record)
    return record


def absorb_call(writer: Writer, pbx: str, linkedid: str, into: str | None) -> bool:
    """Delete a call that goes on as another; tell whether it was there.

    Its activity goes with it, unless somebody has written on it: then it stays without a call.
    """
    writer.by = BY_CALL
    activity = writer.activity_of(pbx, linkedid)
    activity_id = activity.id if activity is not None else None
    if activity_id is not None and writer.changed_by_hand("activity", activity_id):
        writer.change("activity", activity_id, {"call": None}, is_checked=False)
    if into is not None:
        move_form(writer, pbx, linkedid, into)
    writer.drop_story(pbx, linkedid)
    gone = writer.call(pbx, linkedid)
    if gone is not None:
        announce_merged_call(writer, gone, into)
    return writer.absorb_call(pbx, linkedid, into=into)


def _complete_visit(
    reader: Reader, call: Call, known: CallRecord | None, visit: Visit | None, books: Bookkeeping
) -> Visit | None:
    """What became of the caller at the door, also where another bridge greeted him.

    The journal has the last word on whether he was looked up in time. Whom the other bridge found
    we have found as well, if we were there; else we look now, before the call leaves anything.
    """
    told = [one for one in (visit, known) if one is not None]
    if call.enrichment is _ENRICHED:
        if told and told[0].enrichment is _ENRICHED:
            return visit
    elif call.enrichment is None or any(
        one.enrichment in (call.enrichment, *_KNOWN_BETTER) for one in told
    ):
        return visit
    candidates = next((one.candidates for one in told if one.candidates), ())
    if known is None and not candidates and call.enrichment is _ENRICHED and not call.is_withheld:
        number = to_e164(call.caller_number, books.country)
        order = books.directory.call_logging.look_up
        candidates = find_caller(reader, number, order).facts.candidates
    of_ours = visit if visit is not None else Visit(enrichment=call.enrichment, call_id="")
    return replace(of_ours, enrichment=call.enrichment, candidates=candidates)


def _is_better(known: CallRecord, call: Call) -> bool:
    return known.ended_at is not None and not known.is_estimated and call.is_estimated


def _is_over(known: CallRecord | None) -> bool:
    return known is not None and known.ended_at is not None


def _is_settled(known: CallRecord, record: CallRecord) -> bool:
    """Whether the call was over already, and is told again as it was."""
    return known.ended_at is not None and all(
        getattr(known, name) == getattr(record, name) for name in _JUDGED_BY
    )


def _compose(
    writer: Writer, call: Call, known: CallRecord | None, visit: Visit | None, books: Bookkeeping
) -> CallRecord:
    inbound = call.direction is Direction.INBOUND
    attribution = visit.tracking_number if visit is not None else None
    if attribution is None and known is not None:
        attribution = known.tracking_number
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
        tags=tuple(dict.fromkeys((*(known.tags if known is not None else ()), *call.tags))),
        agent=_agent(known, answered_or_placed_by, books, call),
        is_withheld=call.is_withheld,
        redirected_from=call.redirected_from,
        enrichment=visit.enrichment if visit is not None else Enrichment.NOT_ASKED,
        candidates=visit.candidates if visit is not None else (),
    )


def _new_call_id(writer: Writer, call: Call, visit: Visit | None) -> str:
    """The ID that the handset showed, or the journal kept, unless another call has it."""
    derived = call_ids(call.pbx, call.linkedid)
    shown = call.call_id_hint or (visit.call_id if visit is not None else None)
    first: Iterator[str] = iter([shown] if shown and is_call_id(shown) else [])
    return writer.free_call_id(chain(first, derived), pbx=call.pbx, linkedid=call.linkedid)


def _agent(
    known: CallRecord | None, extension: str | None, books: Bookkeeping, call: Call
) -> str | None:
    """Whose extension it is; of a call that was over, whose it was."""
    if known is not None and known.ended_at is not None and known.agent is not None:
        of_old = known.answered_by if call.direction is Direction.INBOUND else known.caller_number
        if of_old == extension:
            return known.agent
    return books.directory.agents.get(extension or "")
