"""Queues: one after the other, given up, declined, with announcements.

Played on Asterisk 22.10.1 with SIPp and baresip and a dialplan that has nothing of ours;
written from what trunk and phones saw on the wire.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

TRUTHS: Truths = {
    "rt_two_queues": (
        TrueCall(
            linkedid="1795875519.79",
            why="The first queue gives up after two seconds; an agent of the second "
            "takes the call.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507130",
            answered_by="1011",
            answered=3.219,
            ended=5.022,
            ring_seconds=2.708,
            talk_seconds=1.8,
            parties=(
                rang("1012"),
                spoke("1011"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_queue_then_vm": (
        TrueCall(
            linkedid="1795875525.82",
            why="The queue gives up; the caller leaves a message.",
            outcome="voicemail",
            caller_number="+61491570156",
            dialled_number="0255507131",
            ended=9.009,
            ring_seconds=2.001,
            parties=(rang("1012"),),
        ),
    ),
    "rt_queue_declined_then_answered": (
        TrueCall(
            linkedid="1795876718.75",
            why="The only agent declines, is rung again, and answers.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507132",
            answered_by="1002",
            answered=2.966,
            ended=4.176,
            ring_seconds=1.955,
            talk_seconds=1.205,
            parties=(spoke("1002"),),
            hangup_cause=16,
        ),
    ),
    "rt_queue_announce_agent": (
        TrueCall(
            linkedid="1795875554.89",
            why="The queue tells the agent which queue it is, and then connects him.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507133",
            answered_by="1011",
            answered=2.617,
            ended=6.008,
            ring_seconds=0.506,
            talk_seconds=3.391,
            parties=(spoke("1011"),),
            hangup_cause=16,
        ),
    ),
    "rt_queue_announce_gone": (
        TrueCall(
            linkedid="1795875561.91",
            why="The caller hangs up while the agent hears which queue it is.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570156",
            dialled_number="0255507133",
            ended=1.411,
            ring_seconds=0.505,
            parties=(rang("1011"),),
            untold={
                "ended": "the queue speaks to the agent to the end before it looks after the caller"
            },
        ),
    ),
    "rt_queue_rr_second": (
        TrueCall(
            linkedid="1795875564.93",
            why="1011 (through Local, /n) does not answer; 1012 does.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507134",
            answered_by="1012",
            answered=4.049,
            ended=6.039,
            ring_seconds=2.521,
            talk_seconds=1.974,
            parties=(
                rang("1011"),
                spoke("1012"),
            ),
            hangup_cause=16,
        ),
    ),
    "rt_queue_timeout_goodbye": (
        TrueCall(
            linkedid="1795875571.100",
            why="The queue gives up, a thank-you is played, the dialplan ends.",
            outcome="missed",
            missed_reason="no_answer",
            caller_number="+61491570156",
            dialled_number="0255507135",
            ended=7.066,
            ring_seconds=1.009,
            parties=(rang("1012"),),
        ),
    ),
    "rt_queue_second_abandons": (
        TrueCall(
            linkedid="1795876988.9",
            why="The only agent takes the first caller.",
            outcome="answered",
            caller_number="+61491570156",
            dialled_number="0255507132",
            answered_by="1002",
            answered=0.415,
            ended=4.422,
            ring_seconds=0.409,
            talk_seconds=4.005,
            parties=(spoke("1002"),),
            hangup_cause=16,
        ),
        TrueCall(
            linkedid="1795876989.11",
            why="The second one waits, no phone rings for him, and he gives up.",
            outcome="missed",
            missed_reason="abandoned",
            caller_number="+61491570157",
            dialled_number="0255507132",
            started=1.175,
            ended=3.182,
        ),
    ),
}
