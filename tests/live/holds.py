"""How long callers were held, and how long they may be."""

from __future__ import annotations

from pbx_bridge.lab import WireCall
from tests.live.lags import hold_lag_of

BUDGET_SECONDS = 0.5
MARGIN_SECONDS = 0.1


def ring_delay(wire: WireCall) -> float:
    """Seconds from INVITE to the ringing that the caller hears."""
    assert wire.ringing_at is not None
    return (wire.ringing_at - wire.invited_at).total_seconds()


def is_in_time(*wires: WireCall, budget_seconds: float = BUDGET_SECONDS) -> bool:
    """Whether nobody was held longer than the budget, but for what the machine was late itself."""
    longest = budget_seconds + MARGIN_SECONDS + hold_lag_of(wires)
    return max(map(ring_delay, wires)) < longest
