"""Voicemail: left, not left, left for the operator, listened to.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

TRUTHS: Truths = {
    "rt_vm_main_outside": (
        TrueCall(
            linkedid="1795875620.113",
            why="He listens to his own box from outside: no message is left.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507148",
            ended=3.011,
            ambiguous={"missed_reason": "he heard what he came for"},
        ),
    ),
    "rt_vm_left_early_key": (
        TrueCall(
            linkedid="1795875624.114",
            why="0 is pressed during the beep, which does not listen: he speaks, a "
            "message is kept.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507145",
            ended=4.01,
        ),
    ),
    "rt_vm_operator_noanswer": (
        TrueCall(
            linkedid="1795875629.115",
            why="He speaks after the beep and presses 0: his words are thrown away, "
            "the operator rings in vain.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507149",
            ended=18.725,
            ring_seconds=3.012,
            parties=(rang("1011"),),
        ),
    ),
    "rt_vm_operator_answers": (
        TrueCall(
            linkedid="1795876691.70",
            why="The same; the operator answers.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507149",
            answered_by="1011",
            answered=16.29,
            ended=18.017,
            ring_seconds=0.603,
            talk_seconds=1.719,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_vm_star_login": (
        TrueCall(
            linkedid="1795876710.72",
            why="He presses * in the greeting and is asked for his own box.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507164",
            ended=6.007,
            ambiguous={"missed_reason": "he heard what he came for"},
        ),
    ),
    "rt_vm_long_greeting": (
        TrueCall(
            linkedid="1795877004.0",
            why="A greeting of 14 s; he hangs up before its end. The journal has the sounds.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507164",
            ended=12.01,
        ),
    ),
    "rt_vm_streams_left": (
        TrueCall(
            linkedid="1795877017.1",
            why="He speaks after the beep; the journal has the sounds.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507149",
            ended=5.009,
        ),
    ),
    "rt_vm_greeting_hangup": (
        TrueCall(
            linkedid="1795875700.164",
            why="1011 rings out; he hangs up two seconds into the greeting.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507160",
            started=0.003,
            ended=3.017,
            ring_seconds=1.004,
            parties=(rang("1011"),),
        ),
    ),
    "rt_freepbx_vm": (
        TrueCall(
            linkedid="1795875688.156",
            why="A gosub as FreePBX has it: Local/\u2026/n, then voicemail, where he speaks.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507159",
            ended=8.012,
            ring_seconds=2.003,
            parties=(rang("1011"),),
        ),
    ),
    "rt_freepbx_vm_hangup": (
        TrueCall(
            linkedid="1795875697.160",
            why="The same; he hangs up at once.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507159",
            ended=2.62,
            ring_seconds=2.008,
            parties=(rang("1011"),),
        ),
    ),
    "rt_internal_vm": (
        TrueCall(
            linkedid="1795875780.215",
            why="1001 leaves a message for 1003.",
            direction="internal",
            outcome="voicemail",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="991003",
            started=0.005,
            ended=5.019,
        ),
    ),
    "rt_vm_main_inside": (
        TrueCall(
            linkedid="1795875616.112",
            why="1001 listens to his own box.",
            direction="internal",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="1001",
            caller_name="Alice",
            dialled_number="*97",
            ended=4.003,
            ambiguous={"missed_reason": "he heard what he came for"},
        ),
    ),
}
