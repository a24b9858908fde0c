"""Killed in the middle: what was acknowledged is there, once, and the store opens again."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_samples import RANG_AT

from crm_store.errors import StoreUnreachable
from crm_store.records import CallRecord, Direction
from crm_store.store import Store

ACKNOWLEDGED_BEFORE_THE_KILL = 60

WRITING = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from crm_store import Store
from store_samples import ringing

async def main():
    async with Store.open(sys.argv[1], migrate=True) as store:
        async def submit(first):
            for number in range(first, 1_000_000, 20):
                await store.write(lambda w: w.put_call(ringing(f"{number}.1")))
                print(f"{number}.1", flush=True)
        await asyncio.gather(*(submit(first) for first in range(20)))

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_kill_minus_nine(store_url: str) -> None:
    """SIGKILL while twenty submitters write: every acknowledged call is there, exactly once."""
    writing = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WRITING,
        store_url,
        str(Path(__file__).parent),
        stdout=asyncio.subprocess.PIPE,
    )
    assert writing.stdout is not None
    acknowledged: set[str] = set()
    while len(acknowledged) < ACKNOWLEDGED_BEFORE_THE_KILL:
        line = await asyncio.wait_for(writing.stdout.readline(), 30)
        assert line, "the writing program ended by itself"
        acknowledged.add(line.decode().strip())
    writing.kill()
    rest = (await writing.stdout.read()).decode()
    assert await writing.wait() == -signal.SIGKILL
    acknowledged |= set(rest[: rest.rfind("\n") + 1].split())
    async with Store.open(store_url) as store:
        calls = await store.read(lambda r: [call.linkedid for call in r.find_calls()])
        assert acknowledged <= set(calls)
        assert len(calls) == len(set(calls))
        more = CallRecord(
            pbx="sydney",
            linkedid="after",
            direction=Direction.INBOUND,
            caller_number="1",
            dialled_number="2",
            started_at=RANG_AT,
        )
        assert await store.write(lambda w: w.put_call(more)) is True


@pytest.mark.parametrize(
    "state",
    [
        pytest.param("57P03", id="starting up, shutting down"),
        pytest.param("57P01", id="shut down by its administrator"),
        pytest.param("57P02", id="crashed beside another's connection"),
        pytest.param("53100", id="disk full"),
        pytest.param("53300", id="too many connections"),
        pytest.param("58030", id="disk unreadable"),
        pytest.param("25006", id="a standby that only reads"),
    ],
)
async def test_a_server_that_cannot_serve_now_is_away_and_not_a_defect(
    postgres_url: str, state: str
) -> None:
    """Whoever waits for the store to come back has to be told so, reading and writing alike."""
    said = sa.text(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$")
    async with Store.open(postgres_url, migrate=True) as store:
        with pytest.raises(StoreUnreachable):
            await store.read(lambda r: r.connection.execute(said))
        with pytest.raises(StoreUnreachable):
            await store.write(lambda w: w.connection.execute(said))
