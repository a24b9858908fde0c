"""What Dial can do besides: announcements, screening, surveys, limits, supervisors.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

TRUTHS: Truths = {
    "rt_dial_F_survey": (
        TrueCall(
            linkedid="1795875486.59",
            why="Dial's F(): after the caller has left, 1011 is asked how it went.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507106",
            answered_by="1011",
            answered=0.515,
            ended=2.023,
            ring_seconds=0.505,
            talk_seconds=1.508,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_dial_g_survey": (
        TrueCall(
            linkedid="1795875490.61",
            why="Dial's g: after 1011 has left, the caller hears a thank-you.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507107",
            answered_by="1011",
            answered=0.51,
            ended=3.518,
            ring_seconds=0.505,
            talk_seconds=1.203,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_dial_announce": (
        TrueCall(
            linkedid="1795875494.63",
            why="Dial's A(): 1011 hears an announcement first, and then speaks with the caller.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507108",
            answered_by="1011",
            answered=2.117,
            ended=7.135,
            ring_seconds=0.504,
            talk_seconds=5.016,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_dial_announce_gone": (
        TrueCall(
            linkedid="1795875502.65",
            why="The caller gives up while 1011 hears the announcement.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507108",
            ended=1.316,
            ring_seconds=0.507,
            parties=(rang("1011"),),
        ),
    ),
    "rt_dial_music_limit": (
        TrueCall(
            linkedid="1795875505.67",
            why="Answered by the dialplan, music while it rings, ended by it after "
            "two seconds (S).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507109",
            answered_by="1011",
            answered=1.509,
            ended=3.526,
            ring_seconds=1.004,
            talk_seconds=2.004,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_screening_refused": (
        TrueCall(
            linkedid="1795876716.73",
            why="1011 lifts, hears who calls (U()) and hangs up: it was never connected.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507165",
            ended=1.314,
            ring_seconds=0.505,
            parties=(rang("1011"),),
        ),
    ),
    "rt_spy_barge": (
        TrueCall(
            linkedid="1795876820.106",
            why="1003 breaks in on the call (ChanSpy with B): a supervisor is no party of it.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507102",
            answered_by="1011",
            started=0.001,
            answered=0.509,
            ended=4.519,
            ring_seconds=0.506,
            talk_seconds=4.009,
            parties=(
                spoke("1011"),
                rang("1012"),
            ),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795876821.109",
            why="The supervisor's own call to a feature code.",
            direction="internal",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="1003",
            caller_name="Carol",
            dialled_number="*46",
            started=1.018,
            ended=4.846,
            ambiguous={"missed_reason": "he heard what he came for"},
        ),
    ),
}
