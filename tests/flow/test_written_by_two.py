"""A bridge that lost its lease in the middle of a write commits it after all: one record."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from crm_store.records import PersonType
from crm_store.store import Store
from pbx_bridge.directory import read_directory
from pbx_bridge.ledger import record_call
from pbx_bridge.settling import Bookkeeping
from tests.calls.replay import read_journal, tell_calls


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_a_call_that_two_bridges_write_at_once_becomes_one_lead(store_url: str) -> None:
    """The first has made the lead and not committed yet, when the second begins with the call."""
    (call,) = tell_calls(read_journal("snippet_plain")).values()
    is_written, may_commit = threading.Event(), threading.Event()

    async def write(unit: Any) -> None:
        async with Store.open(store_url) as store:
            books = Bookkeeping(directory=await store.read(read_directory), country="AU")
            await store.write(lambda writer: unit(writer, books))

    def write_and_stand_still(writer: Any, books: Bookkeeping) -> None:
        record_call(writer, call, None, books)
        is_written.set()
        may_commit.wait(10)

    first = asyncio.create_task(asyncio.to_thread(asyncio.run, write(write_and_stand_still)))
    await asyncio.to_thread(is_written.wait, 10)
    second = asyncio.create_task(write(lambda w, books: record_call(w, call, None, books)))
    await asyncio.sleep(0.5)
    assert not second.done()
    may_commit.set()
    await asyncio.gather(first, second)
    async with Store.open(store_url) as store:
        leads = await store.read(lambda r: list(r.people(PersonType.LEAD)))
        activities = await store.read(lambda r: list(r.find_activities()))
        record = await store.read(lambda r: r.call(call.pbx, call.linkedid))
    assert (len(leads), activities) == (1, [])
    assert record is not None
    assert record.record is not None
    assert (record.record.type, record.record.id) == ("lead", leads[0].id)
