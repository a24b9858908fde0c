"""The scene of one row: its phones and its callers, and what their wires saw.

caller = await scene.call(DESK)                 # a stranger rings; scene.caller is he
alice = await scene.phone("1001", lifts_after=0.3)
out = await scene.outside("0491570110", lifts_after=0.3)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from crm_store.records import TrackingNumber
from pbx_bridge.asterisk.ami import connect_ami
from pbx_bridge.lab import LabPbx, WireCall
from tests.live.lags import lag_of
from tests.matrix.expected import CALLER, Moment, Scene
from tests.matrix.phones import Handset, Line, Station
from tests.matrix.voice import KEY_SECONDS


class LiveScene(Scene):
    """One row being played: ``number`` is the caller's, his alone in this run."""

    def __init__(self, pbx: LabPbx, desk: Station, world: Station, number: str) -> None:
        self.pbx = pbx
        self.folder = str(pbx.recordings)
        self._desk, self._world = desk, world
        self._numbers = {CALLER: number}
        self._handsets: dict[str, Handset] = {}
        self._marks: dict[str, datetime] = {}

    # ------------------------------------------------------------------ who plays
    async def phone(
        self, extension: str, *, device: str | None = None, **manners: object
    ) -> Handset:
        """A desk phone, registered; ``device`` names one of several of an extension."""
        name = device or extension
        phone = await self._desk.handset(name, registers_as=extension, **manners)
        self._handsets[name] = phone
        self._numbers[name] = extension
        return phone

    async def outside(self, number: str, **manners: object) -> Handset:
        """Somebody outside who can be called at this number."""
        phone = await self._world.handset(number, **manners)
        self._handsets[number] = phone
        self._numbers[number] = number
        return phone

    async def call(
        self,
        number: TrackingNumber | str,
        *,
        who: str = CALLER,
        from_number: str | None = None,
        headers: Mapping[str, str] | None = None,
        is_silent: bool = False,
    ) -> Handset:
        """Somebody outside calls one of our numbers."""
        self._numbers[who] = from_number or self._numbers.get(who) or self._other_number()
        phone = await self._world.handset(self._numbers[who], is_silent=is_silent)
        self._handsets[who] = phone
        phone.dial(number if isinstance(number, str) else number.raw, headers)
        return phone

    def _other_number(self) -> str:
        return f"{self._numbers[CALLER][:-1]}{len(self._numbers) % 9 + 1}"

    async def originate(self, phone: str, number: str) -> None:
        """Let the PBX ring a phone, which shows the number, and then call the number for it."""
        place = {"Context": "internal", "Exten": number, "Priority": "1"}
        await self.order("Originate", Channel=phone, CallerID=number, Async="true", **place)

    async def order(self, action: str, **fields: str) -> None:
        """Give the PBX an order over AMI, as an operator's panel or a CRM does."""
        access = {"host": "127.0.0.1", "port": self.pbx.ami_port}
        async with connect_ami(**access, user="clicker", secret=self.pbx.secret) as ami:
            await ami.send(action, **fields)

    async def trunk_channel(self) -> str:
        """The caller's channel, by its name."""
        channels = await self.pbx.cli("core show channels concise")
        return next(line.split("!")[0] for line in channels.splitlines() if "/trunk-" in line)

    def name(self, who: str, phone: Handset) -> None:
        """Give a phone another name, for who it turned out to be."""
        self._handsets[who] = phone

    async def pause(self, seconds: float) -> None:
        """Let some time go by."""
        await asyncio.sleep(seconds)

    def mark(self, name: str) -> None:
        """Remember this instant under a name."""
        self._marks[name] = datetime.now(UTC)

    async def press(self, phone: Handset, key: str, *, mark: str) -> None:
        """Let a phone press a key; remember when the PBX has heard it (100 ms long) as ``mark``."""
        pressing = asyncio.create_task(phone.press(key))
        await asyncio.sleep(KEY_SECONDS)
        self.mark(mark)
        await pressing

    # ------------------------------------------------------------------ what was seen
    def _line(self, moment: Moment) -> Line:
        return self._handsets[moment.who].lines[moment.nth]

    def instant(self, moment: Moment) -> datetime:
        """When it was; AssertionError when it never was."""
        if moment.what == "":
            return self._marks[moment.who]
        line = self._line(moment)
        if moment.what == "refers":
            return line.sent_at("REFER")
        found = {
            "calls": line.wire.invited_at,
            "rings": line.wire.ringing_at,
            "lifts": line.wire.answered_at,
            "leaves": line.wire.ended_at,
        }[moment.what]
        assert found is not None, f"{moment} never was: {[m.start_line for m in line.messages]}"
        return found

    def number_of(self, who: str) -> str:
        """The number that somebody calls from; a number or an extension is its own."""
        return self._numbers.get(who, who)

    def wires(self) -> list[WireCall]:
        """Every call of every phone."""
        return [line.wire for phone in self._handsets.values() for line in phone.lines]

    @property
    def lag_seconds(self) -> float:  # type: ignore[override]
        """How slowly the PBX reacted, at worst."""
        return lag_of(self.wires())
