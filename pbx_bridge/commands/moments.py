"""Points in time as people type them: dates, RFC 3339, ``today``, ``yesterday``, ``7d``, ``2h``."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo

EXPECTED = "a date (2026-11-22), RFC 3339 (2026-11-22T09:00:00Z), today, yesterday, 7d, 2h or 30m"

_AGO = re.compile(r"(\d{1,6})([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


def read_moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """Read a point in time; a date is its beginning.

    ``zone`` is where dates begin and what a time without an offset is in: None is this machine's.
    ``now`` is aware. ``7d`` is seven times 24 hours ago.

    Raises:
        ValueError: none of these; the message says what was expected.
    """
    word = text.strip().lower()
    today = now.astimezone(zone).date()
    if word in {"today", "yesterday"}:
        return _midnight(today - timedelta(days=word == "yesterday"), zone)
    try:
        if ago := _AGO.fullmatch(word):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        if len(word) == len("2026-11-22"):
            return _midnight(date.fromisoformat(word), zone)
        return _with_zone(datetime.fromisoformat(text.strip()), zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r}: expected {EXPECTED}") from None


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return _with_zone(datetime.combine(day, time()), zone)


def _with_zone(at: datetime, zone: tzinfo | None) -> datetime:
    if at.tzinfo is not None:
        return at
    return at.astimezone() if zone is None else at.replace(tzinfo=zone)
