"""Does a call belong to another that it meets in a bridge? Pure.

Where two calls are joined by Dial, by a transfer or a pick-up, Asterisk merges their linkedids.
In a conference, and in a bridge that an application made, they keep them.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.lines import Lines
from pbx_bridge.calls.plot import cast_plot


def summons(
    caller: tuple[str, Sequence[ChannelEvent]],
    other: tuple[str, Sequence[ChannelEvent]],
    lines: Lines,
) -> bool:
    """Whether ``other`` is a phone that the PBX rang for the sake of ``caller`` from outside.

    Nobody dialled it (Originate, an ARI application), and it leads nowhere but to him: no call of
    its own. A colleague who dialled into the conference himself has made one, and so has an agent
    whose phone was rung for his seat in it, before the caller came. Both are given as linkedid
    and events.
    """
    plots = [
        cast_plot(linkedid=linkedid, events=events, neighbour_events=(), lines=lines, until=None)
        for linkedid, events in (caller, other)
    ]
    inbound, summoned = plots
    if inbound is None or summoned is None or inbound.direction is not Direction.INBOUND:
        return False
    is_for_him = summoned.legs[0].started_at >= inbound.caller.started_at
    return (
        is_for_him and summoned.direction is Direction.INTERNAL and summoned.caller.is_placed_by_pbx
    )
