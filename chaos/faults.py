"""What breaks, when and for how long: a schedule drawn from a seed, and how each is done."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg  # type: ignore[import-untyped]

from chaos.bridges import KeptBridge
from chaos.proxy import Proxy
from pbx_bridge.lab import LabPbx
from pbx_bridge.lab.postgres import PostgresServer

_FIRST_AFTER_SECONDS = 5.0
_NONE_IN_THE_LAST_SECONDS = 8.0
_BETWEEN_SECONDS = (3.0, 9.0)
_DATABASE_AWAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that will break: ``at`` seconds after the start, for ``seconds`` (0: at once)."""

    at: float
    what: str
    bridge: int
    seconds: float

    def __str__(self) -> str:
        """A few words for the log."""
        return f"{self.what}{f', {self.seconds:.1f} s' if self.seconds else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """When Asterisk was not there: from the fault until it had booted again."""

    since: datetime
    until: datetime


#: What may break: the least and the most seconds that it lasts.
FAULTS: Mapping[str, tuple[float, float]] = {
    "bridge killed": (0.2, 4.0),
    "bridge frozen": (0.5, 8.0),
    "bridge upgraded": (0.0, 0.0),
    "AMI cut": (0.0, 0.0),
    "AMI stalled": (1.0, 8.0),
    "ARI cut": (0.0, 0.0),
    "ARI stalled": (1.0, 8.0),
    "Asterisk killed": (0.0, 2.0),
    "Asterisk restarted": (0.0, 0.0),
    "PostgreSQL killed": (0.2, 6.0),
    "PostgreSQL restarted": (0.0, 0.0),
    "calls locked in the store": (0.5, 6.0),
    "journal rotated": (0.0, 0.0),
}


def draw_schedule(seed: int, minutes: float, *, bridges: int) -> list[Fault]:
    """Return what will break in a run: each kind once before any comes again, in drawn order."""
    chance = random.Random(seed)  # noqa: S311 - it keeps no secret
    schedule: list[Fault] = []
    bag: list[str] = []
    at = _FIRST_AFTER_SECONDS
    while at < minutes * 60 - _NONE_IN_THE_LAST_SECONDS:
        if not bag:
            bag = list(FAULTS)
            chance.shuffle(bag)
        what = bag.pop()
        seconds = round(chance.uniform(*FAULTS[what]), 1)
        bridge = chance.randrange(bridges)
        schedule.append(Fault(at=round(at, 1), what=what, bridge=bridge, seconds=seconds))
        at += chance.uniform(*_BETWEEN_SECONDS)
    return schedule


@dataclass(slots=True)
class Saboteur:
    """Breaks what the schedule says; two faults of one part wait for each other."""

    pbx: LabPbx
    postgres: PostgresServer
    database_url: str
    bridges: Sequence[KeptBridge]
    say: Callable[[str], None]
    asterisk_away: list[Away] = field(default_factory=list)
    done: list[Fault] = field(default_factory=list)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def carry_out(self, schedule: Sequence[Fault]) -> None:
        """Break everything at its time; return when the last has been mended."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for fault in schedule:
                await asyncio.sleep(began + fault.at - asyncio.get_running_loop().time())
                tasks.create_task(self._break(fault))

    async def _break(self, fault: Fault) -> None:
        bridge = self.bridges[fault.bridge]
        part, how = self._ways(bridge)[fault.what]
        async with self._locks.setdefault(part, asyncio.Lock()):
            is_bridges = part.startswith("bridge")
            self.say(f"{fault}{f' ({bridge.name})' if is_bridges else ''}")
            await how(fault.seconds)
        self.done.append(fault)

    def _ways(
        self, bridge: KeptBridge
    ) -> Mapping[str, tuple[str, Callable[[float], Awaitable[None]]]]:
        """Which part each fault is a fault of, and how it is done."""
        process = f"bridge {bridge.name}"
        return {
            "bridge killed": (process, lambda s: _end(bridge, signal.SIGKILL, s)),
            "bridge frozen": (process, lambda s: _freeze(bridge, s)),
            "bridge upgraded": (process, lambda s: _end(bridge, signal.SIGTERM, s)),
            "AMI cut": (f"bridge {bridge.name} AMI", lambda s: _cut(bridge.ami)),
            "AMI stalled": (f"bridge {bridge.name} AMI", lambda s: _stall(bridge.ami, s)),
            "ARI cut": (f"bridge {bridge.name} ARI", lambda s: _cut(bridge.ari)),
            "ARI stalled": (f"bridge {bridge.name} ARI", lambda s: _stall(bridge.ari, s)),
            "Asterisk killed": ("Asterisk", self._kill_asterisk),
            "Asterisk restarted": ("Asterisk", self._restart_asterisk),
            "PostgreSQL killed": ("PostgreSQL", lambda s: self._end_postgres(signal.SIGQUIT, s)),
            "PostgreSQL restarted": (
                "PostgreSQL",
                lambda s: self._end_postgres(signal.SIGINT, s),
            ),
            "calls locked in the store": ("PostgreSQL", self._lock_calls),
            "journal rotated": ("journal", self._rotate_journal),
        }

    async def _kill_asterisk(self, seconds: float) -> None:
        async with self._asterisk_away():
            await self.pbx.kill()
            await asyncio.sleep(seconds)
            await self.pbx.start()

    async def _restart_asterisk(self, _: float) -> None:
        async with self._asterisk_away():
            await self.pbx.restart()

    @asynccontextmanager
    async def _asterisk_away(self) -> AsyncIterator[None]:
        since = datetime.now(UTC)
        yield
        self.asterisk_away.append(Away(since=since, until=datetime.now(UTC)))

    async def _end_postgres(self, how: signal.Signals, seconds: float) -> None:
        await asyncio.to_thread(self.postgres.stop, how)
        await asyncio.sleep(seconds)
        # The kernel ends it when the thread that started it ends: that has to be this one.
        self.postgres.start()
        await asyncio.to_thread(self.postgres.wait_until_ready)

    async def _lock_calls(self, seconds: float) -> None:
        """Hold what an administrator's careless statement would hold."""
        url = self.database_url.replace("+asyncpg", "")
        connection = await asyncpg.connect(url, timeout=_DATABASE_AWAY_SECONDS)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
                await asyncio.sleep(seconds)
        finally:
            await connection.close()

    async def _rotate_journal(self, _: float) -> None:
        """Shift the old ones by one, as logrotate does with plain ``create``."""
        journal = self.pbx.journal
        old = sorted(journal.parent.glob(f"{journal.name}.*"), key=lambda path: -_turn(path.name))
        for path in old:
            path.rename(path.with_suffix(f".{_turn(path.name) + 1}"))
        if journal.exists():
            journal.rename(journal.with_name(f"{journal.name}.1"))


def _turn(name: str) -> int:
    return int(name.rpartition(".")[2])


async def _end(bridge: KeptBridge, how: signal.Signals, seconds: float) -> None:
    await bridge.end(how)
    await asyncio.sleep(seconds)
    bridge.come_back()


async def _freeze(bridge: KeptBridge, seconds: float) -> None:
    bridge.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        bridge.send(signal.SIGCONT)


async def _cut(proxy: Proxy) -> None:
    proxy.cut()


async def _stall(proxy: Proxy, seconds: float) -> None:
    proxy.stall()
    try:
        await asyncio.sleep(seconds)
    finally:
        proxy.flow()
