"""Panels and diallers that ring a group, a queue, or carrier after carrier (Originate).

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, spoke

TRUTHS: Truths = {
    "rt3_click_group": (
        TrueCall(
            linkedid="1795903470.86",
            why="A panel rings a group of desks (Originate through Local); the one "
            "who lifts calls the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1012",
            caller_name="Vic",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.001,
            answered=1.315,
            ended=2.819,
            ring_seconds=0.605,
            talk_seconds=1.504,
            parties=(spoke("0491570158"),),
        ),
    ),
    "rt3_click_group_blind": (
        TrueCall(
            linkedid="1795904104.23",
            why="A panel's click-to-call for a group (Originate through Local/…/n): "
            "the one who lifts hands the customer on (REFER).",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.001,
            answered=1.113,
            ended=5.621,
            ring_seconds=0.506,
            talk_seconds=3.899,
            parties=(
                spoke("0491570158"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1012", completed=True),),
            ambiguous={"ring_seconds": "his own phone rang"},
        ),
    ),
    "rt3_callback_agents_first": (
        TrueCall(
            linkedid="1795903750.27",
            why="A call back for a queue: its agents are rung first (Originate of "
            "Local/…): 1011 does not lift, 1012 does, and calls the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1012",
            caller_name="Vic",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.002,
            answered=4.317,
            ended=5.821,
            ring_seconds=0.604,
            talk_seconds=1.504,
            parties=(spoke("0491570158"),),
            ambiguous={"ring_seconds": "the agents' own phones rang"},
        ),
    ),
    "rt3_callback_agents_none": (
        TrueCall(
            linkedid="1795903758.32",
            why="The same; no agent lifts.",
            direction="outbound",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="1011",
            caller_name="Uma",
            dialled_number="0491570158",
            started=0.001,
            ended=3.009,
            ambiguous={
                "ring_seconds": "the agents' own phones rang",
                "parties": "several people would say several things",
                "caller_number": "whose call it was to be",
                "ended": "several people would say several things",
            },
        ),
    ),
    "rt3_dialler_failover": (
        TrueCall(
            linkedid="1795903763.36",
            why="A dialler calls a customer; the first carrier refuses (503), the "
            "second reaches him; the queue's agent takes the call.",
            direction="outbound",
            outcome="answered",
            caller_number="0255507100",
            dialled_number="0491570158",
            answered_by="1011",
            started=0.001,
            answered=1.37,
            ended=3.166,
            ring_seconds=0.705,
            talk_seconds=1.796,
            parties=(spoke("1011"),),
            ambiguous={"ring_seconds": "the customer's own phone rang"},
        ),
    ),
    "rt3_dialler_att": (
        TrueCall(
            linkedid="1795904097.15",
            why="A dialler calls a customer, the agent asks a colleague on a second "
            "line and joins them.",
            direction="outbound",
            outcome="answered",
            caller_number="0255507100",
            dialled_number="0491570158",
            answered_by="1001",
            started=0.001,
            answered=0.911,
            ended=5.51,
            ring_seconds=0.401,
            talk_seconds=4.599,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            ambiguous={"ring_seconds": "the customer's own phone rang"},
        ),
    ),
    "rt3_callfile_retried": (
        TrueCall(
            linkedid="1795903465.83",
            why="A call file: the first attempt meets a busy customer.",
            direction="outbound",
            outcome="missed",
            missed_reason="busy",
            caller_number="0255507100",
            dialled_number="",
            ended=0.401,
            ambiguous={"ring_seconds": "several people would say several things"},
        ),
        TrueCall(
            linkedid="1795903467.84",
            why="The second attempt reaches him, and an agent of the queue takes the call.",
            direction="outbound",
            outcome="answered",
            caller_number="0255507100",
            dialled_number="",
            answered_by="1011",
            started=1.404,
            answered=2.416,
            ended=4.108,
            ring_seconds=0.508,
            talk_seconds=1.692,
            parties=(spoke("1011"),),
            ambiguous={"ring_seconds": "several people would say several things"},
        ),
    ),
    "rt3_click_group_optimised": (
        TrueCall(
            linkedid="1795905117.14",
            why="A panel rings a group of desks through a Local channel that "
            "optimises itself away; the one who lifts calls the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1012",
            caller_name="Vic",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.002,
            answered=1.318,
            ended=2.822,
            ring_seconds=0.605,
            talk_seconds=1.504,
            parties=(spoke("0491570158"),),
            ambiguous={"ring_seconds": "the desks rang"},
        ),
    ),
}
