"""What happened on one call, as the PBX could tell it: the record of DESIGN.md, frozen.

The CRM's part of the record (call ID, tracking number, who matched, which lead or activity it
became) is added by the store; this is the part that only telephony knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_store.records import (
    Direction,
    Enrichment,
    MissedReason,
    Outcome,
    Party,
    Recording,
    Transfer,
    TransferKind,
)

__all__ = [
    "Call",
    "Direction",
    "Enrichment",
    "MissedReason",
    "Outcome",
    "Party",
    "Recording",
    "Transfer",
    "TransferKind",
]


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
    anomalies: int = 0
    """Events that should not have followed each other. Not kept with the record."""
    enrichment: Enrichment | None = None
    """What the dialplan journaled of our look-up; None where it says nothing."""
