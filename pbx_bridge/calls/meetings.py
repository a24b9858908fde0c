"""Does a call belong to another that it meets in a bridge? Pure.

Where two calls are joined by Dial, by a transfer or a pick-up, Asterisk merges their linkedids.
In a conference, and in a bridge that an application made, they keep them.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.calls.lines import Lines
from pbx_bridge.calls.plot import FULL_NUMBER, Plot, cast_plot, is_shared


def is_call_in(event: ChannelEvent, lines: Lines) -> bool:
    """Whether this begins a call from outside that shows a number."""
    return (
        event.kind is EventKind.CHANNEL_STARTED
        and event.uniqueid == event.linkedid
        and FULL_NUMBER.fullmatch(event.number) is not None
        and lines.is_trunk(event.channel, event.context)
    )


def summons(
    caller: tuple[str, Sequence[ChannelEvent]],
    other: tuple[str, Sequence[ChannelEvent]],
    lines: Lines,
) -> bool:
    """Whether ``other`` is a phone that the PBX rang for the sake of ``caller`` from outside.

    Nobody dialled it (Originate, an ARI application), and it leads nowhere but to him, who is
    there: no call of its own. A colleague who dialled into the conference himself has made one,
    and so has an agent whose phone was rung for his seat in it, before the caller came. Whom the
    PBX had called outside is a caller in this as well. Both are given as linkedid and events.
    """
    plots = [
        cast_plot(linkedid=linkedid, events=events, neighbour_events=(), lines=lines, until=None)
        for linkedid, events in (caller, other)
    ]
    customer, summoned = plots
    if customer is None or summoned is None or not customer.is_outside(customer.caller):
        return False
    leads_out = summoned.direction is not Direction.INTERNAL and bool(summoned.parties)
    if leads_out or summoned.is_outside(summoned.caller) or not summoned.caller.is_placed_by_pbx:
        return False
    has_come_later = summoned.legs[0].started_at >= customer.caller.started_at
    return has_come_later and _have_met(customer, summoned)


def _have_met(one: Plot, other: Plot) -> bool:
    """Whether anybody of the one call was in a bridge while somebody of the other was."""
    stays = [stay for leg in other.legs for stay in leg.stays]
    return any(
        is_shared(mine, theirs) for leg in one.legs for mine in leg.stays for theirs in stays
    )
