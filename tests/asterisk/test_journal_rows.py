"""The journal's text, cut and forged in every way: rows come out, the next row is never lost."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_row, parse_instant
from pbx_bridge.asterisk.journal_rows import RowSplitter, split_rows

_TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)


def _row(name: str = "Jane", serial: int = 1) -> list[str]:
    return [
        "CHAN_START",
        "CHAN_START",
        f"2026-11-22T21:54:25.{serial:06d}+0000",
        f"1795384465.{serial}",
        "1795384465.1",
        "PJSIP/trunk-0000007b",
        *["x"] * 11,
        name,
        "data",
    ]


def _csv(row: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


def _fields(data: bytes) -> list[list[str]]:
    return [row.fields for row in split_rows(io.BytesIO(data))]


@given(names=st.lists(_TEXT, max_size=6))
def test_any_name_comes_back_and_costs_no_other_row(names: list[str]) -> None:
    """Quotes, commas, line breaks, rows forged inside a field: each row is itself again."""
    rows = [_row(name, serial) for serial, name in enumerate(names)]
    read = _fields(b"".join(_csv(row) for row in rows))
    assert [fields[3] for fields in read] == [row[3] for row in rows]
    assert [fields[17].split() for fields in read] == [row[17].split() for row in rows]


def test_a_forged_row_inside_a_name_stays_inside_the_name() -> None:
    """A stranger's line break and quotes do not begin a row: his quotes are doubled."""
    forged = 'x\n"HANGUP","HANGUP","2026-11-22T21:54:25.000000+0000","9.9","9.9","PJSIP/x"\n'
    read = _fields(_csv(_row(forged)) + _csv(_row("next", 2)))
    assert [fields[3] for fields in read] == ["1795384465.1", "1795384465.2"]


@given(cut=st.integers(1, 300))
def test_a_row_cut_anywhere_leaves_the_next_row_whole(cut: int) -> None:
    """Asterisk cuts at 1,023 bytes, in the middle of a quote; the line break comes all the same."""
    whole = _csv(_row("first")).rstrip(b"\n")
    read = _fields(whole[:cut] + b"\n" + _csv(_row("second", 2)))
    assert read[-1] == _row("second", 2)


def test_a_cut_row_is_still_an_event() -> None:
    """Ids stand first: what is lost is a name."""
    whole = _csv(_row("a very long name"))
    [fields] = _fields(whole[: whole.index(b"very")] + b"\n")
    event = event_from_row(fields)
    assert (event.uniqueid, event.channel, event.name) == (
        "1795384465.1",
        "PJSIP/trunk-0000007b",
        "a ",
    )


def test_a_row_knows_where_it_stands_in_the_file() -> None:
    """Line breaks inside a field included: reading on from a row's end finds the next."""
    first, second = _csv(_row('a "q" \n b')), _csv(_row("second", 2))
    splitter = RowSplitter()
    rows = [row for line in (first + second).splitlines(True) for row in splitter.feed(line)]
    assert [(row.starts_at, row.ends_at) for row in rows] == [
        (0, len(first)),
        (len(first), len(first) + len(second)),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T21:54:25.374576+0000", "2026-11-22T21:54:25.374576+00:00"),
        ("2026-11-22T22:54:25.374576+0100", "2026-11-22T21:54:25.374576+00:00"),
        ("1795384465.374576", "2026-11-22T21:54:25.374576+00:00"),
        ("1795384465", "2026-11-22T21:54:25+00:00"),
        ("20261122T215425.123456+0000", "2026-11-22T21:54:25.123456+00:00"),
        ("20261122T225425.123456+0100", "2026-11-22T21:54:25.123456+00:00"),
    ],
)
def test_times_with_a_zone_or_as_epoch_are_utc(text: str, expected: str) -> None:
    """Our dateformats, another zone's, and Asterisk's default."""
    assert parse_instant(text).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22T21:54:25.123456+W\x8fU",
        "yesterday",
        "2026-11-22 21:54:25",
        "inf",
        "1e400",
        "-",
    ],
)
def test_a_time_that_is_no_instant_is_refused(text: str) -> None:
    """A time without a zone could be any of 24: better said than guessed."""
    with pytest.raises(UnreadableRowError):
        parse_instant(text)


def test_rows_of_an_older_asterisk_are_told_apart() -> None:
    """Its short form of times begins a row as well, also after one that was cut."""
    row = _row()
    row[2] = "20261122T215425.123456+0000"
    cut = _csv(row)[:60] + b"\n"
    assert _fields(_csv(row) + cut + _csv(row))[2] == row


def test_a_row_ends_where_its_line_does_and_no_sooner() -> None:
    """Of a PBX that quotes nothing: a caller's odd line break is no end of the row, and rows that
    bare CRs part are not silently taken for one."""
    row = [field or "-" for field in _row("Jane\u2028Doe\x0b")]
    assert _fields(",".join(row).encode() + b"\n") == [row]
    [fields] = _fields(b"\r".join(_csv(_row()).rstrip(b"\n") for _ in range(3)) + b"\r\n")
    assert len(fields) == 57


@given(row=st.lists(st.text(max_size=40), max_size=25))
def test_no_row_raises_anything_but_unreadable(row: list[str]) -> None:
    """Rubbish is counted, never crashes."""
    with suppress(UnreadableRowError):
        event_from_row(row)
