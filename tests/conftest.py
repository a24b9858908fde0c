"""Real engines for every suite: an SQLite file, and a PostgreSQL server of our own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from crm_store import migrate
from pbx_bridge.lab import LabError
from pbx_bridge.lab.postgres import PostgresServer
from tests.live.lags import machine, reading

# structlog's own way to write logs, but for tracebacks: drawn ones cost a second each.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.set_exc_info,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest_asyncio.fixture(scope="session", autouse=True)
async def watch_for_standstills() -> AsyncIterator[None]:
    """The live tests want to know when the machine stood still, or this process."""
    watching = asyncio.create_task(reading.watch())
    with machine:
        yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started for this session and gone with it, data and all."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(PostgresServer())
        except LabError as error:
            why = f"{error}: the store's suite runs on both engines. {error.hint}"
            pytest.fail(why, pytrace=False)
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that only this test knows."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store with its tables and nothing in them, on each engine in turn.

    It is copied from one that was migrated once: making the tables takes longer than most tests.
    """
    if request.param == "sqlite":
        file = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite+aiosqlite:///{file}"
    else:
        template: str = request.getfixturevalue("migrated_database")
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.new_database(template)
        yield url
        server.drop(url)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables."""
    file = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer) -> str:
    """The URL of a PostgreSQL database with the tables, to which nobody connects."""
    url = postgres_server.new_database()
    migrate(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that has no tables yet, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
