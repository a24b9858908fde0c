"""Callees who are asked, loops of desks, and queues that go on.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

TRUTHS: Truths = {
    "rt3_screening_busy": (
        TrueCall(
            linkedid="1795903712.0",
            why="1011 lifts, and his screening says busy (GOSUB_RESULT=BUSY); 1012 takes the call.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507501",
            answered_by="1012",
            answered=1.618,
            ended=3.126,
            ring_seconds=1.01,
            talk_seconds=1.508,
            parties=(
                rang("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_screening_vm": (
        TrueCall(
            linkedid="1795903718.5",
            why="1011 lifts, his screening says congestion; voicemail, where the caller speaks.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507503",
            ended=5.62,
            ring_seconds=0.506,
            parties=(rang("1011"),),
        ),
    ),
    "rt3_queue_not_confirmed": (
        TrueCall(
            linkedid="1795903482.63",
            why="A queue's member is a mobile that must confirm, and does not; the "
            "next one is a desk, and lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507514",
            answered_by="1012",
            answered=4.073,
            ended=7.005,
            ring_seconds=1.11,
            talk_seconds=2.932,
            parties=(
                rang("0491570158"),
                spoke("1012"),
            ),
            hangup_cause=16,
            ambiguous={"ring_seconds": "a mobile that lifted and did not confirm"},
        ),
    ),
    "rt3_vm_key_out": (
        TrueCall(
            linkedid="1795903734.11",
            why="Voicemail with a way out (option d): he presses 5 and 1012 lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507522",
            answered_by="1012",
            answered=2.236,
            ended=5.011,
            ring_seconds=1.608,
            talk_seconds=2.775,
            parties=(
                rang("1001"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_disa_out": (
        TrueCall(
            linkedid="1795903389.37",
            why="A stranger reaches an outside number over our lines (DISA).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507523",
            answered_by="0491570158",
            answered=2.536,
            ended=5.507,
            ring_seconds=0.605,
            talk_seconds=2.971,
            parties=(spoke("0491570158"),),
            hangup_cause=16,
        ),
    ),
}
