"""Group commit: units of work that wait at the same time share one transaction, one fsync.

A unit of work is a plain function over a ``Writer``. Each one runs in its own savepoint, so that
one that fails undoes itself and not its neighbours; nobody is told of success before the commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from crm_store.engines.failures import FAILURES, is_broken_rule, is_deadlock, translated
from crm_store.engines.prepared import is_transaction_lost, run_text
from crm_store.errors import StoreClosed
from crm_store.writer import Writer

T = TypeVar("T")
Unit = Callable[[Writer], T]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one unit of work: its value, or why it was undone."""

    value: Any = None
    error: Exception | None = None


RunGroup = Callable[[Sequence[Unit[Any]]], Awaitable[list[Verdict]]]


class TransactionLostError(Exception):
    """The database ended the transaction before it was to be committed: nothing of it stands.

    ``__cause__`` is what the driver said.
    """


class _MustWaitError(BaseException):
    """A unit needs a lock that another bridge holds, while its group may hold others."""


def run_group(
    connection: sa.Connection, units: Sequence[Unit[Any]], now: datetime
) -> list[Verdict]:
    """Run units of work in one transaction and commit it; verdicts are for the units that ran.

    Fewer verdicts than units: the next one would have had to wait for another bridge while its
    neighbours hold locks, which is how deadlocks are made. It wants to be first in a new group.

    Raises:
        TransactionLostError: PostgreSQL hung up before the commit.
    """
    if len(units) == 1 and connection.dialect.name == "sqlite":
        return [_run_alone(connection, units[0], now)]
    verdicts: list[Verdict] = []
    with connection.begin():
        try:
            for unit in units:
                verdict = _run_in_savepoint(connection, unit, now, is_first=not verdicts)
                if verdict is None:
                    break
                verdicts.append(verdict)
        except FAILURES as failure:
            if connection.invalidated:
                raise TransactionLostError from failure
            raise
    return verdicts


def _run_alone(connection: sa.Connection, unit: Unit[Any], now: datetime) -> Verdict:
    """A unit without neighbours is undone with its transaction: in a savepoint SQLite would copy
    every page once more before it writes it."""
    try:
        with connection.begin():
            return Verdict(value=unit(Writer(connection, now, None)))
    except Exception as failure:
        return Verdict(error=translated(failure, connection.engine.url))


_TRIES = 3
"""PostgreSQL: another bridge may take what a unit has just seen free; it then looks again."""


def _run_in_savepoint(
    connection: sa.Connection, unit: Unit[Any], now: datetime, *, is_first: bool
) -> Verdict | None:
    is_shared = connection.dialect.name == "postgresql"
    lock = _NumberLock(connection, may_wait=is_first) if is_shared else None
    tries_left = _TRIES if is_shared else 1
    while True:
        tries_left -= 1
        run_text(connection, "SAVEPOINT unit")
        try:
            value = unit(Writer(connection, now, lock))
        except BaseException as failure:
            if is_transaction_lost(connection):
                raise
            run_text(connection, "ROLLBACK TO SAVEPOINT unit")
            run_text(connection, "RELEASE SAVEPOINT unit")
            if isinstance(failure, _MustWaitError) or (is_deadlock(failure) and not is_first):
                return None
            if is_broken_rule(failure) and tries_left:
                continue
            if not isinstance(failure, Exception):
                raise
            return Verdict(error=translated(failure, connection.engine.url))
        run_text(connection, "RELEASE SAVEPOINT unit")
        return Verdict(value=value)


class _NumberLock:
    """PostgreSQL's advisory lock on a phone number, until the transaction ends."""

    def __init__(self, connection: sa.Connection, *, may_wait: bool) -> None:
        self._connection = connection
        self._may_wait = may_wait

    def __call__(self, e164: str) -> None:
        key = sa.func.hashtextextended(e164, 0)
        if self._may_wait:
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        elif not self._connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))):
            raise _MustWaitError


@dataclass(frozen=True, slots=True)
class _Waiting:
    unit: Unit[Any]
    done: asyncio.Future[Any]


class GroupCommit:
    """The queue in front of the one writer: units run in the order in which they were submitted.

    ``most_waiting`` bounds the queue: past it, ``submit`` waits for room (back-pressure).
    """

    def __init__(
        self, run: RunGroup, *, most_waiting: int = 1_000, most_per_group: int = 200
    ) -> None:
        self._run_group = run
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue(most_waiting)
        self._most_per_group = most_per_group
        self._is_closed = False

    async def submit(self, unit: Unit[T]) -> T:
        """Run a unit of work; returns once its result is on disk, raises what it raised.

        A caller who is cancelled while waiting gives up the answer: the unit is dropped if its
        turn has not come, else it stands.
        """
        if self._is_closed:
            raise StoreClosed("the store is closed", hint="submit work before closing it")
        waiting = _Waiting(unit, asyncio.get_running_loop().create_future())
        await self._queue.put(waiting)
        return cast(T, await waiting.done)

    async def submit_each(self, units: Sequence[Unit[T]]) -> list[T | Exception]:
        """Run units in this order, as :meth:`submit` runs one: of each its result, or its error."""
        if self._is_closed:
            raise StoreClosed("the store is closed", hint="submit work before closing it")
        new_future = asyncio.get_running_loop().create_future
        all_waiting = [_Waiting(unit, new_future()) for unit in units]
        for waiting in all_waiting:
            await self._queue.put(waiting)
        done = (each.done for each in all_waiting)
        return cast(list[T | Exception], await asyncio.gather(*done, return_exceptions=True))

    async def drain(self) -> None:
        """Take no more work; ``run`` ends when what waits is done."""
        self._is_closed = True
        await self._queue.put(None)

    async def run(self) -> None:
        """Commit groups until drained."""
        ahead: deque[_Waiting] = deque()
        is_draining = False
        while ahead or not is_draining:
            if not ahead:
                is_draining = self._take(await self._queue.get(), ahead)
            while not is_draining and len(ahead) < self._most_per_group and self._queue.qsize():
                is_draining = self._take(self._queue.get_nowait(), ahead)
            await self._commit(ahead)
        self._refuse_the_rest()

    @staticmethod
    def _take(item: _Waiting | None, ahead: deque[_Waiting]) -> bool:
        if item is not None:
            ahead.append(item)
        return item is None

    async def _commit(self, ahead: deque[_Waiting]) -> None:
        group = [waiting for waiting in ahead if not waiting.done.done()]
        ahead.clear()
        if not group:
            return
        try:
            verdicts = await self._run_group([waiting.unit for waiting in group])
        except Exception as failure:
            verdicts = [Verdict(error=failure)] * len(group)
        for waiting, verdict in zip(group, verdicts, strict=False):
            _tell(waiting.done, verdict)
        ahead.extend(group[len(verdicts) :])

    def _refuse_the_rest(self) -> None:
        while self._queue.qsize():
            late = self._queue.get_nowait()
            if late is not None:
                _tell(late.done, Verdict(error=StoreClosed("the store was closed")))


def _tell(done: asyncio.Future[Any], verdict: Verdict) -> None:
    if done.done():
        return
    if verdict.error is not None:
        done.set_exception(verdict.error)
    else:
        done.set_result(verdict.value)
