"""Who asks on a second line and joins the two (REFER with Replaces), also behind Local/…/n.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, silent, spoke

TRUTHS: Truths = {
    "rt2_r_n_att": (
        TrueCall(
            linkedid="1795890866.0",
            why="An agent behind Local/…/n asks a colleague on a second line and "
            "joins them (REFER with Replaces).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.91,
            ended=5.009,
            ring_seconds=0.401,
            talk_seconds=4.099,
            parties=(
                spoke("1001"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_r_n_blonde": (
        TrueCall(
            linkedid="1795890872.6",
            why="An agent behind Local/…/n joins his caller to a second line that "
            "still rings (REFER with Replaces); the colleague lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.905,
            ended=6.008,
            ring_seconds=0.401,
            talk_seconds=3.997,
            parties=(
                spoke("1001"),
                spoke("1012"),
            ),
            transfers=(TrueTransfer("blonde", by="1001", to="1012", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_r_n_att_queue": (
        TrueCall(
            linkedid="1795890879.12",
            why="An agent behind Local/…/n asks in a queue, whose agent is behind "
            "one as well, and joins them.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.915,
            ended=6.004,
            ring_seconds=0.4,
            talk_seconds=5.089,
            parties=(
                spoke("1001"),
                silent("1012"),
                spoke("1011"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1011", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_r_n_att_outside": (
        TrueCall(
            linkedid="1795890886.23",
            why="An agent behind Local/…/n asks somebody at a mobile on a second "
            "line and joins them.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.906,
            ended=5.007,
            ring_seconds=0.401,
            talk_seconds=4.101,
            parties=(
                spoke("1001"),
                spoke("0491570158"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="0491570158", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_r_n_att_twice": (
        TrueCall(
            linkedid="1795890892.29",
            why="Twice: 1001 asks 1002 and joins, 1002 asks 1003 and joins; all "
            "from behind Local/…/n.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.92,
            ended=8.007,
            ring_seconds=0.401,
            talk_seconds=7.087,
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
    "rt2_r_n_out_att": (
        TrueCall(
            linkedid="1795890900.37",
            why="A call out through Local/…/n; the agent asks a colleague on a "
            "second line and joins him and the customer.",
            direction="outbound",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="700491570158",
            answered_by="00491570158",
            answered=0.61,
            ended=4.615,
            ring_seconds=0.607,
            talk_seconds=4.005,
            parties=(
                spoke("00491570158"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
        ),
    ),
    "rt2_r_tie_att": (
        TrueCall(
            linkedid="1795890923.52",
            why="An agent asks an extension of the branch's PBX on a second line and joins them.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507101",
            answered_by="1001",
            answered=0.404,
            ended=5.411,
            ring_seconds=0.402,
            talk_seconds=5.007,
            parties=(
                spoke("1001"),
                spoke("2001"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="2001", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt2_r_internal_att": (
        TrueCall(
            linkedid="1795891483.23",
            why="A colleague asks 1002 on a second line about his call with 1003, "
            "and joins the two: a call within the house.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="1003",
            answered_by="1003",
            answered=0.403,
            ended=3.229,
            ring_seconds=0.401,
            talk_seconds=2.826,
            parties=(
                spoke("1003"),
                spoke("1002"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
        ),
    ),
    "rt2_r_n_asked_only": (
        TrueCall(
            linkedid="1795890941.66",
            why="An agent behind Local/…/n holds his caller, asks a colleague, is "
            "told no, and goes on.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507301",
            answered_by="1001",
            answered=0.906,
            ended=5.008,
            ring_seconds=0.401,
            talk_seconds=4.102,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795890942.70",
            why="The question: a call within the house, never joined.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="1002",
            answered_by="1002",
            started=1.508,
            answered=1.914,
            ended=2.717,
            ring_seconds=0.402,
            talk_seconds=0.803,
            parties=(spoke("1002"),),
        ),
    ),
    "rt2_r_n_two_callers": (
        TrueCall(
            linkedid="1795890929.56",
            why="An agent has two callers from a queue, both behind Local/…/n, and "
            "joins them: the first.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507407",
            answered_by="1001",
            answered=0.917,
            ended=6.664,
            ring_seconds=0.402,
            talk_seconds=5.747,
            parties=(spoke("1001"),),
            hangup_cause=16,
            ambiguous={
                "transfers": "neither was handed to one of ours",
                "ended": "several people would say several things",
                "talk_seconds": "several people would say several things",
            },
        ),
        TrueCall(
            linkedid="1795890931.60",
            why="The second.",
            outcome="answered",
            caller_number="+61491570157",
            dialled_number="0255507407",
            answered_by="1001",
            started=1.655,
            answered=2.564,
            ended=6.66,
            ring_seconds=0.401,
            talk_seconds=4.096,
            parties=(spoke("1001"),),
            hangup_cause=16,
            ambiguous={
                "transfers": "neither was handed to one of ours",
                "talk_seconds": "several people would say several things",
            },
        ),
    ),
}
