"""The highest rate without failures, as a share of what plain ``Dial()`` manages here.

Both ring the same phone on the same PBX with the journal on; callers and phone (SIPp) share the
machine. A rate is held when every call of ten seconds is answered, SIPp can offer the calls in
time and, with the bridge, every caller is enriched. The rate is searched in steps; one that fails
gets a second chance, since other work on the machine comes and goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.figure import Figure, say
from bench.office import PLAIN_DIAL, TRACKING_NUMBER, Office, callers
from pbx_bridge.lab import LoadFigures, percentile, play_load

RATES = tuple(range(100, 501, 20))
SECONDS = 10
_HOLD_SECONDS = 0.5
_LATE_SECONDS = 0.7
"""SIPp that takes longer than this, the last call's talk included, has not offered the rate."""
_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One load at one rate. ``failed``: unanswered, or not enriched."""

    rate: int
    load: LoadFigures
    unenriched: int
    behind_seconds: float
    processor: str

    @property
    def is_held(self) -> bool:
        late_seconds = self.load.duration_seconds - self.load.calls / self.rate
        is_on_time = late_seconds <= _LATE_SECONDS
        return not self.load.failed and not self.unenriched and is_on_time

    def __str__(self) -> str:
        answer = percentile(self.load.answer_seconds, 0.99) * 1000
        return (
            f"{self.rate}/s {'held' if self.is_held else 'not held'}: {self.load.failed} failed, "
            f"{self.unenriched} not enriched, {self.load.calls_per_second:.0f}/s, "
            f"p99 of INVITE to answer {answer:.0f} ms, written {self.behind_seconds:.1f} s after; "
            f"ms of processor a call: {self.processor}"
        )


def run(*, is_quick: bool = False) -> list[Figure]:
    """Search both ceilings; return them and their ratio."""
    return asyncio.run(_measure(3 if is_quick else SECONDS))


async def _measure(seconds: int) -> list[Figure]:
    async with Office.open() as office:
        await office.stop_bridge()
        plain = await _search("plain Dial", lambda rate: _try(office, PLAIN_DIAL, rate, seconds))
        await office.start_bridge()
        bridged = await _search(
            "with the bridge", lambda rate: _try(office, TRACKING_NUMBER, rate, seconds)
        )
    share = bridged.rate / plain.rate
    return [
        Figure(name="highest rate, plain Dial", value=plain.rate, unit="per s", note=_cost(plain)),
        Figure(
            name="highest rate, with the bridge",
            value=bridged.rate,
            unit="per s",
            note=f"{_cost(bridged)}; all written {bridged.behind_seconds:.1f} s after the last",
        ),
        Figure(name="highest rate: share of plain Dial", value=share, unit="×", note="aim ≥ 0.7"),
    ]


def _cost(trial: _Trial) -> str:
    return f"processor ms a call: {trial.processor}"


async def _search(what: str, attempt: Callable[[int], Awaitable[_Trial]]) -> _Trial:
    """Find the highest rate that is held, by halving the steps in between."""
    best: _Trial | None = None
    low, high = -1, len(RATES)
    while high - low > 1:
        middle = (low + high) // 2
        for _ in range(_TRIES):
            trial = await attempt(RATES[middle])
            say(f"ceiling: {what}: {trial}")
            if trial.is_held:
                best, low = trial, middle
                break
        else:
            high = middle
    if best is None:
        raise RuntimeError(f"{what}: not even {RATES[0]} calls/s were held")
    return best


async def _try(office: Office, number: str, rate: int, seconds: int) -> _Trial:
    unenriched = office.count_unenriched()
    before = office.processor()
    load = await play_load(
        office.pbx,
        number,
        rate=rate,
        calls=rate * seconds,
        hold_seconds=_HOLD_SECONDS,
        from_prefix=callers(rate // 20),
        is_traced=False,
    )
    has_bridge = office.bridge_pid is not None
    behind = await office.wait_until_written() if has_bridge else 0.0
    used = office.processor() - before
    await asyncio.sleep(1.0)
    return _Trial(
        rate=rate,
        load=load,
        unenriched=office.count_unenriched() - unenriched if has_bridge else 0,
        behind_seconds=behind,
        processor=used.per_call(load.calls),
    )


if __name__ == "__main__":
    print(*run(), sep="\n")
