"""A journal of our own: what AMI tells, kept on disk until its calls are written."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.records import JournalPosition
from pbx_bridge.asterisk import spool as spool_module
from pbx_bridge.asterisk.cel import event_from_row, row_from_event
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.asterisk.spool import Spool, _row
from pbx_bridge.calls.events import ChannelEvent, EventKind
from tests.calls.make import at, event
from tests.calls.replay import JOURNALS, read_journal

_TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=40)
_WORD = st.text("abcxyz_", min_size=1, max_size=8)
_VALUE = st.text("abc =\\\"'{},;äß\n", max_size=12).filter(lambda text: "|" not in text)


def number(count: int, seconds: float = 0.0) -> ChannelEvent:
    """One of many events, told apart by their channels."""
    return event(EventKind.CHANNEL_STARTED, seconds + count / 1000, uniqueid=f"1.{count}")


async def read(
    spool: Spool, known: JournalPosition | None = None, counts: JournalCounts | None = None
) -> list[JournalEvent]:
    """Everything from a position on, until the reader has caught up."""
    items: list[JournalEvent] = []
    async for batch in spool.follow(counts or JournalCounts(), known):
        if not batch:
            return items
        items += batch
    return items


def files_in(folder: Path) -> int:
    """How many files the spool has."""
    return len(list(folder.glob("lab.csv*")))


def uniqueids(items: list[JournalEvent]) -> list[str]:
    return [item.event.uniqueid for item in items]


def position(spool: Spool, item: JournalEvent) -> JournalPosition:
    """Where to read on after an item."""
    return JournalPosition(
        pbx="lab", path=spool.address, inode=item.inode, offset=item.ends_at, mark=""
    )


@pytest.mark.parametrize("name", sorted(path.stem for path in JOURNALS.glob("*.csv"))[::7])
def test_what_is_kept_is_what_was_told(name: str) -> None:
    """Every event of a recorded journal, written as a row and read again, is the same event."""
    events = read_journal(name)
    rows = split_rows(b"".join(_row(each) for each in events).splitlines(keepends=True))
    assert [event_from_row(row.fields) for row in rows] == events


@given(
    st.builds(
        ChannelEvent,
        kind=st.sampled_from([k for k in EventKind if k is not EventKind.USER_DEFINED]),
        at=st.datetimes(timezones=st.just(UTC)),
        uniqueid=_WORD,
        linkedid=_WORD,
        **dict.fromkeys(("channel", "number", "name", "exten", "peer", "app", "app_args"), _TEXT),
        **dict.fromkeys(("account_code", "ani", "rdnis", "dnid", "context"), _TEXT),
        extra=st.dictionaries(_WORD, _VALUE, max_size=3),
    )
)
def test_a_row_gives_its_event_back(told: ChannelEvent) -> None:
    """Whatever a stranger put into it."""
    assert event_from_row(row_from_event(told)) == told


@given(st.dictionaries(_WORD, st.text("abc äß", max_size=9), max_size=3), st.text("ab", max_size=5))
def test_a_note_of_the_dialplan_gives_its_fields_back(fields: dict[str, str], text: str) -> None:
    """``text|key=value|key=value``."""
    extra = {**({"text": text} if text else {}), **{k: v for k, v in fields.items() if k != "text"}}
    note = ChannelEvent(
        kind=EventKind.USER_DEFINED,
        at=at(0),
        uniqueid="1.1",
        linkedid="1.1",
        channel="PJSIP/a-1",
        user_event="PBX_BRIDGE_NOTE",
        extra=extra,
    )
    assert event_from_row(row_from_event(note)) == note


async def test_it_is_read_on_from_where_it_was_read_to(tmp_path: Path) -> None:
    """By the next life of the bridge, from the mark; also across a new file."""
    spool = Spool(tmp_path, "lab")
    for count in range(3):
        assert spool.append(number(count))
    first = await read(spool)
    assert uniqueids(first) == ["1.0", "1.1", "1.2"]
    (tmp_path / "lab.csv").rename(tmp_path / "lab.csv.00000000000000000001")
    spool.append(number(3))
    spool.close()

    again = Spool(tmp_path, "lab")
    assert uniqueids(await read(again, position(again, first[1]))) == ["1.2", "1.3"]
    assert again.counts.kept == 0


async def test_another_bridge_reads_from_the_time_of_the_mark(tmp_path: Path) -> None:
    """It knows no place in our file; ten seconds before the mark are read again."""
    spool = Spool(tmp_path, "lab")
    for count, seconds in enumerate((0, 50, 65, 80)):
        spool.append(number(count, seconds))
    elsewhere = JournalPosition(
        pbx="lab", path="other-host:/lab.csv", inode=1, offset=1, mark=at(70).isoformat()
    )
    assert uniqueids(await read(spool, elsewhere)) == ["1.2", "1.3"]
    assert uniqueids(await read(spool)) == ["1.0", "1.1", "1.2", "1.3"]


async def test_two_bridges_in_one_folder_have_a_file_each(tmp_path: Path) -> None:
    """The second takes a file of its own, and the first one's when that is free again."""
    one, other = Spool(tmp_path, "lab"), Spool(tmp_path, "lab")
    one.append(number(1))
    other.append(number(2))
    assert uniqueids(await read(one)) == ["1.1"]
    assert uniqueids(await read(other)) == ["1.2"]
    assert one.address != other.address
    one.close()
    third = Spool(tmp_path, "lab")
    assert uniqueids(await read(third)) == ["1.1"]


async def test_a_full_disk_is_counted_and_costs_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a row is on disk; what comes when there is room again can be read."""
    spool, write = Spool(tmp_path, "lab"), os.write
    spool.append(number(1))
    with monkeypatch.context() as full:
        full.setattr(spool_module.os, "write", lambda file, data: write(file, data[:30]))
        assert not spool.append(number(2))
    assert "No space left on device" in spool.problem
    assert spool.append(number(3))
    counts = JournalCounts()
    assert uniqueids(await read(spool, counts=counts)) == ["1.1", "1.3"]
    assert (spool.counts.kept, spool.counts.lost, counts.bad_rows) == (2, 1, 1)
    assert spool.problem == ""


async def test_a_row_torn_by_a_crash_costs_nothing_else(tmp_path: Path) -> None:
    """The next life begins a row of its own."""
    (tmp_path / "lab.csv").write_bytes(_row(number(1)) + _row(number(2))[:30])
    spool = Spool(tmp_path, "lab")
    spool.append(number(3))
    assert uniqueids(await read(spool)) == ["1.1", "1.3"]


async def test_what_is_written_down_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file goes when the mark has passed all of it by a minute; the last one stays."""
    monkeypatch.setattr(spool_module, "_SEGMENT_BYTES", 500)
    spool = Spool(tmp_path, "lab")
    for count in range(40):
        spool.append(number(count, 10 * count))
        await asyncio.sleep(0.005)
    assert files_in(tmp_path) > 5
    everything = uniqueids(await read(spool))
    assert everything == [f"1.{count}" for count in range(40)]
    spool.prune(at(250))
    left = await read(spool)
    assert uniqueids(left) == everything[-len(left) :]
    assert at(150) < left[0].event.at <= at(250) - timedelta(minutes=1)
    spool.prune(datetime(2100, 1, 1, tzinfo=UTC))
    assert files_in(tmp_path) <= 1


async def test_many_files_are_read_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rotated again and again while nobody read: nothing in between is passed over."""
    monkeypatch.setattr(spool_module, "_SEGMENT_BYTES", 500)
    spool = Spool(tmp_path, "lab")
    spool.append(number(0))
    following = spool.follow(JournalCounts(), None)
    items = [*(await anext(following))]
    for count in range(1, 60):
        spool.append(number(count))
        await asyncio.sleep(0.005)  # file systems count time in ticks
    async with asyncio.timeout(10):
        while len(items) < 60:
            items += await anext(following)
    assert uniqueids(items) == [f"1.{count}" for count in range(60)]
    await following.aclose()


def test_a_folder_that_cannot_be_written_is_a_problem_with_a_name(tmp_path: Path) -> None:
    """Not a crash: the event stays in memory, and the administrator is told."""
    (tmp_path / "file").write_text("no folder")
    spool = Spool(tmp_path / "file", "lab")
    assert not spool.append(number(1))
    assert str(tmp_path / "file") in spool.problem
    assert spool.counts.lost == 1
