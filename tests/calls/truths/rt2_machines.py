"""Menus, screening, voicemail and what comes after a desk has hung up.

Played on Asterisk 22.10.1 with SIPp and baresip. What happened was written down with each
script, before any call was placed; the times are those of the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

TRUTHS: Truths = {
    "rt2_ivr_queue_ivr": (
        TrueCall(
            linkedid="1795889432.14",
            why="A menu, a queue that gives up, another menu, and 3 for a desk.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507205",
            answered_by="1012",
            answered=10.456,
            ended=13.008,
            ring_seconds=6.207,
            talk_seconds=2.552,
            parties=(spoke("1012"),),
            hangup_cause=16,
        ),
    ),
    "rt2_ivr_queue_ivr_left": (
        TrueCall(
            linkedid="1795889433.21",
            why="A menu, a queue that gives up, another menu, in which he hangs up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507205",
            ended=7.008,
            ring_seconds=2.002,
            parties=(rang("1012"),),
            ambiguous={"missed_reason": "nothing was tried any more, but he was asked to choose"},
        ),
    ),
    "rt2_dial_g_second": (
        TrueCall(
            linkedid="1795889536.94",
            why="Dial's g: after 1011 has hung up the caller is put to 1012.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507214",
            answered_by="1011",
            answered=0.507,
            ended=5.516,
            ring_seconds=0.505,
            talk_seconds=4.061,
            parties=(
                spoke("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_queue_c_second": (
        TrueCall(
            linkedid="1795889658.97",
            why="Queue's c: after the agent has hung up the caller waits in the "
            "next queue, and gives up.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507215",
            answered_by="1011",
            answered=1.007,
            ended=4.01,
            ring_seconds=0.504,
            talk_seconds=1.004,
            parties=(
                spoke("1011"),
                rang("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_rings_out_announcement": (
        TrueCall(
            linkedid="1795889542.97",
            why="Two desks ring out one after the other; he hangs up during the "
            "announcement after that.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507216",
            ended=4.007,
            ring_seconds=2.002,
            parties=(
                rang("1011"),
                rang("1012"),
            ),
        ),
    ),
    "rt2_screening_accepted": (
        TrueCall(
            linkedid="1795889932.4",
            why="Call screening (Dial's p): 1011 is asked, presses 1 and is connected.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507217",
            answered_by="1011",
            answered=8.283,
            ended=12.007,
            ring_seconds=0.607,
            talk_seconds=3.724,
            parties=(spoke("1011"),),
            hangup_cause=16,
            ambiguous={"answered": "several people would say several things"},
        ),
    ),
    "rt2_busy_after_answer": (
        TrueCall(
            linkedid="1795889546.100",
            why="Answered by the dialplan, then Busy(): he hears the tone for two seconds.",
            outcome="missed",
            missed_reason="busy",
            caller_number="+61491570156",
            dialled_number="0255507225",
            ended=2.944,
            untold={"missed_reason": "Busy() leaves no row"},
        ),
    ),
    "rt2_record_twice": (
        TrueCall(
            linkedid="1795889550.101",
            why="Two recordings are begun in a row.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507228",
            answered_by="1011",
            answered=1.007,
            ended=2.007,
            ring_seconds=0.503,
            talk_seconds=1.0,
            parties=(spoke("1011"),),
            recordings=(
                "one.wav",
                "two.wav",
            ),
            hangup_cause=16,
        ),
    ),
    "rt2_queue_leave_empty": (
        TrueCall(
            linkedid="1795889918.0",
            why="The queue puts him out when nobody is there (leavewhenempty); he hears a goodbye.",
            outcome="missed",
            missed_reason="unavailable",
            caller_number="+61491570156",
            dialled_number="0255507220",
            ended=26.073,
        ),
    ),
    "rt2_decline_vm": (
        TrueCall(
            linkedid="1795889959.10",
            why="The desk declines; voicemail, where he speaks.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507229",
            ended=5.38,
            ring_seconds=1.371,
            parties=(rang("1001"),),
        ),
    ),
    "rt2_vm_no_box": (
        TrueCall(
            linkedid="1795889801.65",
            why="A voicemail box that is full or not there: nobody lifts and he can say nothing.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507306",
            ended=1.017,
            ring_seconds=1.002,
            parties=(rang("1011"),),
        ),
    ),
    "rt2_vm_beep_hangup": (
        TrueCall(
            linkedid="1795889804.56",
            why="Voicemail greets him (own dialplan), and he hangs up at the beep.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507307",
            ended=2.008,
            ring_seconds=1.001,
            parties=(rang("1011"),),
            ambiguous={"missed_reason": "nobody lifted; he left at the beep"},
        ),
    ),
    "rt2_closed_unsaid": (
        TrueCall(
            linkedid="1795889803.67",
            why="In the middle of the night: the dialplan plays that nobody is "
            "there and hangs up; no note of ours.",
            outcome="missed",
            missed_reason="failed",
            caller_number="+61491570156",
            dialled_number="0255507308",
            ended=0.943,
            ambiguous={"missed_reason": "closed, but nothing says so"},
        ),
    ),
}
