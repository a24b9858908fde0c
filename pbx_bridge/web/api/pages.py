"""The shape of a page of a list, for each type that is listed."""

from __future__ import annotations

from dataclasses import field, make_dataclass
from typing import Any

_MADE: dict[Any, Any] = {}


def page_of(record: Any) -> Any:
    """A page: ``items``, the cursor of the ``next`` one, and the ``total`` where it was asked."""
    if record in _MADE:
        return _MADE[record]
    made = make_dataclass(
        f"{record.__name__}Page",
        [
            ("items", list[record]),
            ("next", str | None, field(default=None)),
            ("total", int | None, field(default=None)),
        ],
        frozen=True,
        kw_only=True,
    )
    made.__doc__ = "Some of those that match; `next` is the cursor of the page behind it."
    _MADE[record] = made
    return made
