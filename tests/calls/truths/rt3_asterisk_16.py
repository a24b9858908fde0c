"""The same on an older Asterisk, and macros, which newer ones have no more.

Played on Asterisk 16.28 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke, stepped_in

TRUTHS: Truths = {
    "rt316_macro_vm": (
        TrueCall(
            linkedid="1795905095.0",
            why="A macro of an older PBX rings a desk and then takes a message.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507707",
            ended=6.012,
            ring_seconds=2.002,
            parties=(rang("1011"),),
        ),
    ),
    "rt316_macro_refuses": (
        TrueCall(
            linkedid="1795905104.31",
            why="1011 lifts, and the macro that asks him does not take the call "
            "(MACRO_RESULT=CONTINUE); 1012 does.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507706",
            answered_by="1012",
            answered=2.527,
            ended=4.007,
            ring_seconds=1.109,
            talk_seconds=1.48,
            parties=(
                rang("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt316_click_group": (
        TrueCall(
            linkedid="1795904371.23",
            why="A panel rings a group of desks (Originate through Local); the one "
            "who lifts calls the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1012",
            caller_name="Vic",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.002,
            answered=1.315,
            ended=2.819,
            ring_seconds=0.604,
            talk_seconds=1.504,
            parties=(spoke("0491570158"),),
        ),
    ),
    "rt316_callback_agents_first": (
        TrueCall(
            linkedid="1795904376.60",
            why="A call back for a queue: its agents are rung first (Originate of "
            "Local/…): 1011 does not lift, 1012 does, and calls the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1012",
            caller_name="Vic",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.001,
            answered=4.318,
            ended=5.823,
            ring_seconds=0.605,
            talk_seconds=1.505,
            parties=(spoke("0491570158"),),
            ambiguous={"ring_seconds": "the agents' own phones rang"},
        ),
    ),
    "rt316_replaces_out": (
        TrueCall(
            linkedid="1795904477.453",
            why="A call out is taken over from the agent's phone by another one "
            "(INVITE with Replaces).",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.508,
            ended=3.515,
            ring_seconds=0.507,
            talk_seconds=3.007,
            parties=(
                spoke("0491570158"),
                stepped_in("1002"),
            ),
        ),
    ),
    "rt316_ari_holding_left_apart": (
        TrueCall(
            linkedid="1795904398.178",
            why="The application holds him; the agent's phone was rung as a call of "
            "its own; he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507536",
            ended=2.207,
            ring_seconds=1.801,
            parties=(rang("1011"),),
        ),
    ),
}
