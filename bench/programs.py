"""What running programs take of the machine, as Linux's ``/proc`` has it."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Processor:
    """Seconds of processor time that the bridge, Asterisk and SIPp have used."""

    bridge: float
    asterisk: float
    sipp: float

    @classmethod
    def now(cls, *, bridge: int | None, asterisk: int) -> Self:
        """What has been used so far; the arguments are process IDs."""
        return cls(
            bridge=seconds_of(bridge) if bridge is not None else 0.0,
            asterisk=seconds_of(asterisk),
            sipp=_seconds_of_sipp(),
        )

    def __sub__(self, earlier: Processor) -> Processor:
        """What was used between two moments."""
        return Processor(
            self.bridge - earlier.bridge,
            self.asterisk - earlier.asterisk,
            self.sipp - earlier.sipp,
        )

    def per_call(self, calls: int) -> str:
        """Milliseconds a call, in words."""
        parts = {"bridge": self.bridge, "Asterisk": self.asterisk, "SIPp": self.sipp}
        return ", ".join(f"{name} {used / calls * 1000:.2f}" for name, used in parts.items())


def seconds_of(pid: int) -> float:
    """Processor time of one program so far."""
    return _ticks_of(_stat_of(pid)) / _TICKS_A_SECOND


def _seconds_of_sipp() -> float:
    """Our SIPps: the callers, who have ended and been waited for, and the phone, which runs."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = 0
    for folder in _PROC.iterdir():
        try:
            if folder.name.isdigit() and (folder / "comm").read_text() == "sipp\n":
                stat = _stat_of(int(folder.name))
                running += _ticks_of(stat) if int(stat[1]) == os.getpid() else 0
        except FileNotFoundError:
            continue
    return ended.ru_utime + ended.ru_stime + running / _TICKS_A_SECOND


def seconds_of_family(pid: int) -> float:
    """The same with its children, those that have ended included."""
    total = _ticks_of(_stat_of(pid)) + sum(int(ticks) for ticks in _stat_of(pid)[13:15])
    for folder in _PROC.iterdir():
        try:
            stat = _stat_of(int(folder.name)) if folder.name.isdigit() else []
        except FileNotFoundError:
            continue
        total += _ticks_of(stat) if stat and int(stat[1]) == pid else 0
    return total / _TICKS_A_SECOND


def _stat_of(pid: int) -> list[str]:
    """The fields of a process after its name: state, parent, …"""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _ticks_of(stat: list[str]) -> int:
    return int(stat[11]) + int(stat[12])


def megabytes_of(pid: int, line: str = "VmRSS") -> float:
    """Memory of a process in megabytes (10⁶ bytes): ``VmRSS`` now, ``VmHWM`` at its highest."""
    for text in (_PROC / str(pid) / "status").read_text().splitlines():
        name, _, value = text.partition(":")
        if name == line:
            return int(value.split()[0]) * 1024 / 1_000_000
    raise ProcessLookupError(f"process {pid} has ended")
