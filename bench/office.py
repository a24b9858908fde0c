"""Where the live figures are taken: the lab's Asterisk with the shipped dialplan, and the bridge.

The bridge is a program of its own, as it is for an administrator, and its store has 1,000,000
contacts. Every other caller of ours is on file. All calls ring one scripted phone, through the
bridge's route or, without a bridge, through the fallback: the way through the dialplan is the same.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Self

import aiohttp

from bench.programs import Processor
from bench.store_lookup import PEOPLE, people_file
from crm_store import Store
from crm_store.records import TrackingNumber, User
from crm_store.writer import Writer
from pbx_bridge.lab import LabPbx, SippPhone, office_files
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.programs import end_program, start_program

PHONE = "1001"
TRACKING_NUMBER = "0299990001"
PLAIN_DIAL = "plain"
"""The extension that does nothing but ``Dial()`` the phone."""

_CALLERS = "+49301234"
_CALLERS_A_SERIES = 6_000
_START_SECONDS = 60.0
_CONFIG = """\
[store]
url = "sqlite+aiosqlite:///{store}"
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
ami_port = {pbx.ami_port}
ami_secret = "{pbx.secret}"
trunks = ["PJSIP/trunk-*"]
journal = "{pbx.journal}"
recordings = "{pbx.recordings}"
"""


def callers(series: int) -> str:
    """The first digits of the callers of one load; every other one of them is on file."""
    return f"{_CALLERS}{series % 10}"


class Office:
    """One PBX with one phone, and a bridge that can be started and stopped."""

    def __init__(self, pbx: LabPbx, folder: Path) -> None:
        self.pbx = pbx
        self._folder = folder
        self._port = free_port()
        self._config = folder / "bench.toml"
        self._bridge: Process | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        """The office at work, without a bridge yet."""
        with tempfile.TemporaryDirectory(prefix="pbx-bridge-bench-") as name:
            folder = Path(name)
            store = folder / "store.db"
            await asyncio.to_thread(shutil.copy, people_file(), store)
            await _stock(store)
            async with (
                LabPbx(office_of_bench(), verbosity=0) as pbx,
                SippPhone(pbx, PHONE, reply_after_seconds=0.1, is_traced=False),
            ):
                office = cls(pbx, folder)
                office._config.write_text(_CONFIG.format(store=store, port=office._port, pbx=pbx))
                try:
                    yield office
                finally:
                    await office.stop_bridge()

    @property
    def bridge_pid(self) -> int | None:
        """The bridge's process ID; None while there is no bridge."""
        return self._bridge.pid if self._bridge is not None else None

    async def start_bridge(self) -> None:
        """Start the bridge with an empty journal, and wait until it is ready for calls."""
        self.pbx.journal.unlink(missing_ok=True)
        self._bridge = await start_program(
            *(sys.executable, "-m", "pbx_bridge", "--config", str(self._config), "run"),
            output=self._folder / "bridge.log",
        )
        async with asyncio.timeout(_START_SECONDS):
            while not await self._is_ready():
                if self._bridge.returncode is not None:
                    raise RuntimeError((self._folder / "bridge.log").read_text())
                await asyncio.sleep(0.1)

    async def stop_bridge(self) -> None:
        """Stop the bridge, and tell the dialplan that there is none."""
        if self._bridge is not None:
            await end_program(self._bridge, patience_seconds=20.0)
            self._bridge = None
        await self.pbx.cli("dialplan set global PBX_BRIDGE_SEEN_AT 1")

    def processor(self) -> Processor:
        """The processor time used so far."""
        asterisk = int((self.pbx.directory / "run/asterisk.pid").read_text())
        return Processor.now(bridge=self.bridge_pid, asterisk=asterisk)

    def count_unenriched(self) -> int:
        """How many callers the dialplan sent on without the bridge's answer."""
        journal = self.pbx.journal
        return journal.read_bytes().count(b"NOTE,unenriched|") if journal.exists() else 0

    async def metric(self, name: str) -> float:
        """One of the bridge's own metrics: the sample whose name and labels begin so."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self._port}/metrics") as answer,
        ):
            for line in (await answer.text()).splitlines():
                if line.startswith(name):
                    return float(line.rpartition(" ")[2])
        raise KeyError(name)

    async def wait_until_written(self, seconds: float = 60.0) -> float:
        """Wait until the bridge has seen the end of every call; return how long that took."""
        started = asyncio.get_running_loop().time()
        async with asyncio.timeout(seconds):
            while await self.metric("pbx_bridge_open_calls") > 0:  # noqa: ASYNC110 - a program's
                await asyncio.sleep(0.1)
        return asyncio.get_running_loop().time() - started

    async def _is_ready(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self._port}/readyz") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False


def office_of_bench() -> dict[str, str]:
    """The files of the PBX: the shipped dialplan, and one extension that is plain ``Dial()``."""
    files = office_files({"PBX_BRIDGE_FALLBACK_DIAL": f"PJSIP/{PHONE}"})
    plain = f"[from-trunk]\nexten => {PLAIN_DIAL},1,Dial(PJSIP/{PHONE},30)\n"
    files["extensions.conf"] = files["extensions.conf"].replace("[from-trunk]\n", plain)
    return files


def write_company(writer: Writer) -> None:
    """Add our number and our agent."""
    writer.put_user(User(name="Alice", extensions=(PHONE,)))
    writer.put_tracking_number(
        TrackingNumber(
            e164="+61299990001",
            raw=TRACKING_NUMBER,
            label="Poster",
            source="poster",
            targets=(PHONE,),
            is_recorded=False,
        )
    )


async def _stock(file: Path) -> None:
    """Add our number, our agent and the callers who are on file."""
    async with Store.open(f"sqlite:///{file}", migrate=True) as store:
        await store.write(write_company)
    await asyncio.to_thread(_add_callers, file)


def _add_callers(file: Path) -> None:
    numbers: Sequence[str] = [
        f"{callers(series)}{number}"
        for series in range(10)
        for number in range(0, _CALLERS_A_SERIES, 2)
    ]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            "INSERT INTO contacts (id, name, owner, account_id, created_at, updated_at)"
            " SELECT ?, ?, 'Alice', 1, created_at, updated_at FROM contacts WHERE id = 1",
            ((PEOPLE + place, f"Caller {number}") for place, number in enumerate(numbers)),
        )
        connection.executemany(
            "INSERT INTO phone_numbers (person_type, person_id, e164, raw) VALUES"
            " ('contact', ?, ?, ?)",
            ((PEOPLE + place, number, number) for place, number in enumerate(numbers)),
        )
