"""Is every line of the state table needed, and would a wrong one be noticed?

Each line is taken out, and bent to every other state; each time some recorded call, or one of the
short streams below, has to be told otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from pbx_bridge.calls import book, folding, keeping, restarts
from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.events import ChannelEvent, birth_of
from pbx_bridge.calls.events import EventKind as K
from pbx_bridge.calls.folding import _FALLBACK, _RECORDERS, STATELESS, TRANSITIONS
from pbx_bridge.calls.leg import Leg, LegState
from pbx_bridge.calls.plot import fold_legs
from tests.calls.make import event
from tests.calls.replay import JOURNALS, read_journal, tell_calls

JOURNAL = {path.stem: read_journal(path.stem) for path in sorted(JOURNALS.glob("*.csv"))}
_S = LegState


def _with_amis_word(events: list[ChannelEvent]) -> list[ChannelEvent]:
    """The same call as AMI tells it: `Newstate` Ringing for each phone, sent twice."""
    heard = []
    for each in events:
        heard.append(each)
        if each.kind is K.CHANNEL_STARTED and each.uniqueid != each.linkedid:
            for later in (40, 41):
                at = each.at + timedelta(milliseconds=later)
                heard.append(replace(each, kind=K.CHANNEL_RINGING, at=at))
    return sorted(heard, key=lambda each: each.at)


def _life(*kinds: K) -> list[ChannelEvent]:
    return [
        event(kind, seconds, bridge=f"b{seconds}" if kind is K.BRIDGE_ENTERED else "")
        for seconds, kind in enumerate(kinds)
    ]


STREAMS: dict[str, list[ChannelEvent]] = {
    # An answer that AMI and the journal both tell, some microseconds apart.
    "answered twice": _life(K.CHANNEL_STARTED, K.CHANNEL_ANSWERED, K.CHANNEL_ANSWERED),
    # A phone that rings and is bridged by a pick-up, without an answer of its own.
    "rings, is bridged": _life(K.CHANNEL_STARTED, K.CHANNEL_RINGING, K.BRIDGE_ENTERED),
    # Moved from one bridge to the next, the exit row lost or late.
    "bridge to bridge": _life(
        K.CHANNEL_STARTED, K.CHANNEL_ANSWERED, K.BRIDGE_ENTERED, K.BRIDGE_ENTERED
    ),
    # Hung up in a bridge: the exit comes after the hang-up.
    "hung up in a bridge": _life(
        *(K.CHANNEL_STARTED, K.CHANNEL_ANSWERED, K.BRIDGE_ENTERED),
        *(K.CHANNEL_HUNG_UP, K.BRIDGE_LEFT, K.CHANNEL_ENDED),
    ),
    # Followed until the phone is lifted, and until a bridge is left; the rest is yet to come.
    "rings, is lifted": _life(K.CHANNEL_STARTED, K.CHANNEL_RINGING, K.CHANNEL_ANSWERED),
    "left a bridge": _life(K.CHANNEL_STARTED, K.CHANNEL_ANSWERED, K.BRIDGE_ENTERED, K.BRIDGE_LEFT),
    # A row of a kind that a later Asterisk may have.
    "something new": _life(K.CHANNEL_STARTED, K.OTHER),
    # One channel of which only one row is left, whichever.
    **{f"only {kind.name}": _life(kind) for kind in K if kind is not K.CHANNEL_STARTED},
}
STREAMS |= {f"{name}, by AMI": _with_amis_word(events) for name, events in JOURNAL.items()}
STREAMS |= JOURNAL


def _by_channel(events: Iterable[ChannelEvent]) -> Iterator[list[ChannelEvent]]:
    ordered = sorted(events, key=lambda each: (each.uniqueid, each.at))
    for _, group in groupby(ordered, key=lambda each: each.uniqueid):
        yield list(group)


def _steps() -> Counter[tuple[LegState, K]]:
    """How often each event met each state, over all streams."""
    taken: Counter[tuple[LegState, K]] = Counter()
    for events in STREAMS.values():
        for life in _by_channel(events):
            state = _S.UNSEEN
            for each in life:
                taken[state, each.kind] += 1
                fallback = state if each.kind in STATELESS else _FALLBACK.get(each.kind, state)
                state = TRANSITIONS.get((state, each.kind), fallback)
    return taken


def _legs(events: list[ChannelEvent]) -> list[tuple[str, LegState, int]]:
    return [(leg.uniqueid, leg.state, leg.anomalies) for leg in fold_legs(events)]


LEGS = {name: _legs(events) for name, events in STREAMS.items()}


def _is_noticed_in_legs() -> bool:
    return any(_legs(events) != LEGS[name] for name, events in STREAMS.items())


def test_every_transition_is_taken_by_some_call() -> None:
    """A line that no call ever took would be a guess."""
    assert set(TRANSITIONS) - set(_steps()) == set()


def test_every_fallback_is_taken_by_some_stream() -> None:
    """What is believed of an event that should not have come has been tried as well."""
    unlisted = {kind for state, kind in _steps() if (state, kind) not in TRANSITIONS}
    assert set(_FALLBACK) - unlisted == set()


@pytest.mark.parametrize(("state", "kind"), sorted(TRANSITIONS))
def test_a_transition_taken_out_is_noticed(
    monkeypatch: pytest.MonkeyPatch, state: LegState, kind: K
) -> None:
    """Without it, an event that every PBX sends is an anomaly."""
    monkeypatch.delitem(TRANSITIONS, (state, kind))
    assert _is_noticed_in_legs()


@pytest.mark.parametrize(
    ("state", "kind", "wrong"),
    [
        (state, kind, wrong)
        for (state, kind), right in sorted(TRANSITIONS.items())
        for wrong in LegState
        if wrong is not right
    ],
)
def test_a_transition_to_a_wrong_state_is_noticed(
    monkeypatch: pytest.MonkeyPatch, state: LegState, kind: K, wrong: LegState
) -> None:
    """Bent to any other state, a leg ends elsewhere or meets what it should not."""
    monkeypatch.setitem(TRANSITIONS, (state, kind), wrong)
    assert _is_noticed_in_legs()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (kind, wrong)
        for kind, right in sorted(_FALLBACK.items())
        for wrong in LegState
        if wrong is not right
    ],
)
def test_a_wrong_fallback_is_noticed(
    monkeypatch: pytest.MonkeyPatch, kind: K, wrong: LegState
) -> None:
    """What an unexpected event is believed to mean matters, too."""
    monkeypatch.setitem(_FALLBACK, kind, wrong)
    assert _is_noticed_in_legs()


@pytest.mark.parametrize("kind", sorted(STATELESS))
def test_a_kind_that_changes_no_state_is_no_anomaly(
    monkeypatch: pytest.MonkeyPatch, kind: K
) -> None:
    """Left out of the list, every such row would be counted as impossible."""
    monkeypatch.setattr(folding, "STATELESS", STATELESS - {kind})
    assert _is_noticed_in_legs()


TOLD = {name: tell_calls(events) for name, events in STREAMS.items()}
_STORIES = sorted(STREAMS, key=lambda name: (name.endswith("by AMI"), name))


def _is_noticed_in_records() -> bool:
    return any(tell_calls(STREAMS[name]) != TOLD[name] for name in _STORIES)


@pytest.mark.parametrize("kind", sorted(_RECORDERS))
def test_what_is_learned_from_each_kind_of_event_is_in_the_records(
    monkeypatch: pytest.MonkeyPatch, kind: K
) -> None:
    """Forget to look at one kind of row, and some recorded call is told otherwise."""
    monkeypatch.delitem(_RECORDERS, kind)
    assert _is_noticed_in_records()


def _older_keeps(one: Any, other: Any, _lines: Any) -> tuple[Any, Any]:
    older, newer = sorted((one, other), key=lambda chapter: birth_of(chapter.linkedid))
    return older, newer


def _newer_keeps(one: Any, other: Any, lines: Any) -> tuple[Any, Any]:
    older, newer = _older_keeps(one, other, lines)
    return newer, older


def _nobody_keeps(_one: Any, _other: Any, _lines: Any) -> None:
    return None


def _younger_of_equals(one: Any, other: Any, lines: Any) -> Any:
    older, newer = _older_keeps(one, other, lines)
    ways = keeping._direction(older, lines), keeping._direction(newer, lines)
    if ways[0] is ways[1] is not Direction.INBOUND:
        return newer, older
    return keeping.choose_keeper(one, other, lines)


@pytest.mark.parametrize(
    "wrong",
    [_older_keeps, _newer_keeps, _nobody_keeps, _younger_of_equals],
    ids=lambda f: f.__name__,
)
def test_a_wrong_choice_of_who_keeps_a_merged_call_is_noticed(
    monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    """The customer's call absorbs the consultation; two outside callers stay two calls."""
    monkeypatch.setattr(book, "choose_keeper", wrong)
    assert _is_noticed_in_records()


@pytest.mark.parametrize(
    "reason", ["_came_later", "_has_dialled_out", "_waits_for_calls", "_dialled_by_ours"]
)
def test_each_reason_to_keep_a_call_or_to_keep_it_apart_is_needed(
    monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """Without it some recorded call would be told otherwise."""
    monkeypatch.setattr(keeping, reason, lambda *_: None)
    assert _is_noticed_in_records()


def test_a_phone_that_rang_apart_in_vain_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one that an application rang for a caller would be a call of its own."""
    monkeypatch.setattr(book, "rang_in_vain", lambda *_: False)
    assert _is_noticed_in_records()


def test_who_is_summoned_into_a_bridge_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, a phone that the PBX rang for a waiting caller would be a call of its own."""
    monkeypatch.setattr(book, "summons", lambda one, other, lines: False)
    assert _is_noticed_in_records()


RESTARTS = [
    ("restart_sigkill", "restart_after_sigkill"),
    ("restart_own_first_call", "restart_own_many"),
]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda serial, last, later: False, id="never"),
        pytest.param(lambda serial, last, later: serial <= last, id="at-every-step-back"),
        pytest.param(lambda serial, last, later: serial == 0, id="at-zero-only"),
    ],
)
def test_a_wrong_idea_of_a_restart_is_noticed(monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    """Calls that were up end when Asterisk begins anew, and only then."""
    monkeypatch.setattr(restarts, "_is_reset", wrong)
    assert _is_noticed_in_records() or _lives() != LIVES


def _lives() -> list[list[bool]]:
    """For each stretch of channels, which of them begin a new life of the PBX."""
    second = 1_795_000_000
    stretches = [
        [(0, 100), (1, 101), (2, 102), (5, 0), (6, 1)],  # a restart
        [(0, 0), (0, 1), (9, 0), (10, 1)],  # a restart after two channels
        [(0, 7), (0, 6), (0, 8), (1, 9)],  # two made at once, told the wrong way round
        [(0, 5), (3, 5), (4, 6)],  # a serial that was used before
        [(0, 0), (30, 0)],  # a PBX that dies with its first call, twice
        [(0, 500), (0, 440), (1, 501)],  # out of order, by less than a life
    ]
    found = []
    for stretch in stretches:
        watch = restarts.SerialWatch()
        found.append([_is_new(watch, second + later, serial) for later, serial in stretch])
    return found


def _is_new(watch: restarts.SerialWatch, second: int, serial: int) -> bool:
    made_at = event(K.CHANNEL_STARTED, 0).at.fromtimestamp(second, event(K.OTHER, 0).at.tzinfo)
    return watch.is_new_life(f"{second}.{serial}", made_at)


LIVES = _lives()


def test_the_lives_of_a_pbx_are_told_from_its_serials() -> None:
    """Counting from 0 again, or a serial used before: the PBX has been restarted in between."""
    assert LIVES == [
        [False, False, False, True, False],
        [False, False, True, False],
        [False, False, False, False],
        [False, True, False],
        [False, True],
        [False, False, False],
    ]


def test_a_leg_is_nothing_without_events() -> None:
    """There is no leg of which nothing was seen."""
    with pytest.raises(ValueError, match="at least one event"):
        folding.fold_leg([])
    assert isinstance(folding.fold_leg(_life(K.OTHER)), Leg)
