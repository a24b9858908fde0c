"""Somebody else's Stasis application calls out, and its calls are handed on.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, spoke

TRUTHS: Truths = {
    "rt3_ari_click": (
        TrueCall(
            linkedid="1795903526.129",
            why="A click-to-call of an application: the agent first, then the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1011",
            caller_name="Uma",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=1.121,
            ended=3.53,
            ring_seconds=0.506,
            talk_seconds=2.004,
            parties=(spoke("0491570158"),),
            ambiguous={"ring_seconds": "several people would say several things"},
        ),
    ),
    "rt3_ari_out": (
        TrueCall(
            linkedid="1795904191.0",
            why="A phone dials a number, and somebody else's application calls it "
            "for him (two channels made apart).",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0391570158",
            answered_by="0391570158",
            answered=0.819,
            ended=2.329,
            ring_seconds=0.805,
            talk_seconds=1.51,
            parties=(spoke("0391570158"),),
        ),
    ),
    "rt3_ari_out_busy": (
        TrueCall(
            linkedid="1795904197.4",
            why="The same; busy.",
            direction="outbound",
            outcome="missed",
            missed_reason="busy",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0391570158",
            ended=1.815,
            ring_seconds=1.303,
            parties=(rang("0391570158"),),
        ),
    ),
    "rt3_ari_refer": (
        TrueCall(
            linkedid="1795904153.64",
            why="An agent whose phone is in the application's bridge hands the "
            "caller on (REFER) into the dialplan.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1001",
            answered=0.417,
            ended=4.515,
            ring_seconds=0.401,
            talk_seconds=3.483,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_att": (
        TrueCall(
            linkedid="1795904176.69",
            why="An agent whose phone is in the application's bridge asks 1002 on a "
            "second line and joins them.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1001",
            answered=0.415,
            ended=5.018,
            ring_seconds=0.401,
            talk_seconds=4.603,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_click_own_number": (
        TrueCall(
            linkedid="1795905095.0",
            why="A click-to-call of an application that shows the agent our own "
            "number: the agent first, then the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1011",
            caller_name="Uma",
            dialled_number="",
            answered_by="carrier-syd-1",
            started=0.001,
            answered=1.122,
            ended=3.532,
            ring_seconds=0.505,
            talk_seconds=2.004,
            parties=(spoke("carrier-syd-1"),),
        ),
    ),
}
