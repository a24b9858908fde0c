"""How far a journal is safely written down: where to read on after a crash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a journal: a file's inode and a byte offset, and the time of the row there."""

    inode: int
    offset: int
    at: datetime | None = field(default=None, compare=False)


class JournalMarks:
    """Remembers where each unwritten call begins; the first of them is where to read on.

    Reading some calls again does no harm (the same events twice change nothing); not reading one
    again would lose it. So the mark moves past a call only when its end is durably written.
    """

    def __init__(self) -> None:
        self._begins: dict[str, Mark] = {}
        self._read_to: Mark | None = None

    def begin(self, linkedid: str, mark: Mark) -> None:
        """A row of this unwritten call stands here; the first one counts."""
        self._begins.setdefault(linkedid, mark)

    def read_to(self, mark: Mark) -> None:
        """Everything before this place has been read."""
        self._read_to = mark

    def end(self, linkedid: str) -> None:
        """This call is durably written."""
        self._begins.pop(linkedid, None)

    @property
    def safe_mark(self) -> Mark | None:
        """Where to read on after a crash; None when nothing has been read yet."""
        return next(iter(self._begins.values()), self._read_to)
