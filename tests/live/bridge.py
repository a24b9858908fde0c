"""An office whose calls a bridge greets and writes down: the vocabulary of the live scenarios.

    async with office.bridged():
        wire = await office.trunk.call(STRANGER, POSTER.raw, hang_up_after_seconds=0.5)
        call = await office.wait_for_call(number=STRANGER)

`Office` is one PBX, one store and what they are asked; `bridged` runs the bridge in this process,
`BridgeCommand` (bridge_command.py) as the command that an administrator starts. Who calls whom is
in company.py; what the wire saw becomes the record that is expected in wire.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
import pytest
from company import write_company

from crm_store.filters import CallFilter
from crm_store.records import Activity, CallRecord, JournalPosition, Lead
from crm_store.store import Store
from pbx_bridge import app
from pbx_bridge.config import Config
from pbx_bridge.lab import LabPbx, Trunk, WireCall
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.scenarios import caller_scenario
from pbx_bridge.lab.sipp import Sipp
from pbx_bridge.lab.trunk import TRUNK_ADDRESS

PBX = "lab"
on_both_engines = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
"""Plays a scenario on SQLite, and again on PostgreSQL."""
#: Calls that no bridge takes ring Alice, at once: no bridge was seen for long.
SETTINGS = {
    "PBX_BRIDGE_FALLBACK_DIAL": "PJSIP/1001",
    "PBX_BRIDGE_FALLBACK_RECORD": "yes",
    "PBX_BRIDGE_SEEN_AT": "1",
}
PATIENT_MS = 3000
POLL_SECONDS = 0.02
_READY_SECONDS = 60.0


def office_settings(pbx: LabPbx, store_url: str, /, **sections: dict[str, Any]) -> dict[str, Any]:
    """The configuration of the office's bridge; ``sections`` add to it, ``pbx`` to its PBX.

    A key of the PBX that is None is left out.
    """
    own_pbx = {
        "name": PBX,
        "ari_url": pbx.ari_url,
        "ari_password": pbx.secret,
        "ami_port": pbx.ami_port,
        "ami_secret": pbx.secret,
        "trunks": ["PJSIP/trunk-*"],
        "journal": str(pbx.journal),
        "recordings": str(pbx.recordings),
        **sections.pop("pbx", {}),
    }
    return {
        "store": {"url": store_url},
        "numbers": {"country": "AU"},
        "web": {"port": free_port()},
        "pbx": [{key: value for key, value in own_pbx.items() if value is not None}],
        **sections,
    }


@dataclass(slots=True)
class Office:
    """A PBX with its company's store; nothing greets its callers until a bridge runs.

    ``door`` is how the PBX's calls come to the bridge: ``ari``, or ``fastagi``.
    """

    pbx: LabPbx
    store_url: str
    store: Store
    door: str = "ari"
    trunk: Trunk = field(init=False)
    fastagi_port: int = field(default_factory=free_port, init=False)

    def __post_init__(self) -> None:
        self.trunk = Trunk(self.pbx)

    @classmethod
    @asynccontextmanager
    async def open(cls, pbx: LabPbx, store_url: str, *, door: str = "ari") -> AsyncIterator[Self]:
        """The office with its company on file and not a single call, whatever the PBX has seen."""
        async with Store.open(store_url, migrate=True) as store:
            await store.write(write_company)
            if pbx.journal.exists():
                stat = pbx.journal.stat()
                today = JournalPosition(
                    pbx=PBX, path=str(pbx.journal), inode=stat.st_ino, offset=stat.st_size
                )
                await store.write(lambda writer: writer.set_journal_position(today))
            await set_global(pbx, "PBX_BRIDGE_SEEN_AT", "1")
            office = cls(pbx, store_url, store, door)
            if door == "fastagi":
                url = f"agi://127.0.0.1:{office.fastagi_port}/inbound"
                await set_global(pbx, "PBX_BRIDGE_FASTAGI", url)
            yield office
        if door == "fastagi":
            await set_global(pbx, "PBX_BRIDGE_FASTAGI", '""')

    def settings(self, **sections: dict[str, Any]) -> dict[str, Any]:
        """The configuration of the office's bridge; ``sections`` add to it, ``pbx`` to its PBX."""
        if self.door == "fastagi":
            sections.setdefault("fastagi", {"port": self.fastagi_port})
            sections["pbx"] = {"door": "fastagi", **sections.get("pbx", {})}
        return office_settings(self.pbx, self.store_url, **sections)

    @asynccontextmanager
    async def bridged(self, **sections: dict[str, Any]) -> AsyncIterator[Config]:
        """Run the bridge in this process, ready, for the length of a block."""
        config = Config.model_validate(self.settings(**sections))
        bridge = asyncio.create_task(app.run_bridge(config))
        try:
            await wait_until_ready(config.web.port, lambda: not bridge.done())
            yield config
        finally:
            bridge.cancel()
            with suppress(asyncio.CancelledError):
                await bridge

    async def calls(self, **wanted: Any) -> list[CallRecord]:
        """The calls in the store, oldest first; ``wanted`` are the fields of a CallFilter."""
        asked = CallFilter(country="AU", **wanted)
        return await self.store.read(lambda reader: list(reader.find_calls(asked)))

    async def leads(self) -> list[Lead]:
        """Every lead in the store, oldest first."""
        return await self.store.read(lambda reader: list(reader.find_leads()))

    async def activities(self) -> list[Activity]:
        """Every activity in the store, oldest first."""
        return await self.store.read(lambda reader: list(reader.find_activities()))

    async def wait_for_calls(
        self, count: int, *, is_open: bool | None = False, within: float = 20.0, **wanted: Any
    ) -> list[CallRecord]:
        """The calls as soon as there are so many: ended ones, or ``is_open`` ones; never more."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            found = await self.calls(is_open=is_open, **wanted)
            if len(found) >= count or asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(POLL_SECONDS)
        assert len(found) == count, f"{len(found)} calls after {within} s, expected {count}"
        return found

    async def wait_for_call(self, **wanted: Any) -> CallRecord:
        """The one call that matches, as soon as it has ended (or ``is_open=True``: started)."""
        (call,) = await self.wait_for_calls(1, **wanted)
        return call

    async def crowd(
        self,
        count: int,
        from_number: str,
        to_number: str,
        *,
        hang_up_after_seconds: float,
        per_second: float = 1000,
    ) -> list[WireCall]:
        """Place so many calls at once; return them when the last is over.

        ``[call_number]`` in ``from_number`` gives each caller a number of his own, from 1 on.
        """
        scenario = caller_scenario(hang_up_after_seconds=hang_up_after_seconds)
        crowd = Sipp(
            scenario.replace("[lab_from]", f"<sip:{from_number}@{TRUNK_ADDRESS}>"),
            remote=("127.0.0.1", self.pbx.sip_port),
            address=TRUNK_ADDRESS,
            keys={"lab_to": to_number},
            options=("-m", str(count), "-r", f"{per_second:g}", "-timeout", "30s"),
        )
        async with crowd:
            assert await crowd.wait() == 0, crowd.failure("did not play every call to its end")
            return crowd.wire_calls()


EMPTY = '""'
"""Nothing, for Asterisk's CLI: a word that is left out sets nothing at all."""


async def set_global(pbx: LabPbx, name: str, value: str) -> None:
    """Set one of the administrator's settings until the next start of the PBX."""
    await pbx.cli(f"dialplan set global {name} {value or EMPTY}")


async def ask_ready(port: int) -> tuple[int, dict[str, Any]]:
    """Ask ``/readyz``: the status and what it says; 0 while nobody serves."""
    try:
        async with (
            aiohttp.ClientSession() as web,
            web.get(f"http://127.0.0.1:{port}/readyz") as answer,
        ):
            return answer.status, await answer.json()
    except aiohttp.ClientConnectionError:
        return 0, {}


async def wait_until_ready(port: int, is_alive: Any = lambda: True) -> None:
    """Return once ``/readyz`` says so; AssertionError with its problems when it does not."""
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    while True:
        status, said = await ask_ready(port)
        if status == 200:
            await asyncio.sleep(0.05)  # the dialplan is told that the door is open
            return
        assert is_alive(), "the bridge has ended"
        is_in_time = asyncio.get_running_loop().time() < deadline
        assert is_in_time, f"the bridge is not ready: {said}"
        await asyncio.sleep(POLL_SECONDS)
