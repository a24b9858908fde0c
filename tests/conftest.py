"""Real engines for every suite: an SQLite file, and a PostgreSQL server of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pbx_bridge.lab import LabError
from pbx_bridge.lab.postgres import PostgresServer


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
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/store.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
