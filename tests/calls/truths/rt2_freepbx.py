"""Queues, groups and follow-me as FreePBX dials them: Local channels and gosubs.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, silent, spoke, stepped_in

TRUTHS: Truths = {
    "rt2_fpbx_queue_n": (
        TrueCall(
            linkedid="1795889417.0",
            why="A queue whose members are dialled through Local/…@from-queue/n and "
            "a gosub: 1012 is busy, 1011 takes it; recorded.",
            outcome="answered",
            caller_number="+61491570156",
            caller_name="Jane",
            dialled_number="0255507202",
            answered_by="1011",
            answered=2.116,
            ended=3.622,
            ring_seconds=1.607,
            talk_seconds=1.506,
            parties=(
                silent("1012"),
                spoke("1011"),
            ),
            recordings=("q-610-0255507202.wav",),
            hangup_cause=16,
        ),
    ),
    "rt2_fpbx_queue_n_abandoned": (
        TrueCall(
            linkedid="1795889417.0",
            why="The same queue, all ring, he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507202",
            ended=2.507,
            ring_seconds=2.001,
            parties=(
                rang("1011"),
                rang("1012"),
            ),
            recordings=("q-610-0255507202.wav",),
        ),
    ),
    "rt2_fpbx_queue_optimised": (
        TrueCall(
            linkedid="1795889422.7",
            why="A queue of optimised Local members: both ring, 1012 lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507209",
            answered_by="1012",
            answered=1.707,
            ended=3.508,
            ring_seconds=1.203,
            talk_seconds=1.801,
            parties=(
                rang("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_fpbx_nested_n": (
        TrueCall(
            linkedid="1795889454.27",
            why="Two Local channels in a row with /n, as FreePBX dials an extension.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507231",
            answered_by="1011",
            answered=1.311,
            ended=2.507,
            ring_seconds=0.806,
            talk_seconds=1.196,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt2_local_chain": (
        TrueCall(
            linkedid="1795889448.31",
            why="Three Local channels in a row that optimise themselves away.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507222",
            answered_by="1011",
            answered=0.807,
            ended=2.816,
            ring_seconds=0.804,
            talk_seconds=2.009,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt2_local_chain_n": (
        TrueCall(
            linkedid="1795889457.33",
            why="Three Local channels in a row that stay.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507223",
            answered_by="1011",
            answered=0.806,
            ended=2.815,
            ring_seconds=0.803,
            talk_seconds=2.009,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt2_local_chain_n_declined": (
        TrueCall(
            linkedid="1795889452.39",
            why="Three Local channels in a row; the desk declines.",
            outcome="missed",
            missed_reason="rejected",
            caller_number="+61491570156",
            dialled_number="0255507223",
            ended=1.21,
            ring_seconds=1.205,
            parties=(rang("1011"),),
        ),
    ),
    "rt2_confirm_by_machine": (
        TrueCall(
            linkedid="1795889421.7",
            why="A ring group with a mobile that must confirm: its own answering "
            "machine lifts and confirms nothing; the desk rings on, nobody "
            "lifts, he leaves a message.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507203",
            ended=9.011,
            ring_seconds=4.001,
            parties=(
                rang("1011"),
                rang("0491570158"),
            ),
        ),
    ),
    "rt2_confirm_yes": (
        TrueCall(
            linkedid="1795889426.14",
            why="A ring group with a mobile that must confirm: 1 is pressed; the "
            "desk rings until then.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507204",
            answered_by="0491570158",
            answered=1.701,
            ended=4.715,
            ring_seconds=1.699,
            talk_seconds=3.014,
            parties=(
                rang("1011"),
                spoke("0491570158"),
            ),
            hangup_cause=16,
            ambiguous={"answered": "lifting, or taking it with 1?"},
        ),
    ),
    "rt2_followme_vm": (
        TrueCall(
            linkedid="1795889441.23",
            why="Follow-me: the desk alone, then desk and mobile together, then "
            "voicemail, where he speaks.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507207",
            ended=7.015,
            ring_seconds=3.007,
            parties=(
                rang("1011"),
                rang("0491570158"),
            ),
        ),
    ),
    "rt2_pickup_local_n": (
        TrueCall(
            linkedid="1795889539.84",
            why="Picked up by ** and the extension, while it rings in a queue behind Local/…/n.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507202",
            answered_by="1003",
            answered=1.212,
            ended=4.009,
            ring_seconds=0.707,
            talk_seconds=2.797,
            parties=(
                rang("1012"),
                rang("1011"),
                stepped_in("1003"),
            ),
            recordings=("q-610-0255507202.wav",),
            hangup_cause=16,
        ),
    ),
    "rt2_pickup_internal": (
        TrueCall(
            linkedid="1795889529.88",
            why="A colleague's call to 1011 is picked up by 1003 (**1011).",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="1011",
            answered_by="1003",
            answered=1.007,
            ended=2.504,
            ring_seconds=1.006,
            talk_seconds=1.497,
            parties=(
                rang("1011"),
                stepped_in("1003"),
            ),
        ),
    ),
    "rt2_n_internal_queue": (
        TrueCall(
            linkedid="1795889765.38",
            why="A colleague calls a queue whose agents are behind Local/…/n.",
            direction="internal",
            outcome="answered",
            caller_number="1002",
            caller_name="Bob",
            dialled_number="630",
            answered_by="1001",
            started=0.008,
            answered=0.511,
            ended=2.511,
            ring_seconds=0.503,
            talk_seconds=2.0,
            parties=(spoke("1001"),),
        ),
    ),
    "rt2_n_member_vm": (
        TrueCall(
            linkedid="1795889772.33",
            why="The agent behind Local/…/n is busy, and his dialplan has voicemail "
            "for that: it takes the call as if he had; the caller speaks.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507302",
            ended=5.008,
            parties=(silent("1012"),),
        ),
    ),
}
