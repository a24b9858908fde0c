"""Calls: who rang whom, what came of it, and whom it was put down to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crm_store.records.words import (
    Direction,
    Enrichment,
    ListName,
    MissedReason,
    Outcome,
    PersonType,
    TransferKind,
)

RecordType = PersonType | Literal["activity", "case", "opportunity"]
"""What a reference can point to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """One record of the CRM, by its type and its number within that type."""

    type: RecordType
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody on file under the number that calls."""

    type: PersonType
    id: int
    name: str
    account_name: str | None
    owner_name: str | None
    owner_extension: str | None
    updated_at: datetime

    @property
    def ref(self) -> Ref:
        """The record that this candidate stands for."""
        return Ref(type=self.type, id=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerFacts:
    """What is on file about a number: candidates, best first, and the lists it is on."""

    candidates: tuple[Candidate, ...] = ()
    lists: frozenset[ListName] = frozenset()


NOBODY = CallerFacts()
"""What is on file about a withheld number, or about none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The candidate that a call was put down to."""

    type: PersonType
    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The tracking number that brought a call, as it was set up when the call came."""

    number: str
    label: str
    campaign: str | None
    source: str | None


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
class CallRecord:
    """One call: however many phones rang, one record. Key: (pbx, linkedid).

    The first group of fields is what a call record says to the outside, under these names and
    in this order; the second is what the store knows besides.
    """

    pbx: str
    linkedid: str
    direction: Direction
    caller_number: str
    dialled_number: str
    started_at: datetime
    call_id: str | None = None
    outcome: Outcome | None = None
    """None while the call is up and nothing is decided."""
    missed_reason: MissedReason | None = None
    caller_e164: str | None = None
    """None when withheld or not a number."""
    caller_name: str = ""
    tracking_number: Attribution | None = None
    answered_at: datetime | None = None
    """When the first human was bridged with the caller."""
    ended_at: datetime | None = None
    """None while the call is up."""
    ring_seconds: float = 0.0
    wait_seconds: float = 0.0
    """From the start to the first human or, without one, to the end."""
    talk_seconds: float = 0.0
    """How long the caller was bridged with humans."""
    is_estimated: bool = False
    """Whether a time had to be inferred."""
    answered_by: str | None = None
    """The extension or number of the first human."""
    parties: tuple[Party, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    recordings: tuple[Recording, ...] = ()
    hangup_cause: int | None = None
    matched: Matched | None = None
    record: Ref | None = None
    """The lead or activity that the call became."""
    tags: tuple[str, ...] = ()
    comment: str | None = None

    agent: str | None = None
    """The name of the user whose extension answered."""
    dialled_e164: str | None = None
    is_withheld: bool = False
    redirected_from: str | None = None
    medium: str | None = None
    """From here to ``click_id``: of the web page whose visitor was shown the number he dialled."""
    keyword: str | None = None
    landing_page: str | None = None
    click_id: str | None = None
    visitor_session: str | None = None
    enrichment: Enrichment = Enrichment.NOT_ASKED
    candidates: tuple[Candidate, ...] = ()
    """Everybody whom the look-up found, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPosition:
    """How far the journal of one PBX has been read.

    ``inode`` and ``offset`` (bytes) belong to the file at ``path`` when it was last read;
    ``mark`` is the reader's own, for instance a hash of what stood there.
    """

    pbx: str
    path: str
    inode: int
    offset: int
    mark: str = ""
    updated_at: datetime | None = None
