"""A row of the matrix: a name, a sentence for people, a script, and the records it must leave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.matrix.expected import Told

if TYPE_CHECKING:
    from tests.matrix.scene import LiveScene

Script = Callable[["LiveScene"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scenario. ``not_on`` says, by Asterisk's version, why it can't be played there."""

    name: str
    subject: str
    sentence: str
    script: Script
    records: tuple[Told, ...]
    not_on: dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplayable:
    """A scenario that can't be made with these phones, and why."""

    sentence: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An Asterisk, and the door through which its calls come to the bridge: ari, or fastagi."""

    version: int
    door: str

    def __str__(self) -> str:
        return f"{self.version}-{self.door}"


COLUMNS = (Column(version=22, door="ari"), Column(version=16, door="fastagi"))
ROWS: dict[str, Row] = {}
"""Every row by its name, in the order of the files and of the rows in them."""
UNPLAYABLE: list[Unplayable] = []


def row(
    *records: Told, subject: str, not_on: dict[int, str] | None = None
) -> Callable[[Script], Script]:
    """Make a row of a script: its name is the function's, its sentence the docstring."""

    def add(script: Script) -> Script:
        name = script.__name__
        assert name not in ROWS, f"two rows are called {name}"
        assert script.__doc__, f"{name} needs a sentence"
        ROWS[name] = Row(
            name=name,
            subject=subject,
            sentence=" ".join(script.__doc__.split()),
            script=script,
            records=records,
            not_on=not_on or {},
        )
        return script

    return add


def unplayable(subject: str, sentence: str, reason: str) -> None:
    """Say what is not in the table, and why."""
    UNPLAYABLE.append(Unplayable(subject=subject, sentence=sentence, reason=reason))
