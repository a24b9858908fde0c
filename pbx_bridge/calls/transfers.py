"""How a call was handed on: one :class:`Transfer` per attempt. Pure.

CEL reports the hand-over where the transferrer asked for it, not whether it came off. Whether it
did shows afterwards: somebody other than the transferrer was with the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pbx_bridge.calls.call import Transfer, TransferKind
from pbx_bridge.calls.company import Company
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.calls.leg import Leg
from pbx_bridge.calls.lines import endpoint_of, local_pair
from pbx_bridge.calls.plot import Plot

_NO_CHANNEL = "N/A"
_PARKED_WITHIN = timedelta(milliseconds=500)


def find_transfers(
    plot: Plot, events: Sequence[ChannelEvent], company: Sequence[Company]
) -> tuple[Transfer, ...]:
    """Find every attempt to hand the call on, in order; parking by transfer is not one."""
    legs = {leg.uniqueid: leg for leg in plot.all_legs}
    transfers = []
    for event in sorted(events, key=lambda e: e.at):
        if event.kind is EventKind.BLIND_TRANSFERRED and not _is_parking(event, events):
            transfers.append(_blind(plot, event, legs, company))
        elif event.kind is EventKind.ATTENDED_TRANSFERRED and not _is_into_slot(event, legs):
            transfers.append(_attended(plot, event, legs, company))
    return tuple(transfers)


def _is_parking(transfer: ChannelEvent, events: Sequence[ChannelEvent]) -> bool:
    return any(
        event.kind is EventKind.PARKED and abs(event.at - transfer.at) < _PARKED_WITHIN
        for event in events
    )


def _is_into_slot(transfer: ChannelEvent, legs: dict[str, Leg]) -> bool:
    """Whether the transferrer had parked his second line, and his caller takes its place."""
    second = legs.get(transfer.extra.get("channel2_uniqueid", ""))
    until_then = [stay for stay in second.stays if stay.entered_at < transfer.at] if second else []
    return bool(until_then) and until_then[-1].is_holding


def _blind(
    plot: Plot, event: ChannelEvent, legs: dict[str, Leg], company: Sequence[Company]
) -> Transfer:
    by = _by(plot, event, legs)
    return Transfer(
        kind=TransferKind.BLIND,
        by=by,
        to=event.extra.get("extension", ""),
        at=event.at,
        completed=_spoke_with_another(plot, by, event.at, company),
    )


def _attended(
    plot: Plot, event: ChannelEvent, legs: dict[str, Leg], company: Sequence[Company]
) -> Transfer:
    by = _by(plot, event, legs)
    target = legs.get(event.extra.get("transfer_target_channel_uniqueid", ""))
    target = target or _left_in_consultation(plot, event)
    phones = _phones_behind(target, plot.all_legs) if target else _consulted(plot, event)
    second = legs.get(event.extra.get("channel2_uniqueid", ""))
    has_met = not phones and _has_company(plot, _rooms(plot, target, second), by, event.at)
    was_answered = has_met or any(leg.is_up_at(event.at) for leg in phones)
    to = plot.extension_of(phones[0]) if phones else _target_name(event, target, second)
    return Transfer(
        kind=TransferKind.ATTENDED if was_answered else TransferKind.BLONDE,
        by=by,
        to=to,
        at=event.at,
        completed=any(
            stretch.ended_at > event.at and any(human in phones for human in stretch.humans)
            for stretch in company
        )
        or _spoke_with(plot, to, event.at, company)
        or (not phones and _spoke_with_another(plot, by, event.at, company)),
    )


def _rooms(plot: Plot, target: Leg | None, second: Leg | None) -> set[str]:
    """The bridges in which the transferrer may have met somebody whose phone nobody rang."""
    if target is not None and target.is_local:
        return _bridges_beyond(target, plot.all_legs)
    return {stay.bridge_id for stay in second.stays} if second else set()


def _has_company(plot: Plot, rooms: set[str], by: str, at: datetime) -> bool:
    """Whether anybody was in these rooms then but who handed his caller on into one."""
    return any(
        stay.bridge_id in rooms
        and stay.entered_at <= at
        and (not stay.left_at or at < stay.left_at)
        for leg in plot.all_legs
        if leg.is_phone and leg.is_up_at(at) and plot.extension_of(leg) != by
        for stay in leg.stays
        if leg is not plot.caller
    )


def _by(plot: Plot, event: ChannelEvent, legs: dict[str, Leg]) -> str:
    leg = legs.get(event.uniqueid)
    return plot.extension_of(leg) if leg else endpoint_of(event.channel)


def _phones_behind(target: Leg, legs: Sequence[Leg]) -> list[Leg]:
    """The phones at the far end of the target leg: itself, or who its Local pair dialled."""
    if not target.is_local:
        return [target]
    beyond = _bridges_beyond(target, legs)
    reached = [
        leg
        for leg in legs
        if leg.is_phone
        and leg.is_placed_by_pbx
        and any(stay.bridge_id in beyond for stay in leg.stays)
    ]
    if reached:
        return reached[:1]
    began_at, name = target.started_at, endpoint_of(target.channel)
    return [
        leg
        for leg in legs
        if leg.is_phone
        and leg.is_placed_by_pbx
        and leg.started_at >= began_at
        and (leg.number == name or endpoint_of(leg.channel) == name)
    ][:1]


def _bridges_beyond(target: Leg, legs: Sequence[Leg]) -> set[str]:
    """The bridges at the far end of a Local channel, and of those that it leads to."""
    bridges: set[str] = set()
    seen, near = {target.uniqueid}, [target]
    while near:
        pair = local_pair(near.pop().channel)
        far = [leg for leg in legs if leg.uniqueid not in seen and local_pair(leg.channel) == pair]
        seen |= {leg.uniqueid for leg in far}
        bridges |= {stay.bridge_id for leg in far for stay in leg.stays}
        near += [
            leg
            for leg in legs
            if leg.is_local
            and leg.uniqueid not in seen
            and any(stay.bridge_id in bridges for stay in leg.stays)
        ]
        seen |= {leg.uniqueid for leg in near}
    return bridges


def _left_in_consultation(plot: Plot, event: ChannelEvent) -> Leg | None:
    """Two bridges were joined, and no target is named: it is who shared the second with him."""
    bridge_id, by = event.extra.get("bridge2_id", ""), event.uniqueid
    if not bridge_id or event.extra.get("channel2_uniqueid") != by:
        return None
    for leg in plot.all_legs:
        for stay in leg.stays:
            if leg.uniqueid != by and stay.bridge_id == bridge_id and stay.entered_at <= event.at:
                return leg
    return None


def _consulted(plot: Plot, event: ChannelEvent) -> list[Leg]:
    """A blonde transfer by REFER names no target: it is who the transferrer's second leg rang."""
    second = event.extra.get("channel2_uniqueid", "")
    consulting = [
        leg
        for leg in plot.legs
        if leg.uniqueid == second or (leg.runs and leg.is_phone and leg is not plot.caller)
    ]
    if not consulting:
        return []
    began_at = min(leg.started_at for leg in consulting)
    return [
        leg
        for leg in plot.parties
        if leg.started_at >= began_at and leg not in consulting and leg.started_at <= event.at
    ][:1]


def _target_name(event: ChannelEvent, target: Leg | None, second: Leg | None) -> str:
    """Name a target that is no phone of the call: a room, a machine, or one that is not known.

    Who hands on to an application (``N/A`` then stands for the channel) had dialled it.
    """
    channel = target.channel if target else event.extra.get("transfer_target_channel_name", "")
    if channel and channel != _NO_CHANNEL:
        return endpoint_of(channel)
    return second.exten if second and not second.is_placed_by_pbx else ""


def _spoke_with_another(plot: Plot, by: str, after: datetime, company: Sequence[Company]) -> bool:
    return any(
        plot.extension_of(human) != by
        for stretch in company
        if stretch.started_at >= after
        for human in stretch.humans
    )


def _spoke_with(plot: Plot, whom: str, after: datetime, company: Sequence[Company]) -> bool:
    return bool(whom) and any(
        plot.extension_of(human) == whom
        for stretch in company
        if stretch.started_at >= after
        for human in stretch.humans
    )
