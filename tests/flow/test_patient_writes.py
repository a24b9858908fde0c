"""What a bridge that lost its lease still wants to write is not written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio

from crm_store.errors import StoreLocked
from crm_store.records import Lead
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.flow_settings import FlowCounts
from pbx_bridge.patient_writes import PatientWrites, Work


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


async def test_many_at_once_are_written_in_order_and_one_defect_costs_only_itself(
    store: Store,
) -> None:
    """Of three the second cannot be written: its events are kept, the others are on file."""

    def fail(_: Writer) -> int:
        raise RuntimeError("a defect")

    def add(name: str) -> Callable[[Writer], Any]:
        return lambda writer: writer.add(Lead(name=name))

    counts = FlowCounts()
    writes = PatientWrites(store, "lab", counts)
    works: list[Work[Any]] = [
        Work("1.1", add("Ada"), lambda: "Ada's"),
        Work("1.2", fail, lambda: "Bob's"),
        Work("1.3", add("Cem"), lambda: "Cem's"),
    ]
    assert await writes.write_each(works) == [1, None, 2]
    leads = await store.read(lambda reader: list(reader.find_leads()))
    assert [lead.name for lead in leads] == ["Ada", "Cem"]
    assert await store.read(lambda reader: reader.unfinished_stories("lab")) == ["Bob's"]
    assert counts.unwritten == 1


async def test_many_at_once_wait_for_a_store_that_is_away(store: Store) -> None:
    """What a lock kept from being written is tried again, each by itself and in its order."""
    tries: list[str] = []

    def add(name: str) -> Callable[[Writer], Any]:
        def unit(writer: Writer) -> Any:
            tries.append(name)
            if len(tries) <= 2:
                raise StoreLocked("locked by another program")
            return writer.add(Lead(name=name))

        return unit

    counts = FlowCounts()
    writes = PatientWrites(store, "lab", counts)
    works: list[Work[Any]] = [Work(name, add(name)) for name in ("Ada", "Bob")]
    assert await writes.write_each(works) == [1, 2]
    assert tries == ["Ada", "Bob", "Ada", "Bob"]
    assert counts.unwritten == 0
