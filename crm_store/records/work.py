"""What is done about a customer: activities, cases, opportunities, notes; and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm_store.records.calls import Matched, Recording, Ref
from crm_store.records.people import ProductInterest
from crm_store.records.words import (
    ActivityKind,
    ActivityStatus,
    CallType,
    CaseStatus,
    MissedReason,
    OpportunityState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something to do, or done, with a person. A call has one at most.

    In progress it is an open activity; completed it is part of the activity history. ``call`` is
    the (pbx, linkedid) of the call it tells of. The last five fields are read from that call;
    writing an activity ignores them.
    """

    subject: str
    status: ActivityStatus = ActivityStatus.IN_PROGRESS
    kind: ActivityKind = ActivityKind.CALL
    call_type: CallType | None = None
    """None while the call is up and nothing is decided."""
    about: Matched | None = None
    owner: str | None = None
    campaign: str | None = None
    call: tuple[str, str] | None = None
    comment: str = ""
    result: str | None = None
    """What came of it, in the words of the settings: the call result."""
    tags: tuple[str, ...] = ()
    due_at: datetime | None = None
    case_id: int | None = None
    opportunity_id: int | None = None
    owner_group: str | None = None
    id: int | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1
    call_id: str | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    recordings: tuple[Recording, ...] = ()
    missed_reason: MissedReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something that a contact wants solved."""

    subject: str
    contact_id: int
    status: CaseStatus = CaseStatus.OPEN
    priority: str | None = None
    description: str = ""
    origin: str = ""
    owner: str | None = None
    owner_group: str | None = None
    first_call: tuple[str, str] | None = None
    id: int | None = None
    created_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """Something that a contact, or a company, may buy."""

    name: str
    contact_id: int | None = None
    account_id: int | None = None
    lead_id: int | None = None
    """The lead that it came from."""
    state: OpportunityState = OpportunityState.OPEN
    stage: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    probability: int | None = None
    expected_at: datetime | None = None
    closed_at: datetime | None = None
    lost_reason: str | None = None
    owner: str | None = None
    owner_group: str | None = None
    campaign: str | None = None
    source: str | None = None
    products: tuple[ProductInterest, ...] = ()
    comment: str = ""
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote down about a record, for all who see it. Stamped, and never changed."""

    about: Ref
    text: str
    author: str | None = None
    id: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes something: a signed-in user, and the way it came in (``api``, ``call``, …)."""

    user: str | None = None
    via: str = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change of one record: who, when, what he did, and each field from what to what.

    ``changes`` is ``{field: [old, new]}`` in plain values. ``object_key`` is the record's id, or
    its name where it goes by that.
    """

    id: int
    object_type: str
    object_key: str
    at: datetime
    actor: str | None
    via: str
    action: str
    version: int
    changes: dict[str, tuple[Any, Any]]
