"""Every connection and thread is taken: neither calls nor callers wait for who has them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing

import pytest
import sqlalchemy as sa
from bridge import on_both_engines

from crm_store.records import Lead
from crm_store.store import Store

HELD = 5


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_exports_that_nobody_reads_keep_no_call_from_being_written(store_url: str) -> None:
    """Each holds a connection for as long as it lasts; writing and looking up have their own."""
    async with Store.open(store_url, migrate=True) as store, AsyncExitStack() as held:
        for number in range(2):
            await store.write(lambda w, number=number: w.create(Lead(name=f"Lead {number}")))
        for _ in range(HELD):
            export = await held.enter_async_context(
                aclosing(store.stream(lambda r: r.find_leads()))
            )
            await anext(export)
        late = asyncio.create_task(anext(store.stream(lambda r: r.find_leads())))
        async with asyncio.timeout(5):
            await store.write(lambda w: w.create(Lead(name="Ada")))
            many = await asyncio.gather(
                *(store.read(lambda r: len(list(r.find_leads()))) for _ in range(30))
            )
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
    assert many == [3] * 30


SLOW = sa.text(
    "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 3000000) "
    "SELECT max(n) FROM many"
)
"""About a second of either engine's own work."""


@on_both_engines
async def test_a_callers_look_up_waits_for_no_report(store_url: str) -> None:
    """More slow reads than there are threads or connections: who calls is looked up meanwhile."""
    async with Store.open(store_url, migrate=True) as store:
        reports = [
            asyncio.create_task(store.read(lambda r: r.connection.execute(SLOW).scalar()))
            for _ in range(15)
        ]
        await asyncio.sleep(0.1)
        await store.read(lambda r: list(r.find_leads()), is_urgent=True)
        has_ended = [report.done() for report in reports]
        await asyncio.gather(*reports)
    assert has_ended == [False] * 15


async def test_a_page_does_not_wait_for_a_report(store_url: str) -> None:
    """One slow read leaves threads for the quick ones, also for those that came just before."""
    async with Store.open(store_url, migrate=True) as store:
        report = asyncio.create_task(store.read(lambda r: r.connection.execute(SLOW).scalar()))
        pages = [asyncio.create_task(store.read(lambda r: list(r.find_leads()))) for _ in range(9)]
        done, _ = await asyncio.wait([report, *pages], return_when=asyncio.FIRST_COMPLETED)
        assert report not in done
        assert await asyncio.gather(*pages) == [[]] * 9
        assert not report.done()
        await report
