"""Following a journal that is moved, truncated, deleted and cut while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from pbx_bridge.asterisk import journal
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent, follow_journal


def _row(serial: int, name: str = "Jane") -> bytes:
    fields = [
        "CHAN_START",
        "CHAN_START",
        f"2026-11-22T21:54:25.{serial:06d}+0000",
        f"1.{serial}",
        "1.1",
        "PJSIP/trunk-1",
        *[""] * 11,
        name,
        "",
    ]
    return (",".join(f'"{field}"' for field in fields) + "\n").encode()


class Reading:
    """What a follower has read so far."""

    def __init__(self) -> None:
        self.items: list[JournalEvent] = []
        self.counts = JournalCounts()

    @property
    def serials(self) -> list[int]:
        return [int(item.event.uniqueid.partition(".")[2]) for item in self.items]

    async def wait(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(3):
            while not is_there():  # noqa: ASYNC110 - a file has no event to wait for
                await asyncio.sleep(0.005)


@asynccontextmanager
async def _following(path: Path, *, inode: int = 0, offset: int = 0) -> AsyncIterator[Reading]:
    reading = Reading()

    async def read() -> None:
        async with aclosing(
            follow_journal(path, reading.counts, inode=inode, offset=offset)
        ) as batches:
            async for batch in batches:
                reading.items += batch

    task = asyncio.create_task(read())
    try:
        yield reading
    finally:
        task.cancel()


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


async def test_rows_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Also when the file does not exist yet, and a row comes in two halves."""
    path = tmp_path / "journal.csv"
    async with _following(path) as reading:
        await asyncio.sleep(0.05)
        _append(path, _row(1))
        await reading.wait(lambda: reading.serials == [1])
        half = _row(2)
        _append(path, half[:50])
        await asyncio.sleep(0.06)
        assert reading.serials == [1]
        _append(path, half[50:])
        await reading.wait(lambda: reading.serials == [1, 2])


async def test_a_moved_journal_is_finished_and_the_new_one_begun(tmp_path: Path) -> None:
    """logrotate: rows written just before the move are not lost."""
    path = tmp_path / "journal.csv"
    _append(path, _row(1))
    async with _following(path) as reading:
        await reading.wait(lambda: reading.serials == [1])
        _append(path, _row(2))
        path.rename(tmp_path / "journal.csv.1")
        _append(path, _row(3))
        await reading.wait(lambda: reading.serials == [1, 2, 3])


@pytest.mark.parametrize("how", ["truncated", "deleted"])
async def test_a_journal_that_was_emptied_goes_on(tmp_path: Path, how: str) -> None:
    """Truncated or deleted: the next row is in a fresh file and is read."""
    path = tmp_path / "journal.csv"
    _append(path, _row(1) + _row(2))
    async with _following(path) as reading:
        await reading.wait(lambda: reading.serials == [1, 2])
        if how == "truncated":
            path.write_bytes(b"")
        else:
            path.unlink()
        await asyncio.sleep(0.06)
        _append(path, _row(3))
        await reading.wait(lambda: reading.serials == [1, 2, 3])


async def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The mark of the last row read: nothing twice, nothing missed."""
    path = tmp_path / "journal.csv"
    _append(path, _row(1) + _row(2))
    async with _following(path) as reading:
        await reading.wait(lambda: reading.serials == [1, 2])
        mark = reading.items[0]
    _append(path, _row(3))
    async with _following(path, inode=mark.inode, offset=mark.ends_at) as reading:
        await reading.wait(lambda: reading.serials == [2, 3])


async def test_journals_rotated_while_we_were_away_are_all_read(tmp_path: Path) -> None:
    """Ours from the mark on, those since then whole, then the present one."""
    path = tmp_path / "journal.csv"
    _append(path, _row(1) + _row(2))
    async with _following(path) as reading:
        await reading.wait(lambda: reading.serials == [1, 2])
        mark = reading.items[0]
    path.rename(tmp_path / "journal.csv.2")
    await asyncio.sleep(0.02)
    _append(path, _row(3))
    path.rename(tmp_path / "journal.csv.1")
    await asyncio.sleep(0.02)
    _append(path, _row(4))
    async with _following(path, inode=mark.inode, offset=mark.ends_at) as reading:
        await reading.wait(lambda: reading.serials == [2, 3, 4])


async def test_a_reader_that_is_behind_finishes_every_file_that_was_moved_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow store, a burst: megabytes to go, and logrotate comes twice before they are read."""
    monkeypatch.setattr(journal, "_READ_BYTES", 1)
    path, reading = tmp_path / "journal.csv", Reading()
    _append(path, _row(1) + _row(2) + _row(3))
    async with aclosing(follow_journal(path, reading.counts)) as batches:
        reading.items += await anext(batches)
        path.rename(tmp_path / "journal.csv.2")
        await asyncio.sleep(0.02)
        _append(path, _row(4) + _row(5))
        path.rename(tmp_path / "journal.csv.1")
        await asyncio.sleep(0.02)
        _append(path, _row(6))
        while batch := await anext(batches):
            reading.items += batch
    assert reading.serials == [1, 2, 3, 4, 5, 6]


async def test_another_file_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    """A mark into a file that is gone says nothing about this one."""
    path = tmp_path / "journal.csv"
    _append(path, _row(7))
    async with _following(path, inode=1, offset=10_000) as reading:
        await reading.wait(lambda: reading.serials == [7])


async def test_broken_rows_are_counted_with_the_first_problem(tmp_path: Path) -> None:
    """Rubbish between rows costs nothing but a count."""
    path = tmp_path / "journal.csv"
    _append(path, b"rubbish\n" + _row(1) + b'"CHAN_START","CHAN_START","2\n' + _row(2))
    async with _following(path) as reading:
        await reading.wait(lambda: reading.serials == [1, 2])
    assert reading.counts.bad_rows == 2
    assert "expected 19" in reading.counts.first_problem
