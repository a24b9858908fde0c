"""The store is locked, full, read-only, without its tables, gone: calls wait for it and are told.

Each fault is the engine's own: another program's lock, a page limit, a statement that PostgreSQL
refuses. The bridge is real and follows a journal, in which calls go on meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from paper_pbx import PaperPbx, bridge_on_paper, linkedid_of

from pbx_bridge import call_flow
from pbx_bridge.app import backfill
from pbx_bridge.lab.postgres import PostgresServer
from pbx_bridge.ledger import record_call

Fault = Callable[[str], AbstractAsyncContextManager[None]]
_HOLD_LOCK = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def file_of(url: str) -> str:
    return url.partition(":///")[2]


@pytest.fixture
def pbx(tmp_path: Path) -> PaperPbx:
    return PaperPbx(tmp_path / "journal.csv")


# ---------------------------------------------------------------- faults of SQLite


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another program holds the write lock, for longer than we wait for it at a time."""
    with subprocess.Popen(  # noqa: ASYNC220 - it says a word at once
        [sys.executable, "-c", _HOLD_LOCK, file_of(url)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        yield
        other.stdin.close()


class Writers:
    """The driver's connections that write, as they are opened."""

    def __init__(self) -> None:
        self.opened: list[sqlite3.Connection] = []

    def note(self, connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            self.opened.append(connection)

    def pragma(self, text: str) -> None:
        for connection in self.opened:
            connection.execute(f"PRAGMA {text}")


@pytest.fixture
def writers() -> Iterator[Writers]:
    found = Writers()
    sa.event.listen(sa.Engine, "connect", found.note)
    yield found
    sa.event.remove(sa.Engine, "connect", found.note)


@asynccontextmanager
async def full(url: str, writers: Writers) -> AsyncIterator[None]:
    """SQLITE_FULL: not a page more than there is."""
    writers.pragma("max_page_count=1")  # SQLite takes what there is as the least
    yield
    writers.pragma("max_page_count=1000000")


@asynccontextmanager
async def read_only(url: str, writers: Writers) -> AsyncIterator[None]:
    """SQLITE_READONLY."""
    writers.pragma("query_only=ON")
    yield
    writers.pragma("query_only=OFF")


# ---------------------------------------------------------------- faults of PostgreSQL


@asynccontextmanager
async def administering(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


def refusing(state: str) -> Fault:
    """PostgreSQL answers each write of a call with this SQLSTATE."""

    @asynccontextmanager
    async def fault(url: str) -> AsyncIterator[None]:
        async with administering(url) as server:
            await server.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$;"
                "CREATE TRIGGER refused BEFORE INSERT OR UPDATE ON calls "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
            yield
            await server.execute("DROP TRIGGER refused ON calls; DROP FUNCTION refuse")

    return fault


@asynccontextmanager
async def made_read_only(url: str) -> AsyncIterator[None]:
    """An administrator makes the database read-only, and hangs up on everybody."""
    name = url.rpartition("/")[2]
    alter = f"ALTER DATABASE {name} {{}} default_transaction_read_only"
    hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    async with administering(url.replace(name, "postgres")) as server:
        await server.execute(alter.format("SET") + " = on")
        await server.execute(f"{hang_up} AND datname = '{name}'")
        yield
        await server.execute(alter.format("RESET"))
        await server.execute(f"{hang_up} AND datname = '{name}'")


@asynccontextmanager
async def without_table(url: str) -> AsyncIterator[None]:
    """The table of the calls is gone, and comes back: a backup is being restored."""
    if url.startswith("sqlite"):
        with sqlite3.connect(file_of(url), isolation_level=None, timeout=10) as store:
            store.execute("ALTER TABLE calls RENAME TO calls_elsewhere")
            yield
            store.execute("ALTER TABLE calls_elsewhere RENAME TO calls")
        return
    async with administering(url) as server:
        await server.execute("ALTER TABLE calls RENAME TO calls_elsewhere")
        yield
        await server.execute("ALTER TABLE calls_elsewhere RENAME TO calls")


# ---------------------------------------------------------------- what is promised


async def play_through(
    pbx: PaperPbx, url: str, fault: AbstractAsyncContextManager[None], *, meanwhile: int = 2
) -> None:
    """A call before, some while it lasts, one after: all told, and `/readyz` says what is true."""
    last = meanwhile + 2
    async with bridge_on_paper(pbx, url) as bridge:
        pbx.play(1)
        await bridge.wait_for_calls(1)
        async with fault:
            pbx.play(*range(2, last))
            await bridge.wait_for_problem("writes wait for it")
            assert await bridge.metric('pbx_bridge_writes_waiting{pbx="lab"}') > 0
        pbx.play(last)
        await bridge.wait_for_calls(*range(1, last + 1))
        await bridge.wait_until_well()
        assert await bridge.metric('pbx_bridge_writes_failed_total{how="given_up",pbx="lab"}') == 0
        assert await bridge.metric('pbx_bridge_writes_waiting{pbx="lab"}') == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_store_that_another_program_locks_is_waited_for(
    pbx: PaperPbx, store_url: str
) -> None:
    """Longer than SQLite itself waits: calls are told when the lock is let go."""
    await play_through(pbx, store_url, locked(store_url))


@pytest.mark.parametrize("fault", [full, read_only])
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_an_sqlite_store_that_is_full_or_read_only_is_waited_for(
    pbx: PaperPbx, store_url: str, writers: Writers, fault: Any
) -> None:
    """No room, no right to write: what is known is kept, and written when that is mended."""
    await play_through(pbx, store_url, fault(store_url, writers), meanwhile=40)


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_store_whose_tables_are_gone_is_waited_for(pbx: PaperPbx, store_url: str) -> None:
    """While a backup is restored the table is missing: no call is given up for that."""
    await play_through(pbx, store_url, without_table(store_url))


@pytest.mark.parametrize(
    "state",
    [
        pytest.param("53100", id="disk full"),
        pytest.param("53300", id="too many connections"),
        pytest.param("40001", id="serialization failure"),
        pytest.param("40P01", id="deadlock"),
        pytest.param("57014", id="statement cancelled"),
        pytest.param("42501", id="right taken away"),
        pytest.param("XX001", id="data damaged"),
    ],
)
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_what_postgresql_refuses_for_now_is_waited_for(
    pbx: PaperPbx, store_url: str, state: str
) -> None:
    """Whatever an operator can mend, or another transaction caused, is no reason to give up."""
    await play_through(pbx, store_url, refusing(state)(store_url))


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_a_postgresql_made_read_only_is_waited_for(pbx: PaperPbx, store_url: str) -> None:
    """A standby, or a disk that is nearly full: calls are told when it writes again."""
    await play_through(pbx, store_url, made_read_only(store_url))


@contextmanager
def a_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_postgresql_that_is_restarted_is_waited_for(pbx: PaperPbx, how: str) -> None:
    """Shut down in order or at once, and gone for seconds: every call is told, once."""
    import signal

    words = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}

    with a_server() as server:
        url = server.new_database()

        @asynccontextmanager
        async def restarted(_url: str) -> AsyncIterator[None]:
            await asyncio.to_thread(server.stop, words[how])
            yield
            server.start()
            await asyncio.to_thread(server.wait_until_ready)

        await play_through(pbx, url, restarted(url))


# ---------------------------------------------------------------- what is given up


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_call_that_we_cannot_write_is_kept_for_a_backfill(
    pbx: PaperPbx, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours costs neither the calls behind it nor, once it is mended, the call."""

    def broken(writer: Any, call: Any, *rest: Any) -> Any:
        if call.linkedid == linkedid_of(2):
            raise ZeroDivisionError("a defect")
        return record_call(writer, call, *rest)

    with monkeypatch.context() as defect:
        defect.setattr(call_flow, "record_call", broken)
        async with bridge_on_paper(pbx, store_url) as bridge:
            pbx.play(1, 2, 3)
            await bridge.wait_for_calls(1, 3)
            given_up = 'pbx_bridge_writes_failed_total{how="given_up",pbx="lab"}'
            assert await bridge.metric(given_up) > 0

    pbx.journal.unlink()
    async with bridge_on_paper(pbx, store_url) as bridge:
        await backfill(bridge.config, bridge.config.pbx[0], [])
        await bridge.wait_for_calls(1, 2, 3)
        assert await bridge.store.read(lambda r: r.unfinished_stories("lab")) == []


# ---------------------------------------------------------------- what stays bounded


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_while_the_store_is_away_the_journal_waits_on_disk(
    pbx: PaperPbx, store_url: str
) -> None:
    """A long outage under load costs no memory: some hundred writes wait, the rest is unread."""
    many = 900
    async with bridge_on_paper(pbx, store_url) as bridge:
        async with locked(store_url):
            with pbx.journal.open("a", encoding="utf-8") as file:
                from paper_pbx import rows_of

                file.writelines(row for number in range(many) for row in rows_of(number))
            await bridge.wait_for_problem("writes wait for it")
            rows = await bridge.metric('pbx_bridge_journal_rows_total{how="read",pbx="lab"}')
            assert rows < many * 17 * 0.8
        await bridge.wait_for_calls(*range(many), within=60)
