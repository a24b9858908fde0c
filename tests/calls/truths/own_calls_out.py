"""Calls out of the house and within it that are handed on, and calls that the PBX itself places.

Who called out may hand his customer on: the customer's talk goes on then, and so does the call.
Played on Asterisk 22.10.1 with a dialplan that has nothing of ours.
"""

from __future__ import annotations

from .shape import TrueCall, TrueTransfer, Truths, rang, spoke

_CUSTOMER = "0491570157"
_SHOWN = "0255500001"


def _call_out(linkedid: str, why: str, **fields: object) -> TrueCall:
    given = {
        "outcome": "answered",
        "caller_number": "1001",
        "caller_name": "Alice",
        "dialled_number": _CUSTOMER,
        "answered_by": _CUSTOMER,
        **fields,
    }
    return TrueCall(linkedid=linkedid, why=why, direction="outbound", **given)  # type: ignore[arg-type]


_HANDED_ON: Truths = {
    "own_out_uri": (
        _call_out(
            "1795391222.148",
            "Dialled with a 9 in front, sent out by Dial(PJSIP/trunk/sip:0491570157@…).",
            dialled_number="90491570157",
            answered=0.408,
            ended=1.419,
            ring_seconds=0.405,
            talk_seconds=1.01,
            parties=(spoke(_CUSTOMER),),
            hangup_cause=16,
        ),
    ),
    "own_out_blind": (
        _call_out(
            "1795391253.167",
            "1001 calls out and hands the customer to 1002 (REFER), who answers and hangs up.",
            answered=0.411,
            ended=2.337,
            ring_seconds=0.406,
            talk_seconds=1.517,
            parties=(spoke(_CUSTOMER), spoke("1002")),
            transfers=(TrueTransfer("blind", by="1001", to="1002", completed=True),),
        ),
    ),
    "own_out_attended": (
        _call_out(
            "1795391578.32",
            "1001 calls out, leaves the customer with music (*2), asks 1002, and hangs up.",
            dialled_number="90491570157",
            answered=0.409,
            ended=7.559,
            ring_seconds=0.405,
            talk_seconds=3.946,
            parties=(spoke(_CUSTOMER), spoke("1002")),
            transfers=(TrueTransfer("attended", by="1001", to="1002", completed=True),),
        ),
    ),
    "own_internal_blind": (
        TrueCall(
            linkedid="1795391586.37",
            why="1001 calls his colleague 1002 and hands him on to 1003 by feature code.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="8100",
            answered_by="1002",
            answered=0.306,
            ended=4.153,
            ring_seconds=0.304,
            talk_seconds=3.44,
            parties=(spoke("1002"), spoke("1003")),
            transfers=(TrueTransfer("blind", by="1001", to="1003", completed=True),),
        ),
    ),
    "own_internal_attended": (
        TrueCall(
            linkedid="1795391268.178",
            why="1001 calls 1002, who asks 1003 (*2) and hands 1001 over by hanging up.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="1002",
            answered_by="1002",
            answered=0.309,
            ended=7.961,
            ring_seconds=0.307,
            talk_seconds=3.45,
            parties=(spoke("1002"), spoke("1003")),
            transfers=(TrueTransfer("attended", by="1002", to="1003", completed=True),),
        ),
    ),
}

_PLACED_BY_THE_PBX: Truths = {
    "own_click_local": (
        _call_out(
            "1795391308.208",
            "Click-to-call through Local/1001@from-internal/n: the agent first, then the number.",
            answered=0.714,
            ended=1.722,
            ring_seconds=0.408,
            talk_seconds=1.007,
            parties=(spoke(_CUSTOMER),),
        ),
    ),
    "own_click_agent_noanswer": (
        _call_out(
            "1795391296.200",
            "Click-to-call; the agent's phone rings until the PBX gives up (cause 19).",
            outcome="missed",
            missed_reason="no_answer",
            answered_by=None,
            ended=1.503,
            ambiguous={"ring_seconds": "it is the caller's own phone that rang"},
        ),
    ),
    "own_dialer_local": (
        _call_out(
            "1795391319.216",
            "A dialler calls the customer through a Local channel, then rings the agent.",
            caller_number=_SHOWN,
            caller_name="",
            answered_by="1001",
            answered=0.713,
            ended=1.719,
            ring_seconds=0.307,
            talk_seconds=1.004,
            parties=(spoke("1001"),),
            ambiguous={"ring_seconds": "the customer's own phone rang before, too"},
        ),
    ),
    "own_dialer_answered": (
        _call_out(
            "1795391482.10",
            "As own_dialer_local, by PJSIP/NUMBER@trunk: no row has the number, and the one "
            "that was shown to the customer is not the one that was dialled.",
            caller_number=_SHOWN,
            caller_name="",
            answered_by="1001",
            answered=0.715,
            ended=1.724,
            ring_seconds=0.308,
            talk_seconds=1.007,
            parties=(spoke("1001"),),
            untold={"dialled_number": "AMI Originate leaves no trace of it in CEL"},
            ambiguous={"ring_seconds": "the customer's own phone rang before, too"},
        ),
    ),
    "own_dialer_agent_noanswer": (
        _call_out(
            "1795391315.214",
            "The customer answers, hears the agent's phone ring for 2 s, and hangs up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number=_SHOWN,
            caller_name="",
            answered_by=None,
            ended=2.411,
            ring_seconds=2.003,
            parties=(rang("1001"),),
            untold={"dialled_number": "AMI Originate leaves no trace of it in CEL"},
        ),
    ),
}

TRUTHS: Truths = {**_HANDED_ON, **_PLACED_BY_THE_PBX}
