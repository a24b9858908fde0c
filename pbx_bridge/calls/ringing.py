"""Which phones rang, from when, and for how long. Pure.

CEL does not tell of ringing: a leg begins when the PBX calls a phone, some 50 ms before it
rings, and a phone may never ring at all.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pbx_bridge.calls.leg import Leg
from pbx_bridge.calls.plot import Plot

_REFUSED_UNRUNG = frozenset({1, 17, 19, 23, 34})
"""Causes with which a phone turns a call away by itself: not there, busy, forwarded."""
_SOONER_THAN_A_HAND = timedelta(seconds=1)
_FORWARDED_WITHIN = timedelta(milliseconds=20)


def rang_at(plot: Plot, leg: Leg) -> datetime | None:
    """When the phone began to ring: AMI's exact word, else when it was called.

    None where it is known that it never rang, for a phone that called in by itself, and for one
    that turned the call away sooner than a hand could have.
    """
    if leg.rang_at is not None:
        return leg.rang_at
    if leg.is_known_silent or not leg.is_placed_by_pbx or has_forwarded(plot, leg):
        return None
    cause = leg.hangup.cause if leg.hangup else None
    is_refusal = cause in _REFUSED_UNRUNG and not leg.is_known_rung
    if is_refusal and leg.last_at - leg.started_at < _SOONER_THAN_A_HAND:
        return None
    return leg.started_at


def has_forwarded(plot: Plot, leg: Leg) -> bool:
    """Whether this phone sent the call on (302) at once: its FORWARD stands on who dialled it."""
    return any(
        leg.ended_at is not None
        and leg.answered_at is None
        and abs(at - leg.ended_at) < _FORWARDED_WITHIN
        and leg.last_at - leg.started_at < _SOONER_THAN_A_HAND
        for dialling in plot.legs
        for at in dialling.forwarded_at
    )


def ring_seconds(plot: Plot, until: datetime) -> float:
    """Add up the time, up to ``until``, in which at least one phone was ringing."""
    spans = sorted(
        (begins, min(leg.answered_at or leg.ended_at or until, until))
        for leg in plot.parties
        if (begins := rang_at(plot, leg)) is not None and begins < until
    )
    total, covered_until = timedelta(), None
    for begins, ends in spans:
        starts = begins if covered_until is None else max(begins, covered_until)
        if ends > starts:
            total += ends - starts
            covered_until = ends
    return total.total_seconds()
