"""Play the list, or a part of it: ``python -m tests.seen_red [--only NAME …] [--jobs N]``."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.seen_red.page import as_cell, read_page, write_page
from tests.seen_red.protections import Protection, read_protections
from tests.seen_red.running import NotRunError, copied, judge, play


def say(text: str) -> None:
    """Progress, for whoever watches."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def play_whole(protections: list[Protection]) -> str:
    """Every test on the sources as they are: all must be green. Returns what is wrong."""
    tests = sorted({test for one in protections for test in one.red})
    began = time.monotonic()
    try:
        with copied() as root:
            bad = [one for one in play(root, tests) if one.kind != "passed"]
    except NotRunError as error:
        return f"control: {error}"
    say(f"control: {'green' if not bad else 'NOT GREEN'} in {time.monotonic() - began:.0f} s")
    return "\n".join(f"control: {one.case}: {one.kind} {one.said}" for one in bad)


def play_without(one: Protection) -> tuple[dict[str, str], str]:
    """The tests of one entry without its protection: what they said, and what is wrong."""
    began = time.monotonic()
    try:
        with copied() as root:
            one.take_out(root)
            said = judge(one, play(root, list(one.red)))
    except (NotRunError, ValueError) as error:
        say(f"{one.name}: NO PROOF in {time.monotonic() - began:.0f} s\n{error}")
        return {}, f"{one.name}: {error}"
    say(f"{one.name}: red in {time.monotonic() - began:.0f} s")
    for test, line in said.items():
        print(f"    {test}\n        {line}", file=sys.stderr, flush=True)
    return said, ""


def main() -> int:
    """0 when every test was green with, and red without its protection."""
    everything = read_protections()
    parser = argparse.ArgumentParser(prog="python -m tests.seen_red", description=__doc__)
    parser.add_argument("--only", action="append", choices=[one.name for one in everything])
    parser.add_argument("--jobs", type=int, default=2, help="runs at once; they mostly wait")
    parser.add_argument("--no-control", action="store_true", help="for who writes an entry")
    options = parser.parse_args()
    chosen = [one for one in everything if options.only is None or one.name in options.only]

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    with ThreadPoolExecutor(options.jobs) as threads:
        control = None if options.no_control else threads.submit(play_whole, chosen)
        runs = {one.name: threads.submit(play_without, one) for one in chosen}
        wrong = [control.result()] if control is not None else []
        for name, run in runs.items():
            said, problem = run.result()
            wrong.append(problem)
            seen = {(name, test): (as_cell(line), today) for test, line in said.items()}
            write_page(read_protections(), read_page() | seen)  # another run may write, too
    wrong = [each for each in wrong if each]
    print("\n".join([*wrong, f"{len(chosen)} protections taken out, {len(wrong)} without proof"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
