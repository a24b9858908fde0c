"""Is somebody there? Weekly intervals, public holidays and special dates, by the wall clock.

**The clock on the wall decides.** An instant is turned into the local time of the hours' own
zone and compared with the intervals as people read them. So in spring, when 02:00 to 03:00 does
not exist, an interval from 02:30 opens at 03:00; and in autumn, when that hour comes twice,
an interval within it is open twice.

**An interval belongs to the day that it begins on.** One that closes at or before it opens runs
over midnight (22:00 to 06:00; 00:00 to 00:00 is the whole day). If the day it begins on is a
holiday, the part after midnight is closed too; if only the next day is one, the shift that has
begun works to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm_store.records import BusinessHours, OpenInterval


def is_open(
    hours: BusinessHours | None, at: datetime, is_public_holiday: Callable[[date], bool]
) -> bool:
    """Say whether the hours are open at an instant. No hours are always open.

    ``at`` is aware (ValueError when naive). ``is_public_holiday`` knows the hours' own country
    and subdivision. Raises zoneinfo.ZoneInfoNotFoundError on a time zone that does not exist.
    """
    if hours is None:
        return True
    local = _local_time(hours, at)
    return any(
        _closed_reason(hours, begun_on, is_public_holiday) is None
        for begun_on in _running_intervals(hours, local)
    )


def explain(
    hours: BusinessHours | None, at: datetime, is_public_holiday: Callable[[date], bool]
) -> str:
    """Return in a few words why :func:`is_open` says what it says, for a log or a page.

    For example ``closed at 2026-12-25 10:00 in Europe/Berlin: public holiday``. Raises as
    is_open does.
    """
    if hours is None:
        return "open: no business hours"
    local = _local_time(hours, at)
    when = f"at {local:%Y-%m-%d %H:%M} in {hours.time_zone}"
    if is_open(hours, at, is_public_holiday):
        return f"open {when}"
    running = _running_intervals(hours, local)
    reasons = [_closed_reason(hours, begun_on, is_public_holiday) for begun_on in running]
    return f"closed {when}: {next(filter(None, reasons), 'outside the weekly hours')}"


def _local_time(hours: BusinessHours, at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"business hours need an aware datetime, not {at!r}")
    return at.astimezone(ZoneInfo(hours.time_zone))


def _running_intervals(hours: BusinessHours, local: datetime) -> Iterator[date]:
    """Yield the day on which each weekly interval that covers the local time began."""
    today = local.date()
    for begun_on in (today, today - timedelta(days=1)):
        for interval in hours.weekly:
            if interval.weekday == begun_on.weekday() and _covers(interval, local, begun_on):
                yield begun_on


def _covers(interval: OpenInterval, local: datetime, begun_on: date) -> bool:
    clock = local.time()
    is_over_midnight = interval.closes <= interval.opens
    if local.date() == begun_on:
        return interval.opens <= clock and (is_over_midnight or clock < interval.closes)
    return is_over_midnight and clock < interval.closes


def _closed_reason(
    hours: BusinessHours, day: date, is_public_holiday: Callable[[date], bool]
) -> str | None:
    """Return why a day's intervals are closed, or None when they hold."""
    if day in hours.closed_on:
        return "closed on that date"
    if day not in hours.open_on and is_public_holiday(day):
        return "public holiday"
    return None
