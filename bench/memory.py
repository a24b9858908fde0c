"""How much memory the bridge takes with 1,000 calls up."""

from __future__ import annotations

import asyncio

from bench.figure import Figure, say
from bench.office import TRACKING_NUMBER, Office, callers
from bench.programs import megabytes_of
from pbx_bridge.lab import play_load

CALLS = 1_000
RATE = 50.0


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return the resident memory before the calls and with all of them up."""
    return asyncio.run(_measure(100 if is_quick else CALLS))


async def _measure(calls: int) -> list[Figure]:
    async with Office.open() as office:
        await office.start_bridge()
        pid = office.bridge_pid
        assert pid is not None
        before = megabytes_of(pid)
        say(f"memory: {calls} calls, all up at once")
        held = asyncio.create_task(
            play_load(
                office.pbx,
                TRACKING_NUMBER,
                rate=RATE,
                calls=calls,
                hold_seconds=calls / RATE + 5.0,
                from_prefix=callers(0),
                is_traced=False,
            )
        )
        while await office.metric("pbx_bridge_open_calls") < calls:
            if held.done():
                raise RuntimeError(f"never were {calls} calls up: {held.result().failed} failed")
            await asyncio.sleep(0.2)
        with_calls = megabytes_of(pid)
        failed = (await held).failed
        await office.wait_until_written()
        after = megabytes_of(pid)
    return [
        Figure(name="memory of the bridge, no call yet", value=before, unit="MB"),
        Figure(
            name=f"memory of the bridge with {calls:,} calls up",
            value=with_calls,
            unit="MB",
            note=f"aim ≤ 200; {after:.0f} when they were over, {failed} calls failed",
        ),
    ]


if __name__ == "__main__":
    print(*run(), sep="\n")
