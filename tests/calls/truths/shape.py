"""The shape of a truth: what one call was, seen from outside the PBX.

Offsets and durations are seconds; offset 0 is the first row of the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrueParty:
    """One phone (or outside number), once, however often it was rung."""

    extension: str
    rang: bool | None
    """It sent 180 Ringing. None: nobody watched the wire, so nobody knows."""
    answered: bool
    """It was bridged with the caller, or with the colleague who consulted it for the caller."""


@dataclass(frozen=True, slots=True)
class TrueTransfer:
    """One attempt to hand the call on."""

    kind: str
    by: str
    to: str
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCall:
    """One record that a truthful call store holds; DESIGN's field names, offsets for instants."""

    linkedid: str
    why: str
    direction: str = "inbound"
    outcome: str
    missed_reason: str | None = None
    caller_number: str = "+61412345678"
    caller_name: str = ""
    dialled_number: str
    redirected_from: str | None = None
    is_withheld: bool = False
    answered_by: str | None = None
    started: float = 0.0
    answered: float | None = None
    ended: float
    ring_seconds: float = 0.0
    talk_seconds: float = 0.0
    is_estimated: bool = False
    parties: tuple[TrueParty, ...] = ()
    transfers: tuple[TrueTransfer, ...] = ()
    recordings: tuple[str, ...] = ()
    hangup_cause: int | None = None
    """None: not beyond doubt, not to be compared."""
    ambiguous: Mapping[str, str] | None = None
    """Field → why people who know telephony could disagree about it."""
    untold: Mapping[str, str] | None = None
    """Field → why it is true on the wire and yet no row of this journal tells it."""

    @property
    def wait_seconds(self) -> float:
        """From the start to the first human, or to the end."""
        return (self.ended if self.answered is None else self.answered) - self.started

    @property
    def uncompared(self) -> frozenset[str]:
        """The fields that a test of the builder must leave alone."""
        unsure = frozenset(self.ambiguous or ()) | frozenset(self.untold or ())
        return unsure if self.hangup_cause is not None else unsure | {"hangup_cause"}


Truths = Mapping[str, tuple[TrueCall, ...]]
"""Journal name → the records of its calls, in the order in which they started."""


def spoke(extension: str) -> TrueParty:
    """A phone that rang and was answered."""
    return TrueParty(extension, rang=True, answered=True)


def rang(extension: str) -> TrueParty:
    """A phone that rang in vain: timeout, declined, answered elsewhere, caller gone."""
    return TrueParty(extension, rang=True, answered=False)


def silent(extension: str) -> TrueParty:
    """A phone with a leg of its own that never rang: busy, forwarding, unreachable."""
    return TrueParty(extension, rang=False, answered=False)


def stepped_in(extension: str) -> TrueParty:
    """A phone that fetched the call by dialling (pick-up, parking slot): it never rang."""
    return TrueParty(extension, rang=False, answered=True)
