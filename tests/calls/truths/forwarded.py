"""Answered calls that took a detour: a mobile, a forwarding phone, a Local channel."""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, silent, spoke

TRUTHS: Truths = {
    "leg_local": (
        TrueCall(
            linkedid="1795383607.342",
            why="The phone is dialled through a Local channel, which then steps out of the way.",
            outcome="answered",
            dialled_number="7404",
            answered_by="1001",
            answered=0.659,
            ended=1.361,
            ring_seconds=0.602,
            talk_seconds=0.702,
            parties=(spoke("1001"),),
            hangup_cause=16,
        ),
    ),
    "followme_dial": (
        TrueCall(
            linkedid="1795383344.104",
            why="Desk phone and mobile ring together and the mobile wins; it is reached over the "
            "same trunk the caller came in by, and the call stays inbound.",
            outcome="answered",
            dialled_number="7071",
            answered_by="0412000111",
            answered=0.359,
            ended=1.06,
            ring_seconds=0.302,
            talk_seconds=0.701,
            parties=(rang("1001"), spoke("0412000111")),
            hangup_cause=16,
        ),
    ),
    "followme_seq": (
        TrueCall(
            linkedid="1795383345.107",
            why="The desk phone rings for a second in vain, then the mobile is tried and answers.",
            outcome="answered",
            dialled_number="7072",
            answered_by="0412000111",
            answered=1.363,
            ended=2.064,
            ring_seconds=1.253,
            talk_seconds=0.701,
            parties=(rang("1001"), spoke("0412000111")),
            hangup_cause=16,
        ),
    ),
    "forward_302": (
        TrueCall(
            linkedid="1795383460.269",
            why="1001 does not ring but sends the call on (302 Moved) to 1002. That is a "
            "forwarding, no transfer: nobody held the call. It reached us undiverted.",
            outcome="answered",
            dialled_number="7001",
            answered_by="1002",
            answered=0.565,
            ended=1.268,
            ring_seconds=0.301,
            talk_seconds=0.703,
            parties=(silent("1001"), spoke("1002")),
            hangup_cause=16,
        ),
    ),
    "name_forward": (
        TrueCall(
            linkedid="1795384255.96",
            why="As forward_302; the caller is called Jane, 'Acme Corp' is our own label.",
            outcome="answered",
            caller_name="Jane",
            dialled_number="7801",
            answered_by="1002",
            answered=0.574,
            ended=1.278,
            ring_seconds=0.302,
            talk_seconds=0.704,
            parties=(silent("1001"), spoke("1002")),
            hangup_cause=16,
        ),
    ),
}
