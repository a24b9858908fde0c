"""Several numbers outside are rung at once, over one trunk: each leg is to be told from the other.

Played on Asterisk 22.10.1 with a dialplan that has nothing of ours; the wire saw each INVITE.
"""

from __future__ import annotations

from .shape import TrueCall, Truths, rang, spoke

_CALLER = "+61491570156"


def _abandoned(linkedid: str, why: str, dialled: str, ended: float) -> TrueCall:
    return TrueCall(
        linkedid=linkedid,
        why=why,
        outcome="missed",
        missed_reason="abandoned",
        caller_number=_CALLER,
        dialled_number=dialled,
        ended=ended,
        ring_seconds=1.003,
        parties=(rang("0491570157"), rang("0491570158")),
    )


TRUTHS: Truths = {
    "own_two_mobiles": (
        _abandoned("1795392936.0", "Two mobiles in one Dial(); he cancels.", "7070", 1.004),
    ),
    "own_two_mobiles_local": (
        _abandoned("1795392937.3", "The same, each through a Local channel.", "7071", 1.007),
    ),
    "own_two_mobiles_local_answered": (
        TrueCall(
            linkedid="1795392938.10",
            why="Both lift in the same instant; …158 gets the call, …157 is hung up at once.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7071",
            answered_by="0491570158",
            answered=0.409,
            ended=1.415,
            ring_seconds=0.405,
            talk_seconds=1.006,
            parties=(spoke("0491570158"), rang("0491570157")),
            hangup_cause=16,
            ambiguous={"parties": "he was up for 5 ms, in a bridge with the Local channel"},
        ),
    ),
    "own_three_places": (
        TrueCall(
            linkedid="1795392425.10",
            why="A desk, a mobile and a colleague through Local ring together: the mobile lifts.",
            outcome="answered",
            caller_number=_CALLER,
            dialled_number="7063",
            answered_by="0491570157",
            answered=0.508,
            ended=2.012,
            ring_seconds=0.506,
            talk_seconds=1.504,
            parties=(rang("1001"), spoke("0491570157"), rang("1002")),
            hangup_cause=16,
        ),
    ),
}
