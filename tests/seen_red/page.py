"""docs/seen-red.md: what each test said when its protection was out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tests.seen_red.protections import ROOT, Protection

PAGE = ROOT / "docs" / "seen-red.md"
_HEAD = """\
# Seen red

Each row of the tables in [operations.md](operations.md#when-something-breaks) has a protection \
in the code or in the dialplan, and tests that prove it. A test that is green also without what \
it proves would be worth nothing, so each protection was taken out, one at a time, and its tests \
had to fail, and to say why. `tests/seen_red/protections.toml` is the list; \
`python -m tests.seen_red` plays it on copies of the sources and writes this page (`--only NAME` \
for one entry). The normal suite sees that no entry is out of date, that no row is without one, \
and that each stands here.

| fault | protection taken out | test | how it failed | seen |
|---|---|---|---|---|
"""
_ROW = re.compile(
    r"^\| .* \| .*? \(`(?P<name>[\w-]+)` in [^|]*\) \| `(?P<test>[^`]+)`"
    r" \| (?P<said>.*) \| (?P<seen>[\d-]+) \|$"
)

Seen = Mapping[tuple[str, str], tuple[str, str]]
"""By entry and test: how it failed, as the page writes it, and the day."""


def read_page() -> dict[tuple[str, str], tuple[str, str]]:
    """What the page says by now."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    rows = filter(None, (_ROW.match(line) for line in text.splitlines()))
    return {(row["name"], row["test"]): (row["said"], row["seen"]) for row in rows}


def as_cell(said: str) -> str:
    """Text of a failure in a cell of a table."""
    return "`" + said.replace("`", "'").replace("|", "¦") + "`"


def _taken_out(one: Protection) -> str:
    files = dict.fromkeys(f"`{out.file}`" for out in one.out)
    return f"{one.without} (`{one.name}` in {', '.join(files)})"


def write_page(protections: Iterable[Protection], seen: Seen) -> None:
    """Write the page; what was not seen is not in it."""
    lines = [
        f"| {'; '.join(one.faults)} | {_taken_out(one)} | `{test}` | {said} | {day} |\n"
        for one in protections
        for test in one.red
        if (found := seen.get((one.name, test))) is not None
        for said, day in [found]
    ]
    PAGE.write_text(_HEAD + "".join(lines), "utf-8")
