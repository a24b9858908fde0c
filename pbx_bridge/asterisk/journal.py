"""The journal on this host, followed as it grows.

Asterisk opens, appends to and closes the file for every row, so it may be rotated, truncated or
deleted at any time; the next row is in a fresh file. Following costs one ``stat`` per poll: a row
is seen some 20 ms after the event, which no caller waits for.
"""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

import structlog

from pbx_bridge.asterisk.cel import JOURNAL_FIELDS, UnreadableRowError, event_from_row
from pbx_bridge.asterisk.journal_rotation import (
    age_of,
    find_rotated,
    is_row_start,
    open_journal,
    written_since,
)
from pbx_bridge.asterisk.journal_rows import JournalRow, RowSplitter
from pbx_bridge.calls.events import ChannelEvent, EventKind

_log = structlog.get_logger(__name__)

POLL_SECONDS = 0.02
NEVER_CUT_BYTES = 1000
"""Asterisk cuts rows at 1,023 bytes; a shorter one lacks fields for another reason."""
_LOOK_AGAIN_SECONDS = 0.5
_READ_BYTES = 1 << 20
_BROKEN = (OSError, EOFError, zlib.error)
"""What reading a file can raise; the last two, one that is compressed and torn."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One event and where its row stands: file (inode) and byte offsets."""

    event: ChannelEvent
    inode: int
    starts_at: int
    ends_at: int


class Place(NamedTuple):
    """Where a row is: in which of the files that are read (from 0), and on which line (from 1; 0:
    it is about the file)."""

    file: int
    line: int


@dataclass(slots=True)
class JournalCounts:
    """What was read, and what could not be."""

    rows: int = 0
    bad_rows: int = 0
    first_problem: str = ""
    first_problem_at: Place | None = None
    short_rows: int = 0
    """Rows that lack their last fields, and were not cut by Asterisk, which cuts longer ones."""
    first_short_at: Place | None = None
    kinds: set[EventKind] = field(default_factory=set)
    """What kinds of events whole journals held, where they are read to their ends."""
    trouble: str = ""
    """Why the journal cannot be read now; empty when it can."""

    def note_bad(self, problem: str, place: Place | None = None) -> None:
        """Count a row that no event could be made of."""
        self.bad_rows += 1
        if not self.first_problem:
            self.first_problem, self.first_problem_at = problem, place

    def note_short(self, place: Place) -> None:
        """Count a row that was told although it lacks its last fields."""
        self.short_rows += 1
        self.first_short_at = self.first_short_at or place

    def note_lost(self, problem: str, file: int) -> None:
        """Count what cannot be cut into rows at all as one."""
        self.rows += 1
        self.note_bad(problem, Place(file, 0))

    def note_trouble(self, path: Path, trouble: str) -> None:
        """Say, once for as long as it lasts, why the journal cannot be read; empty: it can."""
        if trouble and trouble != self.trouble:
            _log.warning("journal cannot be read", journal=str(path), reason=trouble)
        elif self.trouble and not trouble:
            _log.info("journal can be read again", journal=str(path))
        self.trouble = trouble


async def follow_journal(
    path: Path, counts: JournalCounts, *, inode: int = 0, offset: int = 0
) -> AsyncGenerator[list[JournalEvent], None]:
    """Yield the events that a journal holds from a position on, then those that come, for ever.

    ``inode`` and ``offset`` are where reading stopped last time; another inode at ``path`` means
    that the file was rotated, and a rotated file still lying beside it is finished first. An
    empty list is yielded when the reader has caught up, again and again, so that the caller can
    tell "nothing new" from "not there yet". A file that cannot be read now (a right that was
    taken, a disk that fails) is waited for; ``counts.trouble`` says so.
    """
    rotated = await _patiently(path, counts, lambda: find_rotated(path, inode))
    for older in rotated:
        file = await _patiently(older, counts, lambda: open_journal(older))  # noqa: B023
        for batch in _read_rest(file, offset, counts):
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


async def _patiently(path: Path, counts: JournalCounts, act: Callable[[], T]) -> T:
    """Do something with a file as soon as it can be done."""
    while True:
        try:
            done = act()
        except OSError as error:
            counts.note_trouble(path, f"{path}: {error.strerror}")
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        else:
            counts.note_trouble(path, "")
            return done


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
        """What has come since; nothing, and why in ``counts.trouble``, when it cannot be read."""
        trouble, events = "", list[JournalEvent]()
        try:
            events = self._read()
        except FileNotFoundError:
            folder = self._path.parent
            if not folder.is_dir():
                trouble = f"the folder {folder} is missing: Asterisk writes no row without it"
        except _BROKEN as error:
            self.close()
            trouble = f"{self._path}: {getattr(error, 'strerror', None) or error}"
        self._counts.note_trouble(self._path, trouble)
        return events

    def _read(self) -> list[JournalEvent]:
        try:
            stat = os.stat(self._path)
            if self._file is None:
                self._open(self._path, offset=self._offset, inode=self._inode)
            elif stat.st_ino != self._inode:
                return self._finish_rotated(self._file)
            elif stat.st_size < self._offset:
                self._open(self._path)
        except FileNotFoundError:
            if events := self._read_open():
                return events
            raise
        if stat.st_ino == self._inode and stat.st_size == self._offset:
            return []
        return self._read_open()

    def _finish_rotated(self, file: IO[bytes]) -> list[JournalEvent]:
        """Read what is left of a file that was moved aside, then go on with the next one.

        A reader that is behind may have megabytes to go, and more than one file. Which one follows
        is looked up after the newest is open: whatever is moved meanwhile is seen then.
        """
        known, events = self._offset, self._read_open()
        if self._offset > known:
            return events
        finished, age = self._inode, age_of(os.fstat(file.fileno()))
        self._open(self._path)
        for following in written_since(self._path, finished, age)[:1]:
            self._open(following)
        return self._read_open()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, path: Path, *, offset: int = 0, inode: int = 0) -> None:
        """Open a file at its beginning; at ``offset`` when it is the one that ``inode`` names.

        An inode number may be given again, and a file that was emptied may have grown since: no
        row begins at the offset then.
        """
        file = open_journal(path)
        self._note_cut_off()
        self.close()
        stat = os.fstat(file.fileno())
        is_known = stat.st_ino == inode and is_row_start(file, offset)
        self._file, self._inode, self._offset = file, stat.st_ino, offset if is_known else 0
        self._file.seek(self._offset)
        self._splitter = RowSplitter(self._offset)

    def _note_cut_off(self) -> None:
        """A file that is left ends here, also in the middle of a row."""
        for _ in self._splitter.flush():
            self._counts.rows += 1
            self._counts.note_bad("the file ends in the middle of a row")

    def _read_open(self) -> list[JournalEvent]:
        if self._file is None:
            return []
        events: list[JournalEvent] = []
        for line in self._file.readlines(_READ_BYTES):
            self._offset += len(line)
            for row in self._splitter.feed(line):
                events.extend(_event_of(row, self._inode, self._counts))
        return events


def _read_rest(file: IO[bytes], offset: int, counts: JournalCounts) -> Iterator[list[JournalEvent]]:
    """The rest of a file that nobody writes to any more; one that breaks off ends there."""
    with file:
        inode = os.fstat(file.fileno()).st_ino
        splitter = RowSplitter(offset)
        try:
            file.seek(offset)
            while lines := file.readlines(_READ_BYTES):
                rows = (row for line in lines for row in splitter.feed(line))
                yield [event for row in rows for event in _event_of(row, inode, counts)]
        except _BROKEN as error:
            counts.note_bad(f"a rotated journal cannot be read to its end: {error}")
            _log.warning("a rotated journal cannot be read to its end", reason=str(error))
        yield [event for row in splitter.flush() for event in _event_of(row, inode, counts)]


def _event_of(row: JournalRow, inode: int, counts: JournalCounts) -> Iterator[JournalEvent]:
    """The event of a row, if one can be made of it, with its place."""
    if (event := read_row(row, counts)) is not None:
        yield JournalEvent(event=event, inode=inode, starts_at=row.starts_at, ends_at=row.ends_at)


def read_row(row: JournalRow, counts: JournalCounts, file: int = 0) -> ChannelEvent | None:
    """The event of a row, if one can be made of it; it is counted either way."""
    counts.rows += 1
    try:
        event = event_from_row(row.fields)
    except UnreadableRowError as problem:
        counts.note_bad(str(problem), Place(file, row.line))
        return None
    if len(row.fields) < len(JOURNAL_FIELDS) and row.ends_at - row.starts_at < NEVER_CUT_BYTES:
        counts.note_short(Place(file, row.line))
    return event
