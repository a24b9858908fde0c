"""PostgreSQL, shared by several bridges: units of work run over asyncpg, inside a greenlet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from crm_store import schema
from crm_store.engines.failures import FAILURES, translated
from crm_store.engines.group_commit import TransactionLostError, Unit, Verdict, run_group
from crm_store.reader import Reader

T = TypeVar("T")

_CONNECT_SECONDS = 10.0
_FROZEN_SECONDS = 5
"""A bridge that stands still in the middle of a unit of work holds locks that others wait for."""
_READING = 10
_URGENT = 3
_STREAMING = 5
_POOL_SECONDS = 30.0
"""How long a unit of work waits for a connection."""


class PostgresBackend:
    """Runs units of work on a PostgreSQL database.

    One connection writes at a time: units keep their order, as they do in SQLite. It is its own:
    slow exports and many readers keep no call from being written, nor exports a look-up.
    """

    def __init__(self, url: sa.URL, clock: Callable[[], datetime]) -> None:
        self._url = url.set(drivername="postgresql+asyncpg")
        self._clock = clock
        self._writing = self._engine(1, idle_in_transaction_session_timeout=f"{_FROZEN_SECONDS}s")
        self._reading, self._urgent, self._streaming = (
            self._engine(most).execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            for most in (_READING, _URGENT, _STREAMING)
        )

    def _engine(self, most: int, **settings: str) -> AsyncEngine:
        return create_async_engine(
            self._url,
            pool_pre_ping=True,
            pool_size=most,
            max_overflow=0,
            pool_timeout=_POOL_SECONDS,
            connect_args={"timeout": _CONNECT_SECONDS, "server_settings": settings},
        )

    async def open(self, *, migrate: bool) -> None:
        """Connect, and migrate or check the tables."""
        engine = self._engine(1)
        try:
            async with self._connected(engine.connect()) as connection, connection.begin():
                await connection.run_sync(schema.upgrade if migrate else schema.check)
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Close every connection."""
        for engine in (self._writing, self._reading, self._urgent, self._streaming):
            await engine.dispose()

    async def run_group(self, units: Sequence[Unit[Any]]) -> list[Verdict]:
        """Run units of work in one transaction; once more when PostgreSQL hung up in it.

        So it does to a bridge that stood still for a moment, or when it is told to. Nothing had
        been committed, and each unit looks at everything anew.
        """
        with suppress(TransactionLostError):
            return await self._run_group(units)
        try:
            return await self._run_group(units)
        except TransactionLostError as lost:
            raise translated(cast(Exception, lost.__cause__), self._url) from lost.__cause__

    async def _run_group(self, units: Sequence[Unit[Any]]) -> list[Verdict]:
        async with self._connected(self._writing.connect()) as connection:
            return await connection.run_sync(run_group, units, self._clock())

    async def read(self, unit: Callable[[Reader], T], *, is_urgent: bool) -> T:
        """Run a unit of work that only reads, over a connection kept for the ``is_urgent``."""
        engine = self._urgent if is_urgent else self._reading
        async with self._connected(engine.connect()) as connection:
            return await connection.run_sync(lambda sync: unit(Reader(sync)))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Callable[[Callable[[Reader], T]], Awaitable[T]]]:
        """A connection of one's own, and one view of the store, for a long read."""
        async with self._connected(self._streaming.connect()) as connection:
            yield lambda unit: connection.run_sync(lambda sync: unit(Reader(sync)))

    @asynccontextmanager
    async def _connected(self, connecting: AsyncConnection) -> AsyncIterator[AsyncConnection]:
        try:
            async with connecting as connection:
                yield connection
        except FAILURES as failure:
            raise translated(failure, self._url) from failure
