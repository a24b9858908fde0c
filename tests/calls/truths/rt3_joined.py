"""Calls out, and colleagues' calls, that meet others on a second line or are handed on.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, spoke, stepped_in

TRUTHS: Truths = {
    "rt3_internal_att_outside": (
        TrueCall(
            linkedid="1795905690.15",
            why="A colleague's call is joined to a mobile that was asked on a second line.",
            direction="internal",
            outcome="answered",
            caller_number="1003",
            caller_name="Carol",
            dialled_number="1001",
            answered_by="1001",
            answered=0.404,
            ended=3.621,
            ring_seconds=0.402,
            talk_seconds=3.217,
            parties=(
                spoke("1001"),
                spoke("0491570158"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="0491570158", completed=True),),
        ),
    ),
    "rt3_out_then_in_joined_back": (
        TrueCall(
            linkedid="1795905703.28",
            why="The same, by handing the customer on to the caller.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.51,
            ended=4.835,
            ring_seconds=0.505,
            talk_seconds=4.325,
            parties=(spoke("0491570158"),),
            ambiguous={
                "transfers": "neither was handed to one of ours",
                "talk_seconds": "several people would say several things",
                "ended": "several people would say several things",
            },
        ),
        TrueCall(
            linkedid="1795905705.30",
            why="The call that came in.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1001",
            started=1.425,
            answered=1.829,
            ended=4.833,
            ring_seconds=0.401,
            talk_seconds=3.004,
            parties=(spoke("1001"),),
            hangup_cause=16,
            ambiguous={
                "transfers": "neither was handed to one of ours",
                "talk_seconds": "several people would say several things",
                "parties": "several people would say several things",
            },
        ),
    ),
    "rt3_out_then_colleague_joined": (
        TrueCall(
            linkedid="1795905710.32",
            why="An agent who talks with a customer whom he called takes a "
            "colleague's call on his second line and joins the two.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.506,
            ended=5.01,
            ring_seconds=0.504,
            talk_seconds=4.504,
            parties=(
                spoke("0491570158"),
                stepped_in("1003"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1003", completed=True),),
            ambiguous={"parties": "several people would say several things"},
        ),
    ),
    "rt3_out_blind_outside": (
        TrueCall(
            linkedid="1795905663.0",
            why="An agent calls a customer and hands him on (REFER) to another number outside.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.505,
            ended=4.009,
            ring_seconds=0.504,
            talk_seconds=2.997,
            parties=(
                spoke("0491570158"),
                spoke("0491570159"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="60491570159", completed=True),),
        ),
    ),
    "rt3_out_park_queue": (
        TrueCall(
            linkedid="1795905675.7",
            why="An agent parks the customer whom he called; nobody fetches him; "
            "the queue takes him.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.506,
            ended=7.011,
            ring_seconds=0.505,
            talk_seconds=2.996,
            parties=(
                spoke("0491570158"),
                spoke("1011"),
            ),
        ),
    ),
    "rt3_in_joined_to_anothers_out": (
        TrueCall(
            linkedid="1795906584.0",
            why="A caller is handed on (REFER) to 1002, who talks with a customer "
            "whom he had called meanwhile, and joins the two: the caller.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1001",
            answered=0.403,
            ended=6.41,
            ring_seconds=0.401,
            talk_seconds=5.602,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
            hangup_cause=16,
            ambiguous={
                "transfers": "then to somebody outside",
                "parties": "several people would say several things",
                "talk_seconds": "several people would say several things",
            },
        ),
        TrueCall(
            linkedid="1795906585.2",
            why="The customer whom 1002 had called.",
            direction="outbound",
            outcome="answered",
            caller_number="1002",
            caller_name="Bob",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.72,
            answered=1.127,
            ended=6.411,
            ring_seconds=0.404,
            talk_seconds=5.284,
            parties=(spoke("0491570158"),),
            ambiguous={
                "transfers": "neither was handed to one of ours",
                "talk_seconds": "several people would say several things",
            },
        ),
    ),
}
