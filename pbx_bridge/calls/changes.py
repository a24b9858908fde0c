"""What an event meant for a call. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What an event meant for a call."""

    STARTED = "started"
    PROGRESSED = "progressed"
    """A phone rings, somebody answered, was transferred: worth telling anew."""
    ENDED = "ended"
    ABSORBED = "absorbed"
    """Asterisk merged this call into another, which tells it from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something worth writing down happened to the call ``linkedid``."""

    kind: ChangeKind
    linkedid: str
    at: datetime
    into: str | None = None
