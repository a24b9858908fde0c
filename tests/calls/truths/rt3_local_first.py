"""Local channels that answer before anybody lifts, and desks behind them.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, spoke

TRUTHS: Truths = {
    "rt3_local_answers_first": (
        TrueCall(
            linkedid="1795903437.24",
            why="A Local channel answers by itself and asks him to hold; then its "
            "desk rings and lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507509",
            answered_by="1011",
            answered=3.255,
            ended=4.007,
            ring_seconds=1.206,
            talk_seconds=0.752,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt3_local_answers_nobody": (
        TrueCall(
            linkedid="1795903441.28",
            why="A Local channel answers by itself; its desk does not lift, and he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507509",
            ended=3.004,
            ring_seconds=0.958,
            parties=(rang("1011"),),
        ),
    ),
    "rt3_group_local_answers_first": (
        TrueCall(
            linkedid="1795903457.44",
            why="A group of two Local channels: one answers by itself, and has the "
            "caller before its desk lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507541",
            answered_by="1011",
            answered=3.351,
            ended=5.408,
            ring_seconds=1.403,
            talk_seconds=2.057,
            parties=(
                rang("1012"),
                spoke("1011"),
            ),
            hangup_cause=16,
            ambiguous={"ring_seconds": "the first desk rang before the Local channel took him"},
        ),
    ),
    "rt3_queue_linear_answers_first": (
        TrueCall(
            linkedid="1795903792.68",
            why="Queue members whose Local channels answer first: the queue "
            "believes the first has taken it; he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507605",
            ended=4.507,
            ring_seconds=2.461,
            parties=(rang("1011"),),
        ),
    ),
    "rt3_optimised_blonde": (
        TrueCall(
            linkedid="1795904122.40",
            why="The same, joined while 1012 still rings.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507701",
            answered_by="1001",
            answered=0.905,
            ended=5.009,
            ring_seconds=0.401,
            talk_seconds=2.895,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blonde", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
}
