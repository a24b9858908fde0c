"""Who was with the caller, and when: the one question behind ``answered`` and talk time. Pure.

A human is a leg that somebody answered, that is no plumbing, in the caller's *component*: the
bridges and channels that a sound from the caller reaches. The two halves of a Local channel
join two bridges into one component for as long as both live, whether or not Asterisk optimises
them away. A holding bridge (parking) joins nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pbx_bridge.calls.leg import Leg, Stay
from pbx_bridge.calls.lines import local_pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A stretch of time in which the same people were with the caller."""

    started_at: datetime
    ended_at: datetime
    humans: tuple[Leg, ...]


def find_company(caller: Leg, legs: Sequence[Leg], until: datetime) -> tuple[Company, ...]:
    """Find every stretch in which at least one human was bridged with the caller.

    ``legs`` are all that may share a bridge with the call, the caller's own among them;
    ``until`` closes stays that have not ended.
    """
    if not any(not stay.is_holding for stay in caller.stays):
        return ()
    moments = sorted(_moments(legs, until))
    stretches: list[Company] = []
    for start, end in pairwise(moments):
        humans = _humans_with(caller, legs, start)
        if not humans:
            continue
        if stretches and stretches[-1].ended_at == start and stretches[-1].humans == humans:
            start = stretches.pop().started_at
        stretches.append(Company(started_at=start, ended_at=end, humans=humans))
    first_at = stretches[0].started_at if stretches else until
    instants = [at for at in moments if at < first_at and not at.microsecond]
    if not stretches:
        instants.append(until)
    return (*_find_instant(caller, legs, instants), *stretches)


def _find_instant(
    caller: Leg, legs: Sequence[Leg], instants: Iterable[datetime]
) -> tuple[Company, ...]:
    """Find the first instant of company of which no length can be measured.

    They have met just now, and nothing is known of what came after. Or they met and parted within
    a second of a PBX whose times have whole seconds: that was company, however short.
    """
    for at in instants:
        if humans := _humans_with(caller, legs, at, _stay_in_second):
            return (Company(started_at=at, ended_at=at, humans=humans),)
    return ()


def total_seconds(stretches: Iterable[Company]) -> float:
    """Add up the lengths of stretches that do not overlap."""
    return sum((each.ended_at - each.started_at).total_seconds() for each in stretches)


def _moments(legs: Sequence[Leg], until: datetime) -> set[datetime]:
    """Every instant at which somebody joined, left or answered."""
    moments: set[datetime] = set()
    for leg in legs:
        for stay in leg.stays:
            moments.add(min(stay.entered_at, until))
            moments.add(min(stay.left_at or until, until))
        if leg.stays and leg.answered_at is not None:
            moments.add(min(leg.answered_at, until))
        if leg.is_local and leg.stays:
            moments.add(min(leg.ended_at or until, until))
    return moments


def _stay_at(leg: Leg, at: datetime) -> Stay | None:
    for stay in leg.stays:
        is_there = stay.entered_at <= at and (stay.left_at is None or at < stay.left_at)
        if is_there and not stay.is_holding:
            return stay
    return None


def _stay_in_second(leg: Leg, at: datetime) -> Stay | None:
    """A stay that lasts, else one that began and ended within the whole second ``at``."""
    if (lasting := _stay_at(leg, at)) is not None or at.microsecond:
        return lasting
    return next((s for s in leg.stays if s.entered_at == at and not s.is_holding), None)


def _humans_with(
    caller: Leg,
    legs: Sequence[Leg],
    at: datetime,
    stay_at: Callable[[Leg, datetime], Stay | None] = _stay_at,
) -> tuple[Leg, ...]:
    return tuple(leg for leg in _component(caller, legs, at, stay_at) if leg.is_up_at(at))


def _component(
    caller: Leg,
    legs: Sequence[Leg],
    at: datetime,
    stay_at: Callable[[Leg, datetime], Stay | None],
) -> Iterable[Leg]:
    """Walk from the caller's bridge through bridges and Local pairs; yield the phones reached."""
    bridge_of = {leg.uniqueid: stay.bridge_id for leg in legs if (stay := stay_at(leg, at))}
    if caller.uniqueid not in bridge_of:
        return []
    reached_bridges = {bridge_of[caller.uniqueid]}
    reached: dict[str, Leg] = {}
    grew = True
    while grew:
        grew = False
        for leg in legs:
            if leg.uniqueid not in reached and bridge_of.get(leg.uniqueid) in reached_bridges:
                reached[leg.uniqueid] = leg
                grew = True
                other = _other_half(leg, legs) if leg.is_local else None
                if other is not None and (beyond := bridge_of.get(other.uniqueid)):
                    reached_bridges.add(beyond)
    return [leg for leg in reached.values() if leg.is_phone and leg.uniqueid != caller.uniqueid]


def _other_half(leg: Leg, legs: Sequence[Leg]) -> Leg | None:
    pair = local_pair(leg.channel)
    for other in legs:
        if other.is_local and other is not leg and local_pair(other.channel) == pair:
            return other
    return None
