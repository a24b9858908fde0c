"""Us: people, groups, products, campaigns, our published numbers and when we are there.

Two of these are equal when they say the same, whenever each was written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

from crm_store.records.calls import Attribution
from crm_store.records.words import ProductKind, Role, RouteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who works here.

    The first extension is the one to ring him on; the first group is the one that owns what he
    makes. ``password_hash`` is argon2's; None for somebody who cannot sign in.
    """

    name: str
    email: str | None = None
    extensions: tuple[str, ...] = ()
    is_active: bool = True
    role: Role = Role.AGENT
    groups: tuple[str, ...] = ()
    password_hash: str | None = None
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who work on the same leads: who owns them, and who may be assigned to them.

    ``areas`` say where its customers live: beginnings of E.164 numbers (``+612``), countries
    (``AU``) and subdivisions (``AU-NSW``). The longest that fits a lead decides.
    """

    name: str
    areas: tuple[str, ...] = ()
    comment: str = ""
    is_active: bool = True
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something that we sell."""

    name: str
    kind: ProductKind = ProductKind.PHYSICAL
    comment: str = ""
    is_active: bool = True
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What tracking numbers are printed for."""

    name: str
    is_active: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    comment: str = ""
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


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
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


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
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)

    @property
    def attribution(self) -> Attribution:
        """What a call to this number is put down to."""
        return Attribution(
            number=self.e164, label=self.label, campaign=self.campaign, source=self.source
        )
