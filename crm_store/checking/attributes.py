"""Attributes: the fields that an administrator gives to a type of lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from crm_store.errors import Problem

_LONGEST_TEXT = 10_000


class AttributeKind(StrEnum):
    """What an attribute holds. A date is ``2026-11-22``."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One field of a type of lead. ``choices`` are for a choice, ``default`` for a new lead."""

    name: str
    kind: AttributeKind = AttributeKind.TEXT
    choices: tuple[str, ...] = ()
    default: str | int | float | bool | None = None
    is_required: bool = False


def attribute_problems(key: str, attributes: Sequence[Attribute]) -> Iterator[Problem]:
    """What is wrong with the attributes of one type; ``key`` is where they stand."""
    seen: set[str] = set()
    for number, each in enumerate(attributes):
        here = f"{key}.{number}"
        if not each.name.strip() or each.name != each.name.strip():
            yield Problem(f"{here}.name", "is empty, or begins or ends with a space")
        if each.name in seen:
            yield Problem(f"{here}.name", f"{each.name!r} is there twice")
        seen.add(each.name)
        if (each.kind is AttributeKind.CHOICE) != bool(each.choices):
            yield Problem(f"{here}.choices", "are needed by a choice, and by nothing else")
        if len(set(each.choices)) != len(each.choices):
            yield Problem(f"{here}.choices", "hold one twice")
        if each.default is not None and (wrong := _what_is_wrong(each, each.default)):
            yield Problem(f"{here}.default", wrong)


def default_values(attributes: Sequence[Attribute]) -> dict[str, Any]:
    """What a new lead's attributes hold before anybody has said anything."""
    return {each.name: each.default for each in attributes if each.default is not None}


def value_problems(
    values: Mapping[str, Any], attributes: Sequence[Attribute], type_name: str | None
) -> Iterator[Problem]:
    """What is wrong with a lead's attributes, each as ``attributes.colour``."""
    known = {each.name: each for each in attributes}
    for name in values:
        if name not in known:
            whose = f"the type {type_name!r}" if type_name else "a lead without a type"
            yield Problem(f"attributes.{name}", f"is no attribute of {whose}")
    for name, each in known.items():
        value = values.get(name)
        if value is None:
            if each.is_required:
                yield Problem(f"attributes.{name}", "is required")
        elif wrong := _what_is_wrong(each, value):
            yield Problem(f"attributes.{name}", wrong)


def kept_values(
    values: Mapping[str, Any], attributes: Sequence[Attribute]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What stays when a lead becomes of another type, and the names of what is dropped.

    An attribute stays when the new type has one of its name that can hold its value; then come
    the defaults of those that have no value.
    """
    known = {each.name: each for each in attributes}
    kept = {
        name: value
        for name, value in values.items()
        if name in known and (value is None or not _what_is_wrong(known[name], value))
    }
    dropped = tuple(name for name in values if name not in kept)
    return default_values(attributes) | kept, dropped


def _what_is_wrong(attribute: Attribute, value: Any) -> str | None:
    match attribute.kind:
        case AttributeKind.TEXT:
            if not isinstance(value, str):
                return "has to be a text"
            return f"is longer than {_LONGEST_TEXT} letters" if len(value) > _LONGEST_TEXT else None
        case AttributeKind.NUMBER:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return None if is_number and abs(value) < float("inf") else "has to be a number"
        case AttributeKind.YES_NO:
            return None if isinstance(value, bool) else "has to be true or false"
        case AttributeKind.DATE:
            return None if _is_date(value) else "has to be a date such as 2026-11-22"
        case AttributeKind.CHOICE:
            is_there = isinstance(value, str) and value in attribute.choices
            return None if is_there else f"has to be one of: {', '.join(attribute.choices)}"


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != len("2026-11-22"):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
