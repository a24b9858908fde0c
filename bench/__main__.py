"""``python -m bench``: what the bridge costs, each figure beside its ceiling, in one run."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping

from bench import (
    api,
    backfill,
    ceiling,
    list_import,
    memory,
    ringing,
    store_lookup,
    store_writes,
    two_bridges,
)
from bench.figure import Figure, say

BENCHMARKS: Mapping[str, Callable[..., list[Figure]]] = {
    "ringing": ringing.run,
    "ceiling": ceiling.run,
    "memory": memory.run,
    "hang-ups": store_writes.run,
    "look-up": store_lookup.run,
    "backfill": backfill.run,
    "api": api.run,
    "list import": list_import.run,
    "two bridges": two_bridges.run,
}

_BUSY_LOAD = 0.5


def main() -> None:
    """Measure what was asked for and print every figure as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="may be repeated")
    parser.add_argument(
        "--quick", action="store_true", help="small samples: does it run? the figures mean little"
    )
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f} before", flush=True)
    if load > _BUSY_LOAD:
        say("other work keeps this machine busy: live figures will be worse than the truth")
    started = time.monotonic()
    for name in arguments.only or BENCHMARKS:
        say(name)
        print(*BENCHMARKS[name](is_quick=arguments.quick), sep="\n", flush=True)
    say(f"{time.monotonic() - started:.0f} s in all, load {os.getloadavg()[0]:.1f} now")


if __name__ == "__main__":
    main()
