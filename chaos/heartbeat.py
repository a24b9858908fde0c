"""When did the machine itself stand still? A thread that ought to wake every 10 ms."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from types import TracebackType
from typing import Self

_BEAT_SECONDS = 0.01
_LATE_SECONDS = 0.03


class Heartbeat:
    """Remembers each time that it was woken late; a context manager."""

    def __init__(self) -> None:
        self._still: list[tuple[float, float]] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._is_over.set()
        self._thread.join()

    def _beat(self) -> None:
        last = time.time()
        while not self._is_over.is_set():
            time.sleep(_BEAT_SECONDS)
            now = time.time()
            if now - last > _BEAT_SECONDS + _LATE_SECONDS:
                self._still.append((last + _BEAT_SECONDS, now))
            last = now

    @property
    def longest_seconds(self) -> float:
        """How long it was late at most."""
        return max((until - since for since, until in self._still), default=0.0)

    def still_seconds(self, since: datetime, until: datetime) -> float:
        """How much of a span of time the machine stood still."""
        begin, end = since.timestamp(), until.timestamp()
        overlaps = (min(end, late) - max(begin, due) for due, late in self._still)
        return sum(overlap for overlap in overlaps if overlap > 0)
