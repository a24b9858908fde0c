"""How much later a phone rings because of the bridge, at 50 calls a second.

The time from the caller's INVITE to the 180 that he gets, on the wire, with the bridge and without
it, turn by turn, since other work on the machine comes and goes. Without a bridge the dialplan
knows that there is none (as it does ten seconds after a bridge went away) and rings the same phone
by its fallback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean, median

from bench.figure import Figure, say
from bench.office import TRACKING_NUMBER, Office, callers
from pbx_bridge.lab import LoadFigures, percentile, play_load

RATE = 50.0
CALLS = 500
ROUNDS = 3
_WARM_UP_CALLS = 50


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return what is added to median, 99th percentile and mean, in milliseconds."""
    calls, rounds = (150, 1) if is_quick else (CALLS, ROUNDS)
    return asyncio.run(_measure(calls, rounds))


async def _measure(calls: int, rounds: int) -> list[Figure]:
    without: list[LoadFigures] = []
    with_bridge: list[LoadFigures] = []
    async with Office.open() as office:
        for turn in range(rounds):
            say(f"ringing: round {turn + 1} of {rounds}")
            await office.stop_bridge()
            without.append(await _play(office, calls, turn))
            await office.start_bridge()
            with_bridge.append(await _play(office, calls, turn))
            if office.count_unenriched():
                raise RuntimeError(f"{office.count_unenriched()} callers were not enriched in time")
    return [
        *_compare("p50", partial(percentile, share=0.5), without, with_bridge, "aim ≤ 3; "),
        *_compare("p99", partial(percentile, share=0.99), without, with_bridge, "aim ≤ 10; "),
        *_compare("mean", fmean, without, with_bridge),
    ]


async def _play(office: Office, calls: int, turn: int) -> LoadFigures:
    for count in (_WARM_UP_CALLS, calls):
        figures = await play_load(
            office.pbx,
            TRACKING_NUMBER,
            rate=RATE,
            calls=count,
            hold_seconds=0.5,
            from_prefix=callers(turn),
        )
    if figures.failed:
        raise RuntimeError(f"{figures.failed} of {calls} calls failed")
    return figures


def _compare(
    name: str,
    statistic: Callable[[Sequence[float]], float],
    without: Sequence[LoadFigures],
    with_bridge: Sequence[LoadFigures],
    aim: str = "",
) -> list[Figure]:
    plain = [statistic(load.ringing_seconds) * 1000 for load in without]
    bridged = [statistic(load.ringing_seconds) * 1000 for load in with_bridge]
    added = [more - less for more, less in zip(bridged, plain, strict=True)]
    spread = f"{aim}rounds {', '.join(f'{one:.1f}' for one in added)}"
    name = f"INVITE to ringing, {name}"
    return [
        Figure(name=f"{name}, without the bridge", value=median(plain), unit="ms"),
        Figure(name=f"{name}, with the bridge", value=median(bridged), unit="ms"),
        Figure(name=f"{name}, added", value=median(added), unit="ms", note=spread),
    ]


if __name__ == "__main__":
    print(*run(), sep="\n")
