"""Where one PBX's events come from, whatever it is: a journal, a spool or a table, by one door."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from crm_store.records import JournalPosition
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent, follow_journal

Batches = AsyncGenerator[list[JournalEvent], None]


class EventSource(Protocol):
    """Something that can be read again from a position on, and then goes on for ever."""

    @property
    def address(self) -> str:
        """What a position in it is kept under; it holds no password."""

    def follow(self, counts: JournalCounts, known: JournalPosition | None) -> Batches:
        """Yield what came since ``known``, then what comes; an empty list when it has caught up.

        A position in another source, or none at all, is as good as can be: what was read before
        may be yielded again.
        """


class JournalFile:
    """Asterisk's own journal, on this host."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def address(self) -> str:
        """Its path."""
        return str(self._path)

    def follow(self, counts: JournalCounts, known: JournalPosition | None) -> Batches:
        """From where it was read to; from its beginning when another file was read before."""
        if known is None or known.path != self.address:
            return follow_journal(self._path, counts)
        return follow_journal(self._path, counts, inode=known.inode, offset=known.offset)
