"""``python -m chaos``: load, faults, and whether three books agree afterwards."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path

from chaos.run import Plan, run


def main() -> None:
    """Play a run; exit 0 when the three books are equal and nobody was held, else 1."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long calls are placed")
    parser.add_argument("--seed", type=int, help="repeats the faults of an earlier run")
    parser.add_argument("--rate", type=float, default=9.5, help="calls a second")
    parser.add_argument("--bridges", type=int, default=2, choices=(1, 2, 3))
    parser.add_argument("--keep", type=Path, help="a folder for all books and logs, also of a pass")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1_000_000)  # noqa: S311
    plan = Plan(
        minutes=arguments.minutes,
        seed=seed,
        rate=arguments.rate,
        bridges=arguments.bridges,
        folder=arguments.keep,
    )
    findings = asyncio.run(run(plan, lambda line: print(line, flush=True)))
    print("chaos: three equal books" if findings.is_pass else f"chaos: FAILED (seed {seed})")
    sys.exit(0 if findings.is_pass else 1)


if __name__ == "__main__":
    main()
