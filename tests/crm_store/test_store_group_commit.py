"""One writer, many waiting: few commits, each failure alone, nothing acknowledged too early."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from store_samples import ADA, ringing

from crm_store.engines.group_commit import GroupCommit, Verdict
from crm_store.errors import StoreClosed
from crm_store.records import Lead, PhoneNumber
from crm_store.store import Store

NUMBER = (PhoneNumber(raw=ADA, e164=ADA),)


def first_call(writer: Any) -> bool:
    """What the bridge does at the ring of a stranger: a lead, unless he is on file."""
    writer.lock_number(ADA)
    if writer.look_up(ADA).candidates:
        return False
    writer.create(Lead(name="Ada", phone_numbers=NUMBER))
    return True


async def test_fifty_hang_ups_cost_few_commits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Units that wait together share a transaction: the first goes alone, the rest as one."""
    groups: list[int] = []
    run = store._backend.run_group

    async def counting(units: Sequence[Any]) -> list[Verdict]:
        groups.append(len(units))
        return await run(units)

    monkeypatch.setattr(store._writes, "_run_group", counting)
    calls = [ringing(f"{number}.1") for number in range(50)]
    await asyncio.gather(*(store.write(lambda w, c=c: w.put_call(c)) for c in calls))
    assert sum(groups) == 50
    assert len(groups) <= 2
    assert len(await store.read(lambda r: list(r.find_calls()))) == 50


async def test_a_unit_that_fails_takes_no_neighbour_down(store: Store) -> None:
    """Every third unit raises after it has written: it alone is undone, and hears why."""

    def unit(number: int) -> Callable[[Any], int]:
        def work(writer: Any) -> int:
            writer.put_call(ringing(f"{number:02}"))
            if number % 3 == 0:
                raise ValueError(number)
            return number

        return work

    told = await asyncio.gather(
        *(store.write(unit(number)) for number in range(12)), return_exceptions=True
    )
    good = [number for number in range(12) if number % 3]
    assert [one for one in told if not isinstance(one, ValueError)] == good
    assert [one.args[0] for one in told if isinstance(one, ValueError)] == [0, 3, 6, 9]
    calls = await store.read(lambda r: [call.linkedid for call in r.find_calls()])
    assert calls == [f"{number:02}" for number in good]


async def test_a_unit_that_fails_alone_leaves_nothing(store: Store) -> None:
    """It has no savepoint of its own where it has no neighbours: its transaction is undone."""

    def work(writer: Any) -> None:
        writer.put_call(ringing("1.1"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(work)
    assert await store.write(lambda w: w.put_call(ringing("2.1")))
    calls = await store.read(lambda r: [call.linkedid for call in r.find_calls()])
    assert calls == ["2.1"]


async def test_twenty_first_calls_at_once_make_one_lead(store_url: str) -> None:
    """The same stranger twenty times at once, through two bridges: one lead, whoever is first."""
    async with (
        Store.open(store_url, migrate=True) as here,
        Store.open(store_url) as there,
    ):
        made = await asyncio.gather(
            *((here, there)[number % 2].write(first_call) for number in range(20))
        )
        leads = await here.read(lambda r: list(r.find_leads()))
    assert (sorted(made), len(leads)) == ([False] * 19 + [True], 1)


async def test_two_bridges_that_want_the_same_numbers_crosswise_both_get_on(
    store_url: str,
) -> None:
    """Locks taken in opposite order are how deadlocks are made: everything is done all the same."""

    def lock(e164: str, linkedid: str) -> Callable[[Any], bool]:
        def work(writer: Any) -> bool:
            writer.lock_number(e164)
            return bool(writer.put_call(ringing(linkedid)))

        return work

    async with (
        Store.open(store_url, migrate=True) as here,
        Store.open(store_url) as there,
        asyncio.timeout(20),
    ):
        work: list[Awaitable[bool]] = []
        for number in range(40):
            one, other = (ADA, "+61298765432") if number % 2 else ("+61298765432", ADA)
            work.append(here.write(lock(one, f"here{number}")))
            work.append(there.write(lock(other, f"there{number}")))
        assert all(await asyncio.gather(*work))


async def test_units_run_in_the_order_in_which_they_were_submitted(store: Store) -> None:
    """Ring before hang-up, also when nobody waits in between."""
    ran: list[int] = []
    await asyncio.gather(*(store.write(lambda _, n=n: ran.append(n)) for n in range(100)))
    assert ran == list(range(100))


async def test_closing_finishes_what_was_submitted_and_takes_no_more(store_url: str) -> None:
    """The last hang-ups of the day are written; a late one is told that it is late."""
    async with Store.open(store_url, migrate=True) as store:
        late = [
            asyncio.create_task(store.write(lambda w, n=n: w.put_call(ringing(f"{n}.1"))))
            for n in range(30)
        ]
        await asyncio.sleep(0)
    assert await asyncio.gather(*late) == [True] * 30
    with pytest.raises(StoreClosed):
        await store.write(lambda w: w.put_call(ringing()))
    async with Store.open(store_url) as again:
        assert len(await again.read(lambda r: list(r.find_calls()))) == 30
    assert [task for task in asyncio.all_tasks() if "crm-store" in task.get_name()] == []


async def test_an_error_of_the_block_comes_out_as_it_is(store_url: str) -> None:
    """A script's own mistake is not wrapped in anything of ours."""
    with pytest.raises(ZeroDivisionError):
        async with Store.open(store_url, migrate=True):
            raise ZeroDivisionError


class Disk:
    """Where groups go when no database is needed; holds them until released."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.is_free = asyncio.Event()

    async def run(self, units: Sequence[Any]) -> list[Verdict]:
        await self.is_free.wait()
        self.groups.append(len(units))
        return [Verdict(value=unit(None)) for unit in units]


async def test_a_full_queue_holds_its_submitters_back() -> None:
    """Memory is bounded: with three waiting, the next one waits outside until there is room."""
    disk = Disk()
    writes = GroupCommit(disk.run, most_waiting=3, most_per_group=2)
    running = asyncio.create_task(writes.run())
    submitted = [asyncio.create_task(writes.submit(lambda _: 1)) for _ in range(10)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert writes._queue.qsize() == 3
    disk.is_free.set()
    assert sum(await asyncio.gather(*submitted)) == 10
    await writes.drain()
    await running
    assert (sum(disk.groups), max(disk.groups)) == (10, 2)


async def test_a_submitter_who_gave_up_is_dropped_and_nobody_else_notices() -> None:
    """Cancelled before its turn: not run. The ones around it are."""
    disk, ran = Disk(), []
    writes = GroupCommit(disk.run)
    running = asyncio.create_task(writes.run())
    blocking = asyncio.create_task(writes.submit(lambda _: ran.append("blocking")))
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(writes.submit(lambda _, n=n: ran.append(n))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    disk.is_free.set()
    await writes.drain()
    await running
    await asyncio.gather(blocking, *tasks, return_exceptions=True)
    assert ran == ["blocking", 0, 2]


async def test_a_disk_that_fails_tells_every_one_of_the_group() -> None:
    """A commit that fails acknowledges nobody, and the next group gets its chance."""
    broken = [True]

    async def run(units: Sequence[Any]) -> list[Verdict]:
        if broken.pop():
            broken.append(False)
            raise OSError("disk full")
        return [Verdict(value="stored")] * len(units)

    writes = GroupCommit(run)
    running = asyncio.create_task(writes.run())
    with pytest.raises(OSError, match="disk full"):
        await writes.submit(lambda _: None)
    assert await writes.submit(lambda _: None) == "stored"
    await writes.drain()
    await running
    gc.collect()
