"""More that is handed on: by mobiles, by whom one called, to phones that others pick up.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, silent, spoke, stepped_in

TRUTHS: Truths = {
    "rt2_mobile_feature_blind": (
        TrueCall(
            linkedid="1795890492.0",
            why="A mobile that took the call hands it on by feature code to a desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507401",
            answered_by="0491570158",
            answered=0.607,
            ended=6.615,
            ring_seconds=0.606,
            talk_seconds=5.495,
            parties=(
                spoke("0491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="0491570158", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_out_feature_blind": (
        TrueCall(
            linkedid="1795890414.32",
            why="An agent who called a customer hands him on by feature code to a colleague.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0491570158",
            answered_by="0491570158",
            started=0.002,
            answered=0.606,
            ended=5.831,
            ring_seconds=0.605,
            talk_seconds=4.721,
            parties=(
                spoke("0491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
        ),
    ),
    "rt2_blind_picked_up": (
        TrueCall(
            linkedid="1795890399.25",
            why="Handed on (REFER) to 1012, whose ringing phone 1003 picks up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.517,
            ended=5.52,
            ring_seconds=0.515,
            talk_seconds=3.721,
            parties=(
                spoke("1001"),
                rang("1012"),
                stepped_in("1003"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_n_park_timeout": (
        TrueCall(
            linkedid="1795890378.14",
            why="Parked (REFER) from behind Local/…/n; the time is over, and "
            "another desk takes him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.011,
            ended=8.004,
            ring_seconds=0.507,
            talk_seconds=3.482,
            parties=(
                spoke("1001"),
                spoke("1003"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_n_busy_forwarded": (
        TrueCall(
            linkedid="1795890421.35",
            why="Busy, and forwarded to a mobile for that: all through Local/…/n.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507403",
            answered_by="0491570158",
            answered=0.764,
            ended=3.271,
            ring_seconds=0.707,
            talk_seconds=2.507,
            parties=(
                silent("1012"),
                spoke("0491570158"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_n_declining_left": (
        TrueCall(
            linkedid="1795890424.42",
            why="All desks of a group behind Local/…/n decline; the queue goes on "
            "ringing them, and he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507404",
            ended=6.009,
            ring_seconds=3.471,
            parties=(rang("1012"),),
        ),
    ),
    "rt2_n_two_in_turn": (
        TrueCall(
            linkedid="1795890431.52",
            why="Two callers wait in one queue behind Local/…/n; 1001 takes one "
            "after the other: the first.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=1.009,
            ended=3.007,
            ring_seconds=0.504,
            talk_seconds=1.998,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795890432.56",
            why="The second, who heard music meanwhile.",
            outcome="answered",
            caller_number="+61491570157",
            dialled_number="0255507301",
            answered_by="1001",
            started=1.125,
            answered=2.145,
            ended=8.13,
            ring_seconds=0.504,
            talk_seconds=5.985,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
}
