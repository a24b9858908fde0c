"""Every connection is taken: exports that nobody reads keep no call from being written."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing

import pytest

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
