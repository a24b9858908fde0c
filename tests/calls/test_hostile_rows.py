"""Rows that no Asterisk in order would write: nothing breaks, and what is told can be true."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_row
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.lines import Lines
from tests.calls.replay import JOURNALS

TEXTS = (
    *("", "\0", "\ud800", "²", "nan", "inf", "1e400", "9" * 400, "-1", "x" * 5000, "😀" * 300),
    *("2026-11-22T10:00:00+99:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    *("[" * 40_000, '{"a":' * 3, '{"hangupcause":"²"}', '{"hangupcause":' + "9" * 5000 + "}"),
    *('{"bridge_id":["x"]}', '{"bridge_id":null}', '{"extra":"ring_ms=²|vm="}', "ring_ms=-5"),
    *("Local/", "PJSIP", "Local/1@x-1;3", "1.1", "9" * 5000 + ".1", "a=b|c", "x=y=z||=|"),
    *("CHAN_START", "CHAN_END", "ANSWER", "HANGUP", "BRIDGE_ENTER", "PARK_START", "NEVER_HEARD"),
    *("USER_DEFINED", "PBX_BRIDGE_END", "PBX_BRIDGE_LEG_END", "PBX_BRIDGE_BOOT", "Dial", "Queue"),
)
ROWS = {
    path.name: [row.fields for row in split_rows(path.read_bytes().splitlines(keepends=True))]
    for path in sorted(JOURNALS.glob("*.csv"))
}


@st.composite
def spoilt(draw: st.DrawFn) -> list[list[str]]:
    """A recorded journal, some of whose fields are another row's, or nobody's."""
    rows = [list(row) for row in ROWS[draw(st.sampled_from(sorted(ROWS)))]]
    others = ROWS[draw(st.sampled_from(sorted(ROWS)))]
    for _ in range(draw(st.integers(1, 8))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        other = others[draw(st.integers(0, len(others) - 1))]
        if row and draw(st.booleans()):
            row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from([*TEXTS, *other]))
        else:
            rows.insert(draw(st.integers(0, len(rows))), list(other))
    return rows


def tell_all(rows: Sequence[Sequence[str]]) -> list[Call]:
    """Every telling of every call, as the rows come in and when they end."""
    book, told = CallBook("lab", Lines(trunks=("PJSIP/trunk-*",))), []
    for row in rows:
        try:
            event = event_from_row(row)
        except UnreadableRowError:
            continue
        told += [book.tell(change.linkedid) for change in book.apply(event)]
    told += [book.tell(change.linkedid) for change in book.cut_off_open_calls()]
    return [call for call in told if call is not None]


@settings(max_examples=150, deadline=None)
@given(rows=spoilt())
def test_spoilt_rows_break_nothing_and_times_stay_possible(rows: list[list[str]]) -> None:
    """No exception, no negative time, no end before the beginning, no cause that is none."""
    for call in tell_all(rows):
        assert min(call.ring_seconds, call.wait_seconds, call.talk_seconds) >= 0
        assert call.ended_at is None or call.started_at <= call.ended_at
        assert call.hangup_cause is None or 0 <= call.hangup_cause <= 999


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("column", range(19))
def test_any_text_in_any_column_is_read_or_refused(column: int, text: str) -> None:
    """One column of a good row at a time: an event, or a row counted as unreadable."""
    for row in ROWS["snippet_plain.csv"]:
        tell_all([[*row[:column], text, *row[column + 1 :]]])
