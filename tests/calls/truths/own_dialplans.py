"""Inbound calls through an administrator's own dialplan: nothing of ours is in it.

Bare Asterisk and FreePBX's ways: Local channels for groups and queues, a dialplan that simply
ends, menus, conferences, confirmation by key. Played with SIPp and baresip on Asterisk 22.10.1.
"""

from __future__ import annotations

from .shape import TrueCall, TrueParty, TrueTransfer, Truths, rang, spoke, stepped_in

_CALLER = "+61491570156"
_AT_ONCE = {"ring_seconds": "refused 0.2 s after 180: what rings so shortly counts as silent"}


def _refused(extension: str) -> TrueParty:
    """A scripted phone that said 180 and 0.2 s later no: whether it rang is moot."""
    return TrueParty(extension, rang=None, answered=False)


def _missed(linkedid: str, why: str, dialled: str, reason: str, **fields: object) -> TrueCall:
    return TrueCall(
        linkedid=linkedid,
        why=why,
        outcome="missed",
        missed_reason=reason,
        caller_number=_CALLER,
        dialled_number=dialled,
        **fields,  # type: ignore[arg-type]
    )


def _answered(linkedid: str, why: str, dialled: str, by: str, **fields: object) -> TrueCall:
    return TrueCall(
        linkedid=linkedid,
        why=why,
        outcome="answered",
        caller_number=_CALLER,
        dialled_number=dialled,
        answered_by=by,
        hangup_cause=16,
        **fields,  # type: ignore[arg-type]
    )


_REFUSED_BY_THE_PBX: Truths = {
    "own_busy_fallthrough": (
        _missed(
            "1795391555.9",
            "The phone says 486 and the dialplan ends there: Asterisk itself sends the caller 486, "
            "and journals the caller's channel as the one that hung up.",
            "7029",
            "busy",
            ended=0.208,
            parties=(_refused("alice"),),
            untold=_AT_ONCE,
            hangup_cause=17,
        ),
    ),
    "own_declined_fallthrough": (
        _missed(
            "1795391556.11",
            "603 from the phone; the dialplan ends, and the caller is told 503.",
            "7029",
            "rejected",
            ended=0.209,
            ring_seconds=0.206,
            parties=(rang("alice"),),
        ),
    ),
    "own_unregistered_fallthrough": (
        _missed(
            "1795391555.8",
            "Nobody is registered as 1006; the dialplan ends, and the caller is told 503.",
            "7043",
            "unavailable",
            ended=0.001,
        ),
    ),
    "own_congestion_after_noanswer": (
        _missed(
            "1795391565.17",
            "Rung for its second, then Congestion(): 503 for the caller.",
            "7045",
            "no_answer",
            ended=1.002,
            ring_seconds=1.0,
            parties=(rang("1001"),),
        ),
    ),
    "own_busy_app": (
        _missed(
            "1795391190.120",
            "Busy() and nothing else: 486 for the caller.",
            "7025",
            "busy",
            ended=0.001,
            hangup_cause=17,
        ),
    ),
    "own_hangup21": (
        _missed(
            "1795391553.5",
            "Hangup(21): a caller the house will not have, told 403.",
            "7041",
            "rejected",
            ended=0.001,
            hangup_cause=21,
        ),
    ),
}

_GAVE_UP_LATER: Truths = {
    "own_second_dial_abandoned": (
        _missed(
            "1795391083.34",
            "1001 is busy; 1002 rings when the caller cancels. His leg, and 1002's, still carry "
            "cause 17 and DIALSTATUS BUSY from the first attempt.",
            "7007",
            "abandoned",
            ended=1.213,
            ring_seconds=1.004,
            parties=(_refused("1001"), rang("1002")),
        ),
    ),
    "own_declined_then_cancel": (
        _missed(
            "1795391863.20",
            "1001 declines; 1002 rings when the caller cancels.",
            "7007",
            "abandoned",
            ended=1.209,
            ring_seconds=1.209,
            parties=(rang("1001"), rang("1002")),
        ),
    ),
    "own_busy_then_queue_cancel": (
        _missed(
            "1795391856.6",
            "1001 is busy; then an unanswered caller waits in a queue of Local members and "
            "cancels. His cause and DIALSTATUS are older than the queue.",
            "7054",
            "abandoned",
            ended=1.504,
            ring_seconds=1.3,
            parties=(_refused("1001"), rang("1002")),
        ),
    ),
}

_THROUGH_LOCAL: Truths = {
    "own_freepbx_group": (
        _answered(
            "1795391215.135",
            "A ring group as FreePBX dials it: Local/…@from-internal/n, a prefix on name and "
            "number, MixMonitor with a folder of the day. He arrived as Jane.",
            "7036",
            "1002",
            caller_name="Jane",
            answered=0.411,
            ended=1.415,
            ring_seconds=0.409,
            talk_seconds=1.004,
            parties=(spoke("1002"), rang("1001")),
            recordings=("2026/11/22/in-1795391215.135.wav",),
        ),
    ),
    "own_queue_exit_vm": (
        TrueCall(
            linkedid="1795391116.48",
            why="He leaves a queue of Local members by pressing 9, and speaks after the beep.",
            outcome="voicemail",
            caller_number=_CALLER,
            dialled_number="7013",
            ended=6.008,
            ring_seconds=0.961,
            parties=(rang("1002"), rang("1001")),
        ),
    ),
    "own_confirm_no": (
        _missed(
            "1795391134.85",
            "1001 rings out; the mobile is lifted (its own voicemail, perhaps) but does not "
            "confirm (Dial's U()); the greeting is not waited for. Nobody spoke with the caller.",
            "7015",
            "no_answer",
            ended=3.216,
            ring_seconds=1.407,
            parties=(rang("1001"), rang("0491570156")),
        ),
    ),
    "own_confirm_yes": (
        _answered(
            "1795391129.82",
            "As own_confirm_no, but he confirms 0.6 s after lifting: that is the answer.",
            "7014",
            "0491570156",
            answered=2.014,
            ended=4.02,
            ring_seconds=1.409,
            talk_seconds=2.006,
            parties=(rang("1001"), spoke("0491570156")),
        ),
    ),
}

_MEETING: Truths = {
    "own_conference": (
        _answered(
            "1795391597.43",
            "The caller waits in a conference; 1001 and then 1002 dial into it. Each dialled a "
            "call of his own, and Asterisk keeps them apart: they meet in one bridge.",
            "7019",
            "1001",
            answered=3.91,
            ended=8.045,
            talk_seconds=4.1,
            parties=(stepped_in("1001"), stepped_in("1002")),
        ),
        TrueCall(
            linkedid="1795391601.46",
            why="1001 dials into the conference, and leaves it first.",
            direction="internal",
            outcome="answered",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="8000",
            answered_by=_CALLER,
            started=3.89,
            answered=3.91,
            ended=6.397,
            talk_seconds=2.486,
            parties=(stepped_in(_CALLER), stepped_in("1002")),
        ),
        TrueCall(
            linkedid="1795391602.47",
            why="1002 dials into the conference, and stays to its end.",
            direction="internal",
            outcome="answered",
            caller_number="1002",
            caller_name="Bob",
            dialled_number="8000",
            answered_by=_CALLER,
            started=4.892,
            answered=4.9,
            ended=8.312,
            talk_seconds=3.11,
            parties=(stepped_in(_CALLER), stepped_in("1001")),
            untold={"ended": "the conference plays its farewell to the channel for 0.5 s more"},
            ambiguous={"answered_by": "both were there when he came"},
        ),
    ),
    "own_redirect": (
        _answered(
            "1795391592.40",
            "A switchboard panel moves the caller from 1001 to 1002 by AMI Redirect.",
            "7001",
            "1001",
            answered=0.308,
            ended=4.312,
            ring_seconds=0.306,
            talk_seconds=3.6,
            parties=(spoke("1001"), spoke("1002")),
            ambiguous={"transfers": "handed on in fact; CEL has no row that says so"},
        ),
    ),
    "own_transferred_back": (
        _answered(
            "1795391342.226",
            "1001 hands to 1002 by feature code, who hands back to 1001.",
            "7018",
            "1001",
            answered=0.307,
            ended=10.311,
            ring_seconds=0.306,
            talk_seconds=9.39,
            parties=(spoke("1001"), spoke("1002")),
            transfers=(
                TrueTransfer("blind", by="1001", to="1002", completed=True),
                TrueTransfer("blind", by="1002", to="1001", completed=True),
            ),
        ),
    ),
}

TRUTHS: Truths = {**_REFUSED_BY_THE_PBX, **_GAVE_UP_LATER, **_THROUGH_LOCAL, **_MEETING}
