"""Which of several bridges writes a PBX's calls down: a lease, on each engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from crm_store.engines import postgres
from crm_store.errors import StoreUnreachable
from crm_store.pbx_leases import PbxLease, give_back_lease, renew_lease, take_lease
from crm_store.records import JournalPosition
from crm_store.store import Store
from crm_store.writer import Writer

ONES = PbxLease(pbx="sydney", owner="one", epoch=1)
MARK = JournalPosition(pbx="sydney", path="/var/log/cel.csv", inode=1, offset=10)


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An empty store, on each engine in turn."""
    async with Store.open(store_url, migrate=True) as opened:
        yield opened


def taking(owner: str, **how: Any) -> Callable[[Writer], PbxLease | str]:
    """A unit of work that asks for Sydney."""
    return lambda writer: take_lease(writer, "sydney", owner, **{"seconds": 60.0, **how})


async def test_a_pbx_has_one_owner_at_a_time(store: Store) -> None:
    """The first gets it, the second is told who has it, and the first keeps it."""
    assert await store.write(taking("one")) == ONES
    assert await store.write(taking("two")) == "one"
    assert await store.write(taking("one")) == ONES


async def test_one_pbx_is_not_another(store: Store) -> None:
    """Each bridge may write the calls of another PBX."""
    assert await store.write(taking("one")) == ONES
    melbourne = await store.write(lambda w: take_lease(w, "melbourne", "two", seconds=60))
    assert melbourne == PbxLease(pbx="melbourne", owner="two", epoch=1)


async def test_what_is_given_back_or_has_run_out_is_the_next_ones(store: Store) -> None:
    """At once, and in a new epoch; whoever had it learns so when he renews it."""
    await store.write(taking("one"))
    assert await store.write(lambda w: give_back_lease(w, ONES))
    twos = PbxLease(pbx="sydney", owner="two", epoch=2)
    assert await store.write(taking("two", seconds=-1)) == twos
    assert not await store.write(lambda w: renew_lease(w, ONES, seconds=60))
    assert not await store.write(lambda w: give_back_lease(w, ONES))
    assert await store.write(taking("one")) == PbxLease(pbx="sydney", owner="one", epoch=3)
    assert not await store.write(lambda w: renew_lease(w, twos, seconds=60))


async def test_the_owner_who_is_gone_is_not_waited_for(store: Store) -> None:
    """A killed process of this machine will not renew anything."""
    await store.write(taking("one"))
    assert await store.write(taking("two", is_gone=lambda owner: owner == "one")) == PbxLease(
        pbx="sydney", owner="two", epoch=2
    )


async def test_two_bridges_that_ask_at_once(postgres_url: str) -> None:
    """An empty table, twenty times: exactly one of them gets it, the other is not refused."""
    async with (
        Store.open(postgres_url, migrate=True) as one,
        Store.open(postgres_url, migrate=True) as other,
    ):
        for number in range(20):
            pbx = f"pbx-{number}"
            taken = await asyncio.gather(
                *(
                    bridge.write(lambda w, o=owner: take_lease(w, pbx, o, seconds=60))  # noqa: B023
                    for bridge, owner in ((one, "one"), (other, "two"))
                )
            )
            assert sum(isinstance(each, PbxLease) for each in taken) == 1


async def test_nobody_takes_it_while_something_is_written_under_it(postgres_url: str) -> None:
    """Renewed and not yet committed: it is not over, whatever its time says; nobody waits."""
    async with (
        Store.open(postgres_url, migrate=True) as one,
        Store.open(postgres_url, migrate=True) as other,
    ):
        await one.write(taking("one", seconds=-1))

        def renew_slowly(writer: Writer) -> bool:
            is_ours = renew_lease(writer, ONES, seconds=60)
            writer.set_journal_position(MARK)
            writer.connection.execute(sa.text("SELECT pg_sleep(0.5)"))
            return is_ours

        writing = asyncio.create_task(one.write(renew_slowly))
        await asyncio.sleep(0.2)
        assert await other.write(taking("two")) == "another bridge"
        assert await writing
        assert await other.write(taking("two")) == "one"


async def test_a_bridge_that_freezes_in_the_middle_holds_nobody_up(
    postgres_url: str, monkeypatch: Any
) -> None:
    """What it had begun is undone by PostgreSQL, and its locks are free again."""
    monkeypatch.setattr(postgres, "_FROZEN_SECONDS", 1)
    async with (
        Store.open(postgres_url, migrate=True) as one,
        Store.open(postgres_url, migrate=True) as other,
    ):
        await one.write(taking("one", seconds=-1))

        def freeze(writer: Writer) -> bool:
            renew_lease(writer, ONES, seconds=60)
            time.sleep(2)
            return renew_lease(writer, ONES, seconds=60)

        def frozen() -> Any:
            async def run() -> Any:
                async with Store.open(postgres_url) as store:
                    return await store.write(freeze)

            return asyncio.run(run())

        frozen_one = asyncio.create_task(asyncio.to_thread(frozen))
        await asyncio.sleep(1.7)
        assert await other.write(taking("two")) == PbxLease(pbx="sydney", owner="two", epoch=2)
        with pytest.raises(StoreUnreachable):  # it is run once more, and freezes again
            await frozen_one


async def test_a_bridge_that_stood_still_for_a_moment_does_its_work_all_the_same(
    postgres_url: str, monkeypatch: Any
) -> None:
    """PostgreSQL has undone what it had begun; it begins anew, and nobody hears of it."""
    monkeypatch.setattr(postgres, "_FROZEN_SECONDS", 1)
    runs = 0

    def stand_still_once(writer: Writer) -> bool:
        nonlocal runs
        runs += 1
        is_taken = take_lease(writer, "sydney", "one", seconds=60)
        if runs == 1:
            time.sleep(2)
        return is_taken == ONES and renew_lease(writer, ONES, seconds=60)

    async with Store.open(postgres_url, migrate=True) as store:
        assert await store.write(stand_still_once)
        assert (runs, await store.write(taking("two"))) == (2, "one")
