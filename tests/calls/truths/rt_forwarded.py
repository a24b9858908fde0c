"""Calls that end up at a mobile: forwarding in all its ways, follow-me.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueParty, Truths, rang, silent, spoke

TRUTHS: Truths = {
    "rt_cfu_local": (
        TrueCall(
            linkedid="1795875475.42",
            why="1021 has all its calls sent to a mobile, through a Local channel.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507103",
            answered_by="0491570158",
            answered=0.829,
            ended=2.341,
            ring_seconds=0.807,
            talk_seconds=1.512,
            parties=(spoke("0491570158"),),
            hangup_cause=16,
        ),
    ),
    "rt_cfb_mobile": (
        TrueCall(
            linkedid="1795875478.46",
            why="1012 is busy; the dialplan rings a mobile.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507104",
            answered_by="0491570158",
            started=0.003,
            answered=0.884,
            ended=2.42,
            ring_seconds=0.812,
            talk_seconds=1.524,
            parties=(
                silent("1012"),
                spoke("0491570158"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_forward_302_outside": (
        TrueCall(
            linkedid="1795875481.49",
            why="1014 sends its calls to a mobile (302).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507105",
            answered_by="0491570158",
            started=0.002,
            answered=0.871,
            ended=2.399,
            ring_seconds=0.811,
            talk_seconds=1.523,
            parties=(
                silent("1014"),
                spoke("0491570158"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_forward_302_outside_busy": (
        TrueCall(
            linkedid="1795875484.54",
            why="The same; the mobile is busy.",
            outcome="missed",
            missed_reason="busy",
            caller_number="+61491570156",
            dialled_number="0255507105",
            ended=1.478,
            ring_seconds=1.408,
            parties=(
                silent("1014"),
                rang("0491570158"),
            ),
        ),
    ),
    "rt_did_to_mobile": (
        TrueCall(
            linkedid="1795875654.119",
            why="The whole number is forwarded to a mobile.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507150",
            answered_by="0491570158",
            answered=0.815,
            ended=2.333,
            ring_seconds=0.807,
            talk_seconds=1.514,
            parties=(spoke("0491570158"),),
            hangup_cause=16,
        ),
    ),
    "rt_did_to_mobile_busy": (
        TrueCall(
            linkedid="1795875657.121",
            why="The mobile to which the number is forwarded is busy.",
            outcome="missed",
            missed_reason="busy",
            caller_number="+61491570156",
            dialled_number="0255507150",
            ended=1.313,
            ring_seconds=1.306,
            parties=(rang("0491570158"),),
        ),
    ),
    "rt_did_to_mobile_unknown": (
        TrueCall(
            linkedid="1795875659.123",
            why="The number it is forwarded to does not exist.",
            outcome="missed",
            missed_reason="failed",
            caller_number="+61491570156",
            dialled_number="0255507150",
            ended=0.11,
            parties=(TrueParty("0491570158", rang=None, answered=False),),
            untold={
                "ring_seconds": "refused 0.1 s after 180: what rings so shortly counts as silent"
            },
        ),
    ),
    "rt_did_rewrite": (
        TrueCall(
            linkedid="1795875659.125",
            why="The dialplan makes 7151 of what was dialled: what the caller dialled counts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507151",
            answered_by="1011",
            answered=0.517,
            ended=1.531,
            ring_seconds=0.508,
            talk_seconds=1.007,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_fmfm_freepbx": (
        TrueCall(
            linkedid="1795876813.92",
            why="Follow-me as FreePBX dials it: Local/FMPR-1011 and "
            "Local/FMGL-0491570158# at once.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507167",
            answered_by="0491570158",
            answered=1.209,
            ended=3.218,
            ring_seconds=1.207,
            talk_seconds=2.007,
            parties=(
                spoke("0491570158"),
                rang("1011"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_group_local_mobile": (
        TrueCall(
            linkedid="1795875681.146",
            why="A desk and a mobile through Local channels, with music for the caller.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507157",
            answered_by="0491570158",
            answered=1.516,
            ended=3.016,
            ring_seconds=1.01,
            talk_seconds=1.493,
            parties=(
                rang("1011"),
                spoke("0491570158"),
            ),
            hangup_cause=16,
        ),
    ),
}
