"""People and companies: strangers, customers, and who they work for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm_store.records.calls import Recording
from crm_store.records.words import LeadState, MissedReason, ProductKind, TimeUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """One of a person's numbers: as somebody wrote it, and as E.164 (None when it is neither)."""

    raw: str
    e164: str | None
    label: str = ""


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
    origin: str = ""
    """How this record came to be: ``call``, ``web form contact-me``, ``import 12``, ``api``."""
    owner_group: str | None = None
    """The group that owns it: whose agents see it."""
    website: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    """The subdivision of the country, ISO 3166-2 (``AU-NSW``) where it is known."""
    country: str | None = None
    """ISO 3166-1, two letters."""
    comment: str = ""
    key: str | None = None
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1
    """Counts the changes: who writes with an old one is told, and nothing is overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductInterest:
    """A product that a lead asked about, as it was called then."""

    product: str
    kind: ProductKind = ProductKind.PHYSICAL
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long a lead is expected to take."""

    value: int
    unit: TimeUnit = TimeUnit.DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead(Person):
    """A stranger who may become a customer. ``name`` is the prospect's.

    ``owner`` is the user it is assigned to, ``unit`` the group whose users may accept it while
    nobody is. ``state`` follows from ``status`` and the settings. ``attributes`` are those of
    its ``type``. The last five fields are read from the first call; writing a lead ignores them.
    """

    company: str | None = None
    title: str | None = None
    employees: int | None = None
    """How many people work at the company."""
    status: str = "new"
    state: LeadState = LeadState.NEW
    type: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    category: str | None = None
    priority: str | None = None
    importance: str | None = None
    probability: int | None = None
    """To win it, in percent: 0 to 100."""
    target_amount: Decimal | None = None
    currency: str | None = None
    """ISO 4217."""
    lost_reason: str | None = None
    unit: str | None = None
    team: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    products: tuple[ProductInterest, ...] = ()
    contact_id: int | None = None
    """The contact it is with, or became."""
    account_id: int | None = None
    opportunity_id: int | None = None
    response: str | None = None
    """What a response rule wants done: the name of its answer."""
    medium: str | None = None
    keyword: str | None = None
    landing_page: str | None = None
    click_id: str | None = None
    started_at: datetime | None = None
    """When somebody began to work on it."""
    estimate: Estimate | None = None
    expected_at: datetime | None = None
    """When it is expected to be decided: ``started_at`` and ``estimate`` together."""
    completed_at: datetime | None = None
    """When it was won or lost."""
    call_id: str | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    recordings: tuple[Recording, ...] = ()
    missed_reason: MissedReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Person):
    """A person at a company. ``account`` is the company's name; an unknown one is created."""

    account: str | None = None
    account_id: int | None = None
    """The company's number; goes before its name."""
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Person):
    """A company."""

    employees: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAccount(Person):
    """A private customer: a person and an account in one."""
