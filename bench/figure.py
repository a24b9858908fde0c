"""One measured figure."""

from __future__ import annotations

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
        return f"{self.name:<58} {self.value:>10.3f} {self.unit:<10} {self.note}"
