"""What every call needs at once: our numbers, our people, whose holidays it is, our rules.

A copy of a few small tables, renewed every few seconds, so that a ringing call asks the store
one thing only: who is this caller?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfoNotFoundError

from crm_store.call_logging import CallLoggingSettings
from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import TrackingNumber, User
from pbx_bridge.decisions.business_hours import is_open
from pbx_bridge.decisions.trunk_numbers import match_tracking_number
from pbx_bridge.errors import ConfigError
from pbx_bridge.holidays_calendar import public_holidays_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Our numbers and people as they were when it was read."""

    tracking_numbers: Sequence[TrackingNumber] = ()
    agents: Mapping[str, str] = field(default_factory=dict)
    """Extension → name of the user it belongs to."""
    call_logging: CallLoggingSettings = field(default_factory=CallLoggingSettings)
    """What calls leave in the CRM, by the rules of now."""

    def find_tracking_number(self, dialled: str, country: str | None) -> TrackingNumber | None:
        """Find which of our published numbers was dialled, in whatever form the trunk writes it."""
        return match_tracking_number(dialled, to_e164(dialled, country), self.tracking_numbers)


def read_directory(reader: Reader, call_logging: CallLoggingSettings | None = None) -> Directory:
    """Read the directory: a unit of work for :meth:`crm_store.store.Store.read`.

    ``call_logging`` are the rules of the configuration: they hold until somebody writes the
    settings of that name.
    """
    users = reader.users()
    rules = _call_logging(reader, call_logging)
    if rules.default_owner not in {user.name for user in users if user.is_active}:
        rules = replace(rules, default_owner=None)
    return Directory(
        tracking_numbers=reader.tracking_numbers(), agents=_agents(users), call_logging=rules
    )


def _call_logging(reader: Reader, configured: CallLoggingSettings | None) -> CallLoggingSettings:
    written, version = reader.settings_with_version(CallLoggingSettings)
    return written if version or configured is None else configured


def holidays_of(number: TrackingNumber | None) -> Callable[[date], bool]:
    """Whose public holidays count for a number; a country nobody knows keeps none."""
    hours = number.hours if number is not None else None
    if hours is None:
        return public_holidays_of(None, None)
    try:
        return public_holidays_of(hours.country, hours.subdivision)
    except ConfigError:
        return public_holidays_of(None, None)


def is_open_at(number: TrackingNumber | None, at: datetime) -> bool:
    """Whether somebody was there for a number at an instant; hours of no known zone say yes."""
    try:
        return is_open(number.hours if number is not None else None, at, holidays_of(number))
    except ZoneInfoNotFoundError:
        return True


def _agents(users: Sequence[User]) -> dict[str, str]:
    return {extension: user.name for user in users for extension in user.extensions}
