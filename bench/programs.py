"""What running programs take of the machine, as Linux's ``/proc`` has it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Processor:
    """Seconds of processor time: of two programs, and of everything on the machine."""

    bridge: float
    asterisk: float
    all: float

    @classmethod
    def now(cls, *, bridge: int | None, asterisk: int) -> Self:
        """What has been used so far; the arguments are process IDs."""
        busy = [int(ticks) for ticks in (_PROC / "stat").read_text().split()[1:9]]
        idle = busy[3] + busy[4]
        return cls(
            bridge=_seconds_of(bridge) if bridge is not None else 0.0,
            asterisk=_seconds_of(asterisk),
            all=(sum(busy) - idle) / _TICKS_A_SECOND,
        )

    def __sub__(self, earlier: Processor) -> Processor:
        """What was used between two moments."""
        return Processor(
            self.bridge - earlier.bridge, self.asterisk - earlier.asterisk, self.all - earlier.all
        )

    def shares(self, calls: int) -> str:
        """Milliseconds a call: the bridge's, Asterisk's, and of all else (SIPp, mostly)."""
        rest = self.all - self.bridge - self.asterisk
        parts = {"bridge": self.bridge, "Asterisk": self.asterisk, "SIPp and others": rest}
        return ", ".join(f"{name} {used / calls * 1000:.2f}" for name, used in parts.items())


def _seconds_of(pid: int) -> float:
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def megabytes_of(pid: int, line: str = "VmRSS") -> float:
    """Memory of a process in megabytes (10⁶ bytes): ``VmRSS`` now, ``VmHWM`` at its highest."""
    for text in (_PROC / str(pid) / "status").read_text().splitlines():
        name, _, value = text.partition(":")
        if name == line:
            return int(value.split()[0]) * 1024 / 1_000_000
    raise ProcessLookupError(f"process {pid} has ended")
