"""Asterisk's cel_pgsql writes into a real PostgreSQL: the same door, the same records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from bridge import SETTINGS, Office, ask_ready, wait_until_ready
from company import STRANGER, UNRECORDED
from wire import inbound

from pbx_bridge.asterisk.cel import event_from_row
from pbx_bridge.asterisk.cel_table import CelTable
from pbx_bridge.asterisk.journal import JournalCounts
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.lab import LabPbx, SippPhone, Trunk, WireCall, office_files
from pbx_bridge.lab.office import find_dialplan
from pbx_bridge.lab.postgres import PostgresServer

EVIL_NAME = 'Ann "O\'Hara" \\ {x} $1'


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that is the PBX's alone."""
    with PostgresServer() as started:
        yield started


@pytest_asyncio.fixture
async def table_url(server: PostgresServer) -> str:
    """A database with the shipped table in it."""
    url = server.new_database().replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute((find_dialplan() / "cel_table.sql").read_text())
    await connection.close()
    return f"{url}?table=cel"


@pytest_asyncio.fixture
async def table_pbx(table_url: str) -> AsyncIterator[LabPbx]:
    """The office's PBX, which writes its events into the table, and into the journal beside it."""
    where, _, database = table_url.partition("?")[0].partition("://")[2].rpartition("/")
    user, _, host = where.partition("@")
    address, _, port = host.partition(":")
    settings = {"hostname": address, "port": port, "dbname": database, "user": user}
    settings |= {"password": "trusted", "table": "cel", "show_user_defined": "no"}
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    modules = (resources.files("pbx_bridge.lab") / "etc/modules.conf").read_text("utf-8")
    files = office_files(SETTINGS)
    files["cel_pgsql.conf"] = f"[global]\n{lines}"
    files["modules.conf"] = f"{modules}\nload = cel_pgsql.so\n"
    async with LabPbx(files) as pbx:
        yield pbx


async def read_table(table_url: str) -> list[ChannelEvent]:
    """Every event in the table."""
    events: list[ChannelEvent] = []
    async for batch in CelTable(table_url).follow(JournalCounts(), None):
        if not batch:
            break
        events += [item.event for item in batch]
    return events


def read_journal(path: Path) -> list[ChannelEvent]:
    """Every event in the journal."""
    with path.open("rb") as file:
        return [event_from_row(row.fields) for row in split_rows(file)]


async def test_a_table_tells_what_the_journal_tells(table_pbx: LabPbx, table_url: str) -> None:
    """Event for event, to the microsecond, whatever a stranger calls himself."""
    async with SippPhone(table_pbx, "1001", reply_after_seconds=0.2):
        trunk = Trunk(table_pbx)
        await trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        await trunk.call(STRANGER, UNRECORDED.raw, EVIL_NAME, hang_up_after_seconds=0.2)
        await asyncio.sleep(0.5)
    journal, table = read_journal(table_pbx.journal), await read_table(table_url)
    assert len(table) > 30
    assert sorted(table, key=repr) == sorted(journal, key=repr)


async def test_calls_are_told_from_a_table_also_when_its_server_was_away(
    server: PostgresServer, table_pbx: LabPbx, table_url: str, store_url: str
) -> None:
    """Live, and again once it is back; what Asterisk could not write meanwhile nobody knows."""
    source = {"journal": None, "journal_table": table_url}
    async with (
        Office.open(table_pbx, store_url) as office,
        SippPhone(table_pbx, "1001", reply_after_seconds=0.2) as desk,
        office.bridged(pbx=source) as config,
    ):

        async def place(number: str) -> WireCall:
            return await office.trunk.call(number, UNRECORDED.raw, hang_up_after_seconds=0.3)

        before = await place("0491570201")
        first = await office.wait_for_call(number="0491570201")
        server.stop()
        await place("0491570202")
        status, said = await wait_for_problem(config.web.port)
        server.start()
        server.wait_until_ready()
        await wait_until_ready(config.web.port)
        after = await place("0491570203")
        last = await office.wait_for_call(number="0491570203")
        calls = await office.calls()
        phones = desk.calls

    assert [first, last] == [
        inbound(before, UNRECORDED, {"1001": phones[0]}),
        inbound(after, UNRECORDED, {"1001": phones[2]}),
    ]
    assert [call.caller_number for call in calls if call.ended_at] == [
        first.caller_number,
        last.caller_number,
    ]
    assert status == 503
    assert "?table=cel cannot be read" in str(said["problems"])
    assert "trusted" not in str(said)


async def wait_for_problem(port: int) -> tuple[int, dict[str, Any]]:
    """What `/readyz` says as soon as it is not ready."""
    async with asyncio.timeout(20):
        while (answer := await ask_ready(port))[0] == 200:  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.02)
    return answer
