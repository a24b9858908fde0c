"""Whole journals in the order of their times, whatever their order, in little memory."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.asterisk import journal_order, journal_sorting
from pbx_bridge.asterisk.journal import JournalCounts
from pbx_bridge.asterisk.journal_order import find_order
from pbx_bridge.asterisk.journal_rows import split_fields
from pbx_bridge.asterisk.journal_sorting import read_sorted_events
from pbx_bridge.calls.events import ChannelEvent

JOURNALS = sorted((Path(__file__).parents[1] / "calls/journals").glob("*.csv"))
_ROW = re.compile(rb'"[A-Z_]+","[A-Z_]+","(\d{4}-[^"]{21}\+0000)",.*"\n')
ROWS = sorted(
    (
        row
        for path in JOURNALS[:60]
        for row in path.read_bytes().splitlines(keepends=True)
        if _ROW.fullmatch(row)
    ),
    key=lambda row: row.split(b'","')[2],
)
BLOCK_BYTES = 4_000
"""Some fifteen rows."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_order, "BLOCK_BYTES", BLOCK_BYTES)
    monkeypatch.setattr(journal_sorting, "_SORTED_TOGETHER", 50)


def _sorted(rows: list[bytes]) -> list[ChannelEvent]:
    """The events of these rows, sorted all at once."""
    found = list(read_sorted_events([_Pipe(b"".join(rows))], JournalCounts()))
    return sorted(found, key=lambda event: event.at)


class _Pipe(io.BytesIO):
    """What can be read only once."""

    def seekable(self) -> bool:
        return False


def _nearly_in_order(rows: list[bytes]) -> list[bytes]:
    dice = random.Random(3)
    places = sorted(range(len(rows)), key=lambda place: place + dice.uniform(0, 40))
    return [rows[place] for place in places]


def _some_late(rows: list[bytes]) -> list[bytes]:
    """Each fiftieth row comes three blocks too late."""
    places = sorted(range(len(rows)), key=lambda place: place + 45.5 * (place % 50 == 0))
    return [rows[place] for place in places]


def _one_late(rows: list[bytes]) -> list[bytes]:
    return [*rows[1:], rows[0]]


def _halves_swapped(rows: list[bytes]) -> list[bytes]:
    return [*rows[len(rows) // 2 :], *rows[: len(rows) // 2]]


def _with_garbage(rows: list[bytes]) -> list[bytes]:
    return [piece for row in rows for piece in (row, b'"half a row, "\n')]


def _with_other_zones(rows: list[bytes]) -> list[bytes]:
    return [row.replace(b"+0000", b"+0030") if place % 2 else row for place, row in enumerate(rows)]


def _with_a_hole(rows: list[bytes]) -> list[bytes]:
    return [b"\0" * 64 + row if place == 40 else row for place, row in enumerate(rows)]


def _as_they_are(rows: list[bytes]) -> list[bytes]:
    return rows


@pytest.mark.parametrize(
    ("change", "is_sorted_as_read"),
    [
        (_as_they_are, True),
        (_nearly_in_order, True),
        (_some_late, True),
        (_with_garbage, True),
        (_one_late, False),
        (_halves_swapped, False),
        (_with_other_zones, False),
        (_with_a_hole, False),
    ],
)
def test_a_journal_comes_in_the_order_of_its_times(
    change: Callable[[list[bytes]], list[bytes]], is_sorted_as_read: bool
) -> None:
    """In order, a little out of it, or not at all: sorted as it is read, or else on disk."""
    rows = change(ROWS)
    file = io.BytesIO(b"".join(rows))
    assert (find_order(file) is not None) is is_sorted_as_read
    assert list(read_sorted_events([file], JournalCounts())) == _sorted(rows)


def test_what_is_in_order_comes_before_the_rest_is_read() -> None:
    """The first events are there when a few blocks have been read: memory does not grow."""
    counts = JournalCounts()
    next(read_sorted_events([io.BytesIO(b"".join(ROWS))], counts))
    assert 0 < counts.rows < 60
    assert len(ROWS) > 600


def test_rows_that_come_while_one_looks_are_read_as_well() -> None:
    """A journal that grows: what was appended after the look comes at the end."""
    file = io.BytesIO(b"".join(ROWS[:300]))
    order = find_order(file)
    assert order is not None
    file = io.BytesIO(b"".join(ROWS))
    found = list(journal_sorting._sorted_as_read(file, order, JournalCounts()))
    assert found == _sorted(ROWS)


def test_rotated_files_are_merged_in_the_order_of_their_times() -> None:
    """The newest file first, as a shell lists them."""
    parts = (ROWS[400:], ROWS[200:400], ROWS[:200])
    files = [io.BytesIO(b"".join(rows)) for rows in parts]
    assert list(read_sorted_events(files, JournalCounts())) == _sorted([*chain(*parts)])


_FIELD = st.text('ab",;{}: ', max_size=6)


@given(fields=st.lists(_FIELD, min_size=17, max_size=21), cut=st.integers(0, 400), by=_FIELD)
def test_a_row_is_split_as_csv_is(fields: list[str], cut: int, by: str) -> None:
    """Also a row with something else at one place: the quick way splits as the patient one."""
    row = ",".join('"' + field.replace('"', '""') + '"' for field in fields)
    for text in (row, row[:cut] + by + row[cut + 1 :]):
        if text.startswith('"'):
            assert split_fields(text.encode()) == next(csv.reader([text]))


def test_the_recorded_rows_are_split_as_csv_is() -> None:
    """Every row that a real Asterisk wrote."""
    for row in ROWS:
        assert split_fields(row) == next(csv.reader([row.decode("utf-8", "replace")]))


def test_text_that_cannot_be_written_is_sorted_on_disk_too() -> None:
    """A lone surrogate, as a broken PBX may put it into eventextra, costs no row."""
    extra = b'"{""a"":""\\ud800""}"'
    rows = [row.replace(b'"","",""\n', extra + b',"",""\n') for row in ROWS[::-1]]
    found = list(read_sorted_events([io.BytesIO(b"".join(rows))], JournalCounts()))
    assert len(found) == len(ROWS)
    assert sum(event.extra == {"a": "\ufffd"} for event in found) > 50
