"""Public holidays, from the ``holidays`` package, as the plain question that decisions ask.

Holidays are not ours to write: they differ by country and subdivision and change by law.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial
from typing import Final

import holidays

from pbx_bridge.errors import ConfigError

_ANY_YEAR: Final = 2026
"""The year that a country is tried with before calls come."""


def public_holidays_of(country: str | None, subdivision: str | None) -> Callable[[date], bool]:
    """Return a function that says whether a date is a public holiday there.

    ``country`` is ISO 3166-1 alpha-2, ``subdivision`` ISO 3166-2 without the country (``BY``
    for Bavaria). No country keeps no holidays. Raises ConfigError, naming what is known, on a
    country or subdivision that the package does not have: ask once, before calls come.
    """
    if not country:
        return _no_holiday
    _dates_of_year(country.upper(), subdivision or None, _ANY_YEAR)
    return partial(_is_public_holiday, country.upper(), subdivision or None)


def _no_holiday(day: date) -> bool:
    return False


def _is_public_holiday(country: str, subdivision: str | None, day: date) -> bool:
    return day in _dates_of_year(country, subdivision, day.year)


@lru_cache(maxsize=1024)
def _dates_of_year(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError as error:
        raise ConfigError(
            f"no public holidays are known for country {country!r}, subdivision {subdivision!r}",
            hint=str(error),
        ) from error
