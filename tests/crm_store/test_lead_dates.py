"""Estimate and expected date of a lead: each says the other, also at the end of a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.records import Estimate, Lead, LeadState, TimeUnit
from crm_store.sales.lead_dates import MOST, LeadTimes, estimate_between, expected_end, lead_times

_FIRST, _LAST = datetime(1971, 1, 1), datetime(2150, 1, 1)  # noqa: DTZ001 - as hypothesis wants
_INSTANTS = st.datetimes(min_value=_FIRST, max_value=_LAST, timezones=st.just(UTC))
_ESTIMATES = st.sampled_from(TimeUnit).flatmap(
    lambda unit: st.builds(Estimate, value=st.integers(1, MOST[unit]), unit=st.just(unit))
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "value", "unit", "end"),
    [
        ("2026-01-31T09:30", 1, TimeUnit.MONTHS, "2026-02-28T09:30"),
        ("2028-01-31T09:30", 1, TimeUnit.MONTHS, "2028-02-29T09:30"),
        ("2028-02-29T09:30", 1, TimeUnit.YEARS, "2029-02-28T09:30"),
        ("2028-02-29T09:30", 4, TimeUnit.YEARS, "2032-02-29T09:30"),
        ("2026-12-31T23:59", 2, TimeUnit.MONTHS, "2027-02-28T23:59"),
        ("2026-11-22T09:30", 14, TimeUnit.MONTHS, "2028-01-22T09:30"),
        ("2026-12-31T23:30", 90, TimeUnit.MINUTES, "2027-01-01T01:00"),
        ("2026-11-22T09:30", 2, TimeUnit.WEEKS, "2026-12-06T09:30"),
    ],
)
def test_a_month_ends_on_the_last_day_that_it_has(
    start: str, value: int, unit: TimeUnit, end: str
) -> None:
    """Calendar months and years keep the day, or take the month's last; the rest is exact time."""
    assert expected_end(at(start), Estimate(value=value, unit=unit)) == at(end)


@pytest.mark.parametrize(
    ("start", "end", "estimate"),
    [
        ("2026-11-22T09:30", "2028-11-22T09:30", Estimate(value=2, unit=TimeUnit.YEARS)),
        ("2026-11-22T09:30", "2028-01-22T09:30", Estimate(value=14, unit=TimeUnit.MONTHS)),
        ("2026-11-22T09:30", "2026-12-06T09:30", Estimate(value=2, unit=TimeUnit.WEEKS)),
        ("2026-11-22T09:30", "2026-12-05T09:30", Estimate(value=13, unit=TimeUnit.DAYS)),
        ("2026-11-22T09:30", "2026-11-23T10:30", Estimate(value=25, unit=TimeUnit.HOURS)),
        ("2026-11-22T09:30", "2026-11-22T10:31", Estimate(value=61, unit=TimeUnit.MINUTES)),
        ("2026-11-22T09:30", "2026-11-22T09:30:30", Estimate(value=1, unit=TimeUnit.MINUTES)),
        ("2026-11-22T09:30", "2026-11-22T09:30", None),
        ("2026-11-22T09:30", "2026-11-21T09:30", None),
    ],
)
def test_an_estimate_is_in_the_largest_unit_that_divides_exactly(
    start: str, end: str, estimate: Estimate | None
) -> None:
    """Twelve months are a year, 14 days two weeks; half a minute is a minute."""
    assert estimate_between(at(start), at(end)) == estimate


@given(start=_INSTANTS, estimate=_ESTIMATES)
def test_the_derived_estimate_leads_to_the_same_end(start: datetime, estimate: Estimate) -> None:
    """Whatever is estimated, the estimate read back from the end leads to that very end."""
    end = expected_end(start, estimate)
    derived = estimate_between(start, end)
    assert derived is not None
    assert expected_end(start, derived) == end
    assert estimate_between(start, expected_end(start, derived)) == derived


@given(start=_INSTANTS, seconds=st.integers(1, 10**9))
def test_what_no_unit_divides_is_rounded_up_to_the_minute(start: datetime, seconds: int) -> None:
    """The end that an estimate derived from any date leads to is never a minute off."""
    end = start + timedelta(seconds=seconds)
    derived = estimate_between(start, end)
    assert derived is not None
    assert timedelta(0) <= expected_end(start, derived) - end < timedelta(minutes=1)


@given(start=_INSTANTS, fewer=st.integers(0, 600), more=st.integers(0, 600))
def test_more_months_never_end_earlier(start: datetime, fewer: int, more: int) -> None:
    """Month ends do not fold back."""
    first = expected_end(start, Estimate(value=fewer, unit=TimeUnit.MONTHS))
    second = expected_end(start, Estimate(value=fewer + more, unit=TimeUnit.MONTHS))
    assert first <= second


def test_the_times_of_a_lead_follow_the_clock() -> None:
    """Open: time left, then overdue. Decided: what it took, and by how much it was late."""
    start = at("2026-11-22T09:00")
    lead = Lead(
        name="Ada",
        state=LeadState.IN_PROGRESS,
        started_at=start,
        expected_at=start + timedelta(hours=1),
    )
    half, late = start + timedelta(minutes=30), start + timedelta(hours=3)
    assert lead_times(lead, half) == LeadTimes(
        time_to_completion_seconds=1800.0,
        overdue_seconds=0.0,
        is_overdue=False,
        actual_seconds=None,
    )
    assert lead_times(lead, late) == LeadTimes(
        time_to_completion_seconds=0.0, overdue_seconds=7200.0, is_overdue=True, actual_seconds=None
    )
    won = replace(lead, state=LeadState.WON, completed_at=start + timedelta(hours=2))
    assert lead_times(won, late + timedelta(days=1)) == LeadTimes(
        time_to_completion_seconds=None,
        overdue_seconds=3600.0,
        is_overdue=True,
        actual_seconds=7200.0,
    )
    assert lead_times(Lead(name="Tom"), late) == LeadTimes(
        time_to_completion_seconds=None,
        overdue_seconds=0.0,
        is_overdue=False,
        actual_seconds=None,
    )
