"""SQLite, embedded: a thread that writes, a few that read, each with its own connection.

The driver is Python's own sqlite3, one thread hop for each unit of work. aiosqlite makes one
for each statement; ``docs/store.md`` has the figures. The log is a WAL, so that readers and the
writer never wait for each other, and every commit is synced before it is acknowledged.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from crm_store import schema
from crm_store.engines.failures import FAILURES, translated
from crm_store.engines.group_commit import Unit, Verdict, run_group
from crm_store.engines.prepared import driver
from crm_store.engines.reading_threads import ReadingThreads
from crm_store.reader import Reader

T = TypeVar("T")

_BUSY_SECONDS = 5.0
"""How long a writer waits for another program's transaction."""

_PAGES = {"cache_size": "-16384", "temp_store": "MEMORY"}
"""The writer keeps 16 MiB of pages: indexes of calls and numbers are hit anywhere. What it needs
to undo one unit of a group (pages as they were before it) does not go to a file."""


class SqliteBackend:
    """Runs units of work on an SQLite file."""

    def __init__(self, url: sa.URL, clock: Callable[[], datetime]) -> None:
        self._url = url.set(drivername="sqlite")
        self._clock = clock
        self._writing = _engine(self._url, begin="BEGIN IMMEDIATE", journal_mode="WAL", **_PAGES)
        self._reading = _engine(self._url, begin=None, query_only="ON")
        self._writer: sa.Connection | None = None
        self._readers = threading.local()
        self._reader_connections: list[sa.Connection] = []
        self._writing_thread = ThreadPoolExecutor(1, "crm-store-writer")
        self._reading_threads = ReadingThreads()

    async def open(self, *, migrate: bool) -> None:
        """Connect, and migrate or check the tables."""

        def connect_and_look() -> None:
            self._writer = self._writing.connect()
            with self._writer.begin():
                (schema.upgrade if migrate else schema.check)(self._writer)

        await self._in(self._writing_thread, connect_and_look)

    async def close(self) -> None:
        """Let go of the file."""
        self._writing_thread.shutdown(wait=True)
        self._reading_threads.close()
        for connection in (self._writer, *self._reader_connections):
            if connection is not None:
                connection.close()

    async def run_group(self, units: Sequence[Unit[Any]]) -> list[Verdict]:
        """Run units of work in one transaction."""

        def run() -> list[Verdict]:
            if self._writer is None or self._writer.invalidated:
                self._writer = self._writing.connect()
            return run_group(self._writer, units, self._clock())

        return await self._in(self._writing_thread, run)

    async def read(self, unit: Callable[[Reader], T], *, is_urgent: bool) -> T:
        """Run a unit of work that only reads, in a thread of its own if it ``is_urgent``."""

        def run() -> T:
            connection = self._reader()
            begun = driver(connection)
            begun.execute("BEGIN")
            try:
                return unit(Reader(connection))
            finally:
                _end(connection, begun)

        try:
            return await self._reading_threads.run(run, is_urgent=is_urgent)
        except FAILURES as failure:
            raise translated(failure, self._url) from failure

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Callable[[Callable[[Reader], T]], Awaitable[T]]]:
        """A connection and a thread of one's own, and one view of the store, for a long read."""
        thread = ThreadPoolExecutor(1, "crm-store-stream")
        connection = await self._in(thread, self._reading.connect)
        try:
            await self._in(thread, lambda: driver(connection).execute("BEGIN"))
            reader = Reader(connection)
            yield lambda unit: self._in(thread, lambda: unit(reader))
        finally:
            connection_closed = thread.submit(connection.close)
            thread.shutdown(wait=True)
            connection_closed.result()

    def _reader(self) -> sa.Connection:
        connection: sa.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._readers.connection = self._reading.connect()
            self._reader_connections.append(connection)
        return connection

    async def _in(self, threads: ThreadPoolExecutor, function: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, function)
        except FAILURES as failure:
            raise translated(failure, self._url) from failure


def _end(connection: sa.Connection, begun: sqlite3.Connection) -> None:
    """End a reader's transaction, whether or not SQLAlchemy has come to know of it."""
    if connection.in_transaction():
        connection.rollback()
    if begun.in_transaction:
        begun.execute("ROLLBACK")


def _engine(url: sa.URL, *, begin: str | None, **pragmas: str) -> sa.Engine:
    """An engine whose transactions begin as ``begin`` says, not when the driver thinks best.

    Without one its user begins them at the driver: what SQLAlchemy takes for its own beginning
    costs more than the look-up of a record.
    """
    engine = sa.create_engine(
        url,
        poolclass=NullPool,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma, value in {**pragmas, "synchronous": "FULL", "foreign_keys": "ON"}.items():
            _patiently(connection, f"PRAGMA {pragma}={value}")

    if begin is not None:

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine


def _patiently(connection: sqlite3.Connection, pragma: str) -> None:
    """Set a pragma. SQLite does not wait by itself where another one is making the same WAL."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute(pragma)
        except sqlite3.OperationalError as failure:
            if "locked" not in str(failure) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
