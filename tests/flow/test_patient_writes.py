"""What a bridge that lost its lease still wants to write is not written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from crm_store.records import Lead
from crm_store.store import Store
from pbx_bridge.flow_settings import FlowCounts
from pbx_bridge.patient_writes import PatientWrites


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, migrate=True) as opened:
        yield opened


async def test_a_write_waits_until_it_is_ours_again_or_is_given_up(store: Store) -> None:
    """Asked in the moment of writing: what was in the queue before it stood still waits too."""
    is_ours, counts = False, FlowCounts()
    writes = PatientWrites(store, "lab", counts, lambda: is_ours)
    given_up = asyncio.create_task(writes.write("1.1", lambda w: w.add(Lead(name="Ada"))))
    waiting = asyncio.create_task(writes.write("1.2", lambda w: w.add(Lead(name="Bob"))))
    await asyncio.sleep(0.3)
    assert not given_up.done()
    given_up.cancel()
    await asyncio.sleep(0)
    is_ours = True
    assert await asyncio.wait_for(waiting, 10) == 1
    leads = await store.read(lambda reader: list(reader.find_leads()))
    assert [lead.name for lead in leads] == ["Bob"]
    assert (counts.unwritten, counts.write_retries) == (0, 0)
