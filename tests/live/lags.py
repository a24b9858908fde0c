"""How slow the PBX was: what the times of a scenario must allow for on a busy machine."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from pbx_bridge.lab import WireCall


def lag_of(wires: Iterable[WireCall]) -> float:
    """Seconds that the PBX took, at most, to react to what it was sent on these wires.

    A few milliseconds; on a machine that has too much to do, as long as the PBX was late itself.
    """
    lags = [0.0]
    for wire in wires:
        for sent, then in pairwise(wire.messages):
            wants_reaction = sent.method != "ACK" and (sent.status is None or sent.status >= 200)
            if sent.is_sent and not then.is_sent and wants_reaction:
                lags.append((then.at - sent.at).total_seconds())
    return max(lags)
