"""A PBX on paper: its journal is written by the test, a real bridge follows it into a real store.

Everything behind the door is real; AMI and ARI lead nowhere. What callers notice needs a real
Asterisk, and is proven with one.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from crm_store.records import CallRecord
from crm_store.store import Store
from pbx_bridge import app
from pbx_bridge.config import Config
from pbx_bridge.lab.ports import free_port
from tests.calls.replay import JOURNALS

CALL = (JOURNALS / "snippet_plain.csv").read_text("utf-8").splitlines(keepends=True)
"""One caller rings, is answered, talks for half a second."""
TALK_SECONDS = 0.507638
_TIME = re.compile(r"2026-11-22T21:54:2\d\.\d{6}\+0000")
_POLL_SECONDS = 0.02


def rows_of(number: int, *, clock: timedelta = timedelta()) -> list[str]:
    """The rows of the call with this number, each two seconds after the one before.

    ``clock`` is by how much the PBX's clock is off.
    """
    return [_move(row, number, clock) for row in CALL]


def linkedid_of(number: int) -> str:
    """What the journal calls that call."""
    return f"{1795384465 + 2 * number}.{145 + 2 * number}"


def _move(row: str, number: int, clock: timedelta) -> str:
    second, serial = 1795384465 + 2 * number, 145 + 2 * number
    for old, new in (
        ("1795384465.145", f"{second}.{serial}"),
        ("1795384465.146", f"{second}.{serial + 1}"),
        ("0000007b", f"{2 * number + 0x7B:08x}"),
        ("0000007c", f"{2 * number + 0x7C:08x}"),
        ("d255d7ce", f"{number:08x}"),
        ("+61412345678", f"+614{number:08}"),
    ):
        row = row.replace(old, new)
    return shift(row, timedelta(seconds=2 * number) + clock)


def shift(row: str, by: timedelta) -> str:
    """A row with its time moved."""

    def later(found: re.Match[str]) -> str:
        at = datetime.strptime(found[0], "%Y-%m-%dT%H:%M:%S.%f%z") + by
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000")

    return _TIME.sub(later, row)


@dataclass(slots=True)
class PaperPbx:
    """The journal of a PBX, and the calls that were played on it."""

    journal: Path
    played: list[int] = field(default_factory=list)

    def write(self, rows: Sequence[str]) -> None:
        """As Asterisk: open, append, close, for each row."""
        for row in rows:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(row)

    def play(self, *numbers: int) -> None:
        """Write whole calls."""
        for number in numbers:
            self.write(rows_of(number))
            self.played.append(number)


@dataclass(slots=True)
class PaperBridge:
    """A bridge in this process that follows the journal of a PBX on paper."""

    config: Config
    store: Store
    task: asyncio.Task[None]

    async def problems(self) -> list[str]:
        """What `/readyz` says, but for the links, which lead nowhere."""
        said = await self._ask("/readyz")
        found = json.loads(said)["problems"]
        return [one for one in found if not re.match(r"lab A[RM]I", one)]

    async def metric(self, name: str) -> float:
        """One metric of the PBX's, such as ``pbx_bridge_writes_waiting{pbx="lab"}``."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", await self._ask("/metrics"), re.MULTILINE)
        assert found, name
        return float(found[1])

    async def wait_for_problem(self, words: str, within: float = 15.0) -> None:
        """Wait until `/readyz` says this."""
        await self.wait_until(lambda: self._says(words), within, f"/readyz does not say {words!r}")

    async def wait_until_well(self, within: float = 15.0) -> None:
        """Wait until `/readyz` has nothing to say any more."""

        async def is_well() -> bool:
            return not await self.problems()

        await self.wait_until(is_well, within, "/readyz still has problems")

    async def told(self) -> list[tuple[str, str | None, float]]:
        """Each call that is over: its linkedid, how it went, and how long they talked."""
        calls = await self.store.read(lambda r: list(r.find_calls()))
        return [(c.linkedid, c.outcome, c.talk_seconds) for c in calls if c.ended_at is not None]

    async def wait_for_calls(self, *numbers: int, within: float = 20.0) -> None:
        """Wait until exactly these calls are told, each once, and right."""
        expected = [(linkedid_of(number), "answered", TALK_SECONDS) for number in numbers]

        async def are_there() -> bool:
            return len(await self.told()) >= len(expected)

        with suppress(AssertionError):
            await self.wait_until(are_there, within, "")
        assert await self.told() == expected

    async def calls(self) -> list[CallRecord]:
        """Every call in the store."""
        return await self.store.read(lambda r: list(r.find_calls()))

    async def wait_until_told(self, many: int, within: float = 15.0) -> None:
        """Wait until so many calls are over."""

        async def are_told() -> bool:
            return len(await self.told()) >= many

        await self.wait_until(are_told, within, f"there are not {many} calls")

    async def wait_until(self, is_so: Callable[[], Any], within: float, otherwise: str) -> None:
        """Ask again and again; AssertionError when it does not become true, or the bridge ends."""
        deadline = asyncio.get_running_loop().time() + within
        while not await is_so():
            assert not self.task.done(), f"the bridge has ended: {self.task!r}"
            assert asyncio.get_running_loop().time() < deadline, otherwise
            await asyncio.sleep(_POLL_SECONDS)

    async def _says(self, words: str) -> bool:
        return any(words in one for one in await self.problems())

    async def _ask(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.config.web.port}{path}"
        try:
            async with aiohttp.ClientSession() as web, web.get(url) as answer:
                return await answer.text()
        except aiohttp.ClientConnectionError:
            assert not self.task.done(), f"the bridge has ended: {self.task!r}"
            return '{"problems": ["it does not answer"]}'


def settings_on_paper(pbx: PaperPbx, store_url: str) -> dict[str, Any]:
    """The configuration of a bridge over this journal and store."""
    nowhere = free_port()
    return {
        "store": {"url": store_url},
        "numbers": {"country": "AU"},
        "web": {"port": free_port()},
        "pbx": [
            {
                "name": "lab",
                "ari_url": f"http://127.0.0.1:{nowhere}",
                "ari_password": "x",
                "ami_port": nowhere,
                "ami_secret": "x",
                "trunks": ["PJSIP/trunk-*"],
                "inbound_contexts": ["from-trunk"],
                "journal": str(pbx.journal),
            }
        ],
    }


@asynccontextmanager
async def bridge_on_paper(
    pbx: PaperPbx, store_url: str, *, is_well: bool = True
) -> AsyncIterator[PaperBridge]:
    """Run a bridge over this journal and store for the length of a block."""
    config = Config.model_validate(settings_on_paper(pbx, store_url))
    async with Store.open(store_url, migrate=True) as store:
        task = asyncio.create_task(app.run_bridge(config))
        bridge = PaperBridge(config, store, task)
        try:
            if is_well:
                await bridge.wait_until_well()
            yield bridge
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
