"""Two bridges on one PBX, over one PostgreSQL, beside one: what they carry, and what it costs.

Callers come faster than the machine can serve them all with their names, so that what is carried
is what limits: a call is carried when it was answered and enriched. Bridges, PBX, database, callers
and phone share the machine, so that a second bridge has no processor of its own here: it is to
carry no less.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import sqlalchemy as sa

from bench.figure import Figure, say
from bench.office import PHONE, TRACKING_NUMBER, office_of_bench, write_company
from bench.programs import seconds_of, seconds_of_family
from crm_store import Store
from crm_store.filters import CallFilter
from crm_store.records import CallRecord, Enrichment
from pbx_bridge.lab import LabPbx, SippPhone, play_load
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.postgres import PostgresServer
from pbx_bridge.lab.programs import end_program, start_program

RATE = 100.0
SECONDS = 8
ROUNDS = 2
_START_SECONDS = 90.0
_WRITTEN_SECONDS = 120.0
_CONFIG = """\
[store]
url = "{store}"
[numbers]
country = "AU"
[web]
port = {port}
[log]
level = "warning"
[[pbx]]
name = "lab"
ari_url = "{pbx.ari_url}"
ari_password = "{pbx.secret}"
ari_app = "pbx-bridge-{number}"
ami_port = {pbx.ami_port}
ami_secret = "{pbx.secret}"
trunks = ["PJSIP/trunk-*"]
journal = "{pbx.journal}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One load. Milliseconds of one processor are for each call."""

    carried_per_second: float
    bridges_ms: float
    asterisk_ms: float
    postgres_ms: float
    bytes_a_call: float


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure one bridge and two, in turns."""
    seconds, rounds = (3, 1) if is_quick else (SECONDS, ROUNDS)
    return asyncio.run(_measure(seconds, rounds))


async def _measure(seconds: int, rounds: int) -> list[Figure]:
    turns: dict[int, list[_Turn]] = {1: [], 2: []}
    with PostgresServer() as server:
        for number in range(rounds):
            for bridges, found in turns.items():
                say(f"two bridges: round {number + 1} of {rounds}, {bridges} at work")
                found.append(await _turn(server, bridges, int(RATE * seconds)))
                say(f"two bridges: {found[-1]}")
    one, two = (median(turn.carried_per_second for turn in turns[n]) for n in (1, 2))
    return [
        Figure(name="calls carried, one bridge", value=one, unit="per s", note=_cost(turns[1])),
        Figure(name="calls carried, two bridges", value=two, unit="per s", note=_cost(turns[2])),
        Figure(name="two bridges: share of one", value=two / one, unit="×", note="aim ≥ 1"),
        Figure(
            name="PostgreSQL, a call with its lead, indexes included",
            value=median(turn.bytes_a_call for turn in turns[1]),
            unit="bytes",
        ),
    ]


def _cost(turns: Sequence[_Turn]) -> str:
    parts = {
        "bridges": median(turn.bridges_ms for turn in turns),
        "Asterisk": median(turn.asterisk_ms for turn in turns),
        "PostgreSQL": median(turn.postgres_ms for turn in turns),
    }
    said = ", ".join(f"{name} {value:.2f}" for name, value in parts.items())
    return f"processor ms a call: {said}"


async def _turn(server: PostgresServer, bridges: int, calls: int) -> _Turn:
    url = server.new_database()
    async with Store.open(url, migrate=True) as store, AsyncExitStack() as stack:
        await store.write(write_company)
        pbx = await stack.enter_async_context(LabPbx(office_of_bench(), verbosity=0))
        await stack.enter_async_context(
            SippPhone(pbx, PHONE, reply_after_seconds=0.1, is_traced=False)
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pbx-bridge-bench-")))
        running = [
            await stack.enter_async_context(_bridge(pbx, url, folder, number))
            for number in range(bridges)
        ]
        await _play(pbx, 30, rate=10)
        await _wait_for(store, 30)
        before, size = _used(pbx, running, server), await _size(store)
        load = await _play(pbx, calls, rate=RATE)
        await _wait_for(store, 30 + calls - load.failed)
        used = [now - then for now, then in zip(_used(pbx, running, server), before, strict=True)]
        found = await store.read(lambda r: list(r.find_calls(CallFilter(is_open=False))))
        of_load = sorted(found, key=lambda call: call.started_at)[30:]
        grown = await _size(store) - size
    milliseconds = [seconds / calls * 1000 for seconds in used]
    return _Turn(
        carried_per_second=_carried_per_second(of_load, placed=calls),
        bridges_ms=milliseconds[0],
        asterisk_ms=milliseconds[1],
        postgres_ms=milliseconds[2],
        bytes_a_call=grown / calls,
    )


def _carried_per_second(calls: Sequence[CallRecord], *, placed: int) -> float:
    """The rate at which the PBX had them, by the eight tenths in the middle, of those enriched.

    SIPp tells whole seconds; and a last caller whose INVITE was lost comes seconds later.
    """
    first, last = len(calls) // 10, len(calls) * 9 // 10
    took = (calls[last].started_at - calls[first].started_at).total_seconds()
    enriched = sum(call.enrichment is Enrichment.ENRICHED for call in calls)
    return (last - first) / took * enriched / placed


async def _play(pbx: LabPbx, calls: int, *, rate: float):  # type: ignore[no-untyped-def]
    return await play_load(
        pbx, TRACKING_NUMBER, rate=rate, calls=calls, hold_seconds=0.5, is_traced=False
    )


def _used(pbx: LabPbx, bridges: Sequence[Process], server: PostgresServer) -> list[float]:
    """Seconds of processor time of the bridges, Asterisk and PostgreSQL so far."""
    asterisk = int((pbx.directory / "run/asterisk.pid").read_text())
    return [
        sum(seconds_of(bridge.pid) for bridge in bridges),
        seconds_of(asterisk),
        seconds_of_family(server.pid),
    ]


async def _wait_for(store: Store, count: int) -> None:
    """Until so many calls are over in the store."""

    def ended(reader: object) -> int:
        query = sa.text("SELECT count(*) FROM calls WHERE ended_at IS NOT NULL")
        return int(reader.connection.execute(query).scalar() or 0)  # type: ignore[attr-defined]

    async with asyncio.timeout(_WRITTEN_SECONDS):
        while await store.read(ended) < count:  # noqa: ASYNC110 - another program writes them
            await asyncio.sleep(0.2)


async def _size(store: Store) -> int:
    def size(reader: object) -> int:
        query = sa.text("SELECT pg_database_size(current_database())")
        return int(reader.connection.execute(query).scalar() or 0)  # type: ignore[attr-defined]

    return await store.read(size)


@asynccontextmanager
async def _bridge(pbx: LabPbx, url: str, folder: Path, number: int) -> AsyncIterator[Process]:
    port, config = free_port(), folder / f"{number}.toml"
    config.write_text(_CONFIG.format(store=url, port=port, pbx=pbx, number=number))
    bridge = await start_program(
        *(sys.executable, "-m", "pbx_bridge", "--config", str(config), "run"),
        output=folder / f"{number}.log",
    )
    try:
        async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as web:
            while not await _is_ready(web, port):
                if bridge.returncode is not None:
                    raise RuntimeError((folder / f"{number}.log").read_text())
                await asyncio.sleep(0.1)
        yield bridge
    finally:
        await end_program(bridge, patience_seconds=20.0)


async def _is_ready(web: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with web.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


if __name__ == "__main__":
    print(*run(is_quick=bool(os.environ.get("QUICK"))), sep="\n")
