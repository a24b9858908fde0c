"""Which rule is for which lead: pure, condition by condition."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.capture.response_rules import (
    LeadFacts,
    Verdict,
    facts_of,
    first_match,
    in_order,
    is_for,
    is_in_window,
    judge,
)
from crm_store.numbers import phone_number
from crm_store.records import Conditions, Lead, ProductInterest, ResponseRule, TimeWindow

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA = Lead(
    name="Ada",
    phone_numbers=(phone_number("+61255500100"),),
    region="NSW",
    employees=50,
    source="google",
    campaign="Google Ads",
    products=(ProductInterest(product="Roof"),),
    origin="web form contact-me",
    created_at=MONDAY,
)
FACTS = facts_of(ADA, MONDAY)


def rule(name: str = "r", position: int = 1, **conditions: Any) -> ResponseRule:
    return ResponseRule(name=name, position=position, conditions=Conditions(**conditions))


def test_what_is_asked_of_a_lead_comes_from_its_number_and_its_form() -> None:
    """The country is its number's where it says none; its region is written both ways."""
    assert (
        LeadFacts(
            numbers=("+61255500100",),
            country="AU",
            regions=("NSW", "AU-NSW"),
            employees=50,
            products=("Roof",),
            source="google",
            campaign="Google Ads",
            origin="form",
            form="contact-me",
            at=MONDAY,
        )
        == FACTS
    )
    abroad = facts_of(Lead(name="x", country="nz", phone_numbers=ADA.phone_numbers), MONDAY)
    assert (abroad.country, abroad.at) == ("NZ", MONDAY)


@pytest.mark.parametrize(
    ("origin", "first_call", "word"),
    [
        ("", ("pbx", "1.1"), "call"),
        ("call", None, "call"),
        ("web form trial", None, "form"),
        ("import 12", None, "import"),
        ("api", None, "api"),
    ],
)
def test_each_way_in_has_its_word(
    origin: str, first_call: tuple[str, str] | None, word: str
) -> None:
    """The origin that is written on a lead, as a condition names it."""
    assert facts_of(Lead(name="x", origin=origin, first_call=first_call), MONDAY).origin == word


@pytest.mark.parametrize(
    ("conditions", "is_met"),
    [
        ({}, True),
        ({"countries": ("NZ", "au")}, True),
        ({"countries": ("NZ",)}, False),
        ({"regions": ("AU-NSW",)}, True),
        ({"regions": ("AU-VIC",)}, False),
        ({"number_prefixes": ("+64", "+612")}, True),
        ({"number_prefixes": ("+613",)}, False),
        ({"employees_min": 50, "employees_max": 50}, True),
        ({"employees_min": 51}, False),
        ({"employees_max": 49}, False),
        ({"products": ("roof",)}, True),
        ({"products": ("Castle",)}, False),
        ({"sources": ("Google",), "campaigns": ("google ads",)}, True),
        ({"sources": ("Google",), "campaigns": ("Spring mailing",)}, False),
        ({"origins": ("form",), "forms": ("contact-me",)}, True),
        ({"forms": ("trial",)}, False),
        ({"window": TimeWindow(time_zone="Australia/Sydney", weekdays=(0,))}, True),
        ({"window": TimeWindow(time_zone="UTC", starts=time(9, 1), ends=time(17))}, False),
    ],
)
def test_all_conditions_hold_or_the_rule_is_not_for_the_lead(
    conditions: dict[str, Any], is_met: bool
) -> None:
    """Of a list any one; what is not set is not asked."""
    assert is_for(rule(**conditions), FACTS) is is_met


def test_what_is_not_known_meets_no_condition() -> None:
    """A lead of which nothing is known is only for rules without conditions."""
    stranger = LeadFacts(at=MONDAY)
    verdicts = judge(
        Conditions(countries=("AU",), number_prefixes=("+61",), employees_min=1, products=("x",)),
        stranger,
    )
    assert verdicts == (
        Verdict(condition="countries", is_met=False, why="the country is not known, not AU"),
        Verdict(
            condition="number_prefixes",
            is_met=False,
            why="the number is not known, which does not begin with +61",
        ),
        Verdict(
            condition="employees",
            is_met=False,
            why="number of employees not known, not at least 1",
        ),
        Verdict(
            condition="products", is_met=False, why="the product of interest is not known, not x"
        ),
    )


def test_the_first_active_rule_that_fits_wins() -> None:
    """By position, of one position by name."""
    rules = [
        rule("everybody", 9),
        rule("b", 2, countries=("AU",)),
        rule("a", 2, countries=("AU",)),
        ResponseRule(name="off", position=0, is_active=False),
        rule("elsewhere", 1, countries=("NZ",)),
    ]
    first = first_match(rules, FACTS)
    assert first is not None
    assert first.name == "a"
    assert [each.name for each in in_order(rules)] == ["off", "elsewhere", "a", "b", "everybody"]
    assert first_match(rules[-1:], FACTS) is None


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    """Friday 22:00 to 06:00 holds on Saturday at 05:59, and not on Friday at 05:59."""
    night = TimeWindow(time_zone="Europe/Berlin", weekdays=(4,), starts=time(22), ends=time(6))
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 11, 27, 0, 0, tzinfo=zone)
    moments = [
        timedelta(hours=h, minutes=m) for h, m in ((5, 59), (21, 59), (22, 0), (29, 59), (30, 0))
    ]
    found = [is_in_window(night, friday + moment) for moment in moments]
    assert found == [False, False, True, True, False]


TIMES = st.times().map(lambda t: t.replace(microsecond=0))
INSTANTS = st.integers(0, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(starts=TIMES, ends=TIMES, at=INSTANTS, weekdays=st.sets(st.integers(0, 6), min_size=1))
def test_a_window_and_the_rest_of_the_week_share_no_instant(
    starts: time, ends: time, at: datetime, weekdays: set[int]
) -> None:
    """Of a window on every day and the one from its end to its start exactly one holds."""
    every = tuple(range(7))
    window = TimeWindow(time_zone="UTC", weekdays=every, starts=starts, ends=ends)
    rest = TimeWindow(time_zone="UTC", weekdays=every, starts=ends, ends=starts)
    if starts != ends:
        assert is_in_window(window, at) is not is_in_window(rest, at)
    some = TimeWindow(time_zone="UTC", weekdays=tuple(weekdays), starts=starts, ends=ends)
    assert is_in_window(window, at) or not is_in_window(some, at)


WORDS = st.sampled_from(["AU", "NZ", "DE", "google", "radio", "Roof"])
LISTS = st.lists(WORDS, max_size=2, unique=True).map(tuple)
MAYBE = st.none() | WORDS
SIZES = st.none() | st.integers(0, 5)
FACTS_OF_ALL_SORTS = st.builds(
    LeadFacts,
    numbers=st.lists(st.sampled_from(["+61255500100", "+6421555000"]), max_size=2).map(tuple),
    country=MAYBE,
    regions=LISTS,
    employees=SIZES,
    products=LISTS,
    source=MAYBE,
    campaign=MAYBE,
    form=MAYBE,
    at=st.just(MONDAY),
)
CONDITIONS = st.builds(
    Conditions,
    countries=LISTS,
    regions=LISTS,
    number_prefixes=st.lists(st.sampled_from(["+6", "+61", "+64"]), max_size=2).map(tuple),
    employees_min=SIZES,
    employees_max=SIZES,
    products=LISTS,
    sources=LISTS,
    campaigns=LISTS,
    forms=LISTS,
)


@given(conditions=st.lists(CONDITIONS, max_size=6), facts=FACTS_OF_ALL_SORTS)
def test_the_rule_that_wins_is_the_first_whose_every_condition_holds(
    conditions: list[Conditions], facts: LeadFacts
) -> None:
    """Told in other words: field by field, for whatever rules and leads."""

    def holds(wanted: Conditions) -> bool:
        size = facts.employees
        return (
            (not wanted.countries or facts.country in wanted.countries)
            and (not wanted.regions or bool(set(wanted.regions) & set(facts.regions)))
            and (
                not wanted.number_prefixes
                or any(n.startswith(p) for n in facts.numbers for p in wanted.number_prefixes)
            )
            and (
                wanted.employees_min is None or (size is not None and size >= wanted.employees_min)
            )
            and (
                wanted.employees_max is None or (size is not None and size <= wanted.employees_max)
            )
            and (not wanted.products or bool(set(wanted.products) & set(facts.products)))
            and (not wanted.sources or facts.source in wanted.sources)
            and (not wanted.campaigns or facts.campaign in wanted.campaigns)
            and (not wanted.forms or facts.form in wanted.forms)
        )

    rules = [
        ResponseRule(name=f"r{place}", position=place, conditions=each)
        for place, each in enumerate(conditions)
    ]
    expected = next((each.name for each in rules if holds(each.conditions)), None)
    won = first_match(reversed(rules), facts)
    assert (won.name if won else None) == expected
