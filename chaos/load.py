"""The load: a SIPp for each kind of call, and the phones that they ring."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos.kinds import (
    AGENT,
    ANSWERS,
    BUSY,
    DECLINES,
    HANGS_UP,
    KINDS,
    RINGS,
    TRANSFERS,
    Kind,
)
from pbx_bridge.lab import LabPbx, SippPhone, WireCall, speak
from pbx_bridge.lab.scenarios import caller_scenario
from pbx_bridge.lab.sipp import Sipp
from pbx_bridge.lab.speech import to_ulaw
from pbx_bridge.lab.trunk import TRUNK_ADDRESS

_RATE_PERIOD_SECONDS = 10
_SILENCE_SECONDS = 10
"""A caller of whom the PBX says nothing for so long gives up: it died under him."""
_AFTER_SECONDS = 90
"""The last callers are over so long after the last call was placed, whatever happens."""
_RETURNING = 12
"""So many numbers call again and again."""
_KNOWN_EACH = 3
"""Each third caller is on file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One call to be placed. Its display name is nobody else's: it joins the three books."""

    key: str
    kind: Kind
    number: str
    is_known: bool


def draw_callers(rate: float, minutes: float) -> list[Caller]:
    """Return every call of a run at ``rate`` calls a second in all."""
    return [
        _caller(kind, index)
        for kind in KINDS
        for index in range(round(rate * minutes * 60 * kind.of_thousand / 1000))
    ]


def _caller(kind: Kind, index: int) -> Caller:
    who = index % _RETURNING if kind.is_returning else index
    return Caller(
        key=f"{kind.name} {index}",
        kind=kind,
        number=f"+49302{kind.place:02}{who:05}",
        is_known=who % _KNOWN_EACH == 0,
    )


@asynccontextmanager
async def phones(pbx: LabPbx) -> AsyncIterator[dict[str, SippPhone]]:
    """Every phone by its extension, registered, for the length of a block."""
    making = {
        ANSWERS: SippPhone(pbx, ANSWERS, reply_after_seconds=0.3),
        HANGS_UP: SippPhone(pbx, HANGS_UP, reply_after_seconds=0.2, hang_up_after_seconds=2.0),
        RINGS: SippPhone(pbx, RINGS, reply=None),
        BUSY: SippPhone(pbx, BUSY, reply=486, reply_after_seconds=0.1),
        DECLINES: SippPhone(pbx, DECLINES, reply=603, reply_after_seconds=0.5),
        AGENT: SippPhone(pbx, AGENT, reply_after_seconds=0.5),
        TRANSFERS: SippPhone(
            pbx,
            TRANSFERS,
            reply_after_seconds=0.3,
            refers_to=ANSWERS,
            hang_up_after_seconds=0.2,
        ),
    }
    async with AsyncExitStack() as stack:
        for phone in making.values():
            await stack.enter_async_context(phone)
        yield making


class Load:
    """The callers at work: ``wires`` is what each SIPp saw, once all of them are over."""

    def __init__(
        self, pbx: LabPbx, callers: Sequence[Caller], *, rate: float, minutes: float, folder: Path
    ) -> None:
        self._folder = folder
        self._seconds = minutes * 60
        self._sipps = {
            kind.name: self._sipp(pbx, kind, [one for one in callers if one.kind is kind], rate)
            for kind in KINDS
            if any(one.kind is kind for one in callers)
        }

    def _sipp(self, pbx: LabPbx, kind: Kind, callers: Sequence[Caller], rate: float) -> Sipp:
        scenario = caller_scenario(
            speech=to_ulaw(speak("Please call me back.")) if kind.speaks else None,
            hang_up_after_seconds=kind.hang_up_after_seconds,
            cancel_after_seconds=kind.cancel_after_seconds,
        )
        file = self._folder / f"{kind.name.replace(' ', '-')}.csv"
        lines = ["SEQUENTIAL", *(f"{one.key};{one.number}" for one in callers)]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        each_period = max(1, round(rate * kind.of_thousand / 1000 * _RATE_PERIOD_SECONDS))
        return Sipp(
            scenario.replace("[lab_from]", f'"[field0]" <sip:[field1]@{TRUNK_ADDRESS}>'),
            remote=("127.0.0.1", pbx.sip_port),
            address=TRUNK_ADDRESS,
            keys={"lab_to": kind.number},
            options=(
                *("-inf", str(file), "-m", str(len(callers)), "-l", "2000"),
                *("-r", str(each_period), "-rp", f"{_RATE_PERIOD_SECONDS}s"),
                *("-recv_timeout", f"{_SILENCE_SECONDS}s"),
                *("-timeout", f"{self._seconds + _AFTER_SECONDS:.0f}s"),
            ),
        )

    async def play(self) -> None:
        """Place every call; return when the last one is over."""
        async with AsyncExitStack() as stack:
            for sipp in self._sipps.values():
                await stack.enter_async_context(sipp)
            for sipp in self._sipps.values():
                await sipp.wait()
            for name, sipp in self._sipps.items():
                for log in ("messages.log", "errors.log"):
                    if (sipp.directory / log).exists():
                        kept = self._folder / f"{name.replace(' ', '-')}-{log}"
                        shutil.copy(sipp.directory / log, kept)

    def wires(self) -> Iterator[WireCall]:
        """What the callers' side saw of every call."""
        for sipp in self._sipps.values():
            yield from sipp.wire_calls()
