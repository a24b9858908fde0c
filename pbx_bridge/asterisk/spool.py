"""A journal of our own, where Asterisk's is out of reach: what AMI tells, on this host's disk.

CEL over AMI is told once. Written down before anything is made of it, it outlives the bridge and
a store that is away; and it is read by the one door through which Asterisk's journal comes. Each
bridge has a spool of its own, also one that stands by: then it can go on where another stopped.
"""

from __future__ import annotations

import csv
import errno
import fcntl
import io
import os
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crm_store.records import JournalPosition
from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_row, row_from_event
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent, follow_journal
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.calls.events import ChannelEvent

_SEGMENT_BYTES = 32 * 1024 * 1024
_TAIL_BYTES = 64 * 1024
_SLACK = timedelta(seconds=10)
"""So much earlier than the mark is read again: events do not come in order of their times."""
_KEPT_BEYOND = timedelta(minutes=1)
_MOST_BRIDGES = 100


@dataclass(slots=True)
class SpoolCounts:
    """What became of the events."""

    kept: int = 0
    lost: int = 0
    """In memory only: a crash would lose them."""


class Spool:
    """The events of one PBX as this bridge was told them, in the journal's own rows.

    Taken for as long as this object lives: two bridges in one folder have a file each.
    """

    def __init__(self, folder: Path, pbx: str) -> None:
        self._folder = folder.absolute()
        self._pbx = pbx
        self._lock: int | None = None
        self._path = self._folder / f"{pbx}.csv"
        self._is_torn = True
        self.counts = SpoolCounts()
        self.problem = ""

    @property
    def address(self) -> str:
        """Its path, and whose: another host's file of this name is another spool."""
        return f"{socket.gethostname()}:{self._path}"

    def append(self, event: ChannelEvent) -> bool:
        """Keep an event; False when it could not be kept, and ``problem`` says why."""
        try:
            self._append(_row(event))
        except OSError as error:
            self.counts.lost += 1
            self.problem = f"cannot be written: {error.strerror} ({self._path})"
            return False
        self.counts.kept += 1
        self.problem = ""
        return True

    async def follow(
        self, counts: JournalCounts, known: JournalPosition | None
    ) -> AsyncGenerator[list[JournalEvent], None]:
        """From where it was read to; where another bridge read last, from that time on."""
        self._take()
        inode, offset, since = 0, 0, None
        if known is not None and known.path == self.address:
            inode, offset = known.inode, known.offset
        else:
            oldest = next(iter(self._segments()), None)
            inode = oldest.stat().st_ino if oldest is not None else 0
            if known is not None and known.mark:
                since = datetime.fromisoformat(known.mark) - _SLACK
        async for batch in follow_journal(self._path, counts, inode=inode, offset=offset):
            new = [item for item in batch if since is None or item.event.at >= since]
            if new or not batch:
                yield new

    def prune(self, before: datetime) -> None:
        """Delete segments all of whose events are older: their calls are written down."""
        for segment in self._segments()[:-1]:
            newest = _last_event_at(segment)
            if newest is not None and newest < before - _KEPT_BEYOND:
                segment.unlink(missing_ok=True)

    def _append(self, row: bytes) -> None:
        self._take()
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            if self._is_torn and size and not _ends_a_line(self._path):
                row = b"\n" + row
            self._is_torn = True
            if os.write(file, row) != len(row):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._is_torn = False
        finally:
            os.close(file)
        if size > _SEGMENT_BYTES:
            self._path.rename(self._path.with_name(f"{self._path.name}.{time.time_ns():020}"))
            self._path.touch(0o600)  # whoever follows looks for those in between when there is one

    def _take(self) -> None:
        """Find the first file of this PBX in the folder that no other bridge writes."""
        if self._lock is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_BRIDGES):
            name = self._pbx if number == 1 else f"{self._pbx}+{number}"
            lock = os.open(self._folder / f"{name}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self._lock, self._path = lock, self._folder / f"{name}.csv"
            return
        raise OSError(errno.EBUSY, "every spool of this PBX is in use")

    def close(self) -> None:
        """Let another bridge have the file."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _segments(self) -> list[Path]:
        """Every file of this spool, oldest first; the last one is written to."""
        rotated = sorted(self._folder.glob(f"{self._path.name}.*"))
        return [*rotated, self._path] if self._path.exists() else rotated


def _row(event: ChannelEvent) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row_from_event(event))
    return text.getvalue().encode("utf-8", errors="replace")


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _last_event_at(segment: Path) -> datetime | None:
    """The time of the last readable row."""
    with segment.open("rb") as file:
        file.seek(max(0, segment.stat().st_size - _TAIL_BYTES))
        return max(_times(file.readlines()), default=None)


def _times(lines: list[bytes]) -> Iterator[datetime]:
    for row in split_rows(lines):
        with suppress(UnreadableRowError):
            yield event_from_row(row.fields).at
