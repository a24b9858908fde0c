"""Whether a rule is for a lead, and why: pure, condition by condition.

All conditions that a rule sets have to hold; of a list, any one. What is not known of a lead
meets no condition: a rule for big companies is not for a lead whose size nobody told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from crm_store.records import Conditions, Lead, ResponseRule, TimeWindow

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FORM = "web form "


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """What the conditions ask of a lead. ``at`` is when it came."""

    numbers: tuple[str, ...] = ()
    country: str | None = None
    regions: tuple[str, ...] = ()
    """The region as it is written on the lead, and after ISO 3166-2 where the country is known."""
    employees: int | None = None
    products: tuple[str, ...] = ()
    source: str | None = None
    campaign: str | None = None
    origin: str = ""
    form: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one condition holds for a lead, and why or why not."""

    condition: str
    is_met: bool
    why: str


def facts_of(lead: Lead, at: datetime) -> LeadFacts:
    """What the conditions ask of a lead; ``at`` where it does not say when it was made.

    The country is the one that it gives or, where it gives none, that of its first number.
    """
    numbers = tuple(number.e164 for number in lead.phone_numbers if number.e164)
    country = (lead.country or next(filter(None, map(_country_of, numbers)), "")).upper() or None
    return LeadFacts(
        numbers=numbers,
        country=country,
        regions=_regions_of(lead.region, country),
        employees=lead.employees,
        products=tuple(interest.product for interest in lead.products),
        source=lead.source,
        campaign=lead.campaign,
        origin=_origin_of(lead),
        form=lead.origin.removeprefix(_FORM) if lead.origin.startswith(_FORM) else None,
        at=lead.created_at or at,
    )


def is_for(rule: ResponseRule, facts: LeadFacts) -> bool:
    """Whether a rule is for a lead; one without conditions is for every lead."""
    return all(verdict.is_met for verdict in judge(rule.conditions, facts))


def first_match(rules: Iterable[ResponseRule], facts: LeadFacts) -> ResponseRule | None:
    """The first active rule, in the order of the rules, that is for a lead."""
    return next((rule for rule in in_order(rules) if rule.is_active and is_for(rule, facts)), None)


def in_order(rules: Iterable[ResponseRule]) -> list[ResponseRule]:
    """The rules in the order in which they are asked."""
    return sorted(rules, key=lambda rule: (rule.position, rule.name))


def judge(conditions: Conditions, facts: LeadFacts) -> tuple[Verdict, ...]:
    """Each condition that is set, and whether it holds."""
    return tuple(
        verdict
        for verdict in (
            _one_of("countries", "country", conditions.countries, [facts.country]),
            _one_of("regions", "region", conditions.regions, facts.regions),
            _begins(conditions.number_prefixes, facts.numbers),
            _employees(conditions, facts.employees),
            _one_of("products", "product of interest", conditions.products, facts.products),
            _one_of("sources", "source", conditions.sources, [facts.source]),
            _one_of("campaigns", "campaign", conditions.campaigns, [facts.campaign]),
            _one_of("origins", "origin", conditions.origins, [facts.origin]),
            _one_of("forms", "form", conditions.forms, [facts.form]),
            _in_window(conditions.window, facts.at),
        )
        if verdict is not None
    )


def is_in_window(window: TimeWindow, at: datetime) -> bool:
    """Whether an instant is within a window, by the clock of the window's zone."""
    local = at.astimezone(ZoneInfo(window.time_zone))
    yesterday = (local - timedelta(days=1)).weekday()
    clock = local.time()
    if window.starts == window.ends:
        return local.weekday() in window.weekdays
    if window.starts < window.ends:
        return local.weekday() in window.weekdays and window.starts <= clock < window.ends
    if clock >= window.starts:
        return local.weekday() in window.weekdays
    return clock < window.ends and yesterday in window.weekdays


def _one_of(
    condition: str, what: str, wanted: Sequence[str], has: Sequence[str | None]
) -> Verdict | None:
    if not wanted:
        return None
    theirs = [one for one in has if one]
    is_met = not {one.casefold() for one in wanted}.isdisjoint(one.casefold() for one in theirs)
    said = " and ".join(theirs) or "not known"
    why = f"the {what} is {said}" + ("" if is_met else f", not {' or '.join(wanted)}")
    return Verdict(condition=condition, is_met=is_met, why=why)


def _begins(prefixes: Sequence[str], numbers: Sequence[str]) -> Verdict | None:
    if not prefixes:
        return None
    found = next((n for n in numbers if n.startswith(tuple(prefixes))), None)
    if found is not None:
        why = f"the number {found} begins so"
    else:
        said = " and ".join(numbers) or "not known"
        why = f"the number is {said}, which does not begin with {' or '.join(prefixes)}"
    return Verdict(condition="number_prefixes", is_met=found is not None, why=why)


def _employees(conditions: Conditions, employees: int | None) -> Verdict | None:
    least, most = conditions.employees_min, conditions.employees_max
    if least is None and most is None:
        return None
    is_met = (
        employees is not None
        and (least is None or employees >= least)
        and (most is None or employees <= most)
    )
    said = f"{employees} employees" if employees is not None else "number of employees not known"
    wanted = " and ".join(
        ([f"at least {least}"] if least is not None else [])
        + ([f"at most {most}"] if most is not None else [])
    )
    return Verdict(
        condition="employees", is_met=is_met, why=said if is_met else f"{said}, not {wanted}"
    )


def _in_window(window: TimeWindow | None, at: datetime) -> Verdict | None:
    if window is None:
        return None
    is_met = is_in_window(window, at)
    local = at.astimezone(ZoneInfo(window.time_zone))
    said = f"{_WEEKDAYS[local.weekday()]} {local:%H:%M} in {window.time_zone}"
    why = f"{said} is {'within' if is_met else 'outside'} the window"
    return Verdict(condition="window", is_met=is_met, why=why)


def _origin_of(lead: Lead) -> str:
    words: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("form", lambda text: text.startswith(_FORM)),
        ("import", lambda text: text.startswith("import")),
        ("api", lambda text: text == "api"),
        ("call", lambda text: text == "call" or lead.first_call is not None),
    )
    return next((word for word, is_so in words if is_so(lead.origin)), lead.origin)


def _regions_of(region: str | None, country: str | None) -> tuple[str, ...]:
    if not region:
        return ()
    if "-" in region or country is None:
        return (region,)
    return (region, f"{country}-{region}")


def _country_of(e164: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return None
