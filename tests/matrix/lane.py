"""A lane: one PBX with its bridge and its store, on which rows are played one after another.

Several lanes play side by side, each with an Asterisk of its own; so every row can use the same
extensions and numbers, and none hears another.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from bridge import Office, set_global
from bridge_command import BridgeCommand

from crm_store.filters import CallFilter
from crm_store.records import CallRecord, JournalPosition
from crm_store.store import Store
from pbx_bridge.asterisk.cel import event_from_row
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.calls.events import EventKind
from pbx_bridge.lab import LabPbx, office_files, speak
from pbx_bridge.lab.asterisk_config import PHONES
from pbx_bridge.lab.ports import free_port
from tests.matrix.expected import PBX, Near
from tests.matrix.numbers import write_company
from tests.matrix.phones import Station
from tests.matrix.row import Column, Row
from tests.matrix.scene import LiveScene

ETC = Path(__file__).parent / "etc"
SETTINGS = {"PBX_BRIDGE_FALLBACK_CONTEXT": "office", "PBX_BRIDGE_BUDGET_MS": "3000"}
CLICKER = """
[clicker]
secret = CHANGE_ME
read = call
write = originate,call
"""
"""Who places and moves calls for people that click: a CRM, an operator's panel."""
_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.03
_one_at_a_time = asyncio.Lock()
"""Lanes start one after the other; Alembic, too, migrates one database of a process at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a row: the records expected, those told, and the journal of its calls."""

    row: Row
    expected: list[CallRecord]
    expected_journaled: list[CallRecord]
    """With the recordings that the store leaves out: their files are empty."""
    told: list[CallRecord]
    journal: bytes
    spool: str
    lag_seconds: float

    def differences(self) -> list[str]:
        """Every field in which a record differs, in words; nothing when all is as expected."""
        if len(self.told) != len(self.expected):
            told = [f"{one.direction} {one.linkedid}: {one.parties}" for one in self.told]
            return [f"expected {len(self.expected)} records, told {len(told)}:", *told]
        return [
            f"record {turn}, {each}"
            for turn, (expected, told) in enumerate(
                zip(self.expected, self.told, strict=True), start=1
            )
            for each in _differences(expected, told)
        ]

    @property
    def is_only_late(self) -> bool:
        """Whether the records differ by nothing but how late something was.

        A machine that has too much to do lets the PBX act, and send what it did half a second
        later: nobody on the wire can know.
        """
        if len(self.told) != len(self.expected) or not self.differences():
            return False
        pairs = zip(self.expected, self.told, strict=True)
        return all(_at_leisure(expected) == _at_leisure(told) for expected, told in pairs)


def _at_leisure(value: Any) -> Any:
    """A record in which it does not matter when things were, only whether."""
    if isinstance(value, tuple):
        return [_at_leisure(each) for each in value]
    if is_dataclass(value):
        return {each.name: _at_leisure(getattr(value, each.name)) for each in fields(value)}
    return ... if isinstance(value, Near | datetime | float) else value


def _differences(expected: Any, told: Any) -> Iterator[str]:
    for each in fields(expected):
        wanted, found = getattr(expected, each.name), getattr(told, each.name)
        if wanted == found:
            continue
        if isinstance(wanted, tuple) and len(wanted) == len(found):
            for turn, (one, other) in enumerate(zip(wanted, found, strict=True), start=1):
                yield from (f"{each.name} {turn}, {line}" for line in _differences(one, other))
        else:
            yield f"{each.name}:\n    expected {wanted!s}\n    told     {found!s}"


@dataclass(slots=True)
class Lane:
    """A PBX that plays rows."""

    pbx: LabPbx
    store: Store
    desk: Station
    world: Station
    command: BridgeCommand
    _seen: set[str] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def open(cls, column: Column) -> AsyncIterator[Self]:
        """Start it all; leave nothing behind. Lanes start one after the other: the first plays
        while the next gets ready."""
        async with AsyncExitStack() as stack, AsyncExitStack() as starting:
            await starting.enter_async_context(_one_at_a_time)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pbx-matrix-")))
            pbx = await stack.enter_async_context(LabPbx(etc_files(column), version=column.version))
            _record_greetings(pbx)
            url = f"sqlite+aiosqlite:///{folder}/crm.db"
            store = await stack.enter_async_context(Store.open(url, migrate=True))
            await store.write(write_company)
            await store.write(lambda writer: writer.set_journal_position(_today(pbx)))
            office = Office(pbx, url, store, column.door)
            if column.door == "fastagi":
                where = f"agi://127.0.0.1:{office.fastagi_port}/inbound"
                await set_global(pbx, "PBX_BRIDGE_FASTAGI", where)
            command = BridgeCommand(office, folder, mid_call={"budget_ms": 3000})
            await stack.enter_async_context(command)
            await starting.aclose()
            desk = Station("127.0.0.1", free_port(), pbx.sip_port)
            world = Station("127.0.0.2", pbx.trunk_port, pbx.sip_port)
            await stack.enter_async_context(desk)
            await stack.enter_async_context(world)
            yield cls(pbx, store, desk, world, command)

    async def play(self, row: Row, number: str) -> Played:
        """Play a row; ``number`` is its caller's."""
        scene = LiveScene(self.pbx, self.desk, self.world, number)
        begins = _size(self.pbx.journal)
        try:
            async with asyncio.timeout(60):
                await row.script(scene)
            await self._wait_for_silence(begins)
        except BaseException:
            await self._clear_up(begins)
            raise
        finally:
            await self.desk.clear()
            await self.world.clear()
        told = await self._wait_for_records(len(row.records))
        self._seen |= {call.linkedid for call in told}
        with self.pbx.journal.open("rb") as journal:
            journal.seek(begins)
            rows = journal.read()
        padded = [*told, *[None] * len(row.records)]
        pairs = list(zip(row.records, padded, strict=False))
        expected = [one.record(scene, call) for one, call in pairs]
        files = [one.files_of_journal(scene, call) for one, call in pairs]
        return Played(
            row=row,
            expected=expected,
            expected_journaled=[
                replace(record, recordings=those)
                for record, those in zip(expected, files, strict=True)
            ],
            told=told,
            journal=rows,
            spool=str(self.pbx.directory / "spool"),
            lag_seconds=scene.lag_seconds,
        )

    async def _clear_up(self, begins: int) -> None:
        """End what a row that went wrong has left, so that the next one finds nothing of it."""
        await self.pbx.cli("channel request hangup all")
        with suppress(AssertionError):
            await self._wait_for_silence(begins)
        self._seen |= {call.linkedid for call in await self._wait_for_records(0)}

    async def _wait_for_silence(self, begins: int) -> None:
        """Until every channel that the journal tells of since then has ended."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while open_channels := self._open_channels(begins):
            if asyncio.get_running_loop().time() > deadline:
                await self.pbx.cli("channel request hangup all")
                raise AssertionError(f"channels that never end: {sorted(open_channels)}")
            await asyncio.sleep(_POLL_SECONDS)

    def _open_channels(self, begins: int) -> set[str]:
        if not self.pbx.journal.exists():
            return {"none yet"}
        with self.pbx.journal.open("rb") as journal:
            journal.seek(begins)
            events = [event_from_row(row.fields) for row in split_rows(journal)]
        ended = {e.channel for e in events if e.kind is EventKind.CHANNEL_ENDED}
        return {e.channel for e in events if e.channel} - ended if events else {"none yet"}

    async def _wait_for_records(self, count: int) -> list[CallRecord]:
        """The ended calls that this row left, oldest first, as soon as there are so many."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            found = await self._new_calls()
            is_settled = len(found) >= count and all(call.ended_at for call in found)
            if is_settled or asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(_POLL_SECONDS)
        await asyncio.sleep(0.2)  # what would come twice, or change its mind, does so by now
        return sorted(await self._new_calls(), key=lambda call: call.started_at)

    async def _new_calls(self) -> list[CallRecord]:
        asked = CallFilter(country="AU")
        found = await self.store.read(lambda reader: list(reader.find_calls(asked)))
        return [call for call in found if call.linkedid not in self._seen]


def etc_files(column: Column) -> dict[str, str]:
    """The lab office's files, with the matrix's own in the place of those of the same name."""
    files = office_files(SETTINGS, version=column.version)
    own: dict[str, Any] = {path.name: path.read_text("utf-8") for path in ETC.glob("*.conf")}
    settings = "\n".join(f"{name}={value}" for name, value in SETTINGS.items())
    own["extensions.conf"] = own["extensions.conf"].replace("@SETTINGS@", settings)
    files["manager.conf"] += CLICKER
    return files | own


def _record_greetings(pbx: LabPbx) -> None:
    """Every box greets in a word: callers get to the beep sooner."""
    for extension in PHONES:
        box = pbx.voicemail / "default" / extension
        box.mkdir(parents=True, exist_ok=True)
        for greeting in ("unavail", "busy"):
            speak("Gone.", box / f"{greeting}.wav")


def _today(pbx: LabPbx) -> JournalPosition:
    stat = pbx.journal.stat() if pbx.journal.exists() else None
    return JournalPosition(
        pbx=PBX,
        path=str(pbx.journal),
        inode=stat.st_ino if stat else 0,
        offset=stat.st_size if stat else 0,
    )


def _size(journal: Path) -> int:
    return journal.stat().st_size if journal.exists() else 0
