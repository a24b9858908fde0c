"""Did the caller leave a message? Pure.

VoiceMail answers whoever comes, and a journal without our notes has no word on what he did there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.leg import AppRun, Leg, Sound
from pbx_bridge.calls.plot import OFFERS, Plot

_SHORTEST_VISIT = timedelta(seconds=2)
"""Without a note of VMSTATUS or a beep, a visit to voicemail this long counts as a message."""
_INSTRUCTIONS = timedelta(seconds=5)
"""What VoiceMail says before the beep without option ``s``: 5.7 s in Asterisk's English."""
_GREETING = timedelta(seconds=3)
"""What options ``u`` and ``b`` say before that: some 6 s in Asterisk's English, or his own."""
_SHORTEST_SPEECH = timedelta(seconds=1)
_CUT_BEEP = timedelta(milliseconds=50)


def has_message(plot: Plot) -> bool:
    """Whether a voicemail message was left.

    VMSTATUS says so where it was noted. Where the journal has the sounds that were played, a
    caller who heard the beep to its end and stayed has left one. Else the length of the visit
    must do.
    """
    for leg in plot.legs:
        for note in reversed(leg.notes):
            if (status := note.extra.get("vm") or _status_note(note)) in _VOICEMAIL_STATUSES:
                return status == "SUCCESS"
    if any(note.user_event == "PBX_BRIDGE_END" for note in plot.caller.notes):
        return False
    return any(
        _has_spoken(leg, run, plot.until)
        for leg in plot.legs
        for run in leg.runs
        if run.name.lower() == "voicemail" and not _is_left_for_operator(leg, run)
    )


def _is_left_for_operator(leg: Leg, visit: AppRun) -> bool:
    """Whether the caller pressed 0 (or *) in voicemail, and phones were rung for him after that.

    Asterisk throws away what he had said until then, unless he presses 1 to keep it.
    """
    return visit.ended_at is not None and any(
        run.name in OFFERS and run.started_at >= visit.ended_at for run in leg.runs
    )


_VOICEMAIL_STATUSES = frozenset({"SUCCESS", "USEREXIT", "FAILED"})


def _status_note(note: ChannelEvent) -> str:
    """An administrator's own note of VMSTATUS: a user event named after voicemail."""
    return note.extra.get("text", "") if "VM" in note.user_event.upper() else ""


def _has_spoken(leg: Leg, run: AppRun, until: datetime) -> bool:
    ended_at = run.ended_at or until
    heard = [sound for sound in leg.sounds if run.started_at <= sound.started_at <= ended_at]
    beeps = [sound for sound in heard if sound.name == "beep"]
    if beeps:
        return _has_spoken_after(beeps[-1], ended_at)
    if heard and "t" not in _options(run):
        return False
    return ended_at - run.started_at >= _SHORTEST_VISIT + _prompts(run)


def _has_spoken_after(beep: Sound, ended_at: datetime) -> bool:
    """Whether he heard it out and stayed; in whole seconds a beep has no length that tells."""
    is_timed = beep.started_at.microsecond > 0
    beep_ended_at = beep.ended_at or (ended_at if is_timed else beep.started_at)
    is_whole = beep_ended_at - beep.started_at > _CUT_BEEP or not is_timed
    return is_whole and ended_at - beep_ended_at >= _SHORTEST_SPEECH


def _options(run: AppRun) -> str:
    """VoiceMail's options; ``t`` puts another sound, or none, in the place of the beep."""
    return run.args.partition(",")[2].partition("(")[0]


def _prompts(run: AppRun) -> timedelta:
    """How long a caller listens, at the least, before he may speak."""
    options = set(_options(run))
    if "s" in options:
        return timedelta()
    return _INSTRUCTIONS + _GREETING if options & {"u", "b"} else _INSTRUCTIONS
