"""Calls handed on: twice, to queues, voicemail, mobiles and conferences.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, silent, spoke, stepped_in

TRUTHS: Truths = {
    "rt2_att_twice": (
        TrueCall(
            linkedid="1795889483.62",
            why="Asked and handed on twice by feature codes: 1001 to 1002, 1002 to 1003.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.413,
            ended=15.424,
            ring_seconds=0.407,
            talk_seconds=6.505,
            parties=(
                spoke("1001"),
                spoke("1002"),
                spoke("1003"),
            ),
            transfers=(
                TrueTransfer("attended", by="1001", to="1002", completed=True),
                TrueTransfer("attended", by="1002", to="1003", completed=True),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_blind_queue_vm": (
        TrueCall(
            linkedid="1795889493.61",
            why="Handed on (REFER) to a queue that gives up; then voicemail, where he speaks.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.422,
            ended=9.432,
            ring_seconds=0.419,
            talk_seconds=1.036,
            parties=(
                spoke("1001"),
                rang("1012"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="620", completed=False),),
            hangup_cause=16,
        ),
    ),
    "rt2_blind_mobile_vm": (
        TrueCall(
            linkedid="1795889499.70",
            why="Handed on (REFER) to a mobile that is busy; then voicemail, where he speaks.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.417,
            ended=6.419,
            ring_seconds=0.408,
            talk_seconds=1.024,
            parties=(
                spoke("1001"),
                silent("0491570159"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="621", completed=False),),
        ),
    ),
    "rt2_att_to_vm": (
        TrueCall(
            linkedid="1795889947.8",
            why="Asked by feature code: the agent listens to a colleague's "
            "voicemail greeting and hands the caller on to it; he speaks.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.412,
            ended=10.415,
            ring_seconds=0.41,
            talk_seconds=2.845,
            parties=(spoke("1001"),),
            transfers=(TrueTransfer("attended", by="1001", to="991003", completed=False),),
            hangup_cause=16,
            ambiguous={"transfers": "voicemail took it, nobody did"},
        ),
    ),
    "rt2_blind_to_local_n": (
        TrueCall(
            linkedid="1795889506.73",
            why="Handed on (REFER) to an extension behind Local/…/n.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.406,
            ended=4.416,
            ring_seconds=0.405,
            talk_seconds=3.228,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="622", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_att_to_local_n": (
        TrueCall(
            linkedid="1795889514.68",
            why="Asked by feature code an extension behind Local/…/n, and handed on.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.405,
            ended=9.418,
            ring_seconds=0.403,
            talk_seconds=4.758,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_out_att_then_blind": (
        TrueCall(
            linkedid="1795889511.78",
            why="An agent calls a customer, asks a colleague and hands him over; he "
            "hands him on again (REFER).",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            answered=0.608,
            ended=9.346,
            ring_seconds=0.607,
            talk_seconds=4.104,
            parties=(
                spoke("0491570158"),
                spoke("1002"),
                spoke("1003"),
            ),
            transfers=(
                TrueTransfer("attended", by="1001", to="1002", completed=True),
                TrueTransfer("blind", by="1002", to="1003", completed=True),
            ),
        ),
    ),
    "rt2_blind_to_conf": (
        TrueCall(
            linkedid="1795889523.75",
            why="Handed on (REFER) into a conference, which the agent then joins.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.404,
            ended=5.411,
            ring_seconds=0.403,
            talk_seconds=4.001,
            parties=(spoke("1001"),),
            transfers=(TrueTransfer("blind", by="1001", to="8001", completed=True),),
            hangup_cause=16,
            ambiguous={
                "transfers": "he went on speaking with the same agent",
                "parties": "several people would say several things",
            },
        ),
        TrueCall(
            linkedid="1795889526.79",
            why="The agent's own call into the conference.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="8001",
            answered_by="+61491570156",
            started=2.438,
            answered=2.438,
            ended=5.716,
            talk_seconds=2.973,
            parties=(stepped_in("+61491570156"),),
        ),
    ),
}
