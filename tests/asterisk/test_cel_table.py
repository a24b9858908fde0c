"""A journal that is a table: rows whose transactions end in another order than they began."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from crm_store.records import JournalPosition
from pbx_bridge.asterisk import cel_table
from pbx_bridge.asterisk.cel_table import CelTable
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent

SHIPPED = Path(__file__).parents[2] / "dialplan" / "cel_table.sql"


@pytest_asyncio.fixture
async def url(postgres_url: str) -> str:
    """A database with the shipped table in it, and its first row."""
    url = postgres_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute(SHIPPED.read_text("utf-8"))
    await insert(connection, "first")
    await connection.close()
    return url


@pytest_asyncio.fixture
async def writers(url: str) -> AsyncIterator[tuple[Any, Any]]:
    """Two that write into the table."""
    one, other = await asyncpg.connect(url), await asyncpg.connect(url)
    yield one, other
    await one.close()
    await other.close()


async def insert(connection: Any, channel: str) -> None:
    """One more row, under the next number."""
    await connection.execute(
        "INSERT INTO cel (eventtime, eventtype, uniqueid, linkedid)"
        " VALUES (1795875226, 'CHAN_START', $1, $1)",
        channel,
    )


async def read(batches: Any, count: int) -> list[JournalEvent]:
    """So many events more."""
    items: list[JournalEvent] = []
    async with asyncio.timeout(10):
        while len(items) < count:
            items += await anext(batches)
    return items


def channels(items: list[JournalEvent]) -> list[str]:
    return [item.event.uniqueid for item in items]


def mark_behind(table: CelTable, item: JournalEvent) -> JournalPosition:
    """Where a bridge reads on that has written down all that it had read by then."""
    return JournalPosition(
        pbx="lab", path=table.address, inode=item.inode, offset=item.ends_at, mark=""
    )


async def test_a_row_that_is_committed_late_is_read(url: str, writers: tuple[Any, Any]) -> None:
    """It has the lower number, and is seen after the higher one: by who reads on, and by who
    begins anew at the mark of the moment between."""
    (one, other), table = writers, CelTable(f"{url}?table=cel")
    async with aclosing(table.follow(JournalCounts(), None)) as batches:
        assert channels(await read(batches, 1)) == ["first"]
        async with one.transaction():
            await insert(one, "late")
            await insert(other, "early")
            early = await read(batches, 1)
        assert channels(early + await read(batches, 1)) == ["early", "late"]
    mark = mark_behind(table, early[0])
    async with aclosing(table.follow(JournalCounts(), mark)) as batches:
        assert channels(await read(batches, 2)) == ["late", "early"]


async def test_a_number_that_never_comes_is_given_up(
    url: str, writers: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that was refused keeps its number: the mark waits for it a while, and not for ever."""
    monkeypatch.setattr(cel_table, "_LATE_SECONDS", 0.3)
    (one, other), table = writers, CelTable(f"{url}?table=cel")
    async with aclosing(table.follow(JournalCounts(), None)) as batches:
        (first,) = await read(batches, 1)
        refused = one.transaction()
        await refused.start()
        await insert(one, "refused")
        await refused.rollback()
        await insert(other, "second")
        (second,) = await read(batches, 1)
        for _ in range(20):  # a look is 50 ms
            assert await anext(batches) == []
        await insert(other, "third")
        (third,) = await read(batches, 1)
    assert channels([first, second, third]) == ["first", "second", "third"]
    assert [item.ends_at for item in (first, second, third)] == [1, 1, 4]
