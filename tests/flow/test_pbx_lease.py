"""The lease as a bridge keeps it: standing by, taking over, and noticing that it stood still."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crm_store.records import JournalPosition
from crm_store.store import Store
from pbx_bridge import pbx_lease
from pbx_bridge.pbx_lease import LeaseKeeper
from pbx_bridge.process_names import is_gone, name_of_this_process


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pbx_lease, "_RENEW_SECONDS", 0.02)


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, migrate=True) as opened:
        yield opened


class StandingClock:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def position(offset: int) -> JournalPosition:
    return JournalPosition(pbx="lab", path="/cel.csv", inode=1, offset=offset)


async def kept_offset(store: Store) -> int | None:
    known = await store.read(lambda reader: reader.journal_position("lab"))
    return known.offset if known is not None else None


async def test_the_second_bridge_stands_by_until_the_first_gives_back(store: Store) -> None:
    """A clean stop hands over at once, with the mark where the first one was."""
    one, other = LeaseKeeper(store, "lab"), LeaseKeeper(store, "lab")
    await one.obtain()
    waiting = asyncio.create_task(other.obtain())
    await asyncio.sleep(0.2)
    assert (one.is_ours, other.is_ours, waiting.done()) == (True, False, False)
    assert other.holder == one.holder

    await one.give_back(position(7))
    await asyncio.wait_for(waiting, 5)
    assert (one.is_ours, other.is_ours) == (False, True)
    assert await kept_offset(store) == 7


async def test_whoever_stood_still_writes_no_mark(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen for longer than its lease: it knows so at once, and its mark is refused."""
    clock = StandingClock()
    frozen, other = LeaseKeeper(store, "lab", clock=clock), LeaseKeeper(store, "lab")
    monkeypatch.setattr(pbx_lease, "LEASE_SECONDS", 0.1)
    await frozen.obtain()
    assert frozen.is_ours
    await asyncio.sleep(0.2)
    monkeypatch.setattr(pbx_lease, "LEASE_SECONDS", 5.0)
    await other.obtain()
    await other.give_back(position(9))
    await other.obtain()
    clock.now += 10
    assert not frozen.is_ours
    await asyncio.wait_for(frozen.keep(lambda: position(3)), 5)
    assert await kept_offset(store) == 9


async def test_a_lease_is_kept_with_the_mark_of_the_moment(store: Store) -> None:
    """Each renewal carries how far the journal is safely written down."""
    keeper = LeaseKeeper(store, "lab")
    await keeper.obtain()
    keeping = asyncio.create_task(keeper.keep(lambda: position(11)))
    async with asyncio.timeout(5):
        while await kept_offset(store) != 11:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    keeping.cancel()
    assert keeper.is_ours


def test_a_process_that_was_killed_is_gone_and_one_that_lives_is_not() -> None:
    """Also while nobody has asked after it; a name of another machine tells nothing."""
    ours = name_of_this_process()
    host, machine, pid, started, _ = ours.split("/")
    assert not is_gone(ours)
    assert is_gone(f"{host}/{machine}/{pid}/{int(started) - 1}/another")
    assert not is_gone(f"{host}/elsewhere/{pid}/1/another")
    assert not is_gone("what nobody of us writes")

    code = "from pbx_bridge.process_names import name_of_this_process as n; print(n(), flush=True)"
    child = subprocess.Popen(
        [sys.executable, "-c", f"{code}; input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert not is_gone(name)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(name)
    assert is_gone(name)
