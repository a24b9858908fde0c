"""Points in time as people type them, in Sydney."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pbx_bridge.commands.moments import read_moment

NOW = datetime(2026, 11, 22, 14, 30, 0, 5, tzinfo=UTC)
"""Monday 01:30 in Sydney, where daylight saving time holds (UTC+11)."""


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("today", "2026-11-22T13:00:00Z"),
        ("Yesterday", "2026-11-21T13:00:00Z"),
        ("2026-11-22", "2026-11-21T13:00:00Z"),
        ("2026-07-01", "2026-06-30T14:00:00Z"),
        ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z"),
        ("2026-11-22T08:00:00.000001+01:00", "2026-11-22T07:00:00.000001Z"),
        ("2026-11-22 08:00", "2026-11-21T21:00:00Z"),
        ("2h", "2026-11-22T12:30:00.000005Z"),
        ("90m", "2026-11-22T13:00:00.000005Z"),
        (" 7d ", "2026-11-15T14:30:00.000005Z"),
        ("1w", "2026-11-15T14:30:00.000005Z"),
    ],
)
def test_a_moment_is_read_in_local_time(text: str, instant: str) -> None:
    """Dates begin at local midnight, summer or winter; offsets and ``ago`` are exact."""
    assert read_moment(text, NOW) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "2026-11-31", "7", "d", "999999w", "7y"]
)
def test_what_is_no_moment_is_refused_with_what_is_expected(text: str) -> None:
    """The message shows what was typed and every form that is understood."""
    with pytest.raises(ValueError, match=r"expected a date \(2026-11-22\), RFC 3339") as caught:
        read_moment(text, NOW)
    assert str(caught.value).startswith(repr(text))
