"""Calls that are held, parked, wait, or come back.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, spoke, stepped_in

TRUTHS: Truths = {
    "rt2_held_and_left": (
        TrueCall(
            linkedid="1795889521.84",
            why="He is put on hold and hangs up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.409,
            ended=2.916,
            ring_seconds=0.405,
            talk_seconds=2.507,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
    "rt2_park_twice": (
        TrueCall(
            linkedid="1795889958.12",
            why="Parked, fetched by 1002, parked again, fetched by 1003.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.409,
            ended=8.413,
            ring_seconds=0.407,
            talk_seconds=5.581,
            parties=(
                spoke("1001"),
                stepped_in("1002"),
                stepped_in("1003"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_park_valet": (
        TrueCall(
            linkedid="1795889525.86",
            why="Parked by the dialplan at once (valet); 1002 fetches him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507210",
            answered_by="1002",
            answered=1.311,
            ended=4.008,
            talk_seconds=2.697,
            parties=(stepped_in("1002"),),
            hangup_cause=16,
        ),
    ),
    "rt2_blind_declined_back": (
        TrueCall(
            linkedid="1795889794.61",
            why="Handed on (REFER) to a desk that declines; the dialplan brings him "
            "back to who handed him on.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507305",
            answered_by="1001",
            answered=0.506,
            ended=6.512,
            ring_seconds=0.503,
            talk_seconds=4.229,
            parties=(
                spoke("1001"),
                rang("1012"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="632", completed=False),),
            hangup_cause=16,
            ambiguous={"transfers": "tried, and came back"},
        ),
    ),
    "rt2_blind_hunt_left": (
        TrueCall(
            linkedid="1795889797.52",
            why="He gives up while the desk to which he was handed on rings, after "
            "another that did not lift.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507305",
            answered_by="1001",
            answered=0.623,
            ended=5.622,
            ring_seconds=0.618,
            talk_seconds=1.039,
            parties=(
                spoke("1001"),
                rang("1012"),
                rang("1013"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="633", completed=False),),
            hangup_cause=16,
        ),
    ),
    "rt2_call_waiting": (
        TrueCall(
            linkedid="1795889972.115",
            why="A second call waits at a desk that holds the first: the first caller.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.672,
            ended=6.648,
            ring_seconds=0.656,
            talk_seconds=5.976,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795889974.117",
            why="The second one, to whom the desk turns.",
            outcome="answered",
            caller_number="+61491570157",
            dialled_number="0255507101",
            answered_by="1001",
            started=1.779,
            answered=2.404,
            ended=4.411,
            ring_seconds=0.615,
            talk_seconds=2.007,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
}
