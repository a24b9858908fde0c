"""The cast of one call: whose call it is, which legs are parties, what they are called. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.dialled import dial_targets, find_dialled_number
from pbx_bridge.calls.events import ChannelEvent, EventKind, birth_of
from pbx_bridge.calls.folding import fold_leg
from pbx_bridge.calls.leg import AppRun, Leg, Stay
from pbx_bridge.calls.lines import Lines, endpoint_of, local_pair

SHORT_NUMBER = re.compile(r"[0-9*#]{1,6}")
FULL_NUMBER = re.compile(r"\+?[0-9]{7,15}")
"""A number as networks send it: no extension, and no name."""
OFFERS = frozenset({"Dial", "Queue", "FollowMe", "Page", "RetryDial"})
"""Applications that offer a call to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A call's legs in their roles.

    ``legs`` are the call's own, by start; ``neighbours`` belong to other calls but have shared a
    bridge with this one; ``parties`` are the phones it was offered to; ``until`` is the end of
    what is known.
    """

    lines: Lines
    caller: Leg
    legs: tuple[Leg, ...]
    neighbours: tuple[Leg, ...]
    parties: tuple[Leg, ...]
    direction: Direction
    wanted_number: str
    """What one of ours dialled, or whom the PBX rang his phone for."""
    until: datetime

    @property
    def all_legs(self) -> tuple[Leg, ...]:
        """Own legs and neighbours."""
        return self.legs + self.neighbours

    def is_outside(self, leg: Leg) -> bool:
        """Whether a leg leads out on a trunk."""
        return self.lines.is_trunk(leg.channel, leg.context)

    def extension_of(self, leg: Leg) -> str:
        """Name a leg: its extension, or for an outside leg the number that was dialled."""
        if self.is_outside(leg):
            if leg.is_start_seen and not leg.is_placed_by_pbx and leg.number:
                return leg.number
            if called := self.called_number(leg):
                return called
            if leg.is_originated and leg is not self.caller:
                return leg.number or endpoint_of(leg.channel)
            return leg.later_number or leg.number
        endpoint = endpoint_of(leg.channel)
        if SHORT_NUMBER.fullmatch(endpoint) and not leg.channel.startswith("DAHDI/"):
            return endpoint
        if beyond := self._beyond(leg):
            return beyond
        if SHORT_NUMBER.fullmatch(leg.number):
            return leg.number
        return endpoint or leg.number

    def _beyond(self, leg: Leg) -> str:
        """The extension on another PBX that a leg on the line between the two is for.

        ``PJSIP/2001@branch`` is no trunk, and no phone called branch. A dial string with a whole
        URI (``PJSIP/desk/sip:…``) names a phone's device.
        """
        if not leg.is_placed_by_pbx:
            return ""
        offers = [run for run in self.offers() if "sip:" not in run.args]
        number = find_dialled_number(leg, self.legs, offers)
        is_number = SHORT_NUMBER.fullmatch(number) or FULL_NUMBER.fullmatch(number)
        return number if is_number and number != endpoint_of(leg.channel) else ""

    def called_number(self, leg: Leg) -> str:
        """The number that this leg out on a trunk was for; empty where no row tells it.

        No dial string tells it where an application called it for one of ours. Then it is what he
        had dialled or was rung for, unless that is the number of ours that the leg itself shows.
        """
        if dialled := self.dialled_on_trunk(leg):
            return dialled
        outside = (each for each in self.parties if self.is_outside(each))
        is_first = leg is next(outside, None) and not self.is_outside(self.caller)
        wanted = self.wanted_number if is_first and leg.later_number != self.wanted_number else ""
        return wanted if FULL_NUMBER.fullmatch(wanted) else ""

    def offers(self) -> list[AppRun]:
        """Every Dial or Queue that the call was put through, in order."""
        runs = [run for leg in self.legs for run in leg.runs if run.name in OFFERS]
        return sorted(runs, key=lambda run: run.started_at)

    def dialled_on_trunk(self, leg: Leg) -> str:
        """The number that this leg was dialled with, where a dial string of the call tells it."""
        return find_dialled_number(leg, self.legs, self.offers())


def cast_plot(
    *,
    linkedid: str,
    events: Sequence[ChannelEvent],
    neighbour_events: Sequence[ChannelEvent],
    lines: Lines,
    until: datetime | None,
) -> Plot | None:
    """Give every leg its role; None when there is no phone in it (machinery of the PBX)."""
    legs = fold_legs(events)
    caller = _find_caller(legs, linkedid)
    if caller is None:
        return None
    neighbours = tuple(
        leg for leg in fold_legs(neighbour_events) if leg.stays or leg.answered_at is not None
    )
    second_lines = frozenset(_second_lines(events))
    beside = frozenset(_rung_beside(caller, legs, linkedid))
    parties = tuple(
        leg
        for leg in legs
        if leg.uniqueid not in beside and _is_party(leg, caller, legs, lines, second_lines)
    )
    last_at = max(leg.last_at for leg in legs)
    wanted = _wanted_number(caller, legs, linkedid)
    return Plot(
        lines=lines,
        caller=caller,
        legs=legs,
        neighbours=neighbours,
        parties=parties,
        direction=_tell_direction(caller, parties, legs, lines, wanted),
        wanted_number=wanted,
        until=until or last_at,
    )


def fold_legs(events: Iterable[ChannelEvent]) -> tuple[Leg, ...]:
    """Fold events into legs, each channel's in the order of their times; legs by their start."""
    ordered = sorted(events, key=lambda event: event.at)
    by_channel = sorted(ordered, key=lambda event: event.uniqueid)
    legs = [fold_leg(group) for _, group in groupby(by_channel, key=lambda e: e.uniqueid)]
    legs.sort(key=lambda leg: leg.started_at)
    if any(one.started_at == next_.started_at for one, next_ in pairwise(legs)):
        legs.sort(key=lambda leg: (leg.started_at, birth_of(leg.uniqueid)))
    return tuple(legs)


def _find_caller(legs: Sequence[Leg], linkedid: str) -> Leg | None:
    """Find whose call it is: the channel that began it, where that is a phone's.

    A call that the PBX itself began through a Local channel (a panel that rings a group of desks, a
    queue or carrier after carrier first) is that of the phone that was first connected.
    """
    phones = [leg for leg in legs if leg.is_phone]
    for leg in phones:
        if leg.uniqueid == linkedid:
            return leg
    if _is_begun_by_local(legs, linkedid):
        connected = [leg for leg in phones if leg.stays]
        phones = sorted(connected, key=lambda leg: leg.stays[0].entered_at) or phones
    return phones[0] if phones else None


def _is_begun_by_local(legs: Sequence[Leg], linkedid: str) -> bool:
    return any(leg.is_local and leg.uniqueid == linkedid for leg in legs)


def _rung_beside(caller: Leg, legs: Sequence[Leg], linkedid: str) -> Iterator[str]:
    """The phones that the PBX rang besides his, or before his, to find the one whose call it is."""
    if not _is_begun_by_local(legs, linkedid):
        return
    answered_at, was_before_him = caller.answered_at, True
    for leg in legs:
        if leg is caller:
            was_before_him = False
            continue
        had_not_lifted = answered_at is None or leg.started_at < answered_at
        if leg.is_placed_by_pbx and (was_before_him or had_not_lifted):
            yield leg.uniqueid


def _wanted_number(caller: Leg, legs: Sequence[Leg], linkedid: str) -> str:
    """What the caller dialled, or, where the PBX rang his phone first, whom it rang him for.

    Click-to-call shows the agent the customer's number. Where it rings through a Local channel,
    the number is what the channel brings along.
    """
    if not caller.is_placed_by_pbx:
        return caller.exten
    if not _is_begun_by_local(legs, linkedid):
        return caller.later_number
    halves = (leg for leg in legs if leg.is_local and leg.uniqueid != linkedid)
    return next((half.later_number for half in halves), "")


def _second_lines(events: Iterable[ChannelEvent]) -> Iterator[str]:
    """The channels on which phones had asked somebody before they handed their calls on to him."""
    for event in events:
        second = event.extra.get("channel2_uniqueid")
        if event.kind is EventKind.ATTENDED_TRANSFERRED and second and second != event.uniqueid:
            yield second


def _is_party(
    leg: Leg, caller: Leg, legs: Sequence[Leg], lines: Lines, second_lines: Collection[str]
) -> bool:
    """A phone the call was offered to, or that came in on its own and took the call.

    A phone that placed a call of its own (a consultation) belongs to a party already listed; it
    is one itself only when it picked up, or retrieved, the caller, or the customer whom a
    colleague had called and parked.
    """
    if leg is caller or not leg.is_phone:
        return False
    if leg.is_placed_by_pbx:
        return True
    listed = {endpoint_of(each.channel) for each in legs if each.is_placed_by_pbx or each is caller}
    is_listed = endpoint_of(leg.channel) in listed
    if is_listed and leg.uniqueid in second_lines:
        return False
    if not leg.runs:
        return True
    wanted = [caller]
    if not is_listed:
        wanted += [each for each in legs if _is_called_outside(each, lines)]
    return any(
        is_shared(mine, theirs)
        for each in wanted
        for mine in leg.stays
        for theirs in _stays_beyond(each, legs)
    )


def _stays_beyond(leg: Leg, legs: Sequence[Leg]) -> list[Stay]:
    """A leg's stays, and those at the far ends of the Local channels that it shared them with."""
    halves = [each for each in legs if each.is_local]
    stays = list(leg.stays)
    for stay in stays:
        near = [h for h in halves if any(is_shared(stay, theirs) for theirs in h.stays)]
        halves = [half for half in halves if half not in near]
        pairs = {local_pair(half.channel) for half in near}
        stays += [s for h in halves if local_pair(h.channel) in pairs for s in h.stays]
        halves = [half for half in halves if local_pair(half.channel) not in pairs]
    return stays


def _is_called_outside(leg: Leg, lines: Lines) -> bool:
    return leg.is_placed_by_pbx and lines.is_trunk(leg.channel, leg.context)


def is_shared(one: Stay, other: Stay) -> bool:
    """Whether two stays are in the same mixing bridge and overlap by more than an instant."""
    if one.bridge_id != other.bridge_id or one.is_holding:
        return False
    begins = max(one.entered_at, other.entered_at)
    ends = min((stay.left_at for stay in (one, other) if stay.left_at), default=None)
    return ends is None or begins < ends


def _tell_direction(
    caller: Leg, parties: Sequence[Leg], legs: Sequence[Leg], lines: Lines, wanted: str
) -> Direction:
    if lines.is_trunk(caller.channel, caller.context):
        return Direction.OUTBOUND if caller.is_placed_by_pbx else Direction.INBOUND
    if parties:
        return _way_of(parties, lines)
    if _dials_outside(legs, lines) or (FULL_NUMBER.fullmatch(wanted) and _waits_for_him(caller)):
        return Direction.OUTBOUND
    return Direction.INTERNAL


def _waits_for_him(caller: Leg) -> bool:
    """Whether nothing took the call: one of ours who dials his own company's number may get its
    menu, or its voicemail, and never leaves the house."""
    return caller.is_placed_by_pbx or caller.answered_at is None


def _way_of(parties: Sequence[Leg], lines: Lines) -> Direction:
    """Out of the house when only numbers outside were rung, until one answered.

    A colleague who dials a group of desks and mobiles stays within; so does one whose call is
    forwarded. Who joins later, by a transfer, changes nothing.
    """
    answered_at = min((leg.answered_at for leg in parties if leg.answered_at), default=None)
    rung = [
        leg
        for leg in parties
        if leg.is_placed_by_pbx
        and (answered_at is None or leg.started_at < answered_at or leg.answered_at == answered_at)
    ]
    is_out = all(lines.is_trunk(leg.channel, leg.context) for leg in rung)
    return Direction.OUTBOUND if is_out and rung else Direction.INTERNAL


def _dials_outside(legs: Sequence[Leg], lines: Lines) -> bool:
    """Whether a dial string names a trunk, though no leg came of it (a trunk that is down)."""
    for leg in legs:
        for run in leg.runs:
            if run.name == "Dial" and any(
                lines.is_trunk(f"{technology}/{peer}-00000000", "")
                for technology, _, peer in dial_targets(run.args)
            ):
                return True
    return False
