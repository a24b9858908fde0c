"""Asterisk's journal as a database table (cel_pgsql, cel_odbc), for a PBX on another machine.

Asterisk writes one row for each event over one connection, so ids grow with the events. A number
that is missing may still come (another writer's row that is committed late), or never (a row that
was refused): it is waited for a while, and the mark with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]

from crm_store.records import JournalPosition
from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_record
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.errors import LinkError

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 10.0
_AT_A_TIME = 2_000
_LATE_SECONDS = 5.0
"""How long a row may take from its number to its commit."""
_MOST_MISSING = 1_000
_SLACK = timedelta(seconds=10)
_FAILURES = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that breaks while something is asked
    OSError,  # and its TimeoutError
)


class CelTable:
    """One PBX's table: ``postgresql://USER:PASSWORD@HOST/DATABASE?table=cel``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._table = parse_qs(parts.query).get("table", ["cel"])[0]
        self._dsn = urlunsplit((*parts[:3], "", ""))
        where = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
        self.address = f"postgresql://{where}?table={self._table}"

    async def follow(
        self, counts: JournalCounts, known: JournalPosition | None
    ) -> AsyncGenerator[list[JournalEvent], None]:
        """From the row that was read last; from the beginning where that was another table.

        Raises:
            LinkError: the database cannot be reached, or there is no such table for us in it.
        """
        after, since = 0, None
        if known is not None and known.path == self.address:
            after = known.offset
        elif known is not None and known.mark:
            since = datetime.fromisoformat(known.mark) - _SLACK
        reading = _Reading(after)
        async with self._connected() as connection:
            while True:
                rows = await connection.fetch(self._query, reading.after, reading.missing())
                items = reading.take(rows, counts)
                items = [e for e in items if since is None or e.event.at >= since]
                if items or len(rows) < _AT_A_TIME:
                    yield items
                await asyncio.sleep(0 if rows else _POLL_SECONDS)

    async def read_newest(self) -> ChannelEvent | None:
        """The event of the newest row; None of an empty table.

        Raises:
            LinkError: as for :meth:`follow`.
            UnreadableRowError: no event can be made of it.
        """
        async with self._connected() as connection:
            query = f"SELECT * FROM {self._name} ORDER BY id DESC LIMIT 1"  # noqa: S608 - checked
            row = await connection.fetchrow(query)
        return None if row is None else event_from_record(row)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        try:
            connection = await asyncpg.connect(
                self._dsn, timeout=_ANSWER_SECONDS, command_timeout=_ANSWER_SECONDS
            )
            try:
                yield connection
            finally:
                with suppress(Exception):
                    connection.terminate()
        except _FAILURES as error:
            raise LinkError(
                f"{self.address} cannot be read: {error or type(error).__name__}",
                hint="The table's columns are in dialplan/cel_table.sql; SELECT is all we need.",
            ) from error

    @property
    def _name(self) -> str:
        return ".".join(f'"{part}"' for part in self._table.split("."))

    @property
    def _query(self) -> str:
        return (
            f"SELECT * FROM {self._name}"  # noqa: S608 - checked
            f" WHERE id > $1 OR id = ANY($2::bigint[]) ORDER BY id LIMIT {_AT_A_TIME}"
        )


class _Reading:
    """How far a table is read, and which numbers in between have not been seen."""

    def __init__(self, after: int) -> None:
        self.after = after
        self._missing: dict[int, float] = {}

    def missing(self) -> list[int]:
        """The numbers that may still come; those that took too long are given up."""
        now = asyncio.get_running_loop().time()
        for number, until in list(self._missing.items()):
            if until < now:
                del self._missing[number]
        return list(self._missing)

    def take(self, rows: Sequence[Any], counts: JournalCounts) -> list[JournalEvent]:
        """The events of these rows, each with the place from which it would be read again."""
        ids = [row["id"] for row in rows]
        if ids and len(rows) < _AT_A_TIME:
            self._expect(ids)
        for number in ids:
            self._missing.pop(number, None)
        self.after = max([self.after, *ids])
        first_missing = min(self._missing, default=None)
        return list(_events(rows, counts, first_missing))

    def _expect(self, ids: Sequence[int]) -> None:
        until = asyncio.get_running_loop().time() + _LATE_SECONDS
        if self.after == 0:  # what was there before us has long been committed
            self.after = ids[0] - 1
        seen, between = set(ids), range(self.after + 1, max(ids))
        if len(between) - len(seen) <= _MOST_MISSING:
            self._missing |= {number: until for number in between if number not in seen}


def _events(
    rows: Iterable[Any], counts: JournalCounts, first_missing: int | None
) -> Iterable[JournalEvent]:
    for row in rows:
        counts.rows += 1
        number = row["id"] if first_missing is None else min(row["id"], first_missing)
        try:
            event = event_from_record(row)
        except UnreadableRowError as problem:
            counts.note_bad(str(problem))
            continue
        ends_at = row["id"] if first_missing is None else min(row["id"], first_missing - 1)
        yield JournalEvent(event=event, inode=0, starts_at=number - 1, ends_at=ends_at)
