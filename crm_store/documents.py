"""Records as plain values: what JSON, CSV, the history and web hooks say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]

_AS_THEY_ARE = (str, int, float, bool, type(None))


def plain(value: Any) -> Any:
    """Text, numbers, booleans, None, and lists and dicts of them, from whatever a record holds.

    An instant is RFC 3339 in UTC with six digits of a second; an amount is a text, which keeps
    it exact.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return [plain(one) for one in sorted(value)]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    raise TypeError(f"{type(value).__name__} has no plain form")


def rfc3339(at: datetime) -> str:
    """An instant as RFC 3339 in UTC, always with six digits of a second and ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
