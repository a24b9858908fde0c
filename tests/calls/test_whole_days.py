"""A PBX's whole life, made of the recorded calls: each is told as it is alone, exactly once."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import ChangeKind
from tests.calls.pbx_life import Events, play, renumber
from tests.calls.replay import LAB_LINES, tell_calls

MORNING = datetime(2026, 11, 22, 9, tzinfo=UTC)


def _tell_all_alone(plays: list[Events], *, died_at: datetime | None = None) -> dict[str, Call]:
    alone: dict[str, Call] = {}
    for events in plays:
        told = _tell_cut_off(events, died_at) if died_at else tell_calls(events)
        assert not told.keys() & alone.keys()
        alone |= told
    return alone


def _tell_cut_off(events: Events, died_at: datetime) -> dict[str, Call]:
    """These calls on a PBX that was last heard of at ``died_at``."""
    book, told = CallBook("lab", LAB_LINES), dict[str, Call]()
    changes = [change for event in events for change in book.apply(event)]
    changes += book.cut_off_open_calls(died_at)
    absorbed = {change.linkedid for change in changes if change.kind is ChangeKind.ABSORBED}
    for change in changes:
        call = book.tell(change.linkedid) if change.kind is ChangeKind.ENDED else None
        if call is not None and change.linkedid not in absorbed:
            told[change.linkedid] = call
    return told


def _in_time(plays: list[Events]) -> Events:
    return sorted((event for events in plays for event in events), key=lambda event: event.at)


@pytest.mark.parametrize("seconds", [5, 60, 3600])
@pytest.mark.parametrize("seed", [1, 2])
def test_two_hundred_calls_of_one_pbx_are_told_as_each_is_alone(seed: int, seconds: int) -> None:
    """At once, or over an hour; channels, bridges and serials numbered by one Asterisk."""
    dice = random.Random(seed)
    plays = renumber(dice, play(dice, 200, MORNING, seconds))
    assert tell_calls(_in_time(plays)) == dict(
        sorted(_tell_all_alone(plays).items(), key=lambda item: item[1].started_at)
    )


@pytest.mark.parametrize("seed", range(30))
def test_calls_that_were_up_when_the_pbx_died_are_told_also_when_it_comes_back_late(
    seed: int,
) -> None:
    """It dies at any moment, and is back after seconds or an hour, with its serials at 0 again:
    what was up ended at the last sign of life, in whatever company it was."""
    dice = random.Random(seed)
    begin, expected, journal = MORNING, dict[str, Call](), list[Events]()
    for life in range(3):
        plays = play(dice, dice.choice([1, 3, 40]), begin, dice.choice([3, 90]))
        last_at = _in_time(plays)[-1].at
        dies_at = begin + (last_at - begin) * dice.uniform(0.3, 1) if life < 2 else last_at
        plays = [[event for event in events if event.at <= dies_at] for events in plays]
        plays = renumber(dice, [events for events in plays if events])
        if plays:
            begin = _in_time(plays)[-1].at
            expected |= _tell_all_alone(plays, died_at=begin)
        journal += plays
        begin += timedelta(seconds=dice.choice([2, 20, 100, 3600]))
    told = tell_calls(_in_time(journal))
    assert told == dict(sorted(expected.items(), key=lambda item: item[1].started_at))
