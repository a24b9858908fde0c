"""Real callers while the store is locked, slow or gone: they get through, and are told later."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from bridge import Office
from company import POSTER, STRANGER, UNRECORDED
from holds import is_in_time
from wire import inbound

from crm_store.records import Enrichment, Outcome
from pbx_bridge.lab import LabPbx, SippPhone
from pbx_bridge.lab.postgres import PostgresServer

_HOLD_LOCK = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


async def test_a_caller_is_looked_up_while_another_program_locks_the_store(
    quiet_office: Office,
) -> None:
    """Readers do not wait for writers: he is shown by his campaign, and told when the lock goes."""
    file = quiet_office.store_url.partition(":///")[2]
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
        quiet_office.bridged(),
    ):
        with subprocess.Popen(  # noqa: ASYNC220 - it says a word at once
            [sys.executable, "-c", _HOLD_LOCK, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            wire = await quiet_office.trunk.call(STRANGER, POSTER.raw, hang_up_after_seconds=0.2)
            untold = await quiet_office.calls()
            assert other.stdin is not None
            other.stdin.close()
        [call] = await quiet_office.wait_for_calls(1, within=15.0)
        await desk.wait_for_end()

    assert untold == []
    assert is_in_time(wire)
    assert (call.enrichment, call.outcome) == (Enrichment.ENRICHED, Outcome.ANSWERED)
    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"


async def test_callers_get_through_while_postgresql_is_gone(pbx: LabPbx) -> None:
    """Killed under a call and away for another: both ring in time, both are told, each once."""
    with PostgresServer() as server:
        async with (
            Office.open(pbx, server.new_database()) as office,
            SippPhone(office.pbx, "1001", reply_after_seconds=0.1) as desk,
            office.bridged(),
        ):
            async with office.trunk.dial(
                STRANGER, UNRECORDED.raw, hang_up_after_seconds=1.0
            ) as placed:
                await placed.wait_for_answer()
                await asyncio.to_thread(server.stop, signal.SIGQUIT)
                first = await placed.wait_for_end()
            second = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
            server.start()
            await asyncio.to_thread(server.wait_until_ready)
            calls = await office.wait_for_calls(2, within=20.0)
            await desk.wait_for_end()

    assert [is_in_time(first), is_in_time(second)] == [True, True]
    assert calls == [
        inbound(
            wire,
            UNRECORDED,
            {"1001": phone},
            matched=call.matched,
            candidates=call.candidates,
            enrichment=call.enrichment,
            recordings=call.recordings,
        )
        for wire, phone, call in zip([first, second], desk.calls, calls, strict=True)
    ]
    assert calls[1].enrichment is not Enrichment.ENRICHED
    assert len({call.call_id for call in calls}) == 2


@dataclass(slots=True)
class SlowWire:
    """A TCP proxy before PostgreSQL that lets each answer wait."""

    server_port: int
    seconds: float = 0.0
    port: int = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SlowWire]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, ours: asyncio.StreamReader, ours_out: asyncio.StreamWriter) -> None:
        theirs, theirs_out = await asyncio.open_connection("127.0.0.1", self.server_port)
        try:
            await asyncio.gather(
                self._pass(ours, theirs_out, is_slow=False),
                self._pass(theirs, ours_out, is_slow=True),
            )
        except OSError:
            pass
        finally:
            ours_out.close()
            theirs_out.close()

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_slow: bool
    ) -> None:
        while some := await source.read(65536):
            await asyncio.sleep(self.seconds if is_slow else 0)
            target.write(some)
            await target.drain()
        target.close()


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_a_postgresql_whose_every_answer_takes_long_holds_nobody(
    quiet_office: Office,
) -> None:
    """300 ms for each statement: the look-up is over the budget, the call is told none the less."""
    url = quiet_office.store_url
    port = url.rpartition("/")[0].rpartition(":")[2]
    async with SlowWire(int(port)).open() as wire_to_store:
        slow_url = url.replace(f":{port}/", f":{wire_to_store.port}/")
        slow = Office(quiet_office.pbx, slow_url, quiet_office.store)
        async with (
            SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
            slow.bridged(),
        ):
            wire_to_store.seconds = 0.3
            wire = await slow.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
            wire_to_store.seconds = 0.0
            [call] = await slow.wait_for_calls(1, within=15.0)
            await desk.wait_for_end()

    assert is_in_time(wire)
    assert (call.enrichment, call.outcome) == (Enrichment.OVER_BUDGET, Outcome.ANSWERED)
