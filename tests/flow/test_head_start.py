"""Two bridges at one door: one begins, and the other takes whom it leaves standing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pbx_bridge import head_start
from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.head_start import HeadStart
from tests.flow.test_call_flow import DOOR, ScriptedSwitchboard


class Clock:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_start, "HEAD_START_SECONDS", 0.0)


async def left_to_the_other(
    starts: HeadStart, caller: RingingChannel = DOOR, *, waits: bool
) -> tuple[bool, bool]:
    """Whether the other was given time, and whether it has greeted him."""
    board = ScriptedSwitchboard(waits=waits)
    is_greeted = await starts.has_greeted(caller, board)
    return board.verbs == ["is waiting"], is_greeted


async def test_whoever_writes_the_calls_begins_at_once() -> None:
    """A bridge that is alone gives no caller's time away."""
    assert await left_to_the_other(HeadStart(lambda: False), waits=True) == (False, False)


async def test_whoever_stands_by_leaves_the_caller_to_the_other() -> None:
    """It asks nobody about a caller who is served when his head start is over."""
    starts = HeadStart(lambda: True)
    for _ in range(2):
        assert await left_to_the_other(starts, waits=False) == (True, True)


async def test_the_other_one_is_not_waited_for_after_it_left_a_caller_standing() -> None:
    """It costs one caller a moment, and the next one only ten seconds later."""
    clock = Clock()
    starts = HeadStart(lambda: True, clock=clock)
    assert await left_to_the_other(starts, waits=True) == (True, False)
    clock.now += 9.9
    assert await left_to_the_other(starts, waits=True) == (False, False)
    clock.now += 0.2
    assert await left_to_the_other(starts, waits=False) == (True, True)


async def test_a_caller_in_our_hands_is_never_left_to_another() -> None:
    """Nobody else can take him: behind ``Stasis`` and FastAGI he is ours alone."""
    held = replace(DOOR, is_claimed=True)
    assert await left_to_the_other(HeadStart(lambda: True), held, waits=False) == (False, False)


async def test_callers_who_come_together_wait_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head starts of a crowd run at the same time."""
    monkeypatch.setattr(head_start, "HEAD_START_SECONDS", 0.3)
    starts = HeadStart(lambda: True)
    async with asyncio.timeout(3):
        greeted = await asyncio.gather(*(left_to_the_other(starts, waits=False) for _ in range(50)))
    assert greeted == [(True, True)] * 50
