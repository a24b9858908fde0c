"""Journals that lost rows, or hold what no PBX wrote: what is told is never absurd.

A record may be poorer than the call was, and says so (`is_estimated`); it never contradicts itself.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbx_bridge.asterisk.journal import JournalCounts
from pbx_bridge.asterisk.journal_sorting import read_sorted_events
from pbx_bridge.calls.call import Call, Outcome
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.events import EventKind as K
from tests.calls.replay import JOURNALS, read_journal, tell_calls

NAMES = sorted(path.stem for path in JOURNALS.glob("*.csv"))
EVENTS = {name: read_journal(name) for name in NAMES}
TOLD = {name: tell_calls(events) for name, events in EVENTS.items()}
_MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def _in_order(*instants: datetime | None) -> bool:
    known = [at for at in instants if at is not None]
    return known == sorted(known)


def assert_sane(call: Call) -> None:
    """What holds of every record that is over, however little of it was seen."""
    assert call.ended_at is not None
    length = (call.ended_at - call.started_at).total_seconds()
    assert _in_order(call.started_at, call.answered_at, call.ended_at)
    assert 0 <= call.ring_seconds <= call.wait_seconds + 1e-6
    assert 0 <= call.wait_seconds <= length + 1e-6
    assert 0 <= call.talk_seconds <= length - call.wait_seconds + 0.5
    is_answered = call.outcome is Outcome.ANSWERED
    assert call.outcome is not None
    assert (call.answered_at is not None, call.answered_by is not None) == (is_answered,) * 2
    assert (call.missed_reason is not None) == (call.outcome is Outcome.MISSED)
    for party in call.parties:
        assert _in_order(party.answered_at, party.left_at), party
        assert _in_order(party.rang_at, party.left_at), party


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_call_is_told_sanely(name: str) -> None:
    """The measure itself: every whole journal satisfies it."""
    for call in TOLD[name].values():
        assert_sane(call)


@pytest.mark.parametrize("name", NAMES)
def test_one_row_lost_anywhere_is_borne(name: str) -> None:
    """Whichever row it is, each call that a caller began is told, and none is absurd."""
    events = EVENTS[name]
    for lost in range(len(events)):
        rest = [*events[:lost], *events[lost + 1 :]]
        told = tell_calls(rest)
        for call in told.values():
            assert_sane(call)
        if events[lost].uniqueid not in TOLD[name]:
            assert set(TOLD[name]) & {event.uniqueid for event in rest} <= {
                *told,
                *(event.linkedid for event in rest),
            }


@_MANY
@given(
    name=st.sampled_from(NAMES),
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.05, 0.2, 0.5, 0.8]),
)
def test_any_rows_lost_are_borne(name: str, seed: int, share: float) -> None:
    """A full disk takes rows at random: what is left is told without contradiction."""
    noise = random.Random(seed)
    for call in tell_calls(e for e in EVENTS[name] if noise.random() > share).values():
        assert_sane(call)


@_MANY
@given(name=st.sampled_from(NAMES), kinds=st.sets(st.sampled_from(sorted(K)), max_size=6))
def test_any_kinds_of_rows_not_configured_are_borne(name: str, kinds: set[K]) -> None:
    """An administrator's own list of events may lack any of them."""
    for call in tell_calls(e for e in EVENTS[name] if e.kind not in kinds).values():
        assert_sane(call)


@_MANY
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32), seconds=st.integers(-7200, 7200))
def test_a_clock_that_steps_in_the_middle_is_borne(name: str, seed: int, seconds: int) -> None:
    """Set by hand, by NTP, or by summer time on a PBX that journals local times."""
    events = EVENTS[name]
    step = random.Random(seed).randrange(len(events))
    later = timedelta(seconds=seconds)
    stepped = [*events[:step], *(replace(event, at=event.at + later) for event in events[step:])]
    for stream in (stepped, sorted(stepped, key=lambda event: event.at)):
        for call in tell_calls(stream).values():
            assert_sane(call)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("restart_")])
def test_a_call_over_midnight_and_over_summer_times_end_is_a_call_like_others(name: str) -> None:
    """Moved to a new year's midnight, and to the hour that clocks repeat: told the same."""
    events = EVENTS[name]
    for moment in ("2026-12-31T23:59:59.500000+00:00", "2026-04-04T15:59:59.500000+00:00"):
        later = datetime.fromisoformat(moment) - events[0].at
        moved = [replace(event, at=event.at + later) for event in events]
        assert {key: _moved(call, later) for key, call in TOLD[name].items()} == tell_calls(moved)


def _moved(call: Call, later: timedelta) -> Call:
    def move(at: datetime | None) -> datetime | None:
        return None if at is None else at + later

    return replace(
        call,
        started_at=call.started_at + later,
        answered_at=move(call.answered_at),
        ended_at=move(call.ended_at),
        parties=tuple(
            replace(
                party,
                rang_at=move(party.rang_at),
                answered_at=move(party.answered_at),
                left_at=move(party.left_at),
            )
            for party in call.parties
        ),
        transfers=tuple(replace(each, at=each.at + later) for each in call.transfers),
        recordings=tuple(
            replace(each, started_at=each.started_at + later) for each in call.recordings
        ),
    )


def _read(journal: bytes) -> tuple[list[ChannelEvent], JournalCounts]:
    counts = JournalCounts()
    return list(read_sorted_events([io.BytesIO(journal)], counts)), counts


GARBAGE = (
    b"\n",
    b"\x00\x00\x00\n",
    b"\xff\xfe garbage\n",
    b'"CHAN_START","CHAN_START","2026-11-22T21:54:2\n',
    b'"CHAN_START","CHAN_START","not a time","1.1","1.1","PJSIP/x-1"\n',
    b'"HANGUP","HANGUP","2026-11-22T21:54:25.000000+0000","","","PJSIP/x-1"\n',
    b'"BRIDGE_ENTER","BRIDGE_ENTER"\n',
    b"," * 200 + b"\n",
    b"<?xml version='1.0'?>\n",
    b'{"eventtype":"CHAN_START"}\n',
)


@pytest.mark.parametrize("name", NAMES)
def test_garbage_between_the_rows_costs_no_call_anything(name: str) -> None:
    """Half rows, zeros and other files' lines, one after every row: each call is told as it was."""
    rows = _lines(name)
    broken = b"".join(row + GARBAGE[number % len(GARBAGE)] for number, row in enumerate(rows))
    events, counts = _read(broken)
    assert tell_calls(events) == TOLD[name]
    assert counts.bad_rows > 0


def _lines(name: str) -> list[bytes]:
    """The rows of a journal, each with the line breaks that it may hold in its fields."""
    rows: list[bytes] = []
    for line in (JOURNALS / f"{name}.csv").read_bytes().splitlines(keepends=True):
        if rows and rows[-1].count(b'"') % 2:
            rows[-1] += line
        else:
            rows.append(line)
    return rows


@_MANY
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32))
def test_rows_of_any_order_tell_the_same_calls(name: str, seed: int) -> None:
    """Shuffled within the file: rows are read by their times."""
    rows = _lines(name)
    if not rows[-1].endswith(b"\n"):
        rows[-1] += b"\n"
    random.Random(seed).shuffle(rows)
    events, _ = _read(b"".join(rows))
    assert _same_but_for_ties(tell_calls(events).values(), TOLD[name].values())


def _same_but_for_ties(one: Iterable[Call], other: Iterable[Call]) -> bool:
    """Rows of one microsecond have no order of their own once the file's is lost."""
    return sorted(map(_gist, one)) == sorted(map(_gist, other))


def _gist(call: Call) -> tuple[str, str, str, str, str]:
    return (
        call.linkedid,
        str(call.outcome),
        str(call.missed_reason),
        str(call.answered_by),
        f"{call.started_at} {call.answered_at} {call.ended_at} {call.talk_seconds:.3f}",
    )


@_MANY
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32))
def test_rows_cut_in_the_middle_are_borne(name: str, seed: int) -> None:
    """Some rows end anywhere, as on a disk that was full for a moment."""
    noise = random.Random(seed)
    rows = [
        row[: noise.randrange(len(row))] + b"\n" if noise.random() < 0.2 else row
        for row in _lines(name)
    ]
    events, _ = _read(b"".join(rows))
    for call in tell_calls(events).values():
        assert_sane(call)
