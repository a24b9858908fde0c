"""What happened on one call, as the PBX could tell it: the record of DESIGN.md, frozen.

The CRM's part of the record (call ID, tracking number, who matched, which lead or activity it
became) is added by the store; this is the part that only telephony knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Who called whom: a stranger us, we a stranger, or one of us another."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """What a call came to. ``answered``: a human was bridged with the caller, nothing less."""

    ANSWERED = "answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"


class MissedReason(StrEnum):
    """Why nobody spoke with the caller."""

    ABANDONED = "abandoned"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    CLOSED = "closed"
    FAILED = "failed"


class TransferKind(StrEnum):
    """How a call was handed on.

    Blind: without waiting for an answer. Attended: after speaking with the target.
    Blonde: the consultation was still ringing when the transferrer let go.
    """

    BLIND = "blind"
    ATTENDED = "attended"
    BLONDE = "blonde"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One phone (or outside number) that the call was offered to."""

    extension: str
    channel: str
    rang_at: datetime | None
    answered_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One attempt to hand the call on."""

    kind: TransferKind
    by: str
    to: str
    at: datetime
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One file that a recording of this call was written to.

    ``seconds`` is the length of the sound; None until somebody has measured the file.
    """

    path: str
    url: str | None
    started_at: datetime
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: however many phones rang, one record. Key: (pbx, linkedid)."""

    pbx: str
    linkedid: str
    call_id_hint: str | None
    """The call ID that the dialplan journaled (PBX_BRIDGE_CALL), where it did."""
    direction: Direction
    outcome: Outcome | None
    """None while nothing is decided yet: the call is still up and unanswered."""
    missed_reason: MissedReason | None
    is_withheld: bool
    caller_number: str
    caller_name: str
    dialled_number: str
    redirected_from: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    wait_seconds: float
    talk_seconds: float
    is_estimated: bool
    answered_by: str | None
    parties: tuple[Party, ...]
    transfers: tuple[Transfer, ...]
    recordings: tuple[Recording, ...]
    hangup_cause: int | None
    tags: tuple[str, ...] = ()
