"""Phones that take a call over (INVITE with Replaces), forward it (302) or hand it on.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, silent, spoke, stepped_in

TRUTHS: Truths = {
    "rt3_replaces_ringing": (
        TrueCall(
            linkedid="1795903914.6",
            why="Picked up while it rings by a phone that names the call (INVITE "
            "with Replaces, a lamp key).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1002",
            answered=0.809,
            ended=2.316,
            ring_seconds=0.806,
            talk_seconds=1.507,
            parties=(
                rang("1001"),
                stepped_in("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_replaces_out": (
        TrueCall(
            linkedid="1795903935.24",
            why="A call out is taken over from the agent's phone by another one "
            "(INVITE with Replaces).",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.507,
            ended=3.51,
            ring_seconds=0.505,
            talk_seconds=3.003,
            parties=(
                spoke("0491570158"),
                stepped_in("1002"),
            ),
        ),
    ),
    "rt3_replaces_then_blind": (
        TrueCall(
            linkedid="1795903930.20",
            why="Picked up by a lamp key (INVITE with Replaces) and handed on (REFER).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1002",
            answered=0.61,
            ended=4.615,
            ring_seconds=0.608,
            talk_seconds=3.421,
            parties=(
                rang("1001"),
                stepped_in("1002"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blind", by="1002", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt3_att_picked_up": (
        TrueCall(
            linkedid="1795903924.15",
            why="An agent asks 1012, whose ringing phone 1003 picks up; the agent "
            "joins caller and 1003.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1001",
            answered=0.404,
            ended=5.412,
            ring_seconds=0.401,
            talk_seconds=5.008,
            parties=(
                spoke("1001"),
                rang("1012"),
                stepped_in("1003"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1003", completed=True),),
            hangup_cause=16,
            ambiguous={"transfers": "to whom he dialled, or to who picked up"},
        ),
    ),
    "rt3_forward_by_hand": (
        TrueCall(
            linkedid="1795903543.121",
            why="A phone rings for a second, and its owner sends the call on (302) "
            "to 1012, who lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1012",
            answered=2.115,
            ended=3.123,
            ring_seconds=2.107,
            talk_seconds=1.008,
            parties=(
                rang("1001"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_forward_to_queue": (
        TrueCall(
            linkedid="1795903534.108",
            why="302 from a phone to a queue, whose agent lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1011",
            answered=0.912,
            ended=2.419,
            ring_seconds=0.806,
            talk_seconds=1.507,
            parties=(
                silent("1001"),
                spoke("1011"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_internal_caller_hands_on": (
        TrueCall(
            linkedid="1795904069.0",
            why="A colleague hands the one he called on to a mobile, by the caller's feature code.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="1002",
            answered_by="1002",
            answered=0.403,
            ended=9.161,
            ring_seconds=0.4,
            talk_seconds=8.162,
            parties=(
                spoke("1002"),
                spoke("0491570158"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="0491570158", completed=True),),
        ),
    ),
    "rt3_park_and_announce": (
        TrueCall(
            linkedid="1795903408.50",
            why="He is parked by the dialplan, a phone is told the slot "
            "(ParkAndAnnounce), and fetches him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507533",
            answered_by="1002",
            answered=1.898,
            ended=4.508,
            talk_seconds=2.61,
            parties=(stepped_in("1002"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795903409.51",
            why="The phone that is told the slot: the PBX called it.",
            direction="internal",
            outcome="missed",
            missed_reason="failed",
            caller_number="1012",
            caller_name="Vic",
            dialled_number="",
            started=0.503,
            ended=2.911,
            ambiguous={
                "caller_number": "several people would say several things",
                "ring_seconds": "his own phone rang",
                "missed_reason": "an announcement, no call",
                "dialled_number": "several people would say several things",
            },
        ),
    ),
    "rt3_pickup_of_mobile": (
        TrueCall(
            linkedid="1795903368.24",
            why="A DID that rings a mobile; a colleague picks that up at his desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507527",
            answered_by="1003",
            answered=1.086,
            ended=2.592,
            ring_seconds=1.085,
            talk_seconds=1.506,
            parties=(
                rang("0491570158"),
                stepped_in("1003"),
            ),
            hangup_cause=16,
        ),
    ),
}
