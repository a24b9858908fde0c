"""What every call needs at once: our published numbers, our people, whose holidays it is.

A copy of a few small tables, renewed every few seconds, so that a ringing call asks the store
one thing only: who is this caller?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import TrackingNumber, User
from pbx_bridge.decisions.trunk_numbers import match_tracking_number
from pbx_bridge.errors import ConfigError
from pbx_bridge.holidays_calendar import public_holidays_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Our numbers and people as they were when it was read."""

    tracking_numbers: Sequence[TrackingNumber] = ()
    agents: Mapping[str, str] = field(default_factory=dict)
    """Extension → name of the user it belongs to."""

    def find_tracking_number(self, dialled: str, country: str | None) -> TrackingNumber | None:
        """Find which of our published numbers was dialled, in whatever form the trunk writes it."""
        return match_tracking_number(dialled, to_e164(dialled, country), self.tracking_numbers)


def read_directory(reader: Reader) -> Directory:
    """Read the directory: a unit of work for :meth:`crm_store.store.Store.read`."""
    return Directory(tracking_numbers=reader.tracking_numbers(), agents=_agents(reader.users()))


def holidays_of(number: TrackingNumber | None) -> Callable[[date], bool]:
    """Whose public holidays count for a number; a country nobody knows keeps none."""
    hours = number.hours if number is not None else None
    if hours is None:
        return public_holidays_of(None, None)
    try:
        return public_holidays_of(hours.country, hours.subdivision)
    except ConfigError:
        return public_holidays_of(None, None)


def _agents(users: Sequence[User]) -> dict[str, str]:
    return {extension: user.name for user in users for extension in user.extensions}
