"""Whom the bridge lets go of, and whom it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pbx_bridge.asterisk.door import Place, is_our_door
from pbx_bridge.asterisk.held import HeldCallers
from pbx_bridge.asterisk.pbx_clock import PbxClock

BROADCAST = "500,^pbx-bridge.*,inbound:+4930901820:allowed"


@pytest.mark.parametrize(
    ("app_name", "app_data", "is_ours"),
    [
        ("StasisBroadcast", BROADCAST, True),
        ("StasisBroadcast", "500,,inbound:s:allowed", True),
        ("StasisBroadcast", "500,^other.*,inbound:s:allowed", False),
        ("StasisBroadcast", "500,^pbx-bridge.*,sales", False),
        ("StasisBroadcast", "500,^(pbx-bridge,inbound:s", False),
        ("StasisBroadcast", "", False),
        ("Stasis", "pbx-bridge,inbound:s:allowed", True),
        ("Stasis", "pbx-bridge-2", True),
        ("Stasis", "pbx,ivr", False),
        ("Stasis", "ivr,inbound:s:allowed", False),
        ("Stasis", "", False),
        ("Dial", BROADCAST, False),
        ("", "", False),
    ],
)
def test_only_our_own_door_is_ours(app_name: str, app_data: str, is_ours: bool) -> None:
    """An application of the administrator's keeps its callers, whatever its name."""
    assert is_our_door(Place(app_name=app_name, app_data=app_data), "pbx-bridge-2") is is_ours


def test_who_has_stood_there_for_the_limit_is_overdue() -> None:
    """He counts from when he was first seen, and not while he comes and goes."""
    held = HeldCallers(0.6)
    assert held.find_overdue(["a"], 10.0) == []
    assert held.find_overdue(["a", "b"], 10.5) == []
    assert held.find_overdue(["a", "b"], 10.75) == ["a"]
    assert held.find_overdue(["b"], 10.8) == []
    assert held.find_overdue(["a", "b"], 11.0) == []
    assert held.find_overdue(["a", "b"], 11.25) == ["b"]


def test_who_was_told_to_go_on_is_not_told_at_once_again() -> None:
    """And who belongs to somebody else is not asked about again as long as he stands there."""
    held = HeldCallers(0.6)
    held.find_overdue(["a", "b"], 0.0)
    held.leave_alone("b")
    held.try_again_later("a", 1.0)
    assert held.find_overdue(["a", "b"], 1.5) == []
    assert held.find_overdue(["a", "b"], 9.0) == ["a"]
    held.find_overdue([], 9.5)
    held.find_overdue(["b"], 10.0)
    assert held.find_overdue(["b"], 11.0) == ["b"]


AT = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)


def test_an_event_is_as_old_as_the_pbx_says() -> None:
    """The PBX's clock may be years off: only its own answers are compared with its events."""
    clock = PbxClock()
    assert clock.age(AT, 100.0) == 0.0
    clock.set(AT.timestamp(), asked_at=100.0, answered_at=100.001)
    assert clock.age(AT, 100.5) == pytest.approx(0.5, abs=1e-3)
    assert clock.age(AT + timedelta(seconds=3600), 100.5) == 0.0
    assert clock.age(None, 100.5) == 0.0


def test_an_answer_read_late_does_not_turn_the_clock() -> None:
    """Frozen between question and answer, a process does not know when the answer was given."""
    clock = PbxClock()
    clock.set(AT.timestamp(), asked_at=100.0, answered_at=100.001)
    clock.set(AT.timestamp() + 9, asked_at=102.0, answered_at=111.0)
    assert clock.age(AT, 111.0) == pytest.approx(11.0, abs=1e-3)
