"""How long was any caller held by a fault? Pure.

On the wire: from his INVITE to the first sign of the dialplan. What his kind of call takes without
any fault is taken off (the median: most calls meet none), and what the machine took: the time to
the PBX's bare 100 Trying, which no dialplan can delay, and the time for which nothing at all ran
on the machine. Of what is left, a bridge and its links can only be to blame for as much as he
stood at their door, by the PBX's own journal: the rest is a PBX that had too much to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from chaos.books import JournaledCall, PlacedCall
from chaos.faults import Away

BUDGET_SECONDS = 0.5
MOST_SECONDS = BUDGET_SECONDS + 0.1
_BOOTING = timedelta(seconds=1.0)
"""Asterisk that has just booted loads what it needs on its first calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One caller: how long he waited, at the door and for the machine, and was held by a fault."""

    key: str
    at: datetime
    waited_seconds: float
    door_seconds: float
    still_seconds: float
    held_seconds: float


def measure_holds(
    book: Sequence[PlacedCall],
    journal: Sequence[JournaledCall],
    away: Sequence[Away],
    still_seconds: Callable[[datetime, datetime], float],
) -> list[Hold]:
    """Return every caller's hold, the longest first; those of a dead Asterisk are left out."""
    usual, doors = _usual_seconds(book), {call.key: call.door_seconds for call in journal}
    holds = []
    for call in book:
        if call.reached_at is None or call.sign_seconds is None:
            continue
        signed_at = call.reached_at + timedelta(seconds=call.sign_seconds)
        if any(
            call.reached_at <= each.until + _BOOTING and signed_at >= each.since for each in away
        ):
            continue
        trying = call.trying_seconds or 0.0
        tried_at = call.reached_at + timedelta(seconds=trying)
        still = still_seconds(tried_at, signed_at)
        longer = call.sign_seconds - trying - still - usual[call.kind.name]
        door = doors.get(call.key, call.sign_seconds)
        holds.append(
            Hold(
                key=call.key,
                at=call.reached_at,
                waited_seconds=call.sign_seconds,
                door_seconds=door,
                still_seconds=still + trying,
                held_seconds=max(0.0, min(longer, door)),
            )
        )
    return sorted(holds, key=lambda hold: -hold.held_seconds)


def find_silent(book: Sequence[PlacedCall], away: Sequence[Away]) -> list[PlacedCall]:
    """Callers who were taken by an Asterisk that lived, and never got any sign at all."""
    return [
        call
        for call in book
        if call.reached_at is not None
        and call.sign_seconds is None
        and not any(
            call.reached_at <= each.until and (call.ended_at or each.since) >= each.since
            for each in away
        )
    ]


def _usual_seconds(book: Sequence[PlacedCall]) -> dict[str, float]:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for call in book:
        if call.sign_seconds is not None:
            by_kind[call.kind.name].append(call.sign_seconds - (call.trying_seconds or 0.0))
    return {name: median(seconds) for name, seconds in by_kind.items()}
