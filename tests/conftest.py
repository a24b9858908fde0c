"""Real engines for every suite: an SQLite file, and a PostgreSQL server of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

_USER = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A server that lives as long as the test session, on a free port of the loopback."""

    programs: Path
    port: int
    numbers: Iterator[int]

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"test_{next(self.numbers)}"
        self._run("createdb", name)
        return f"postgresql+asyncpg://{_USER}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run("dropdb", "--force", "--if-exists", url.rpartition("/")[2])

    def _run(self, program: str, *arguments: str) -> None:
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", _USER)
        subprocess.run([self.programs / program, *where, *arguments], check=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started for this session and gone with it, data and all."""
    programs = _postgres_programs()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="crm-store-postgres-"))
    try:
        with _running(programs, folder, port):
            yield PostgresServer(programs=programs, port=port, numbers=count(1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _postgres_programs() -> Path:
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3])
    )
    on_path = shutil.which("initdb")
    if not installed and on_path is None:
        pytest.fail(
            "PostgreSQL is not installed: the store's suite runs on both engines. "
            "On Debian and Ubuntu: apt-get install postgresql",
            pytrace=False,
        )
    return installed[-1].parent if installed else Path(on_path or "").parent


@contextmanager
def _running(programs: Path, folder: Path, port: int) -> Iterator[None]:
    """The server as our own child; it also ends when this process dies without a word."""
    shield = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        shield += ["--reuid", _USER, "--regid", str(user.pw_gid), "--clear-groups"]
    data, log = folder / "data", folder / "log"
    made = subprocess.run(
        [*shield, programs / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "-N"],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    if made.returncode:
        pytest.fail(f"initdb failed:\n{made.stderr}", pytrace=False)
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with log.open("w") as output:
        server = subprocess.Popen(
            [*shield, programs / "postgres", "-D", data, "-p", str(port), *options],
            stdout=output,
            stderr=output,
            cwd=folder,
        )
    try:
        _wait_until_ready(server, programs, port, log)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=10)


def _wait_until_ready(
    server: subprocess.Popen[bytes], programs: Path, port: int, log: Path
) -> None:
    deadline = time.monotonic() + 30
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}", pytrace=False)
        time.sleep(0.05)
