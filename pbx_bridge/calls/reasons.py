"""Why nobody spoke with the caller. Pure.

Neither DIALSTATUS nor the caller's hangup cause can be trusted for this (a caller who hung up
on a queue has cause 0, a caller after a failed transfer still says ANSWER). What can: who hung
up, whether the phones were still being offered the call at that moment, and how each phone's own
leg ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from pbx_bridge.calls.call import Direction, MissedReason
from pbx_bridge.calls.leg import Leg
from pbx_bridge.calls.plot import OFFERS, Plot
from pbx_bridge.calls.ringing import has_forwarded

_TOGETHER = timedelta(milliseconds=400)
"""Legs that fall with the caller end within this of him: the PBX cancels them one by one."""

_BUSY = {17}
_REJECTED = {21}
_ELSEWHERE = {26, 23}
"""Answered elsewhere, or forwarded: this leg says nothing about why the call was missed."""
_CANCELLED = {127}
_RANG_OUT = {0, 16}
_NO_ANSWER = {19}
"""Nobody answered in time; a phone of ours that says so itself (480) is not available."""
_UNREACHABLE = {
    1,
    2,
    3,
    18,
    20,
    22,
    27,
    28,
    29,
    31,
    34,
    38,
    41,
    42,
    44,
    47,
    50,
    58,
    65,
    79,
    88,
    102,
    111,
}

_REFUSALS = _BUSY | _REJECTED | _NO_ANSWER | _UNREACHABLE

_PRECEDENCE = (
    MissedReason.NO_ANSWER,
    MissedReason.BUSY,
    MissedReason.REJECTED,
    MissedReason.UNAVAILABLE,
    MissedReason.FAILED,
)

_BY_DIALSTATUS = {
    "BUSY": MissedReason.BUSY,
    "NOANSWER": MissedReason.NO_ANSWER,
    "CANCEL": MissedReason.ABANDONED,
    "CHANUNAVAIL": MissedReason.UNAVAILABLE,
    "CONGESTION": MissedReason.FAILED,
}
_BY_QUEUESTATUS = {
    "TIMEOUT": MissedReason.NO_ANSWER,
    "JOINEMPTY": MissedReason.UNAVAILABLE,
    "LEAVEEMPTY": MissedReason.UNAVAILABLE,
    "JOINUNAVAIL": MissedReason.UNAVAILABLE,
    "LEAVEUNAVAIL": MissedReason.UNAVAILABLE,
    "FULL": MissedReason.BUSY,
}


def find_missed_reason(plot: Plot, *, is_cut_off: bool) -> MissedReason:
    """Say why a call that is over, unanswered and without a message was missed.

    ``is_cut_off``: the PBX died or its journal ends with the call still up.
    """
    if _has_note(plot, "closed"):
        return MissedReason.CLOSED
    if _has_note(plot, "blocked"):
        return MissedReason.REJECTED
    if is_cut_off:
        return MissedReason.FAILED
    if plot.caller.is_placed_by_pbx and plot.caller.answered_at is None:
        return _leg_reason(plot, plot.caller) or MissedReason.FAILED
    if _is_abandoned(plot):
        return MissedReason.ABANDONED
    if plot.parties:
        return _from_parties(plot, plot.parties)
    return _without_parties(plot)


def _has_note(plot: Plot, text: str) -> bool:
    """Whether our dialplan noted that it took this route."""
    return any(note.extra.get("text") == text for note in plot.caller.notes)


def _is_abandoned(plot: Plot) -> bool:
    """The caller let go while he was still being offered, or before he was offered to anybody."""
    caller = plot.caller
    if not _hung_up_himself(caller) or _is_turned_away(plot):
        return False
    hung_up_at = caller.hangup.at if caller.hangup else caller.last_at
    offers = plot.offers()
    if offers:
        last = offers[-1]
        return last.ended_at is None or hung_up_at - last.ended_at < _TOGETHER
    if plot.parties:
        last_end = max(leg.ended_at or hung_up_at for leg in plot.parties)
        return hung_up_at - last_end < _TOGETHER
    return not _is_refused(caller)


def _is_turned_away(plot: Plot) -> bool:
    """Whether the PBX refused an unanswered caller: Busy(), Congestion(), or a dialplan's end.

    Asterisk then names the caller's own channel as the one that hung up, as if he had, with the
    cause of the refusal. A caller who gives up may carry the cause of an earlier attempt as well,
    but then he drags phones that still rang along with him, or was in a queue since. What the only
    attempt came to is not older: an IAX2 phone is busy, and the caller gone, in a millisecond.
    """
    caller, hangup = plot.caller, plot.caller.hangup
    if hangup is None or caller.answered_at is not None or hangup.dialstatus == "CANCEL":
        return False
    offers = [run for run in caller.runs if run.name in OFFERS]
    is_older = bool(hangup.dialstatus and offers and offers[-1].name != "Dial")
    is_busy = hangup.dialstatus == "BUSY" and hangup.cause in _BUSY and _is_one_attempt(plot)
    has_dragged = not is_busy and any(_fell_with(plot, leg) for leg in plot.parties)
    return hangup.cause in _REFUSALS and not is_older and not has_dragged


def _is_one_attempt(plot: Plot) -> bool:
    """Whether all phones were rung together: none was over before another was tried."""
    ends = [leg.ended_at for leg in plot.parties if leg.ended_at is not None]
    return not ends or min(ends) > max(leg.started_at for leg in plot.parties)


def _fell_with(plot: Plot, leg: Leg) -> bool:
    """Whether a leg was cancelled because the caller let go: it inherits his cause."""
    hangup, callers = leg.hangup, plot.caller.hangup
    if hangup is None or callers is None or hangup.source == leg.channel:
        return False
    return hangup.cause == callers.cause and abs(callers.at - hangup.at) < _TOGETHER


def _hung_up_himself(caller: Leg) -> bool:
    hangup = caller.hangup
    if hangup is None:
        return False
    if hangup.source:
        return hangup.source == caller.channel
    return hangup.dialstatus == "CANCEL" or hangup.cause in _CANCELLED


def _is_refused(caller: Leg) -> bool:
    """Whether the PBX had nowhere to send the call to (no such number, phone not registered)."""
    return caller.hangup is not None and caller.hangup.cause in _UNREACHABLE


def _from_parties(plot: Plot, parties: Iterable[Leg]) -> MissedReason:
    reasons = {_leg_reason(plot, leg) for leg in parties}
    for reason in _PRECEDENCE:
        if reason in reasons:
            return reason
    return MissedReason.FAILED


def _leg_reason(plot: Plot, leg: Leg) -> MissedReason | None:
    is_outside = plot.is_outside(leg)
    cause = leg.hangup.cause if leg.hangup else None
    if cause in _BUSY:
        return MissedReason.BUSY
    if cause in _REJECTED:
        return MissedReason.REJECTED
    if cause in _ELSEWHERE or has_forwarded(plot, leg):
        return None
    if cause in _NO_ANSWER:
        is_own_word = leg.hangup is not None and leg.hangup.source == leg.channel
        is_unavailable = is_own_word and not is_outside
        return MissedReason.UNAVAILABLE if is_unavailable else MissedReason.NO_ANSWER
    if cause in _UNREACHABLE:
        return MissedReason.FAILED if is_outside else MissedReason.UNAVAILABLE
    if leg.is_known_silent and cause in _RANG_OUT:
        return MissedReason.UNAVAILABLE
    return MissedReason.NO_ANSWER


def _without_parties(plot: Plot) -> MissedReason:
    """No phone was ever rung: what the dialplan noted at the end, or what the caller was told."""
    for note in reversed(plot.caller.notes):
        queue = _BY_QUEUESTATUS.get(note.extra.get("queue", ""))
        if queue is not None:
            return queue if queue is not MissedReason.NO_ANSWER else MissedReason.UNAVAILABLE
        dial = _BY_DIALSTATUS.get(note.extra.get("dialstatus", ""))
        if dial is not None:
            return dial
    if not plot.offers() and (told := _told_the_caller(plot.caller)):
        return told
    if plot.direction is Direction.OUTBOUND:
        return MissedReason.FAILED
    if plot.offers() or _is_refused(plot.caller):
        return MissedReason.UNAVAILABLE
    return MissedReason.FAILED


def _told_the_caller(caller: Leg) -> MissedReason | None:
    """What a dialplan that rang nobody told the caller: Busy(), Hangup(17), Hangup(21)."""
    cause = caller.hangup.cause if caller.hangup else None
    if cause in _BUSY:
        return MissedReason.BUSY
    return MissedReason.REJECTED if cause in _REJECTED else None
