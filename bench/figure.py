"""One measured figure, and how far a measurement has come."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured: a ratio or an amount, its unit, and what it is a ratio of."""

    name: str
    value: float
    unit: str
    note: str = ""

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"{self.name:<58} {self.value:>10.3f} {self.unit:<10} {self.note}".rstrip()


def say(progress: str) -> None:
    """Tell on standard error what is being measured: a run takes minutes."""
    print(f"  … {progress}", file=sys.stderr, flush=True)
