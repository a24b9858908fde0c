"""Calls whose texts were made to break things. As calls they are all the same plain one."""

from __future__ import annotations

from .shape import TrueCall, Truths, spoke


def _labelled(linkedid: str, answered: float, ended: float) -> TrueCall:
    return TrueCall(
        linkedid=linkedid,
        why="The name was set on the channel by the lab after the call came in: the caller "
        "himself sent none, and a hostile label changes nothing about the call.",
        outcome="answered",
        dialled_number="7500",
        answered_by="1001",
        answered=answered,
        ended=ended,
        ring_seconds=0.301,
        talk_seconds=ended - answered,
        parties=(spoke("1001"),),
        hangup_cause=16,
    )


TRUTHS: Truths = {
    "hostile_backslash": (_labelled("1795383936.16", 0.359, 0.661),),
    "hostile_badutf8ish": (_labelled("1795383939.20", 0.358, 0.66),),
    "hostile_emoji": (_labelled("1795383932.10", 0.359, 0.661),),
    "hostile_expr": (_labelled("1795383930.6", 0.36, 0.661),),
    "hostile_nul": (_labelled("1795383935.14", 0.358, 0.659),),
    "hostile_quote": (_labelled("1795383937.18", 0.359, 0.66),),
    "hostile_sip_ctrl": (
        TrueCall(
            linkedid="1795384553.176",
            why="The caller's own display name holds control characters.",
            outcome="answered",
            caller_name="A\x01\x7f\tBé",
            dialled_number="7001",
            answered_by="1001",
            answered=0.377,
            ended=0.99,
            ring_seconds=0.307,
            talk_seconds=0.613,
            parties=(spoke("1001"),),
            hangup_cause=16,
            ambiguous={"caller_name": "as sent, or with the control characters stripped"},
        ),
    ),
}
