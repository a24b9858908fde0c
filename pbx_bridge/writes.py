"""Writes under way: many at once, so that the store can commit them together, but bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager

_AT_ONCE = 500


class Writes:
    """Runs writes in a task group; whoever reads a backlog waits when too many are under way."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Writes]:
        """Writes with a task group of their own, all done at the end of the block."""
        async with asyncio.TaskGroup() as tasks:
            yield cls(tasks)

    async def run(self, write: Awaitable[None]) -> None:
        """Start a write; waits while too many are under way."""
        await self._slots.acquire()
        self._create(self._run_in_slot(write))

    def start(self, write: Awaitable[None]) -> None:
        """Start a write at once: for live events, which cannot wait."""
        self._create(self._run(write))

    async def drain(self) -> None:
        """Wait for every write under way."""
        while self._running:
            await asyncio.wait(set(self._running))

    def cancel(self) -> None:
        """Give up every write that has not come to its turn."""
        for task in self._running:
            task.cancel()

    def _create(self, coroutine: Coroutine[object, object, None]) -> None:
        task = self._tasks.create_task(coroutine)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run_in_slot(self, write: Awaitable[None]) -> None:
        try:
            await write
        finally:
            self._slots.release()

    @staticmethod
    async def _run(write: Awaitable[None]) -> None:
        await write
