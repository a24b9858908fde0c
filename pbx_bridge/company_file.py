"""The shape of a company file: its tables, their keys, and what each may hold.

``docs/company.md`` describes every key; a test fails when one is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from crm_store.records import OpenInterval, RouteKind
from pbx_bridge.decisions.route_names import (
    EXTENSION_RULE,
    is_extension,
    is_queue_name,
    is_sound,
    is_voicemail_box,
)
from pbx_bridge.errors import ConfigError
from pbx_bridge.holidays_calendar import public_holidays_of

_RING_SECONDS = 20
_QUEUE_SECONDS = 300
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))")


def _must(is_good: Callable[[str], bool], expected: str) -> AfterValidator:
    def check(value: str) -> str:
        if not is_good(value):
            raise ValueError(f"{value!r}: expected {expected}")
        return value

    return AfterValidator(check)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_country(name: str) -> bool:
    return name in phonenumbers.SUPPORTED_REGIONS


def _expected_region(country: str, subdivision: str | None) -> str:
    known = holidays.list_supported_countries()
    if country not in known:
        return f"country: {country!r}: its public holidays are not known; see closed_on"
    expected = ", ".join(sorted(known[country])) or "none"
    return f"subdivision: {subdivision!r}: expected one of {country}'s: {expected}"


def _name_number(value: object) -> object:
    """Let a number without a label be written as its text alone."""
    return {"number": value} if isinstance(value, str) else value


def _read_weekly(value: object) -> object:
    """``{ "mon-fri" = ["09:00-17:00"] }`` → one open interval for each day and span."""
    if not isinstance(value, dict):
        return value
    return tuple(
        interval
        for days, spans in value.items()
        for interval in _read_days(str(days), spans if isinstance(spans, list) else [spans])
    )


def _read_days(days: str, spans: list[object]) -> list[OpenInterval]:
    first, _, last = days.lower().partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        raise ValueError(f"{days!r}: expected a day or two: mon, mon-fri; of {', '.join(_DAYS)}")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    weekdays = [day % 7 for day in range(start, end + 1 + (7 if end < start else 0))]
    return [_read_span(weekday, str(span)) for weekday in weekdays for span in spans]


def _read_span(weekday: int, text: str) -> OpenInterval:
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r}: expected hours such as 09:00-17:30 or 22:00-06:00")
    opens = time(int(found[1]), int(found[2]))
    closes = time() if found[5] else time(int(found[3]), int(found[4]))
    return OpenInterval(weekday=weekday, opens=opens, closes=closes)


_Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(str.strip)]
_Extension = Annotated[str, _must(is_extension, f"an extension: {EXTENSION_RULE}")]
_Country = Annotated[
    str, AfterValidator(str.upper), _must(_is_country, "a two-letter country code: AU, DE, US")
]
_TimeZone = Annotated[str, _must(_is_time_zone, "a time zone such as Australia/Sydney")]
_Box = Annotated[str, _must(is_voicemail_box, "a voicemail box such as 1001 or 1001@default")]
_Sound = Annotated[str, _must(is_sound, "the name of a sound, such as custom/recorded")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UserEntry(_Entry):
    """``[[users]]``: who answers calls."""

    name: _Name
    email: str | None = None
    extensions: tuple[_Extension, ...] = ()
    active: bool = True


class CampaignEntry(_Entry):
    """``[[campaigns]]``: what tracking numbers are printed for."""

    name: _Name
    active: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    comment: str = ""


class HoursEntry(_Entry):
    """``[[business_hours]]``: when somebody is there."""

    name: _Name
    time_zone: _TimeZone
    weekly: Annotated[tuple[OpenInterval, ...], BeforeValidator(_read_weekly)]
    country: _Country | None = None
    subdivision: str | None = None
    closed_on: frozenset[date] = frozenset()
    open_on: frozenset[date] = frozenset()

    @model_validator(mode="after")
    def _check_holidays(self) -> Self:
        try:
            public_holidays_of(self.country, self.subdivision)
        except ConfigError:
            raise ValueError(_expected_region(self.country or "", self.subdivision)) from None
        return self


class TrackingNumberEntry(_Entry):
    """``[[tracking_numbers]]``: a number that you publish, and what a call to it does."""

    number: str
    label: _Name
    campaign: str | None = None
    source: str | None = None
    medium: str | None = None
    route: RouteKind = RouteKind.EXTENSION
    targets: tuple[str, ...] = ()
    ring_seconds: Annotated[int | None, Field(ge=1, le=86_400)] = None
    voicemail_box: _Box | None = None
    recorded: bool = True
    announcement: _Sound | None = None
    hours: str | None = None
    owner_first: bool = True

    @property
    def seconds(self) -> int:
        """How long the targets ring, or how long a caller may wait in the queue."""
        default = _QUEUE_SECONDS if self.route is RouteKind.QUEUE else _RING_SECONDS
        return self.ring_seconds or default

    @model_validator(mode="after")
    def _check_route(self) -> Self:
        count = len(self.targets)
        if self.route is RouteKind.QUEUE:
            if count != 1 or not is_queue_name(self.targets[0]):
                raise ValueError(
                    "targets: route queue expects the name of one queue: letters, digits, _ and -"
                )
        elif self.route is RouteKind.VOICEMAIL:
            if count or self.voicemail_box is None:
                raise ValueError("route voicemail expects a voicemail_box and no targets")
        elif not count or (self.route is RouteKind.EXTENSION and count > 1):
            many = "one extension" if self.route is RouteKind.EXTENSION else "extensions"
            raise ValueError(f"targets: route {self.route} expects {many}")
        elif wrong := [target for target in self.targets if not is_extension(target)]:
            raise ValueError(f"targets: {wrong[0]!r}: expected an extension: {EXTENSION_RULE}")
        return self


class NumberEntry(_Entry):
    """One of a person's numbers."""

    number: str
    label: str = ""


class PersonEntry(_Entry):
    """``[[accounts]]`` and ``[[person_accounts]]``: companies, and private customers."""

    name: _Name
    numbers: tuple[Annotated[NumberEntry, BeforeValidator(_name_number)], ...] = ()
    email: str | None = None
    owner: str | None = None
    campaign: str | None = None
    source: str | None = None
    comment: str = ""
    key: str | None = None


class ContactEntry(PersonEntry):
    """``[[contacts]]``: a person at an account."""

    account: str | None = None
    title: str | None = None


class LeadEntry(PersonEntry):
    """``[[leads]]``: a stranger who may become a customer."""

    company: str | None = None
    status: str = "new"


class ListsEntry(_Entry):
    """``[lists]``: numbers that get better treatment, and numbers that are declined."""

    vip: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


class CompanyFile(_Entry):
    """The whole file."""

    country: _Country | None = None
    users: tuple[UserEntry, ...] = ()
    campaigns: tuple[CampaignEntry, ...] = ()
    business_hours: tuple[HoursEntry, ...] = ()
    tracking_numbers: tuple[TrackingNumberEntry, ...] = ()
    accounts: tuple[PersonEntry, ...] = ()
    contacts: tuple[ContactEntry, ...] = ()
    person_accounts: tuple[PersonEntry, ...] = ()
    leads: tuple[LeadEntry, ...] = ()
    lists: ListsEntry = ListsEntry()
