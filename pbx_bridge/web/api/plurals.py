"""What the kinds of record are called in paths and in the document."""

from __future__ import annotations

from typing import Any

from crm_store.kinds import Kind

_IRREGULAR = {"business_hours": "business-hours", "opportunity": "opportunities"}


def plural_of(kind: Kind[Any]) -> str:
    """The word for many of a kind, as it stands in a path: ``person-accounts``."""
    if kind.name in _IRREGULAR:
        return _IRREGULAR[kind.name]
    one = kind.name.replace("_", "-")
    if one.endswith("y") and one[-2] not in "aeiou":
        return one[:-1] + "ies"
    return one + ("es" if one.endswith(("s", "x", "ch", "sh")) else "s")


def spoken(name: str) -> str:
    """The name of a kind as people say it."""
    return name.replace("_", " ")


def tag_of(kind: Kind[Any]) -> str:
    """The heading of a kind in the document."""
    return plural_of(kind).replace("-", " ").capitalize()
