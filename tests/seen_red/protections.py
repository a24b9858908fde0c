"""The list: which fault, which protection, what is left without it, and which tests notice."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("protections.toml")
OPERATIONS = ROOT / "docs" / "operations.md"
_TEST = re.compile(r"`(?:(?P<file>tests/[\w/]+\.py)::)?(?P<name>test_\w+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """``old`` stands once in ``file``; ``new`` takes its place without the protection."""

    file: str
    old: str
    new: str

    def times_in(self, root: Path) -> int:
        """How often the old text stands in its file; anything but 1 is an entry out of date."""
        return (root / self.file).read_text("utf-8").count(self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """One protection, and how it is taken out.

    ``faults`` are rows of docs/operations.md by their first cells. ``out`` is a replacement, or
    two where one protection stands in for another. ``red`` names the tests that must fail without
    it (``file::test`` or ``file::test[case]``; every case of the one that is named), each with
    words that its failure has to say: a test that fails of something else proves nothing.
    """

    name: str
    faults: tuple[str, ...]
    without: str
    out: tuple[Replacement, ...]
    red: dict[str, str]

    def take_out(self, root: Path) -> None:
        """Take it out of a copy of the sources.

        Raises:
            ValueError: the entry is out of date.
        """
        for one in self.out:
            if (times := one.times_in(root)) != 1:
                raise ValueError(f"{self.name}: {one.old!r} stands {times} times in {one.file}")
            path = root / one.file
            path.write_text(path.read_text("utf-8").replace(one.old, one.new), "utf-8")


def read_protections() -> list[Protection]:
    """The list, in its order."""
    entries = tomllib.loads(LIST.read_text("utf-8"))["protection"]
    return [
        Protection(
            name=entry["name"],
            faults=tuple(entry["faults"]),
            without=entry["without"],
            out=tuple(Replacement(**one) for one in entry["out"]),
            red=entry["red"],
        )
        for entry in entries
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row of docs/operations.md that says by which tests it is proven."""

    what: str
    tests: tuple[tuple[str, str], ...]
    """File (empty where the page names none) and name of each."""


def read_faults() -> list[Fault]:
    """Every row of the tables that have a column "proven by"."""
    return list(_rows(OPERATIONS.read_text("utf-8").splitlines()))


def _rows(lines: list[str]) -> Iterator[Fault]:
    is_proven = False
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            is_proven = False
        elif cells[-1] == "proven by":
            is_proven = True
        elif is_proven and not line.startswith("|---"):
            found = _TEST.finditer(cells[-1])
            tests = tuple((each["file"] or "", each["name"]) for each in found)
            yield Fault(what=cells[0], tests=tests)
