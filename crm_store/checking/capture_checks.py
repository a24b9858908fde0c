"""Whether a web form, a number pool or a response rule may be written: each problem by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
import sqlalchemy as sa

from crm_store.errors import Problem
from crm_store.reader import Reader
from crm_store.records import FieldType, FormField, NumberPool, ResponseRule, WebForm
from crm_store.sales.lead_settings import LeadSettings
from crm_store.tables import (
    campaigns,
    email_templates,
    groups,
    number_pools,
    products,
    tracking_numbers,
    users,
)

HONEYPOT = "homepage_url"
"""A field that only programs fill in."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PREFIX = re.compile(r"\+[0-9]{1,15}")
_MOST_FIELDS = 50
_MOST_NUMBERS = 1_000
_LAST = 1_000_000_000
_ORIGINS = ("call", "form", "import", "api")


def find(connection: sa.Connection, kind_name: str, record: Any) -> Iterator[Problem]:
    """What keeps a record of one of these kinds from being written; others have no problem."""
    check = _CHECKS.get(kind_name)
    if check is not None:
        yield from check(connection, record)


def _of_form(connection: sa.Connection, form: WebForm) -> Iterator[Problem]:
    if not _SLUG.fullmatch(form.name):
        yield Problem("name", "has to be small letters, digits and dashes, 64 at most")
    if not form.title.strip():
        yield Problem("title", "is required")
    yield from _of_fields(form.fields)
    if form.redirect_url is not None and not _is_web_address(form.redirect_url):
        yield Problem("redirect_url", "has to begin with https:// or http:// and name a host")
    if form.country is not None and form.country not in phonenumbers.SUPPORTED_REGIONS:
        yield Problem("country", "has to be a two-letter country code such as AU")
    if form.product is not None and not _has(connection, products, "name", form.product):
        yield Problem("product", f"no product is called {form.product!r}")
    if form.campaign is not None and not _has(connection, campaigns, "name", form.campaign):
        yield Problem("campaign", f"no campaign is called {form.campaign!r}")
    yield from _of_template(connection, "auto_response", form.auto_response)
    yield from _of_origins(form.allowed_origins)


def _of_fields(fields: tuple[FormField, ...]) -> Iterator[Problem]:
    if not any(field.type in (FieldType.EMAIL, FieldType.PHONE) for field in fields):
        yield Problem("fields", "need one of the type email or phone: how else to answer?")
    if len(fields) > _MOST_FIELDS:
        yield Problem("fields", f"are more than {_MOST_FIELDS}")
    names = [field.name for field in fields]
    for position, field in enumerate(fields):
        where = f"fields.{position}"
        if not _FIELD_NAME.fullmatch(field.name):
            yield Problem(f"{where}.name", "has to be small letters, digits and underscores")
        elif field.name == HONEYPOT or field.name.startswith("pbx_"):
            yield Problem(f"{where}.name", f"{field.name!r} is taken by the form itself")
        elif field.name in names[:position]:
            yield Problem(f"{where}.name", f"another field is called {field.name!r}")
        if not field.label.strip():
            yield Problem(f"{where}.label", "is required")
        if field.type is FieldType.CHOICE and not all(map(str.strip, field.choices or ("",))):
            yield Problem(f"{where}.choices", "are required, and none may be empty")


def _of_origins(origins: tuple[str, ...]) -> Iterator[Problem]:
    for position, origin in enumerate(origins):
        if origin != "*" and (not _is_web_address(origin) or origin != origin_of(origin)):
            yield Problem(
                f"allowed_origins.{position}", "has to look like https://example.com, or be *"
            )


def origin_of(url: str) -> str:
    """The origin of a web address (scheme, host, port), as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_web_address(text: str) -> bool:
    if any(character <= " " or character in "\"'<>;,\\" for character in text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _of_pool(connection: sa.Connection, pool: NumberPool) -> Iterator[Problem]:
    if not pool.numbers:
        yield Problem("numbers", "are required")
    if len(pool.numbers) > _MOST_NUMBERS:
        yield Problem("numbers", f"are more than {_MOST_NUMBERS}")
    others = sa.select(number_pools.c.name, number_pools.c.numbers)
    taken = {
        number: name
        for name, numbers in connection.execute(others.where(number_pools.c.name != pool.name))
        for number in numbers
    }
    for position, number in enumerate(pool.numbers):
        where = f"numbers.{position}"
        if number in pool.numbers[:position]:
            yield Problem(where, f"{number!r} is there twice")
        elif number in taken:
            yield Problem(where, f"{number!r} is in the pool {taken[number]!r} already")
        elif not _has(connection, tracking_numbers, "e164", number):
            yield Problem(where, f"{number!r} is none of the tracking numbers")
    if not 1 <= pool.session_minutes <= 1_440:
        yield Problem("session_minutes", "has to be from 1 to 1440")
    fallback = pool.fallback
    if fallback is not None and not _PREFIX.fullmatch(fallback):
        yield Problem("fallback", "has to be a number in E.164, such as +61255500100")
    yield from _of_origins(pool.allowed_origins)


def _of_rule(connection: sa.Connection, rule: ResponseRule) -> Iterator[Problem]:
    yield from _of_conditions(rule)
    actions = rule.actions
    if not abs(rule.position) <= _LAST:
        yield Problem("position", f"has to be from -{_LAST} to {_LAST}")
    for name, value, table, what in (
        ("owner", actions.owner, users, "user"),
        ("owner_group", actions.owner_group, groups, "group"),
        ("unit", actions.unit, groups, "group"),
        ("round_robin", actions.round_robin, groups, "group"),
    ):
        if value is not None and not _has(connection, table, "name", value):
            yield Problem(f"actions.{name}", f"no {what} is called {value!r}")
    yield from _of_words(connection, rule)
    yield from _of_template(connection, "actions.auto_response", actions.auto_response)
    if actions.owner is not None and actions.round_robin is not None:
        yield Problem("actions.round_robin", "can't be set beside an owner")
    if actions.activity is not None:
        if not actions.activity.subject.strip():
            yield Problem("actions.activity.subject", "is required")
        if not 0 <= actions.activity.due_in_hours <= 24 * 366:
            yield Problem("actions.activity.due_in_hours", "has to be from 0 to 8784")


def _of_words(connection: sa.Connection, rule: ResponseRule) -> Iterator[Problem]:
    settings, actions = Reader(connection).settings(LeadSettings), rule.actions
    types = tuple(each.name for each in settings.types)
    for name, words in (
        ("category", settings.categories),
        ("priority", settings.priorities),
        ("type", types),
    ):
        value = getattr(actions, name)
        if value is not None and value not in words and (words or name == "type"):
            known = ", ".join(words) or "none"
            yield Problem(f"actions.{name}", f"{value!r} is none of those configured: {known}")


def _of_template(connection: sa.Connection, field: str, name: str | None) -> Iterator[Problem]:
    if name is not None and not _has(connection, email_templates, "name", name):
        yield Problem(field, f"no e-mail template is called {name!r}")


def _of_conditions(rule: ResponseRule) -> Iterator[Problem]:
    wanted = rule.conditions
    for country in wanted.countries:
        if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
            yield Problem("conditions.countries", f"{country!r} is no country code such as AU")
    for prefix in wanted.number_prefixes:
        if not _PREFIX.fullmatch(prefix):
            yield Problem("conditions.number_prefixes", f"{prefix!r} has to look like +612")
    for origin in wanted.origins:
        if origin not in _ORIGINS:
            yield Problem("conditions.origins", f"{origin!r} is none of {', '.join(_ORIGINS)}")
    least, most = wanted.employees_min, wanted.employees_max
    if least is not None and most is not None and least > most:
        yield Problem("conditions.employees_max", "is less than employees_min")
    if wanted.window is not None:
        if not _is_time_zone(wanted.window.time_zone):
            yield Problem(
                "conditions.window.time_zone", f"{wanted.window.time_zone!r} is no time zone"
            )
        if wanted.window.starts.tzinfo is not None or wanted.window.ends.tzinfo is not None:
            yield Problem("conditions.window", "is by the clock of its time zone: no offsets")
        if not wanted.window.weekdays or not set(wanted.window.weekdays) <= set(range(7)):
            yield Problem("conditions.window.weekdays", "have to be from 0 (Monday) to 6")


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return bool(name)


def _has(connection: sa.Connection, table: sa.Table, column: str, value: Any) -> bool:
    found = sa.select(sa.literal(1)).where(table.c[column] == value).limit(1)
    return connection.execute(found).first() is not None


_CHECKS: dict[str, Callable[[sa.Connection, Any], Iterator[Problem]]] = {
    "web_form": _of_form,
    "number_pool": _of_pool,
    "response_rule": _of_rule,
}
