"""The doors into the bridge, the machinery around it, and a PBX that stops or dies."""

from __future__ import annotations

from .shape import TrueCall, Truths, spoke


def _turned_away(linkedid: str, dialled_number: str, ended: float) -> TrueCall:
    return TrueCall(
        linkedid=linkedid,
        why="The dialplan tries its functions and hangs up (603): no phone, no menu, no note.",
        outcome="missed",
        missed_reason="failed",
        dialled_number=dialled_number,
        ended=ended,
    )


def _cut_off(linkedid: str, answered: float, ended: float) -> TrueCall:
    return TrueCall(
        linkedid=linkedid,
        why="An orderly stop of the PBX ends the conversation, and every row is written.",
        outcome="answered",
        dialled_number="7001",
        answered_by="1001",
        answered=answered,
        ended=ended,
        ring_seconds=0.204,
        talk_seconds=ended - answered,
        parties=(spoke("1001"),),
    )


TRUTHS: Truths = {
    "boot_marker": (),  # a Local channel of ours that says when Asterisk started: nobody called
    "escalation_7600_claim": (_turned_away("1795384050.45", "7600", 0.018),),
    "escalation_7600_none": (_turned_away("1795384048.44", "7600", 0.02),),
    "escalation_7601_claim": (_turned_away("1795384054.47", "7601", 0.02),),
    "escalation_7601_none": (_turned_away("1795384052.46", "7601", 0.331),),
    "escalation_7602_claim": (_turned_away("1795384058.49", "7602", 0.019),),
    "escalation_7602_none": (_turned_away("1795384056.48", "7602", 0.017),),
    "fastagi_door": (_turned_away("1795384644.498", "7603", 0.024),),
    "stasis_continue": (
        TrueCall(
            linkedid="1795383588.316",
            why="The bridge held the caller for 4 ms and let the dialplan go on.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7081",
            answered_by="1001",
            answered=0.366,
            ended=0.867,
            ring_seconds=0.302,
            talk_seconds=0.501,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
    "stasisbroadcast_nobody": (
        TrueCall(
            linkedid="1795383586.314",
            why="No bridge claims the caller; half a second later the phone rings without us.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7080",
            answered_by="1001",
            answered=0.859,
            ended=1.36,
            ring_seconds=0.301,
            talk_seconds=0.501,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
    "stasis_bridge": (
        TrueCall(
            linkedid="1795383590.318",
            why="An ARI application calls the phone itself and bridges the two: no Dial, and the "
            "phone's later rows carry the caller's number.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7082",
            answered_by="1001",
            answered=0.363,
            ended=1.363,
            ring_seconds=0.301,
            talk_seconds=1.0,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
    "restart_core_stop_now": (_cut_off("1795383726.0", 0.255, 1.265),),
    "restart_core_restart_now": (_cut_off("1795383733.0", 0.258, 1.266),),
    "restart_sigterm": (_cut_off("1795383720.2", 0.257, 1.265),),
    "restart_sigkill": (
        TrueCall(
            linkedid="1795383714.398",
            why="The PBX dies in the conversation: the last row is the last thing known.",
            outcome="answered",
            dialled_number="7001",
            answered_by="1001",
            answered=0.256,
            ended=0.256,
            ring_seconds=0.204,
            is_estimated=True,
            parties=(spoke("1001"),),
        ),
    ),
    "restart_after_sigkill": (
        TrueCall(
            linkedid="1795383719.0",
            why="A plain call after the PBX came up again: counters and channel names restart.",
            outcome="answered",
            dialled_number="7001",
            answered_by="1001",
            answered=0.356,
            ended=0.656,
            ring_seconds=0.3,
            talk_seconds=0.3,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
}
