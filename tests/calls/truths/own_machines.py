"""Calls in which a machine has its say: voicemail, FollowMe, a spy's whisper, a crash.

Dialplans that have nothing of ours; played with SIPp and baresip on Asterisk 22.10.1. Whether a
message was left is what the spool folder held afterwards.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

_CALLER = "+61491570156"

_VOICEMAIL: Truths = {
    "own_vm_greeting_hangup": (
        TrueCall(
            linkedid="1795392371.0",
            why="VoiceMail(…,u): he hears 5 s of greeting and instructions, and hangs up. No file.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number=_CALLER,
            dialled_number="7060",
            ended=6.008,
            ring_seconds=1.001,
            parties=(rang("1001"),),
        ),
    ),
    "own_vm_greeting_heard": (
        TrueCall(
            linkedid="1795392393.4",
            why="The same, heard to the beep, and spoken to: msg0000.txt is there.",
            outcome="voicemail",
            caller_number=_CALLER,
            dialled_number="7060",
            ended=19.012,
            ring_seconds=1.002,
            parties=(rang("1001"),),
        ),
    ),
    "own_vm_instructions_hangup": (
        TrueCall(
            linkedid="1795392378.2",
            why="VoiceMail() at once: he leaves during the instructions. Nobody was tried.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number=_CALLER,
            dialled_number="7061",
            ended=4.007,
        ),
    ),
}

_MACHINES: Truths = {
    "own_followme": (
        TrueCall(
            linkedid="1795392412.6",
            why="FollowMe(): the mobile is lifted at 4.216, hears the menu, and takes the call "
            "with 1 at 6.05: only then does he speak with the caller.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7062",
            answered_by="0491570158",
            answered=6.05,
            ended=12.004,
            ring_seconds=0.405,
            talk_seconds=5.95,
            parties=(spoke("0491570158"),),
        ),
    ),
    "own_conference_summoned": (
        TrueCall(
            linkedid="1795391606.48",
            why="The dialplan rings 1001 by Originate, for a conference in which the caller waits "
            "by then. Asterisk keeps two linkedids; it is one call: nobody dialled the other.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7033",
            answered_by="1001",
            answered=4.17,
            ended=7.005,
            ring_seconds=0.505,
            talk_seconds=2.83,
            parties=(spoke("1001"),),
        ),
    ),
    "own_dial_goto": (
        TrueCall(
            linkedid="1795391547.0",
            why="Dial's G() sends both sides to a conference: 1001 is in it once the conference "
            "has told him that he is alone; the caller had waited there.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7017",
            answered_by="1001",
            answered=3.57,
            ended=6.411,
            ring_seconds=0.404,
            talk_seconds=2.84,
            parties=(spoke("1001"),),
        ),
    ),
    "own_recordings": (
        TrueCall(
            linkedid="1795392427.16",
            why="The caller's channel is recorded from the start, the agent's from his answer.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7064",
            answered_by="1001",
            answered=0.309,
            ended=1.315,
            ring_seconds=0.304,
            talk_seconds=1.006,
            parties=(spoke("1001"),),
            recordings=("2026/11/23/in-1795392427.16.wav", "agent-1795392427.17.wav"),
            hangup_cause=16,
        ),
    ),
    "own_spy": (
        TrueCall(
            linkedid="1795391279.188",
            why="1003 listens in by ChanSpy with a whisper: no human who speaks with the caller.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7001",
            answered_by="1001",
            answered=0.309,
            ended=3.316,
            ring_seconds=0.307,
            talk_seconds=3.007,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795391280.190",
            why="The spy's own call to a feature code.",
            direction="internal",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="1003",
            caller_name="Carol",
            dialled_number="*555",
            started=0.883,
            ended=3.62,
            ambiguous={"missed_reason": "he heard what he came for"},
        ),
    ),
    "restart_own_first_call": (
        TrueCall(
            linkedid="1795391451.0",
            why="The first call of a PBX's life; Asterisk is killed with the call up, and its ids "
            "begin again at 0. The journal knows of it up to the answer.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7001",
            answered_by="1001",
            answered=0.207,
            ended=0.208,
            ring_seconds=0.204,
            talk_seconds=0.0,
            is_estimated=True,
            parties=(spoke("1001"),),
        ),
        TrueCall(
            linkedid="1795391452.0",
            why="The first call after the restart, on channels with the very same serials.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7001",
            answered_by="1001",
            started=1.571,
            answered=1.876,
            ended=2.88,
            ring_seconds=0.304,
            talk_seconds=1.004,
            parties=(spoke("1001"),),
        ),
    ),
    "restart_own_many": (
        TrueCall(
            linkedid="1795392436.26",
            why="Asterisk is killed with three calls up: one talks, one rings, one is in a menu. "
            "The journal's last row before that is at 0.41.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7001",
            answered_by="1001",
            answered=0.207,
            ended=0.41,
            ring_seconds=0.204,
            talk_seconds=0.203,
            is_estimated=True,
            parties=(spoke("1001"),),
        ),
        TrueCall(
            linkedid="1795392436.28",
            why="Ringing at 1002 when the PBX died.",
            outcome="missed",
            missed_reason="failed",
            caller_number=_CALLER,
            dialled_number="7038",
            started=0.201,
            ended=0.41,
            ring_seconds=0.208,
            is_estimated=True,
            parties=(rang("1002"),),
        ),
        TrueCall(
            linkedid="1795392436.30",
            why="In a menu when the PBX died.",
            outcome="missed",
            missed_reason="failed",
            caller_number=_CALLER,
            dialled_number="7010",
            started=0.402,
            ended=0.41,
            is_estimated=True,
        ),
        TrueCall(
            linkedid="1795392439.0",
            why="The first call of the PBX's next life.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7001",
            answered_by="1001",
            started=3.315,
            answered=3.625,
            ended=4.631,
            ring_seconds=0.307,
            talk_seconds=1.006,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
}

TRUTHS: Truths = {**_VOICEMAIL, **_MACHINES}
