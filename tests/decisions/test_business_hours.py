"""Open or closed: by the wall clock, over midnight, across clock changes, on holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.records import BusinessHours, OpenInterval
from pbx_bridge.decisions.business_hours import explain, is_open
from pbx_bridge.errors import ConfigError
from pbx_bridge.holidays_calendar import public_holidays_of

BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS = date(2026, 12, 25)  # a Friday
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def open_on(*weekdays: int, opens: str, closes: str) -> tuple[OpenInterval, ...]:
    return tuple(
        OpenInterval(
            weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)
        )
        for day in weekdays
    )


def hours(weekly: tuple[OpenInterval, ...], **more: object) -> BusinessHours:
    return BusinessHours(
        **{"name": "office", "time_zone": "Europe/Berlin", "weekly": weekly, **more}
    )


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


OFFICE = open_on(*range(5), opens="09:00", closes="17:00")
LUNCH_BREAK = open_on(MONDAY, opens="09:00", closes="12:00") + open_on(
    MONDAY, opens="13:00", closes="17:00"
)
NIGHT = open_on(FRIDAY, SUNDAY, opens="22:00", closes="06:00")
ALL_DAY = open_on(MONDAY, opens="00:00", closes="00:00")
EVENING = open_on(MONDAY, opens="18:00", closes="00:00")


@pytest.mark.parametrize(
    ("scenario", "weekly", "at", "expected"),
    [
        ("opens on the minute", OFFICE, "2026-11-23T09:00", True),
        ("is closed a moment before", OFFICE, "2026-11-23T08:59:59.999999", False),
        ("is open a moment before closing", OFFICE, "2026-11-23T16:59:59.999999", True),
        ("closes on the minute", OFFICE, "2026-11-23T17:00", False),
        ("is closed at the weekend", OFFICE, "2026-11-22T12:00", False),
        ("is closed at lunch", LUNCH_BREAK, "2026-11-23T12:30", False),
        ("is open after lunch", LUNCH_BREAK, "2026-11-23T13:30", True),
        ("a night shift has begun", NIGHT, "2026-11-27T23:00", True),
        ("a night shift goes on after midnight", NIGHT, "2026-11-28T05:59", True),
        ("a night shift ends", NIGHT, "2026-11-28T06:00", False),
        ("a night shift from Sunday ends on Monday", NIGHT, "2026-11-23T05:59", True),
        ("no night shift before Friday's", NIGHT, "2026-11-27T05:59", False),
        ("midnight to midnight begins", ALL_DAY, "2026-11-23T00:00", True),
        ("midnight to midnight is a whole day", ALL_DAY, "2026-11-23T23:59:59", True),
        ("and no longer", ALL_DAY, "2026-11-24T00:00", False),
        ("closing at midnight is the end of the day", EVENING, "2026-11-23T23:59:59", True),
        ("and no longer than that", EVENING, "2026-11-24T00:00", False),
        ("no interval is never open", (), "2026-11-23T12:00", False),
    ],
)
def test_the_weekly_hours(scenario, weekly, at, expected):
    """Half-open intervals of local time; one may run over midnight."""
    assert is_open(hours(weekly), berlin(at), is_public_holiday=never) is expected, scenario


@pytest.mark.parametrize(
    ("scenario", "interval", "at", "expected"),
    [
        (
            "spring: an interval that begins in the missing hour opens after it",
            ("02:30", "04:00"),
            berlin("2026-03-29T03:00"),
            True,
        ),
        (
            "spring: it was not open before the gap",
            ("02:30", "04:00"),
            berlin("2026-03-29T03:00") - timedelta(seconds=1),
            False,
        ),
        (
            "autumn: an interval in the hour that comes twice is open the first time",
            ("02:00", "02:30"),
            berlin("2026-10-25T02:15", fold=0),
            True,
        ),
        (
            "autumn: it is closed in between",
            ("02:00", "02:30"),
            berlin("2026-10-25T02:45", fold=0),
            False,
        ),
        (
            "autumn: and open the second time",
            ("02:00", "02:30"),
            berlin("2026-10-25T02:15", fold=1),
            True,
        ),
        (
            "autumn: 09:00 is 09:00 by the new time",
            ("09:00", "17:00"),
            datetime(2026, 10, 25, 8, tzinfo=UTC),
            True,
        ),
        (
            "autumn: and not by the old one",
            ("09:00", "17:00"),
            datetime(2026, 10, 25, 7, tzinfo=UTC),
            False,
        ),
    ],
)
def test_when_the_clock_changes_the_wall_clock_decides(scenario, interval, at, expected):
    """Both changes fall on a Sunday at Berlin."""
    weekly = open_on(SUNDAY, opens=interval[0], closes=interval[1])
    assert is_open(hours(weekly), at, is_public_holiday=never) is expected, scenario


@pytest.mark.parametrize(
    ("scenario", "special", "at", "expected"),
    [
        (
            "a public holiday is closed",
            {},
            "2026-12-25T10:00",
            "closed at 2026-12-25 10:00 in Europe/Berlin: public holiday",
        ),
        (
            "a public holiday that is listed open follows the weekly hours",
            {"open_on": frozenset({CHRISTMAS})},
            "2026-12-25T10:00",
            "open at 2026-12-25 10:00 in Europe/Berlin",
        ),
        (
            "listed open is not open all day",
            {"open_on": frozenset({CHRISTMAS})},
            "2026-12-25T08:00",
            "closed at 2026-12-25 08:00 in Europe/Berlin: outside the weekly hours",
        ),
        (
            "a date of the firm's own is closed",
            {"closed_on": frozenset({date(2026, 12, 24)})},
            "2026-12-24T10:00",
            "closed at 2026-12-24 10:00 in Europe/Berlin: closed on that date",
        ),
        (
            "listed both ways, closed wins",
            {"closed_on": frozenset({CHRISTMAS}), "open_on": frozenset({CHRISTMAS})},
            "2026-12-25T10:00",
            "closed at 2026-12-25 10:00 in Europe/Berlin: closed on that date",
        ),
        (
            "the night shift of a holiday is closed, also after midnight",
            {"weekly": NIGHT},
            "2026-12-26T05:00",
            "closed at 2026-12-26 05:00 in Europe/Berlin: public holiday",
        ),
        (
            "an ordinary day is open",
            {},
            "2026-12-23T10:00",
            "open at 2026-12-23 10:00 in Europe/Berlin",
        ),
    ],
)
def test_special_days(scenario, special, at, expected):
    """Public holidays are closed unless listed open; the firm's own dates have the last word."""
    chosen = hours(**{"weekly": OFFICE, **special})
    told = explain(chosen, berlin(at), CHRISTMAS.__eq__)
    assert told == expected, scenario
    assert is_open(chosen, berlin(at), CHRISTMAS.__eq__) is told.startswith("open")


def test_a_night_shift_that_runs_into_a_holiday_works_to_its_end():
    """The interval belongs to the day that it begins on."""
    thursday_night = hours(open_on(3, opens="22:00", closes="06:00"))
    assert is_open(thursday_night, berlin("2026-12-25T05:00"), CHRISTMAS.__eq__)


def test_the_holiday_of_the_local_date_counts_not_of_the_utc_one():
    """At 23:30 UTC on the 24th it is Christmas day in Berlin."""
    around_the_clock = hours(open_on(*range(7), opens="00:00", closes="00:00"))
    at = datetime(2026, 12, 24, 23, 30, tzinfo=UTC)
    assert not is_open(around_the_clock, at, CHRISTMAS.__eq__)
    assert is_open(around_the_clock, at - timedelta(hours=1), CHRISTMAS.__eq__)


def test_no_hours_are_always_open():
    """A tracking number without business hours never closes."""
    assert is_open(None, berlin("2026-12-25T03:00"), CHRISTMAS.__eq__)
    assert explain(None, berlin("2026-12-25T03:00"), CHRISTMAS.__eq__) == "open: no business hours"


def test_a_naive_instant_is_refused():
    """Nobody knows when 10 o'clock is."""
    with pytest.raises(ValueError, match="aware datetime"):
        is_open(hours(OFFICE), datetime(2026, 11, 23, 10), never)  # noqa: DTZ001


def test_a_time_zone_that_does_not_exist_is_an_error():
    """It is named in the error."""
    with pytest.raises(ZoneInfoNotFoundError, match="Europe/Belrin"):
        is_open(hours(OFFICE, time_zone="Europe/Belrin"), berlin("2026-11-23T10:00"), never)


@given(
    at=st.datetimes(timezones=st.timezones()),
    weekly=st.lists(
        st.builds(OpenInterval, weekday=st.integers(0, 6), opens=st.times(), closes=st.times()),
        max_size=4,
    ),
)
def test_the_same_instant_is_judged_the_same_in_whatever_zone_it_is_written(at, weekly):
    """Only the hours' own zone matters."""
    try:
        written_in_utc = at.astimezone(UTC)
    except OverflowError:
        return
    if not 1971 < written_in_utc.year < 9998:
        return
    chosen = hours(tuple(weekly))
    assert explain(chosen, at, never) == explain(chosen, written_in_utc, never)


def test_public_holidays_come_from_the_country_and_subdivision():
    """Epiphany is a holiday in Bavaria, not in Berlin; the national day is one everywhere."""
    epiphany, unity = date(2027, 1, 6), date(2026, 10, 3)
    asked = [("de", "BY"), ("DE", "BE"), (None, None)]
    told = [[public_holidays_of(*place)(day) for day in (epiphany, unity)] for place in asked]
    assert told == [[True, True], [False, True], [False, False]]


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("DE", "ZZ")])
def test_a_place_without_known_holidays_is_refused_before_calls_come(country, subdivision):
    """The error names the place."""
    with pytest.raises(ConfigError, match=f"'{country}', subdivision {subdivision!r}"):
        public_holidays_of(country, subdivision)


def never(day: date) -> bool:
    return False
