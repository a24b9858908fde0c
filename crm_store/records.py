"""What the store keeps, as plain frozen records: no database is needed to make or read one.

Instants are aware and UTC. A number ending in ``_e164`` is E.164 with its plus. An ``id`` or a
``created_at`` that is None is given by the store when the record is written. Users and campaigns
go by their names: that is what people call them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal


class PersonType(StrEnum):
    """Where a caller can be on file, in the order in which a look-up prefers them."""

    CONTACT = "contact"
    LEAD = "lead"
    ACCOUNT = "account"
    PERSON_ACCOUNT = "person_account"


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


class Enrichment(StrEnum):
    """What became of looking the caller up while the call rang."""

    ENRICHED = "enriched"
    OVER_BUDGET = "over_budget"
    NOT_ASKED = "not_asked"
    FAILED = "failed"


class RouteKind(StrEnum):
    """What a tracking number rings."""

    EXTENSION = "extension"
    RING_GROUP = "ring_group"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"


class ListName(StrEnum):
    """The two lists that a number can be on."""

    VIP = "vip"
    BLOCKED = "blocked"


class CallType(StrEnum):
    """The five kinds of call that an activity can tell of."""

    OUTBOUND_ANSWERED = "outbound_answered"
    OUTBOUND_UNANSWERED = "outbound_unanswered"
    INBOUND_ANSWERED = "inbound_answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"


class ActivityStatus(StrEnum):
    """Whether an activity still waits for somebody."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class LeadStatus(StrEnum):
    """How far a lead has come."""

    NEW = "new"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """One record of the CRM, by its type and its number within that type."""

    type: PersonType | Literal["activity"]
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """One of a person's numbers: as somebody wrote it, and as E.164 (None when it is neither)."""

    raw: str
    e164: str | None
    label: str = ""


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
    enrichment: Enrichment = Enrichment.NOT_ASKED
    candidates: tuple[Candidate, ...] = ()
    """Everybody whom the look-up found, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who answers calls. The first extension is the one to ring him on."""

    name: str
    email: str | None = None
    extensions: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What tracking numbers are printed for."""

    name: str
    is_active: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterval:
    """Open on one day of the week (0 is Monday), from ``opens`` up to but not at ``closes``.

    Local times. ``closes`` at midnight (00:00) is the end of that day.
    """

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """When somebody is there.

    ``country`` (ISO 3166-1, two letters) and ``subdivision`` say whose public holidays are
    closed; None keeps none. A date in ``closed_on`` is closed all day; one in ``open_on`` follows
    the weekly intervals although it is a public holiday.
    """

    name: str
    time_zone: str
    weekly: tuple[OpenInterval, ...]
    country: str | None = None
    subdivision: str | None = None
    closed_on: frozenset[date] = frozenset()
    open_on: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingNumber:
    """A number that we publish, and what a call to it does.

    ``targets`` are extensions for an extension or ring group, the queue's one name for a queue,
    and empty for voicemail (``voicemail_box`` says which).
    """

    e164: str
    raw: str
    label: str
    campaign: str | None = None
    source: str | None = None
    medium: str | None = None
    route: RouteKind = RouteKind.EXTENSION
    targets: tuple[str, ...] = ()
    ring_seconds: int = 20
    voicemail_box: str | None = None
    is_recorded: bool = True
    announcement: str | None = None
    hours: BusinessHours | None = None
    owner_first: bool = True

    @property
    def attribution(self) -> Attribution:
        """What a call to this number is put down to."""
        return Attribution(
            number=self.e164, label=self.label, campaign=self.campaign, source=self.source
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a lead, a contact, an account and a person account have in common.

    ``key`` is your own identifier for it: writing the same key again updates the same record.
    Without one the name serves (for a contact: the name and the account).
    """

    name: str
    phone_numbers: tuple[PhoneNumber, ...] = ()
    email: str | None = None
    owner: str | None = None
    campaign: str | None = None
    source: str | None = None
    tracking_number: str | None = None
    """The E.164 of the tracking number that brought this person."""
    first_call: tuple[str, str] | None = None
    """The (pbx, linkedid) of the call that made this record."""
    comment: str = ""
    key: str | None = None
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead(Person):
    """A stranger who may become a customer.

    The last four fields are read from the first call; writing a lead ignores them.
    """

    company: str | None = None
    status: LeadStatus = LeadStatus.NEW
    call_id: str | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    recordings: tuple[Recording, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Person):
    """A person at a company. ``account`` is the company's name; an unknown one is created."""

    account: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Person):
    """A company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAccount(Person):
    """A private customer: a person and an account in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something to do, or done, with a person: here a call. At most one per call.

    ``call`` is the (pbx, linkedid) of the call it tells of. The last four fields are read from
    that call; writing an activity ignores them.
    """

    subject: str
    status: ActivityStatus
    call_type: CallType | None = None
    """None while the call is up and nothing is decided."""
    about: Matched | None = None
    owner: str | None = None
    campaign: str | None = None
    call: tuple[str, str] | None = None
    comment: str = ""
    id: int | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime | None = None
    call_id: str | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    recordings: tuple[Recording, ...] = ()


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
