"""How slow the machine was: what the times of a scenario must allow for when it is busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby, pairwise

from chaos.heartbeat import Heartbeat
from pbx_bridge.lab import SipMessage, WireCall

_SIP_T1_SECONDS = 0.5


class Reading:
    """When this process did not read what its phones said, whose times are those of the reading.

    What was due at ``since`` came at ``until``. Not only as the machine stood still: whatever
    keeps the loop from going round does, so it is no excuse for a caller who was held.
    """

    def __init__(self) -> None:
        self._still: list[tuple[float, float]] = []

    async def watch(self, *, beat_seconds: float = 0.01, late_seconds: float = 0.03) -> None:
        """Remember each time that this task is woken late, until it is cancelled."""
        last = time.time()
        while True:
            await asyncio.sleep(beat_seconds)
            now = time.time()
            if now - last > beat_seconds + late_seconds:
                self._still.append((last, now))
            last = now

    def late_seconds(self, since: datetime, until: datetime) -> float:
        """The longest that what was said within these instants may have lain unread."""
        begin, end = since.timestamp(), until.timestamp()
        stills = (late - due for due, late in self._still if late >= begin and due <= end)
        return max(stills, default=0.0)


machine = Heartbeat()
reading = Reading()


def hold_lag_of(wires: Iterable[WireCall]) -> float:
    """Seconds for which the machine kept these callers waiting at most, whatever we do.

    A few milliseconds; on a machine that has too much to do, as long as the PBX was late itself.
    """
    lags = [0.0]
    for wire in wires:
        still = machine.still_seconds(wire.invited_at, wire.messages[-1].at)
        lags += [_reaction(wire), still]
    return max(lags)


def lag_of(wires: Iterable[WireCall]) -> float:
    """Seconds by which the times of these wires may differ at most from the PBX's own.

    Besides what kept the caller: a phone that was late, or whose words we read late.
    """
    wires = list(wires)
    lags = [hold_lag_of(wires)]
    for wire in wires:
        late = reading.late_seconds(wire.invited_at, wire.messages[-1].at)
        lags += [_repetition(wire), late]
    return max(lags)


def _reaction(wire: WireCall) -> float:
    """How long the PBX took, at most, to react to what it was sent."""
    lags = [0.0]
    for sent, then in pairwise(wire.messages):
        wants_reaction = sent.method != "ACK" and (sent.status is None or sent.status >= 200)
        if sent.is_sent and not then.is_sent and wants_reaction:
            lags.append((then.at - sent.at).total_seconds())
    return max(lags)


def _repetition(wire: WireCall) -> float:
    """How long ago the PBX may first have sent what it repeated, as nobody answered.

    RFC 3261, 17.1.2.2: it waits T1, then twice that, and so on.
    """

    def which(message: SipMessage) -> tuple[str, str]:
        return message.start_line, message.header("CSeq")

    requests = (m for m in wire.messages if not m.is_sent and m.status is None)
    most = max((len(list(same)) for _, same in groupby(requests, which)), default=0)
    return _SIP_T1_SECONDS * (2**most - 1) if most > 1 else 0.0
