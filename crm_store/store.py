"""The store: units of work, run where they cost least.

A unit of work is a plain function over a ``Reader`` or a ``Writer``::

    async with Store.open("sqlite:///crm.db", migrate=True) as store:
        facts = await store.read(lambda r: r.look_up("+61491570006"))
        lead = await store.write(lambda w: w.create(Lead(name="Ada")))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from types import GeneratorType
from typing import Any, Protocol, Self, TypeVar

import sqlalchemy as sa

from crm_store.engines.group_commit import GroupCommit, Unit, Verdict
from crm_store.engines.postgres import PostgresBackend
from crm_store.engines.sqlite import SqliteBackend
from crm_store.errors import StoreUrlError
from crm_store.reader import Reader

T = TypeVar("T")

_STREAMED_AT_A_TIME = 500


class _Backend(Protocol):
    async def open(self, *, migrate: bool) -> None: ...
    async def close(self) -> None: ...
    async def run_group(self, units: Sequence[Unit[Any]]) -> list[Verdict]: ...
    async def read(self, unit: Callable[[Reader], T], *, is_urgent: bool) -> T: ...
    def reading(
        self,
    ) -> AbstractAsyncContextManager[Callable[[Callable[[Reader], Any]], Awaitable[Any]]]: ...


def utc_now() -> datetime:
    """The clock that a store goes by unless it is given another one."""
    return datetime.now(UTC)


class Store:
    """The CRM and the call store, open. Belongs to the event loop that opened it."""

    def __init__(self, backend: _Backend) -> None:
        self._backend = backend
        self._writes = GroupCommit(backend.run_group)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, migrate: bool = False, clock: Callable[[], datetime] = utc_now
    ) -> AsyncIterator[Self]:
        """Open a store for the length of the block; what was submitted in it is done at its end.

        ``url`` is ``sqlite:///relative.db``, ``sqlite:////absolute.db`` (also with
        ``sqlite+aiosqlite``) or ``postgresql+asyncpg://user:password@host/database``.
        ``migrate`` creates the tables or brings them up to date first.

        Raises StoreUrlError, StoreUnreachable, StoreLocked, StoreNotMigrated, StoreTooNew.
        """
        backend = _backend(url, clock)
        try:
            await backend.open(migrate=migrate)
            store = cls(backend)
            writing = asyncio.create_task(store._writes.run(), name="crm-store-writes")
            try:
                yield store
            finally:
                await store._writes.drain()
                await writing
        finally:
            await backend.close()

    async def read(self, unit: Callable[[Reader], T], *, is_urgent: bool = False) -> T:
        """Run a unit of work that only reads, on one consistent view of the store.

        ``is_urgent``: somebody waits on the phone; no other read, however slow, holds it up.
        """
        return _complete(await self._backend.read(unit, is_urgent=is_urgent))

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit of work and return its value once it is durably stored.

        All of it is done or, when it raises, nothing; the exception comes to the caller. Units
        run in the order in which they are submitted, those that wait together in one
        transaction. On PostgreSQL a unit may be run again when another bridge was faster: it
        should have no effects but through its Writer.
        """
        return _complete(await self._writes.submit(unit))

    async def write_each(self, units: Sequence[Unit[T]]) -> list[T | Exception]:
        """Run many units of work in this order; of each its value, or the error that undid it."""
        return [_complete(value) for value in await self._writes.submit_each(units)]

    async def stream(self, ask: Callable[[Reader], Iterator[T]]) -> AsyncIterator[T]:
        """Read as much as there is, a few hundred at a time, beside everything else::

        async for call in store.stream(lambda r: r.find_calls()): ...
        """
        async with self._backend.reading() as run:
            found = await run(ask)
            try:
                while some := await run(lambda _: list(islice(found, _STREAMED_AT_A_TIME))):
                    for one in some:
                        yield one
            finally:
                if isinstance(found, GeneratorType):
                    await run(lambda _: found.close())


def _backend(url: str, clock: Callable[[], datetime]) -> _Backend:
    hint = "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE"
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise StoreUrlError("the store's URL cannot be read", hint=hint) from None
    engine = parsed.get_backend_name()
    if engine == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreUrlError("a store needs a file: memory forgets the calls", hint=hint)
        return SqliteBackend(parsed, clock)
    if engine == "postgresql":
        return PostgresBackend(parsed, clock)
    raise StoreUrlError(f"{engine} is no engine that a store can use", hint=hint)


def _complete(value: T) -> T:
    if isinstance(value, GeneratorType):
        raise TypeError("an iterator ends with its unit of work: use list(), or Store.stream")
    return value
