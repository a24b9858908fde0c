"""The threads that read an SQLite store: one for what is quick, and others so that nobody waits.

Threads share the interpreter's lock: quick reads side by side in three threads take twice as long
as one after the other in one. So one thread has them all. What has waited behind a slow one for a
moment goes to a spare thread; and for whom a caller waits there is a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 0.02
_SPARE: Final = 2


class ReadingThreads:
    """Where a function that reads is run."""

    def __init__(self) -> None:
        self._quick = ThreadPoolExecutor(1, "crm-store-reader")
        self._spare = ThreadPoolExecutor(_SPARE, "crm-store-spare-reader")
        self._urgent = ThreadPoolExecutor(1, "crm-store-urgent-reader")

    async def run(self, function: Callable[[], T], *, is_urgent: bool) -> T:
        """Run it, at once if somebody waits on the phone, and return what it returns."""
        loop = asyncio.get_running_loop()
        if is_urgent:
            return await loop.run_in_executor(self._urgent, function)
        job = self._quick.submit(function)
        patience = loop.call_later(_PATIENCE_SECONDS, job.cancel)  # nothing, once it has begun
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
        finally:
            patience.cancel()
        return await loop.run_in_executor(self._spare, function)

    def close(self) -> None:
        """End the threads when they have done what was asked."""
        for threads in (self._quick, self._spare, self._urgent):
            threads.shutdown(wait=True)
