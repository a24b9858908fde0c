"""What a call becomes: whom it is put down to, and the lead or activity that it is worth.

Both who writes a call down (``ledger.py``) and who fills in its form (``call_forms.py``) come
here, inside the store's transaction. The number is looked up there, under its lock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crm_store.call_forms import chosen_creation, form_state
from crm_store.call_logging import CallLoggingSettings, LogTo, LostLeadCalls
from crm_store.callers import Caller, as_it_is_now, find_caller
from crm_store.capture.responses import create_and_respond
from crm_store.capture.visits import person_of_visitor
from crm_store.matching.merging import follow_merges
from crm_store.numbers import format_for_people, to_e164
from crm_store.records import (
    Activity,
    By,
    CallerFacts,
    CallRecord,
    Direction,
    Matched,
    PersonType,
    Ref,
)
from crm_store.sales import cases, leads
from crm_store.sales.opportunities import newest_open_opportunity
from crm_store.writer import Writer
from pbx_bridge.directory import Directory, is_open_at
from pbx_bridge.outcomes.call_type import AnyCall
from pbx_bridge.outcomes.outcome import (
    Circumstances,
    CompleteRecord,
    CreatePerson,
    Decision,
    LogActivity,
    RemoveRecord,
    decide_outcome,
)

BY_CALL = By(via="call")
"""Who changes what a call changes, for the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookkeeping:
    """What writing a call needs besides the call."""

    directory: Directory
    country: str | None

    @property
    def rules(self) -> CallLoggingSettings:
        """What calls leave in the CRM."""
        return self.directory.call_logging


def outside_number(call: AnyCall) -> str:
    """The number of whoever is on the outside of a call; empty for withheld and internal ones."""
    if call.direction is Direction.INBOUND:
        return "" if call.is_withheld else call.caller_number
    return call.dialled_number if call.direction is Direction.OUTBOUND else ""


def settle_call(
    writer: Writer, record: CallRecord, books: Bookkeeping, *, was_over: bool = False
) -> CallRecord:
    """Carry out what a call is worth; return its record with what it became, written.

    ``was_over``: it had ended when it was told before. Run again it changes nothing. Its number
    is locked by whoever asks, before he looks at what is known of the call.
    """
    e164 = to_e164(outside_number(record), books.country)
    if (followed := follow_merges(writer, record)) is not record:
        record = followed
        writer.put_call(record)
    # Who is on file changes nothing for a caller whom this call has put there.
    caller = Caller() if _is_own_making(record) else find_caller(writer, e164, books.rules.look_up)
    facts = _facts(record, caller, books.rules)
    matched = _matched(writer, record, facts)
    circumstances = circumstances_of(writer, record, books, facts)
    if matched != record.matched:
        circumstances = replace(circumstances, matched=matched)
    decision = _decide(writer, record, circumstances, facts, books.rules)
    ref = _carry_out(writer, record, decision, books.rules, was_over=was_over)
    if isinstance(decision, LogActivity) and matched is not None:
        _reopen(writer, record, matched, caller, books.rules)
    if _is_own_making(record):
        _complete_registered(writer, record, circumstances, books)
    if ref != record.record or matched != record.matched:
        record = replace(record, record=ref, matched=matched)
        writer.put_down_call(record)
    return record


def circumstances_of(
    writer: Writer, record: CallRecord, books: Bookkeeping, facts: CallerFacts
) -> Circumstances:
    """What is known of a call besides what the PBX told."""
    outside = outside_number(record)
    e164 = to_e164(outside, books.country)
    is_first = record.record is None and not facts.candidates
    return Circumstances(
        outside_e164=e164,
        outside_number=format_for_people(e164, books.country) if e164 else outside,
        tracking_number=record.tracking_number,
        agent=record.agent,
        matched=record.matched,
        call_id=record.call_id or "",
        is_open=_is_open(record, books),
        create=chosen_creation(writer, record.pbx, record.linkedid) if is_first else None,
    )


def hang_on(
    writer: Writer,
    activity: Activity,
    record: CallRecord,
    rules: CallLoggingSettings,
    *,
    may_create: bool,
) -> Activity:
    """A contact's activity with his newest open case or opportunity, as the rules say.

    ``may_create``: a case is made when none is open and the rules say so.
    """
    about = activity.about
    if about is None or about.type is not PersonType.CONTACT or rules.log_to is LogTo.NONE:
        return activity
    if rules.log_to is LogTo.OPPORTUNITY:
        opportunity = newest_open_opportunity(writer, about.id)
        return replace(activity, opportunity_id=opportunity.id) if opportunity else activity
    case = cases.newest_open_case(writer, about.id)
    if case is None and rules.create_case and may_create and _is_there(writer, about):
        key = (record.pbx, record.linkedid)
        case = cases.open_case(writer, about.id, activity.subject, first_call=key)
    return replace(activity, case_id=case.id) if case is not None else activity


def _facts(record: CallRecord, caller: Caller, rules: CallLoggingSettings) -> CallerFacts:
    is_anew = rules.lost_lead_calls is LostLeadCalls.NEW_LEAD
    if is_anew and record.direction is Direction.INBOUND:
        return caller.without_lost_leads
    return caller.facts


def _matched(writer: Writer, record: CallRecord, facts: CallerFacts) -> Matched | None:
    """Whom the call is put down to: as before, followed through conversions; else the best."""
    matched = record.matched
    if matched is None:
        best = next(iter(facts.candidates), None)
        return Matched(type=best.type, id=best.id, name=best.name) if best is not None else None
    if any((each.type, each.id) == (matched.type, matched.id) for each in facts.candidates):
        return matched
    now = as_it_is_now(writer, matched)
    if now is None:
        activity = writer.activity_of(record.pbx, record.linkedid)
        now = activity.about if activity is not None else None
    return now or matched


def _is_open(record: CallRecord, books: Bookkeeping) -> bool:
    if record.tracking_number is None or not books.rules.asks_for_hours():
        return True
    number = books.directory.find_tracking_number(record.tracking_number.number, books.country)
    return is_open_at(number, record.started_at)


def _decide(
    writer: Writer,
    record: CallRecord,
    circumstances: Circumstances,
    facts: CallerFacts,
    rules: CallLoggingSettings,
) -> Decision:
    decision = decide_outcome(record, circumstances, facts, rules, record.record)
    if isinstance(decision, RemoveRecord) and _is_touched(writer, record, decision.ref):
        touched = replace(circumstances, is_touched=True)
        decision = decide_outcome(record, touched, facts, rules, record.record)
    return decision


def _is_touched(writer: Writer, record: CallRecord, ref: Ref) -> bool:
    return bool(
        form_state(writer, record.pbx, record.linkedid).version
        or writer.changed_by_hand(ref.type, ref.id)
        or writer.notes_about(ref)
    )


def _carry_out(
    writer: Writer,
    record: CallRecord,
    decision: Decision,
    rules: CallLoggingSettings,
    *,
    was_over: bool,
) -> Ref | None:
    """Write what was decided; return what the call has become."""
    may_create = record.ended_at is not None and not was_over
    match decision:
        case CreatePerson(person=person):
            return create_and_respond(writer, person_of_visitor(person, record))
        case LogActivity(activity=activity):
            return writer.log_activity(
                hang_on(writer, activity, record, rules, may_create=may_create)
            )
        case CompleteRecord(ref=ref, activity=activity, owner=owner):
            if activity is not None:
                if may_create and rules.log_to is not LogTo.NONE:
                    activity = _hang_on_late(writer, activity, record, rules)
                writer.log_activity(activity)
            elif owner is not None:
                writer.own(ref, owner)
            return ref
        case RemoveRecord(ref=ref):
            writer.delete_activity(ref.id)
            return None
        case _:
            return record.record


def _hang_on_late(
    writer: Writer, activity: Activity, record: CallRecord, rules: CallLoggingSettings
) -> Activity:
    """At its end the activity gets what it had no case or opportunity of at the ring."""
    known = writer.activity_of(record.pbx, record.linkedid)
    if known is None or known.case_id is not None or known.opportunity_id is not None:
        return activity
    written = writer.changed_by_hand("activity", known.id or 0)
    if written & {"case_id", "opportunity_id", "about"}:
        return activity
    return hang_on(writer, activity, record, rules, may_create=True)


def _complete_registered(
    writer: Writer, record: CallRecord, circumstances: Circumstances, books: Bookkeeping
) -> None:
    """Bring up to date what the form registered besides the person that the call made."""
    activity = writer.activity_of(record.pbx, record.linkedid)
    if activity is None or activity.id is None:
        return
    known = replace(circumstances, matched=activity.about, is_touched=True)
    already = Ref(type="activity", id=activity.id)
    decision = decide_outcome(record, known, CallerFacts(), books.rules, already)
    if isinstance(decision, CompleteRecord) and decision.activity is not None:
        writer.log_activity(decision.activity)


def _reopen(
    writer: Writer,
    record: CallRecord,
    matched: Matched,
    caller: Caller,
    rules: CallLoggingSettings,
) -> None:
    """A lost lead that calls again is worked on again, where the rules say so."""
    is_his_call = record.direction is Direction.INBOUND and matched.type is PersonType.LEAD
    is_asked_for = rules.lost_lead_calls is LostLeadCalls.REOPEN
    if is_asked_for and is_his_call and matched.id in caller.lost_leads:
        leads.reopen(writer, matched.id)


def _is_there(writer: Writer, about: Matched) -> bool:
    return writer.get(about.type, about.id) is not None


def _is_own_making(record: CallRecord) -> bool:
    """Whether this call has put the person on file."""
    return record.record is not None and record.record.type != "activity"
