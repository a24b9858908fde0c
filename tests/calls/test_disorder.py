"""A PBX never owes us order or completeness: what the call builder makes of a broken stream."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from tests.calls.pbx_life import with_own_numbers
from tests.calls.replay import JOURNALS, LAB_LINES, read_journal, tell_calls

NAMES = sorted(path.stem for path in JOURNALS.glob("*.csv"))
WHOLE = [name for name in NAMES if not name.startswith(("restart_", "boot_"))]


def _relabel(events: list[ChannelEvent], prefix: str, later: timedelta) -> list[ChannelEvent]:
    """The same call on other channels, at another time: ids keep their order and their joins."""

    def label(text: str) -> str:
        return f"{prefix}-{text}" if text else text

    return [
        replace(
            event,
            at=event.at + later,
            channel=event.channel.replace("-0000", f"-{prefix}", 1),
            uniqueid=label(event.uniqueid),
            linkedid=label(event.linkedid),
            extra={
                key: label(value) if key.endswith(("uniqueid", "bridge_id")) else value
                for key, value in event.extra.items()
            },
        )
        for event in events
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_doubled_changes_nothing(name: str) -> None:
    """Seeing the same events twice tells the same calls."""
    events = read_journal(name)
    doubled = [event for event in events for _ in range(2)]
    assert tell_calls(doubled) == tell_calls(events)


@pytest.mark.parametrize("name", NAMES)
def test_a_replay_behind_the_first_reading_changes_nothing(name: str) -> None:
    """A journal read from an earlier mark again tells the same calls."""
    events = read_journal(name)
    assert tell_calls([*events, *events[len(events) // 2 :]]) == tell_calls(events)


@pytest.mark.parametrize("name", WHOLE)
def test_neighbouring_rows_of_two_channels_swapped_change_nothing(name: str) -> None:
    """Rows of different channels go back in time by a millisecond or two; calls do not care."""
    events = read_journal(name)
    swapped, index = list(events), 0
    while index + 1 < len(swapped):
        if swapped[index].uniqueid != swapped[index + 1].uniqueid:
            swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
        index += 2
    assert tell_calls(swapped) == tell_calls(events)


@pytest.mark.parametrize("name", WHOLE)
def test_the_first_events_missing_loses_no_call_and_raises_nothing(name: str) -> None:
    """A bridge that came late tells what it saw, marks it as estimated, and invents nothing."""
    events = read_journal(name)
    for lost in range(1, len(events)):
        rest = events[lost:]
        told = tell_calls(rest)
        for call in told.values():
            assert call.started_at >= rest[0].at
            assert call.ended_at is not None
            assert call.started_at <= call.ended_at
            assert call.talk_seconds <= (call.ended_at - call.started_at).total_seconds() + 0.5
        uncut = {event.linkedid for event in rest if event.kind.value == "CHAN_START"}
        for linkedid, call in told.items():
            if linkedid not in uncut:
                assert call.is_estimated


@pytest.mark.parametrize("name", WHOLE)
def test_a_stream_that_breaks_off_is_estimated_until_the_rest_arrives(name: str) -> None:
    """Cut anywhere, a call that was still up is told as over and estimated."""
    events = read_journal(name)
    whole = tell_calls(events)
    for kept in range(1, len(events)):
        for linkedid, call in tell_calls(events[:kept]).items():
            assert call.ended_at is not None
            if call.is_estimated:
                assert call.ended_at == events[kept - 1].at
            elif linkedid in whole and not call.transfers:
                assert call.outcome == whole[linkedid].outcome


def test_many_calls_at_once_are_told_as_if_each_had_been_alone() -> None:
    """All recorded calls, laid over each other in time, tell what each tells alone."""
    alone: dict[str, Call] = {}
    together: list[ChannelEvent] = []
    base = min(read_journal(name)[0].at for name in WHOLE)
    for number, name in enumerate(WHOLE):
        events = read_journal(name)
        later = base - events[0].at + timedelta(milliseconds=37 * number)
        moved = _relabel(events, f"c{number:03}", later)
        moved = with_own_numbers(moved, random.Random(number))
        alone |= tell_calls(moved)
        together += moved
    together.sort(key=lambda event: event.at)
    assert tell_calls(together) == dict(sorted(alone.items(), key=lambda item: item[1].started_at))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=st.sampled_from(WHOLE), other=st.sampled_from(WHOLE), later=st.integers(0, 3000))
def test_two_calls_at_once_are_told_as_each_is_alone(one: str, other: str, later: int) -> None:
    """Moved onto each other with the ids that they had: serials that go back mean no restart."""
    first, second = read_journal(one), read_journal(other)
    shift = first[0].at - second[0].at + timedelta(milliseconds=later)
    second = [replace(event, at=event.at + shift) for event in second]
    second = with_own_numbers(second, random.Random(later))
    assume(not {event.uniqueid for event in first} & {event.uniqueid for event in second})
    assume(not {event.channel for event in first} & {event.channel for event in second})
    together = tell_calls(sorted([*first, *second], key=lambda event: event.at))
    assert together == tell_calls(first) | tell_calls(second)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(WHOLE), seed=st.integers(0, 2**32))
@example(name="xfer_att_two_inbound", seed=4294967296)
def test_rows_some_milliseconds_late_tell_the_same_call(name: str, seed: int) -> None:
    """Between channels rows may arrive up to 2 ms late; within one channel they keep order."""
    events = read_journal(name)
    noise, latest = random.Random(seed), dict[str, float]()
    arrivals: list[tuple[float, int, ChannelEvent]] = []
    for number, event in enumerate(events):
        at = event.at.timestamp() + noise.random() * 0.002
        at = latest[event.uniqueid] = max(at, latest.get(event.uniqueid, 0.0))
        arrivals.append((at, number, event))
    late = [event for _, _, event in sorted(arrivals, key=lambda arrival: arrival[:2])]
    assert tell_calls(late) == tell_calls(events)


def test_a_restart_of_the_pbx_ends_the_calls_that_were_up() -> None:
    """Channel numbers begin at 0 again: what was up before is over, estimated; the next is new."""
    before = read_journal("restart_sigkill")
    after = read_journal("restart_after_sigkill")
    book = CallBook("lab", LAB_LINES)
    ended = [
        (change.linkedid, change.at)
        for event in [*before, *after]
        for change in book.apply(event)
        if change.kind is ChangeKind.ENDED
    ]
    assert ended == [
        (before[0].linkedid, before[-1].at),
        (after[0].linkedid, after[-2].at),
    ]
    call = book.tell(before[0].linkedid)
    assert call is not None
    assert (call.is_estimated, call.outcome) == (True, "answered")


def test_calls_are_forgotten_some_time_after_they_ended() -> None:
    """Memory stays flat: of a thousand calls only the last half minute is kept."""
    events = read_journal("snippet_plain")
    book = CallBook("lab", LAB_LINES)
    for number in range(1000):
        for event in _relabel(events, f"c{number}", timedelta(seconds=3 * number)):
            book.apply(event)
    assert len(book._chapters) < 30
    assert len(book._chapter_of) < 60
    assert len(book._by_bridge) < 30
