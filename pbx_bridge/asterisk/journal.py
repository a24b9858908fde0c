"""The journal on this host: followed as it grows, or read whole.

Asterisk opens, appends to and closes the file for every row, so it may be rotated, truncated or
deleted at any time; the next row is in a fresh file. Following costs one ``stat`` per poll: a row
is seen some 20 ms after the event, which no caller waits for.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import tempfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_row
from pbx_bridge.asterisk.journal_rows import JournalRow, RowSplitter, split_rows
from pbx_bridge.calls.events import ChannelEvent

POLL_SECONDS = 0.02
_READ_BYTES = 1 << 20
_SORTED_TOGETHER = 100_000
"""Events sorted in memory at a time: some 100 MB."""
_SPILLED_TOGETHER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One event and where its row stands: file (inode) and byte offsets."""

    event: ChannelEvent
    inode: int
    starts_at: int
    ends_at: int


@dataclass(slots=True)
class JournalCounts:
    """What was read, and what could not be."""

    rows: int = 0
    bad_rows: int = 0
    first_problem: str = ""

    def note_bad(self, problem: str) -> None:
        """Count a row that no event could be made of."""
        self.bad_rows += 1
        self.first_problem = self.first_problem or problem


async def follow_journal(
    path: Path, counts: JournalCounts, *, inode: int = 0, offset: int = 0
) -> AsyncGenerator[list[JournalEvent], None]:
    """Yield the events that a journal holds from a position on, then those that come, for ever.

    ``inode`` and ``offset`` are where reading stopped last time; another inode at ``path`` means
    that the file was rotated, and a rotated file still lying beside it is finished first. An
    empty list is yielded when the reader has caught up, again and again, so that the caller can
    tell "nothing new" from "not there yet".
    """
    for rotated in _find_rotated(path, inode):
        for batch in _read_rest(rotated, offset, counts):
            yield batch
        offset = 0
    reader = _Tail(path, counts, inode=inode, offset=offset)
    try:
        while True:
            events = reader.read()
            yield events
            if not events:
                await asyncio.sleep(POLL_SECONDS)
            else:
                await asyncio.sleep(0)
    finally:
        reader.close()


class _Tail:
    """One growing file, reopened when another takes its name."""

    def __init__(self, path: Path, counts: JournalCounts, *, inode: int, offset: int) -> None:
        self._path = path
        self._counts = counts
        self._file: IO[bytes] | None = None
        self._inode = inode
        self._offset = offset
        self._splitter = RowSplitter(offset)

    def read(self) -> list[JournalEvent]:
        try:
            stat = os.stat(self._path)
        except FileNotFoundError:
            return self._read_open()
        if self._file is not None and (stat.st_ino != self._inode or stat.st_size < self._offset):
            events = self._read_open() if stat.st_ino != self._inode else []
            self._open(stat.st_ino, 0)
            return events + self._read_open()
        if self._file is None:
            is_same = stat.st_ino == self._inode and stat.st_size >= self._offset
            self._open(stat.st_ino, self._offset if is_same else 0)
        if stat.st_size == self._offset:
            return []
        return self._read_open()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, inode: int, offset: int) -> None:
        self.close()
        self._file = self._path.open("rb")
        self._file.seek(offset)
        self._inode, self._offset = inode, offset
        self._splitter = RowSplitter(offset)

    def _read_open(self) -> list[JournalEvent]:
        if self._file is None:
            return []
        events: list[JournalEvent] = []
        for line in self._file.readlines(_READ_BYTES):
            self._offset += len(line)
            for row in self._splitter.feed(line):
                events.extend(_event_of(row, self._inode, self._counts))
        return events


def _find_rotated(path: Path, inode: int) -> list[Path]:
    """The file that had our inode when we left, and those written since, under their new names.

    Empty when ``path`` is still the same file, or when ours is gone for good.
    """
    with suppress(FileNotFoundError):
        if not inode or path.stat().st_ino == inode:
            return []
    siblings = [each for each in path.parent.glob(f"{path.name}*") if each.is_file()]
    ours = next((each for each in siblings if each.stat().st_ino == inode), None)
    if ours is None:
        return []
    since = ours.stat().st_mtime_ns
    later = [e for e in siblings if e not in {path, ours} and e.stat().st_mtime_ns > since]
    return [ours, *sorted(later, key=lambda each: each.stat().st_mtime_ns)]


def _read_rest(path: Path, offset: int, counts: JournalCounts) -> Iterator[list[JournalEvent]]:
    with path.open("rb") as file:
        inode = os.fstat(file.fileno()).st_ino
        file.seek(offset)
        splitter = RowSplitter(offset)
        while lines := file.readlines(_READ_BYTES):
            yield [
                event
                for line in lines
                for row in splitter.feed(line)
                for event in _event_of(row, inode, counts)
            ]
        yield [event for row in splitter.flush() for event in _event_of(row, inode, counts)]


def _event_of(row: JournalRow, inode: int, counts: JournalCounts) -> Iterator[JournalEvent]:
    counts.rows += 1
    try:
        event = event_from_row(row.fields)
    except UnreadableRowError as problem:
        counts.note_bad(str(problem))
        return
    yield JournalEvent(event=event, inode=inode, starts_at=row.starts_at, ends_at=row.ends_at)


def read_sorted_events(files: Iterable[IO[bytes]], counts: JournalCounts) -> Iterator[ChannelEvent]:
    """Read whole journals, rows of any order, and yield their events in the order of their times.

    Memory stays flat: events are sorted in runs, all but the last run wait on disk, and the runs
    are merged. Events of one instant keep the order in which they stand.
    """
    events = (
        journal_event.event for row in _rows(files) for journal_event in _event_of(row, 0, counts)
    )
    with ExitStack() as stack:
        runs: list[Iterable[ChannelEvent]] = []
        run: list[ChannelEvent] = []
        for event in events:
            if len(run) == _SORTED_TOGETHER:
                run.sort(key=_time_of)
                runs.append(_spill(run, stack))
                run = []
            run.append(event)
        run.sort(key=_time_of)
        runs.append(run)
        yield from heapq.merge(*runs, key=_time_of)


def _time_of(event: ChannelEvent) -> datetime:
    return event.at


def _rows(files: Iterable[IO[bytes]]) -> Iterator[JournalRow]:
    for file in files:
        yield from split_rows(file)


def _spill(run: list[ChannelEvent], stack: ExitStack) -> Iterator[ChannelEvent]:
    """Put a sorted run on disk; read it back as it is asked for, some events at a time."""
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by the stack
    sizes = []
    for start in range(0, len(run), _SPILLED_TOGETHER):
        chunk = msgspec.msgpack.encode(run[start : start + _SPILLED_TOGETHER])
        sizes.append(file.write(chunk))
    file.seek(0)
    return _read_back(file, sizes)


def _read_back(file: IO[bytes], sizes: list[int]) -> Iterator[ChannelEvent]:
    decoder = msgspec.msgpack.Decoder(list[ChannelEvent])
    for size in sizes:
        yield from decoder.decode(file.read(size))
