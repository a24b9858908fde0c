"""What a call was worth: a new person, an activity, or nothing.

A stranger becomes somebody on file (a lead, if the rules say nothing else); a call with
somebody on file becomes an activity; and internal, withheld and blocked calls become nothing.

:func:`decide_outcome` is asked again whenever something about the call has changed, and a
journal may be replayed any number of times. So it is told what the call has ``already`` become
and never answers with a second creation: it completes what there is, or takes it back when the
call turned out to be of a type that is not logged.

Ask it in the transaction that writes the answer, with ``caller`` looked up there: of twenty
first calls from one number, nineteen then find the lead of the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crm_store.records import (
    Activity,
    ActivityStatus,
    Attribution,
    CallerFacts,
    CallType,
    Candidate,
    ListName,
    Matched,
    Person,
    Ref,
)
from pbx_bridge.calls.call import Call, Direction
from pbx_bridge.outcomes.call_type import call_type
from pbx_bridge.outcomes.rules import Logging, LoggingRules, RecordAt
from pbx_bridge.outcomes.subject import make_subject
from pbx_bridge.outcomes.workflow import make_person, name_stranger


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a call besides what the PBX told.

    ``outside_e164`` is the number of the person on the outside (the caller of an inbound call,
    the called of an outbound one), None when it is none; ``outside_number`` the same as people
    write it. ``agent`` is the name of our user who answered, or who placed an outbound call;
    None for nobody and for an extension without a user. ``matched`` is whom the call was put
    down to when it rang.
    """

    outside_e164: str | None
    outside_number: str = ""
    tracking_number: Attribution | None = None
    agent: str | None = None
    matched: Matched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePerson:
    """A stranger: write this new record."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class LogActivity:
    """Somebody on file: write this activity, the only one of its call."""

    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteRecord:
    """The call already became ``ref``: bring that up to date.

    An activity becomes ``activity``. A person has none; he gets ``owner`` if he has no owner.
    """

    ref: Ref
    activity: Activity | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRecord:
    """The call already became the activity ``ref``, and is not to be logged: take it back."""

    ref: Ref
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing is to be written, and why, for the log."""

    reason: str


Decision = CreatePerson | LogActivity | CompleteRecord | RemoveRecord | Nothing


def decide_outcome(
    call: Call,
    circumstances: Circumstances,
    caller: CallerFacts,
    rules: LoggingRules,
    already: Ref | None = None,
) -> Decision:
    """Return what the call is to become now. Pure: the same question has the same answer.

    ``caller`` is what is on file about ``circumstances.outside_e164``; ``already`` what the
    call has become so far.
    """
    if already is not None:
        return _follow_up(call, circumstances, caller, rules, already)
    if (reason := _reason_for_nothing(call, circumstances, caller, rules)) is not None:
        return Nothing(reason=reason)
    if caller.candidates:
        return _log(call, circumstances, caller, rules)
    return _create(call, circumstances, rules)


def _reason_for_nothing(
    call: Call, circumstances: Circumstances, caller: CallerFacts, rules: LoggingRules
) -> str | None:
    if (reason := _reason_for_no_trace(call)) is not None:
        return reason
    if circumstances.outside_e164 is None:
        return "no number of the public network"
    if call.direction is Direction.INBOUND and ListName.BLOCKED in caller.lists:
        return "caller is blocked"
    if rules.record_at is RecordAt.HANGUP and call.ended_at is None:
        return "recorded at hang-up"
    return None


def _reason_for_no_trace(call: Call) -> str | None:
    if call.direction is Direction.INTERNAL:
        return "internal call"
    if call.direction is Direction.INBOUND and call.is_withheld:
        return "number withheld"
    return None


def _reason_not_to_log(call: Call, rules: LoggingRules) -> str | None:
    if not rules.may_log(call.direction):
        return f"{call.direction} calls are not logged"
    kind = call_type(call)
    if _is_over(call) and kind is not None and rules.logging_of(kind) is Logging.NOT_LOGGED:
        return f"{kind} calls are not logged"
    return None


def _log(
    call: Call, circumstances: Circumstances, caller: CallerFacts, rules: LoggingRules
) -> Decision:
    if (reason := _reason_not_to_log(call, rules)) is not None:
        return Nothing(reason=reason)
    return LogActivity(activity=_activity(call, circumstances, caller, rules))


def _create(call: Call, circumstances: Circumstances, rules: LoggingRules) -> Decision:
    kind = rules.stranger_becomes(call.direction)
    if kind is None or circumstances.outside_e164 is None:
        return Nothing(reason=f"unknown number, and {call.direction} strangers become nothing")
    person = make_person(
        kind,
        call,
        e164=circumstances.outside_e164,
        number_for_people=circumstances.outside_number or circumstances.outside_e164,
        tracking_number=circumstances.tracking_number,
        agent=circumstances.agent,
    )
    return CreatePerson(person=person)


def _follow_up(
    call: Call,
    circumstances: Circumstances,
    caller: CallerFacts,
    rules: LoggingRules,
    already: Ref,
) -> Decision:
    if already.type != "activity":
        return CompleteRecord(ref=already, owner=circumstances.agent)
    if (reason := _reason_for_no_trace(call) or _reason_not_to_log(call, rules)) is not None:
        return RemoveRecord(ref=already, reason=reason)
    activity = _activity(call, circumstances, caller, rules)
    return CompleteRecord(ref=already, activity=replace(activity, id=already.id))


def _activity(
    call: Call,
    circumstances: Circumstances,
    caller: CallerFacts,
    rules: LoggingRules,
) -> Activity:
    kind = call_type(call)
    about = _whom(circumstances, caller)
    status = _status(call, kind, rules)
    tracking_number = circumstances.tracking_number
    return Activity(
        subject=make_subject(
            call,
            name=about.name if about is not None else _stranger(call, circumstances),
            label=tracking_number.label if tracking_number is not None else "",
            agent=_who_of_us(call, circumstances),
        ),
        status=status,
        call_type=kind,
        about=about,
        owner=_owner(circumstances, caller, about),
        campaign=tracking_number.campaign if tracking_number is not None else None,
        call=(call.pbx, call.linkedid),
        completed_at=call.ended_at if status is ActivityStatus.COMPLETED else None,
    )


def _status(call: Call, kind: CallType | None, rules: LoggingRules) -> ActivityStatus:
    """A call that is up is in progress, whatever the rules will say when it ends."""
    if not _is_over(call) or kind is None:
        return ActivityStatus.IN_PROGRESS
    if rules.logging_of(kind) is Logging.COMPLETED:
        return ActivityStatus.COMPLETED
    return ActivityStatus.IN_PROGRESS


def _whom(circumstances: Circumstances, caller: CallerFacts) -> Matched | None:
    """Return whom the call is put down to: as at the ring, else the best candidate."""
    if circumstances.matched is not None or not caller.candidates:
        return circumstances.matched
    best = caller.candidates[0]
    return Matched(type=best.type, id=best.id, name=best.name)


def _stranger(call: Call, circumstances: Circumstances) -> str:
    name = call.caller_name if call.direction is Direction.INBOUND else ""
    return name_stranger(name, circumstances.outside_number)


def _who_of_us(call: Call, circumstances: Circumstances) -> str:
    """Return our person by name or, without a user of that extension, by extension."""
    if circumstances.agent is not None:
        return circumstances.agent
    is_outbound = call.direction is Direction.OUTBOUND
    return (call.caller_number if is_outbound else call.answered_by) or ""


def _owner(
    circumstances: Circumstances,
    caller: CallerFacts,
    about: Matched | None,
) -> str | None:
    """Return whose task it is: who had the call, else who owns the person it is about."""
    if circumstances.agent is not None:
        return circumstances.agent
    if about is None:
        return None
    return next((each.owner_name for each in caller.candidates if _is_about(each, about)), None)


def _is_about(candidate: Candidate, about: Matched) -> bool:
    return (candidate.type, candidate.id) == (about.type, about.id)


def _is_over(call: Call) -> bool:
    return call.ended_at is not None
