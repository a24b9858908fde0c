"""Calls that are parked, fetched, and come back elsewhere.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke, stepped_in

TRUTHS: Truths = {
    "rt_park_third": (
        TrueCall(
            linkedid="1795875461.36",
            why="Parked by 1001; nobody fetches him in time, and the dialplan rings "
            "1003, who takes him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.414,
            ended=7.452,
            ring_seconds=0.407,
            talk_seconds=3.389,
            parties=(
                spoke("1001"),
                spoke("1003"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_park_picked_up": (
        TrueCall(
            linkedid="1795875469.39",
            why="Parked by 1001, fetched by 1002.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            started=0.006,
            answered=0.434,
            ended=5.441,
            ring_seconds=0.416,
            talk_seconds=3.462,
            parties=(
                spoke("1001"),
                stepped_in("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_park_noone": (
        TrueCall(
            linkedid="1795876684.67",
            why="Parked by 1001; after the time 1003 rings in vain, and the caller gives up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.408,
            ended=6.418,
            ring_seconds=0.406,
            talk_seconds=1.004,
            parties=(
                spoke("1001"),
                rang("1003"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_internal_parked": (
        TrueCall(
            linkedid="1795876978.3",
            why="1002 parks his colleague 1001; 1003 fetches him: two internal calls become one.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="1002",
            answered_by="1002",
            started=0.006,
            answered=0.416,
            ended=4.043,
            ring_seconds=0.41,
            talk_seconds=2.31,
            parties=(
                spoke("1002"),
                stepped_in("1003"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_out_parked": (
        TrueCall(
            linkedid="1795876983.6",
            why="1001 calls a customer and parks him; 1002 fetches him.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.001,
            answered=0.611,
            ended=4.325,
            ring_seconds=0.605,
            talk_seconds=2.197,
            parties=(
                spoke("0491570158"),
                stepped_in("1002"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_pickup_group_queue": (
        TrueCall(
            linkedid="1795876722.78",
            why="1003 fetches (*8) what rings at 1002 for a queue.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507132",
            answered_by="1003",
            answered=0.847,
            ended=2.854,
            ring_seconds=0.842,
            talk_seconds=2.006,
            parties=(
                rang("1002"),
                stepped_in("1003"),
            ),
            hangup_cause=16,
        ),
    ),
}
