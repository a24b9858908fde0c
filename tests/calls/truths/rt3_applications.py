"""Somebody else's Stasis application puts callers through: it rings phones apart and bridges them.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, spoke

TRUTHS: Truths = {
    "rt3_ari_two_legs": (
        TrueCall(
            linkedid="1795903490.109",
            why="Somebody else's application answers, rings 1011 and bridges the "
            "two; the agent's phone is hung up a second late.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1011",
            answered=0.62,
            ended=2.516,
            ring_seconds=0.605,
            talk_seconds=1.896,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_holding_left_apart": (
        TrueCall(
            linkedid="1795903501.115",
            why="The application holds him; the agent's phone was rung as a call of "
            "its own; he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507536",
            ended=2.014,
            ring_seconds=2.001,
            parties=(rang("1011"),),
        ),
    ),
    "rt3_ari_moved": (
        TrueCall(
            linkedid="1795903504.117",
            why="The application moves him from the first agent's bridge to another's.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1011",
            answered=0.511,
            ended=5.012,
            ring_seconds=0.503,
            talk_seconds=4.501,
            parties=(
                spoke("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_early_bridge": (
        TrueCall(
            linkedid="1795903510.120",
            why="The application creates the agent's channel and puts it into the "
            "bridge before it dials; he lifts later.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1011",
            answered=1.013,
            ended=3.01,
            ring_seconds=1.005,
            talk_seconds=1.997,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_early_declined": (
        TrueCall(
            linkedid="1795903514.122",
            why="The application puts a ringing phone into the bridge; it declines, "
            "and he gives up.",
            outcome="missed",
            missed_reason="rejected",
            caller_number="+61491570156",
            dialled_number="0255507536",
            ended=3.011,
            ring_seconds=1.204,
            parties=(rang("1011"),),
            ambiguous={"missed_reason": "several people would say several things"},
        ),
    ),
    "rt3_ari_two_rung": (
        TrueCall(
            linkedid="1795903518.124",
            why="The application rings two agents as calls of their own; the first "
            "who lifts gets him, the other is hung up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1012",
            answered=0.815,
            ended=3.012,
            ring_seconds=0.807,
            talk_seconds=2.197,
            parties=(
                rang("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_local_left": (
        TrueCall(
            linkedid="1795904225.93",
            why="The application reaches the agent through Local/…/n, who does not "
            "lift; he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507536",
            ended=2.015,
            ring_seconds=2.005,
            parties=(rang("1011"),),
        ),
    ),
    "rt3_ari_mobile_apart": (
        TrueCall(
            linkedid="1795903959.137",
            why="The application puts the caller through to a mobile, called apart from him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="carrier-syd-1",
            answered=0.811,
            ended=3.008,
            ring_seconds=0.806,
            talk_seconds=2.197,
            parties=(spoke("carrier-syd-1"),),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_then_next": (
        TrueCall(
            linkedid="1795904200.75",
            why="After the application's agent has hung up, the dialplan goes on "
            "with another desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507704",
            answered_by="1011",
            answered=0.514,
            ended=4.011,
            ring_seconds=0.507,
            talk_seconds=2.987,
            parties=(
                spoke("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_ari_two_callers": (
        TrueCall(
            linkedid="1795904218.87",
            why="Two callers wait in the application; one agent's phone is rung for "
            "the first, one for the second: the first.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1011",
            answered=1.155,
            ended=4.019,
            ring_seconds=1.004,
            talk_seconds=2.864,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795904218.88",
            why="The second, for whom nobody lifts.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570157",
            dialled_number="0255507536",
            started=0.135,
            ended=2.153,
            ring_seconds=2.001,
            parties=(rang("1012"),),
        ),
    ),
    "rt3_ari_withheld": (
        TrueCall(
            linkedid="1795904223.91",
            why="A withheld number waits in the application; the agent's phone, "
            "rung apart, is not lifted.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="anonymous",
            is_withheld=True,
            dialled_number="0255507536",
            ended=2.008,
            ambiguous={
                "parties": "nothing tells for whom the phone rang",
                "ring_seconds": "several people would say several things",
            },
        ),
        TrueCall(
            linkedid="1795904223.92",
            why="The agent's phone.",
            direction="internal",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="1011",
            caller_name="Uma",
            dialled_number="",
            started=0.005,
            ended=2.012,
            ambiguous={
                "ring_seconds": "his own phone rang",
                "caller_number": "several people would say several things",
                "dialled_number": "several people would say several things",
            },
        ),
    ),
    "rt3_ari_left_at_answer": (
        TrueCall(
            linkedid="1795905138.33",
            why="He hangs up in the instant in which the agent lifts; a second "
            "agent's phone was rung apart for him.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507536",
            started=0.001,
            ended=1.514,
            ring_seconds=1.504,
            parties=(rang("1011"),),
            ambiguous={
                "outcome": "several people would say several things",
                "missed_reason": "several people would say several things",
                "parties": "several people would say several things",
                "ring_seconds": "several people would say several things",
            },
        ),
    ),
    "rt3_ari_consult": (
        TrueCall(
            linkedid="1795905104.8",
            why="An application's agent asks a colleague while the caller is held, "
            "and the application puts the two together.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507536",
            answered_by="1011",
            answered=0.516,
            ended=5.012,
            ring_seconds=0.507,
            talk_seconds=3.079,
            parties=(
                spoke("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_room_per_call": (
        TrueCall(
            linkedid="1795905207.0",
            why="Every call has a conference of its own: the first agent's phone, "
            "rung for it, declines, the second lifts.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507801",
            answered_by="1012",
            answered=2.222,
            ended=5.007,
            ring_seconds=1.907,
            talk_seconds=2.785,
            parties=(
                rang("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt3_room_per_call_left": (
        TrueCall(
            linkedid="1795905251.0",
            why="Every call has a conference of its own: nobody lifts, and he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507801",
            started=0.001,
            ended=2.507,
            ring_seconds=2.491,
            parties=(rang("1011"),),
        ),
    ),
    "rt3_blind_into_app": (
        TrueCall(
            linkedid="1795905563.36",
            why="Handed on (REFER) to somebody else's application, which rings 1011 "
            "and bridges the two.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1001",
            answered=0.403,
            ended=4.412,
            ring_seconds=0.401,
            talk_seconds=3.29,
            parties=(
                spoke("1001"),
                spoke("1011"),
            ),
            transfers=(TrueTransfer("blind", by="1001", to="*61", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt3_att_into_app": (
        TrueCall(
            linkedid="1795905568.39",
            why="An agent's second line is in the application's bridge with 1011; "
            "he joins his caller to it (REFER with Replaces).",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507521",
            answered_by="1001",
            answered=0.402,
            ended=6.408,
            ring_seconds=0.4,
            talk_seconds=6.006,
            parties=(
                spoke("1001"),
                spoke("1011"),
            ),
            transfers=(TrueTransfer("attended", by="1001", to="1011", completed=True),),
            hangup_cause=16,
        ),
    ),
    "rt3_local_into_app_left": (
        TrueCall(
            linkedid="1795905560.32",
            why="A dialled Local channel leads into the application; nobody lifts, "
            "and he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507802",
            ended=2.016,
            ring_seconds=2.004,
            parties=(rang("1011"),),
        ),
    ),
}
