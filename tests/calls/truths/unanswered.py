"""Calls that nobody answered, and why: the caller, the phones, or the house."""

from __future__ import annotations

from .shape import TrueCall, TrueParty, Truths, rang, silent

TRUTHS: Truths = {
    "hh_abandon": (
        TrueCall(
            linkedid="1795382563.31",
            why="The caller gives up (CANCEL) while 1001 still rings.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="trunk",
            dialled_number="7101",
            ended=0.556,
            ring_seconds=0.503,
            parties=(rang("1001"),),
        ),
    ),
    "ivr_hangup": (
        TrueCall(
            linkedid="1795383469.285",
            why="A menu speaks to the caller and he hangs up on it; no phone was tried.",
            outcome="missed",
            missed_reason="abandoned",
            dialled_number="7042",
            ended=1.502,
        ),
    ),
    "noanswer": (
        TrueCall(
            linkedid="1795382060.8",
            why="1001 rings for three seconds until the PBX stops it.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="trunk",
            dialled_number="7002",
            ended=3.008,
            ring_seconds=2.954,
            parties=(rang("1001"),),
        ),
    ),
    "stale_dialstatus": (
        TrueCall(
            linkedid="1795382554.24",
            why="1001 rings to the timeout, then unregistered 1004 is tried: a phone that rang "
            "outweighs one that was not there, whatever the last DIALSTATUS says.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="trunk",
            dialled_number="7203",
            ended=2.007,
            ring_seconds=1.953,
            parties=(rang("1001"),),
        ),
    ),
    "leg_handlers": (
        TrueCall(
            linkedid="1795382547.15",
            why="1001 declines, 1005 does not respond, 1002 rings to the timeout: no answer wins.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="trunk",
            dialled_number="7201",
            ended=4.016,
            ring_seconds=4.009,
            parties=(rang("1001"), rang("1002"), silent("1005")),
        ),
    ),
    "busy_486": (
        TrueCall(
            linkedid="1795382063.10",
            why="1001 says 486 Busy Here without ringing.",
            outcome="missed",
            missed_reason="busy",
            caller_number="trunk",
            dialled_number="7002",
            ended=0.205,
            parties=(silent("1001"),),
            hangup_cause=17,
        ),
    ),
    "decline_603": (
        TrueCall(
            linkedid="1795382064.12",
            why="1001 rings and somebody presses Decline (603).",
            outcome="missed",
            missed_reason="rejected",
            caller_number="trunk",
            dialled_number="7002",
            ended=0.205,
            ring_seconds=0.201,
            parties=(rang("1001"),),
            hangup_cause=21,
        ),
    ),
    "hh_declined": (
        TrueCall(
            linkedid="1795382564.33",
            why="Declined; DIALSTATUS calls that CHANUNAVAIL, the leg's cause 21 knows better.",
            outcome="missed",
            missed_reason="rejected",
            caller_number="trunk",
            dialled_number="7102",
            ended=0.207,
            ring_seconds=0.202,
            parties=(rang("1001"),),
            hangup_cause=21,
        ),
    ),
    "snippet_decline": (
        TrueCall(
            linkedid="1795384468.149",
            why="Declined; PBX_BRIDGE_END says CHANUNAVAIL, the leg's cause 21 knows better.",
            outcome="missed",
            missed_reason="rejected",
            dialled_number="9002",
            ended=0.215,
            ring_seconds=0.203,
            parties=(rang("1001"),),
            hangup_cause=21,
        ),
    ),
    "unavailable_480": (
        TrueCall(
            linkedid="1795382065.14",
            why="The phone itself says 480 Temporarily Unavailable without ringing.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="trunk",
            dialled_number="7002",
            ended=0.205,
            parties=(silent("1001"),),
            hangup_cause=19,
        ),
    ),
    "notfound_404": (
        TrueCall(
            linkedid="1795382065.16",
            why="The phone itself says 404: it does not know its own number any more.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="trunk",
            dialled_number="7002",
            ended=0.204,
            parties=(silent("1001"),),
            hangup_cause=1,
        ),
    ),
    "unavailable_503": (
        TrueCall(
            linkedid="1795382066.18",
            why="The phone itself says 503 Service Unavailable.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="trunk",
            dialled_number="7002",
            ended=0.204,
            parties=(silent("1001"),),
            hangup_cause=34,
        ),
    ),
    "unregistered": (
        TrueCall(
            linkedid="1795382067.20",
            why="1004 is not registered: no leg is made, only the caller's cause 3 tells.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="trunk",
            dialled_number="7004",
            ended=0.001,
            hangup_cause=3,
        ),
    ),
    "unregistered_b": (
        TrueCall(
            linkedid="1795382553.23",
            why="As unregistered; with no leg the leg's handler never runs either.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="trunk",
            dialled_number="7202",
            ended=0.002,
            hangup_cause=3,
        ),
    ),
    "stasis_bridge_busy": (
        TrueCall(
            linkedid="1795383594.322",
            why="The only phone was busy at 0.2 s and nothing rang after that; the caller, whom "
            "the application let hear ringing all the same, gave up at 1 s.",
            outcome="missed",
            missed_reason="busy",
            caller_name="Jane",
            dialled_number="7082",
            ended=1.004,
            parties=(silent("1001"),),
        ),
    ),
    "snippet_closed": (
        TrueCall(
            linkedid="1795384487.165",
            why="Our note says closed: a goodbye is played and the PBX hangs up.",
            outcome="missed",
            missed_reason="closed",
            dialled_number="9102",
            ended=0.895,
            hangup_cause=16,
        ),
    ),
    "after_hours_plain": (
        TrueCall(
            linkedid="1795383468.284",
            why="A goodbye is played and the PBX hangs up, but no note says closed: a playback "
            "alone could be anything, so the house failed the caller for a reason unknown.",
            outcome="missed",
            missed_reason="failed",
            dialled_number="7301",
            ended=0.884,
            hangup_cause=16,
        ),
    ),
    "forward_loop": (
        TrueCall(
            linkedid="1795383348.110",
            why="1001 forwards to itself twenty times until the PBX breaks the loop. The caller "
            "did not leave (the dialplan hung up), though its legs end as if cancelled.",
            outcome="missed",
            missed_reason="failed",
            dialled_number="7001",
            ended=4.106,
            parties=(TrueParty("1001", rang=None, answered=False),),
            ambiguous={"ring_seconds": "nobody watched the wire: it may have rung before each 302"},
        ),
    ),
    "click_to_call_agent_declines": (
        TrueCall(
            linkedid="1795383479.291",
            why="The PBX calls the agent first, showing the customer's number; the agent declines "
            "and the customer is never called.",
            direction="outbound",
            outcome="missed",
            missed_reason="rejected",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="0412000111",
            ended=0.204,
            hangup_cause=21,
            ambiguous={
                "parties": "the agent's phone was offered the call and is also its caller",
                "ring_seconds": "the only phone that rang (0.2 s) is the caller's own",
            },
        ),
    ),
}
