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
from pbx_bridge.asterisk.journal_files import read_lines
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

    def note_lost(self, problem: str) -> None:
        """Count what cannot be cut into rows at all as one."""
        self.rows += 1
        self.note_bad(problem)


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
            if batch:  # an empty one would say that this was all
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
            if self._file is None:
                self._open(self._path, offset=self._offset, inode=self._inode)
            elif stat.st_ino != self._inode:
                return self._finish_rotated()
            elif stat.st_size < self._offset:
                self._open(self._path)
        except FileNotFoundError:
            return self._read_open()
        if stat.st_ino == self._inode and stat.st_size == self._offset:
            return []
        return self._read_open()

    def _finish_rotated(self) -> list[JournalEvent]:
        """Read what is left of a file that was moved aside, then go on with the next one.

        A reader that is behind may have megabytes to go, and more than one file. Which one follows
        is looked up after the newest is open: whatever is moved meanwhile is seen then.
        """
        known, events = self._offset, self._read_open()
        if self._offset > known:
            return events
        finished = self._inode
        self._open(self._path)
        for following in _find_rotated(self._path, finished)[1:2]:
            self._open(following)
        return self._read_open()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, path: Path, *, offset: int = 0, inode: int = 0) -> None:
        """Open a file at its beginning; at ``offset`` when it is the one that ``inode`` names."""
        file = path.open("rb")
        self.close()
        stat = os.fstat(file.fileno())
        is_known = stat.st_ino == inode and stat.st_size >= offset
        self._file, self._inode, self._offset = file, stat.st_ino, offset if is_known else 0
        self._file.seek(self._offset)
        self._splitter = RowSplitter(self._offset)

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
    siblings = [(each, each.stat()) for each in path.parent.glob(f"{path.name}*") if each.is_file()]
    ours = next((_age(stat) for _, stat in siblings if stat.st_ino == inode), None)
    if ours is None:
        return []
    since = sorted((_age(stat), each) for each, stat in siblings if each != path)
    return [each for age, each in since if age >= ours]


def _age(stat: os.stat_result) -> tuple[int, int]:
    """Files of one moment are in the order in which they were moved."""
    return stat.st_mtime_ns, stat.st_ctime_ns


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
        journal_event.event
        for row in _rows(files, counts)
        for journal_event in _event_of(row, 0, counts)
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


def _rows(files: Iterable[IO[bytes]], counts: JournalCounts) -> Iterator[JournalRow]:
    for file in files:
        yield from split_rows(read_lines(file, counts.note_lost))


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
