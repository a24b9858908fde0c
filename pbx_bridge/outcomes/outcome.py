"""What a call was worth: a new person, an activity, or nothing.

A stranger becomes somebody on file (a lead, if the rules say nothing else); a call with
somebody on file becomes an activity; and internal, withheld and blocked calls become nothing.

:func:`decide_outcome` is asked again whenever something about the call has changed, and a
journal may be replayed any number of times. So it is told what the call has ``already`` become
and never answers with a second creation: it completes what there is, or takes it back when the
call turned out to be of a type that is not logged. What somebody has written on it stays:
then it is completed instead of taken back.

Ask it in the transaction that writes the answer, with ``caller`` looked up there: of twenty
first calls from one number, nineteen then find the lead of the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crm_store.call_logging import CallLoggingSettings, Logging, RecordAt, UnknownNumber
from crm_store.records import (
    Activity,
    ActivityStatus,
    Attribution,
    CallerFacts,
    Candidate,
    ListName,
    Matched,
    Person,
    Ref,
)
from pbx_bridge.calls.call import Direction
from pbx_bridge.outcomes.call_type import AnyCall, call_type
from pbx_bridge.outcomes.rules import Ruling, as_person_type, rule_on, stranger_becomes
from pbx_bridge.outcomes.subject import make_subject
from pbx_bridge.outcomes.workflow import make_person, name_stranger


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a call besides what the PBX told.

    ``outside_e164`` is the number of the person on the outside (the caller of an inbound call,
    the called of an outbound one), None when it is none; ``outside_number`` the same as people
    write it. ``agent`` is the name of our user who answered, or who placed an outbound call;
    None for nobody and for an extension without a user. ``matched`` is whom the call was put
    down to when it rang, or in the incoming-call form. ``is_open``: the number was open when the
    call began. ``is_touched``: somebody has written on what the call became. ``create`` is what
    somebody chose in the form for a stranger to become.
    """

    outside_e164: str | None
    outside_number: str = ""
    tracking_number: Attribution | None = None
    agent: str | None = None
    matched: Matched | None = None
    call_id: str = ""
    is_open: bool = True
    is_touched: bool = False
    create: UnknownNumber | None = None


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
    call: AnyCall,
    circumstances: Circumstances,
    caller: CallerFacts,
    rules: CallLoggingSettings,
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
    call: AnyCall, circumstances: Circumstances, caller: CallerFacts, rules: CallLoggingSettings
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


def _reason_for_no_trace(call: AnyCall) -> str | None:
    if call.direction is Direction.INTERNAL:
        return "internal call"
    if call.direction is Direction.INBOUND and call.is_withheld:
        return "number withheld"
    return None


def _log(
    call: AnyCall, circumstances: Circumstances, caller: CallerFacts, rules: CallLoggingSettings
) -> Decision:
    ruling = rule_on(call, rules, is_open=circumstances.is_open)
    if ruling.log is Logging.NOT_LOGGED:
        return Nothing(reason=ruling.reason)
    return LogActivity(activity=_activity(call, circumstances, caller, rules, ruling))


def _create(call: AnyCall, circumstances: Circumstances, rules: CallLoggingSettings) -> Decision:
    kind = stranger_becomes(call.direction, rules, is_open=circumstances.is_open)
    if circumstances.create is not None:
        kind = as_person_type(circumstances.create)
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
    call: AnyCall,
    circumstances: Circumstances,
    caller: CallerFacts,
    rules: CallLoggingSettings,
    already: Ref,
) -> Decision:
    if already.type != "activity":
        return CompleteRecord(ref=already, owner=circumstances.agent)
    ruling = rule_on(call, rules, is_open=circumstances.is_open)
    if (reason := _reason_for_no_trace(call)) is not None:
        ruling = Ruling(log=Logging.NOT_LOGGED, reason=reason)
    if ruling.log is Logging.NOT_LOGGED:
        if not circumstances.is_touched:
            return RemoveRecord(ref=already, reason=ruling.reason)
        ruling = Ruling(log=Logging.COMPLETED)
    activity = _activity(call, circumstances, caller, rules, ruling)
    return CompleteRecord(ref=already, activity=replace(activity, id=already.id))


def _activity(
    call: AnyCall,
    circumstances: Circumstances,
    caller: CallerFacts,
    rules: CallLoggingSettings,
    ruling: Ruling,
) -> Activity:
    about = _whom(circumstances, caller)
    is_done = ruling.log is Logging.COMPLETED and _is_over(call)
    tracking_number = circumstances.tracking_number
    return Activity(
        subject=make_subject(call, _said(call, circumstances, caller, about), rules),
        status=ActivityStatus.COMPLETED if is_done else ActivityStatus.IN_PROGRESS,
        call_type=call_type(call),
        about=about,
        owner=_owner(circumstances, caller, about, rules),
        campaign=tracking_number.campaign if tracking_number is not None else None,
        call=(call.pbx, call.linkedid),
        completed_at=call.ended_at if is_done else None,
    )


def _said(
    call: AnyCall, circumstances: Circumstances, caller: CallerFacts, about: Matched | None
) -> dict[str, str]:
    """What a subject may say."""
    number = circumstances.tracking_number
    known = _candidate(caller, about)
    return {
        "name": about.name if about is not None else _stranger(call, circumstances),
        "account": (known.account_name or "") if known is not None else "",
        "number": circumstances.outside_number,
        "campaign": (number.campaign or "") if number is not None else "",
        "source": (number.source or "") if number is not None else "",
        "label": number.label if number is not None else "",
        "agent": _who_of_us(call, circumstances),
        "call_id": circumstances.call_id,
    }


def _whom(circumstances: Circumstances, caller: CallerFacts) -> Matched | None:
    """Return whom the call is put down to: as at the ring, else the best candidate."""
    if circumstances.matched is not None or not caller.candidates:
        return circumstances.matched
    best = caller.candidates[0]
    return Matched(type=best.type, id=best.id, name=best.name)


def _stranger(call: AnyCall, circumstances: Circumstances) -> str:
    name = call.caller_name if call.direction is Direction.INBOUND else ""
    return name_stranger(name, circumstances.outside_number)


def _who_of_us(call: AnyCall, circumstances: Circumstances) -> str:
    """Return our person by name or, without a user of that extension, by extension."""
    if circumstances.agent is not None:
        return circumstances.agent
    is_outbound = call.direction is Direction.OUTBOUND
    return (call.caller_number if is_outbound else call.answered_by) or ""


def _owner(
    circumstances: Circumstances,
    caller: CallerFacts,
    about: Matched | None,
    rules: CallLoggingSettings,
) -> str | None:
    """Return whose task it is: who had the call, else the default, else the person's owner."""
    known = _candidate(caller, about)
    theirs = known.owner_name if known is not None else None
    return circumstances.agent or rules.default_owner or theirs


def _candidate(caller: CallerFacts, about: Matched | None) -> Candidate | None:
    """Return what is on file about whom the call is put down to."""
    if about is None:
        return None
    whom = (about.type, about.id)
    return next((each for each in caller.candidates if (each.type, each.id) == whom), None)


def _is_over(call: AnyCall) -> bool:
    return call.ended_at is not None
