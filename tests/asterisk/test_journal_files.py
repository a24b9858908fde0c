"""Journals as they lie about: compressed, broken off, from an editor, in other formats."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from pbx_bridge.asterisk.cel import JOURNAL_FIELDS, event_from_row, parse_instant
from pbx_bridge.asterisk.journal import JournalCounts, Place
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.asterisk.journal_sorting import read_sorted_events
from pbx_bridge.calls.events import ChannelEvent

PLAIN = (Path(__file__).parents[1] / "calls/journals/xfer_att_refer.csv").read_bytes()
ROWS = [row.fields for row in split_rows(io.BytesIO(PLAIN))]
EVENTS = sorted((event_from_row(row) for row in ROWS), key=lambda event: event.at)


def _read(*files: bytes) -> tuple[list[ChannelEvent], JournalCounts]:
    counts = JournalCounts()
    return list(read_sorted_events([io.BytesIO(file) for file in files], counts)), counts


def _written(rows: list[list[str]], **how: object) -> bytes:
    text = io.StringIO()
    csv.writer(text, **({"lineterminator": "\n"} | how)).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


def _at(change: Callable[[str], str]) -> bytes:
    rows = [[*row[:2], change(row[2]), *row[3:]] for row in ROWS]
    return _written(rows, quoting=csv.QUOTE_ALL)


@pytest.mark.parametrize(
    "journal",
    [
        pytest.param(gzip.compress(PLAIN), id="gzip"),
        pytest.param(gzip.compress(PLAIN[:3000]) + gzip.compress(PLAIN[3000:]), id="two-gzips"),
        pytest.param(bz2.compress(PLAIN), id="bzip2"),
        pytest.param(lzma.compress(PLAIN), id="xz"),
        pytest.param(PLAIN.decode().encode("utf-16"), id="utf-16"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN, id="byte-order-mark"),
        pytest.param(PLAIN.replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(PLAIN.rstrip(b"\n"), id="no-last-line-break"),
        pytest.param(_written(ROWS, quoting=csv.QUOTE_MINIMAL), id="quoted-where-needed"),
        pytest.param("".join(",".join(row) + "\n" for row in ROWS).encode(), id="unquoted"),
        pytest.param(_at(lambda at: f"{parse_instant(at).timestamp():.6f}"), id="epoch"),
        pytest.param(
            _at(
                lambda at: parse_instant(at).astimezone(timezone(timedelta(hours=10.5))).isoformat()
            ),
            id="another-zone",
        ),
    ],
)
def test_the_same_rows_in_another_wrapping_are_the_same_events(journal: bytes) -> None:
    """Rotated and compressed, saved by an editor, quoted less: nothing is lost."""
    assert _read(journal) == (EVENTS, JournalCounts(rows=len(ROWS)))


def test_a_compressed_file_that_is_cut_gives_what_it_holds() -> None:
    """The disk was full when it was written: what can be unpacked counts, the rest is one row."""
    events, counts = _read(gzip.compress(PLAIN)[:-400])
    assert 0 < len(events) < len(EVENTS)
    assert (counts.rows, counts.bad_rows) == (len(events) + 1, 1)
    assert "compressed file is broken" in counts.first_problem


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00"], ids=repr)
def test_what_only_looks_compressed_is_one_unreadable_row(magic: bytes) -> None:
    """Garbage behind a known beginning neither raises nor hides the next file."""
    events, counts = _read(magic + b"garbage" * 20, PLAIN)
    assert events == EVENTS
    assert (counts.rows, counts.bad_rows) == (len(ROWS) + 1, 1)


def test_an_empty_file_holds_nothing() -> None:
    """Not even a problem."""
    assert _read(b"") == ([], JournalCounts())


def test_a_header_line_is_one_unreadable_row() -> None:
    """Whoever exported it from a database may have put the names of the fields on top."""
    events, counts = _read((",".join(JOURNAL_FIELDS) + "\n").encode() + PLAIN)
    assert events == EVENTS
    assert (counts.bad_rows, counts.first_problem) == (
        1,
        "no event type where eventenum belongs: 'eventenum'",
    )


@pytest.mark.parametrize(
    ("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")], ids=repr
)
def test_other_separators_are_named_and_nothing_is_misread(separator: str, name: str) -> None:
    """No call is made of rows that are not understood; the administrator is told what is wrong."""
    events, counts = _read(_written(ROWS, delimiter=separator, quoting=csv.QUOTE_ALL))
    assert (events, counts.bad_rows) == ([], counts.rows)
    assert counts.first_problem == (
        f"1 field, expected 19 separated by commas: these seem to be separated by {name}"
    )


def test_the_columns_of_asterisks_own_example_are_not_misread() -> None:
    """cel_custom.conf.sample has other fields in another order: no call may come of them."""
    kept = dict(zip(JOURNAL_FIELDS, range(19), strict=True))
    order = ("eventtype", "eventtime", "name", "num", "ani", "rdnis", "dnid", "exten", "context")
    order += ("channame", "appname", "appdata", "accountcode", "accountcode", "uniqueid")
    order += ("linkedid", "peer", "userdeftype", "userdeftype", "eventextra")
    rows = [[row[kept[field]] for field in order] for row in ROWS]
    assert _read(_written(rows, quoting=csv.QUOTE_ALL)) == (
        [],
        JournalCounts(
            rows=len(ROWS),
            bad_rows=len(ROWS),
            first_problem="20 fields, expected 19",
            first_problem_at=Place(0, 1),
        ),
    )
