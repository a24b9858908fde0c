"""The dates of a lead: what its estimate and its expected end say of each other, and of now.

Pure. A month and a year are the calendar's: one month after 31 January is the last day of
February. All reckoning is in UTC.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

from crm_store.records import Estimate, Lead, LeadState, TimeUnit

MOST = {
    TimeUnit.MINUTES: 100 * 366 * 24 * 60,
    TimeUnit.HOURS: 100 * 366 * 24,
    TimeUnit.DAYS: 100 * 366,
    TimeUnit.WEEKS: 100 * 53,
    TimeUnit.MONTHS: 100 * 12,
    TimeUnit.YEARS: 100,
}
"""The longest estimate in each unit: about a hundred years."""

_SPANS = {
    TimeUnit.WEEKS: timedelta(weeks=1),
    TimeUnit.DAYS: timedelta(days=1),
    TimeUnit.HOURS: timedelta(hours=1),
    TimeUnit.MINUTES: timedelta(minutes=1),
}
_MONTHS_IN = {TimeUnit.YEARS: 12, TimeUnit.MONTHS: 1}


def is_sensible(estimate: Estimate) -> bool:
    """Whether an estimate is at least one of its unit, and at most about a hundred years."""
    return 1 <= estimate.value <= MOST[estimate.unit]


def expected_end(started_at: datetime, estimate: Estimate) -> datetime:
    """When something that began then and takes so long is done.

    A day that the month does not have becomes its last one. OverflowError or ValueError beyond
    the year 9999.
    """
    if (span := _SPANS.get(estimate.unit)) is not None:
        return started_at + estimate.value * span
    return _months_after(started_at, estimate.value * _MONTHS_IN[estimate.unit])


def estimate_between(started_at: datetime, expected_at: datetime) -> Estimate | None:
    """The estimate that leads from one to the other, in the largest unit that divides exactly.

    Years and months are exact when counting them from ``started_at`` ends at ``expected_at``.
    Nothing exact, not even minutes: the minutes, rounded up. None when ``expected_at`` is not
    after ``started_at``.
    """
    if expected_at <= started_at:
        return None
    if (months := _months_between(started_at, expected_at)) is not None:
        years, rest = divmod(months, 12)
        return (
            Estimate(value=months, unit=TimeUnit.MONTHS)
            if rest
            else Estimate(value=years, unit=TimeUnit.YEARS)
        )
    span = expected_at - started_at
    for unit, one in _SPANS.items():
        if not span % one:
            return Estimate(value=span // one, unit=unit)
    return Estimate(value=-(-span // _SPANS[TimeUnit.MINUTES]), unit=TimeUnit.MINUTES)


def _months_after(at: datetime, months: int) -> datetime:
    at = at.astimezone(UTC)
    years, month = divmod(at.month - 1 + months, 12)
    year = at.year + years
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"the year {year} is out of range")
    last = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))


def _months_between(start: datetime, end: datetime) -> int | None:
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if months > 0 and _months_after(start, months) == end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimes:
    """What the dates of a lead come to at one instant.

    ``time_to_completion_seconds`` is how long there is until it is expected to be decided: 0
    when that has passed, None when nothing is expected or it is decided. ``overdue_seconds`` is
    by how much it is, or was decided, too late. ``actual_seconds`` is how long it took from its
    start, or from when it was made, until it was decided; None before.
    """

    time_to_completion_seconds: float | None
    overdue_seconds: float
    is_overdue: bool
    actual_seconds: float | None


def lead_times(lead: Lead, now: datetime) -> LeadTimes:
    """What a lead's dates come to now. Never stored: it would be stale a second later."""
    is_over = lead.state in (LeadState.WON, LeadState.LOST)
    until = lead.completed_at if is_over and lead.completed_at is not None else now
    left = None if lead.expected_at is None else (lead.expected_at - until).total_seconds()
    overdue = max(0.0, -left) if left is not None else 0.0
    began = lead.started_at or lead.created_at
    actual = None
    if is_over and lead.completed_at is not None and began is not None:
        actual = max(0.0, (lead.completed_at - began).total_seconds())
    return LeadTimes(
        time_to_completion_seconds=None if is_over or left is None else max(0.0, left),
        overdue_seconds=overdue,
        is_overdue=overdue > 0,
        actual_seconds=actual,
    )
