"""Calls that machines take: menus, announcements, tests.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, spoke

TRUTHS: Truths = {
    "rt_ivr_read_agent": (
        TrueCall(
            linkedid="1795875578.102",
            why="A menu (Read); 1 leads to 1011.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507140",
            answered_by="1011",
            answered=1.896,
            ended=4.018,
            ring_seconds=0.605,
            talk_seconds=2.101,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_ivr_background_agent": (
        TrueCall(
            linkedid="1795875583.104",
            why="A menu (Background, WaitExten); 2 leads to 1011.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507141",
            answered_by="1011",
            answered=1.64,
            ended=4.021,
            ring_seconds=0.604,
            talk_seconds=2.372,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_ivr_no_choice": (
        TrueCall(
            linkedid="1795875587.106",
            why="He chooses nothing; the dialplan ends the call.",
            outcome="missed",
            missed_reason="failed",
            caller_number="+61491570156",
            dialled_number="0255507141",
            ended=10.031,
            ambiguous={"missed_reason": "he might as well have given up"},
        ),
    ),
    "rt_playback_only": (
        TrueCall(
            linkedid="1795875598.107",
            why="An announcement is played to its end, and that is all there is.",
            outcome="missed",
            missed_reason="failed",
            caller_number="+61491570156",
            dialled_number="0255507142",
            ended=6.029,
        ),
    ),
    "rt_playback_left": (
        TrueCall(
            linkedid="1795875604.108",
            why="He hangs up during the announcement.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507142",
            ended=0.806,
        ),
    ),
    "rt_echo": (
        TrueCall(
            linkedid="1795875605.109",
            why="An echo test.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507143",
            ended=1.007,
        ),
    ),
    "rt_music_left": (
        TrueCall(
            linkedid="1795875675.142",
            why="He listens to music and hangs up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507154",
            ended=1.506,
        ),
    ),
    "rt_disa": (
        TrueCall(
            linkedid="1795875607.110",
            why="DISA: he dials a mobile from outside, over us.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507144",
            answered_by="0491570158",
            started=0.001,
            answered=3.739,
            ended=9.038,
            ring_seconds=0.606,
            talk_seconds=5.28,
            parties=(spoke("0491570158"),),
            hangup_cause=16,
        ),
    ),
    "rt_early_media": (
        TrueCall(
            linkedid="1795875648.117",
            why="An announcement without an answer, and then 404.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="+61491570156",
            dialled_number="0255507146",
            ended=5.55,
        ),
    ),
    "rt_congestion": (
        TrueCall(
            linkedid="1795875654.118",
            why="Congestion() and nothing else: 503 for the caller.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="+61491570156",
            dialled_number="0255507147",
            ended=0.003,
        ),
    ),
}
