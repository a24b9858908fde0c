"""A real PostgreSQL of one's own on loopback: started, killed, restarted and thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.installation import find_program
from pbx_bridge.lab.ports import free_port

_USER = "postgres"
_START_SECONDS = 30.0
_SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
_OPTIONS = tuple(part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}"))


class PostgresServer:
    """One server on a port of its own; a context manager that leaves nothing behind.

    It does not wait for the disk (``fsync``): a server that is killed loses nothing that the kernel
    has been given. It also ends when the thread that started it dies without a word.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self._programs = _find_programs()
        self._folder = Path()
        self._shield: list[str] = []
        self._server: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def __enter__(self) -> Self:
        """Make the cluster and start; LabError when PostgreSQL does not come up."""
        self._folder = Path(tempfile.mkdtemp(prefix="pbx-bridge-postgres-"))
        try:
            self._make_cluster()
            self.start()
            self.wait_until_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop at once, and delete the data."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process that the others are children of; LabError when it does not run."""
        if self._server is None:
            raise LabError("PostgreSQL does not run")
        return self._server.pid

    def new_database(self, template: str = "template1") -> str:
        """Create a database and return its URL: an empty one, or a copy of the one with a URL."""
        name = f"test_{next(self._numbers)}"
        self._run("createdb", "--template", template.rpartition("/")[2], name)
        return f"postgresql+asyncpg://{_USER}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run("dropdb", "--force", "--if-exists", url.rpartition("/")[2])

    def start(self) -> None:
        """Start the server; it takes connections once it `is_ready`."""
        program, data = str(self._programs / "postgres"), str(self._data)
        words = [program, "-D", data, "-p", str(self.port), *_OPTIONS]
        with self._log.open("ab") as output:
            self._server = subprocess.Popen(  # noqa: S603 - our words
                [*self._shield, *words], stdout=output, stderr=output, cwd=self._folder
            )

    @property
    def is_ready(self) -> bool:
        """Whether it takes connections."""
        asked = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0  # noqa: S603 - our words

    def wait_until_ready(self) -> None:
        """Return once it takes connections; LabError with its log when it does not."""
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_ready:
            if self._server is None or self._server.poll() is not None:
                raise LabError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            if time.monotonic() > deadline:
                raise LabError(f"PostgreSQL was not ready after {_START_SECONDS:.0f} s")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT hangs up on clients (fast); SIGQUIT leaves recovery to the next start."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(how)
            self._server.wait(timeout=30)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _make_cluster(self) -> None:
        """PostgreSQL refuses to run as root: it is then Debian's own user."""
        self._shield = [find_program("setpriv"), "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._shield += ["--reuid", _USER, "--regid", str(user.pw_gid), "--clear-groups"]
        options = ("-U", _USER, "-A", "trust", "-E", "UTF8", "-N")
        made = subprocess.run(  # noqa: S603 - our words
            [*self._shield, self._programs / "initdb", "-D", self._data, *options],
            capture_output=True,
            text=True,
            cwd=self._folder,
            check=False,
        )
        if made.returncode:
            raise LabError(f"initdb failed:\n{made.stderr}")

    def _run(self, program: str, *arguments: str) -> None:
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", _USER)
        subprocess.run([self._programs / program, *where, *arguments], check=True)  # noqa: S603


def _find_programs() -> Path:
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    if not installed and on_path is None:
        raise LabError(
            "PostgreSQL is not installed", hint="on Debian and Ubuntu: apt-get install postgresql"
        )
    return installed[-1].parent if installed else Path(on_path or "").parent
