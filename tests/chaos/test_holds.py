"""Whoever was held by a fault is found, and the machine's own slowness is not put down to one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chaos_samples import after, stocked

from chaos.books import PlacedCall
from chaos.faults import Away
from chaos.holds import MOST_SECONDS, Hold, find_silent, measure_holds


def calls(*sign_seconds: float, trying_seconds: float = 0.002) -> list[PlacedCall]:
    """Nine callers who were rung as usual, and then these."""
    usual = stocked().wire[0]
    odd = [
        replace(usual, key=f"odd {number}", sign_seconds=sign, trying_seconds=trying_seconds)
        for number, sign in enumerate(sign_seconds)
    ]
    return [usual] * 9 + odd


def never_still(since: datetime, until: datetime) -> float:
    """A machine that always ran."""
    return 0.0


def longest(book: list[PlacedCall], *away: Away) -> Hold:
    """Whoever was held longest."""
    return measure_holds(book, [], away, never_still)[0]


def test_a_caller_who_waited_longer_than_his_likes_was_held() -> None:
    """What his kind of call takes anyhow is taken off."""
    hold = longest(calls(0.68))
    assert hold.key == "odd 0"
    assert round(hold.held_seconds, 3) == 0.65
    assert hold.held_seconds > MOST_SECONDS


def test_a_pbx_that_was_late_even_with_its_trying_is_taken_off() -> None:
    """100 Trying comes before any dialplan: that wait is the machine's."""
    assert round(longest(calls(0.68, trying_seconds=0.302)).held_seconds, 3) == 0.35


def test_a_machine_that_stood_still_is_taken_off_and_told() -> None:
    """The heartbeat missed 0.2 s of this caller's wait."""
    hold = measure_holds(calls(0.68), [], [], lambda since, until: 0.2)[0]
    assert (round(hold.held_seconds, 3), round(hold.still_seconds, 3)) == (0.45, 0.202)


def test_a_pbx_that_was_slow_elsewhere_than_at_the_door_is_not_put_down_to_a_fault() -> None:
    """Its own journal says that he stood at the door for 0.3 s of his 0.68."""
    late = replace(stocked().journal[0], key="odd 0", door_seconds=0.3)
    hold = measure_holds(calls(0.68), [late], [], never_still)[0]
    assert (hold.key, hold.held_seconds) == ("odd 0", 0.3)


def test_a_dead_asterisk_holds_nobody_in_our_name() -> None:
    """It was killed while this caller waited."""
    away = Away(since=after(0.1), until=after(1.0))
    assert measure_holds(calls(5.0)[-1:], [], [away], never_still) == []


def test_a_caller_who_never_heard_anything_is_found() -> None:
    """Taken with 100 Trying by an Asterisk that lived on, and then silence."""
    silent = replace(calls(0.03)[-1], sign_seconds=None)
    assert find_silent([silent], []) == [silent]
    assert find_silent([silent], [Away(since=after(1.0), until=after(2.0))]) == []
