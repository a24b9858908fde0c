"""Recorded calls laid into the life of one PBX: ids counted up as one Asterisk counts them."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from pbx_bridge.calls.events import ChannelEvent, birth_of
from tests.calls.replay import JOURNALS, read_journal, tell_calls

NAMES = sorted(path.stem for path in JOURNALS.glob("*.csv"))
_UNIQUEID = re.compile(r"(?<![0-9.])[0-9]{10}\.[0-9]+(?![0-9])")
_BRIDGE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\+614[0-9]{8}")
_CHANNEL_SERIAL = re.compile(r"(?<=-)[0-9a-f]{8}(?![0-9a-f-])")

Events = Sequence[ChannelEvent]


@cache
def whole_calls() -> tuple[str, ...]:
    """The journals in which every call is whole."""
    return tuple(
        name
        for name in NAMES
        if not name.startswith(("restart_", "boot_"))
        and not any(call.is_estimated for call in tell_calls(_recorded(name)).values())
    )


@cache
def _recorded(name: str) -> tuple[ChannelEvent, ...]:
    return tuple(read_journal(name))


def play(dice: random.Random, calls: int, begin: datetime, seconds: float) -> list[Events]:
    """So many recorded calls, drawn at random, beginning at random moments; ids as recorded.

    Whoever calls has a number of his own, as strangers have.
    """
    plays = []
    for name in dice.choices(whole_calls(), k=calls):
        events = _recorded(name)
        later = begin + timedelta(seconds=seconds * dice.random()) - events[0].at
        moved = [replace(event, at=event.at + later) for event in events]
        plays.append(with_own_numbers(moved, dice))
    return plays


def with_own_numbers(events: Events, dice: random.Random) -> list[ChannelEvent]:
    """The same calls with outside numbers that no other call has."""
    numbers: dict[str, str] = {}

    def change(text: str) -> str:
        return _NUMBER.sub(lambda found: numbers.setdefault(found[0], draw()), text)

    def draw() -> str:
        return f"+614{dice.randrange(10**8):08}"

    return [replace(e, number=change(e.number), ani=change(e.ani)) for e in events]


def renumber(dice: random.Random, plays: Sequence[Events]) -> list[Events]:
    """Give channels and bridges the ids that one Asterisk, started just before, gives them."""
    ids = [_uniqueids(events) for events in plays]
    serials = _count_up(((at, each) for each, births in enumerate(ids) for at in births.values()))
    channels = [_channel_serials(events) for events in plays]
    numbers = _count_up(((at, each) for each, seen in enumerate(channels) for at in seen.values()))
    return [
        _reword(
            events,
            uniqueids={
                old: f"{int(at.timestamp())}.{serials[each].pop(0)}"
                for old, at in sorted(ids[each].items(), key=lambda item: birth_of(item[0]))
            },
            channels={old: f"{numbers[each].pop(0):08x}" for old in sorted(channels[each])},
            dice=dice,
        )
        for each, events in enumerate(plays)
    ]


def _count_up(births: Iterable[tuple[datetime, int]]) -> dict[int, list[int]]:
    """Serials in the order of births, by whose they are."""
    counted: dict[int, list[int]] = {}
    for serial, (_, whose) in enumerate(sorted(births)):
        counted.setdefault(whose, []).append(serial)
    return counted


def _uniqueids(events: Events) -> dict[str, datetime]:
    """Every channel of a play, and when it was made."""
    births: dict[str, datetime] = {}
    for event in events:
        for text in (event.uniqueid, event.linkedid, *event.extra.values()):
            for found in _UNIQUEID.findall(text):
                births.setdefault(found, event.at)
    return births


def _channel_serials(events: Events) -> dict[str, datetime]:
    seen: dict[str, datetime] = {}
    for event in events:
        for text in (event.channel, event.peer, event.app_args, *event.extra.values()):
            for found in _CHANNEL_SERIAL.findall(_BRIDGE_ID.sub("", text)):
                seen.setdefault(found, event.at)
    return seen


def _reword(
    events: Events, *, uniqueids: dict[str, str], channels: dict[str, str], dice: random.Random
) -> Events:
    bridges: dict[str, str] = {}

    def bridge(found: re.Match[str]) -> str:
        return bridges.setdefault(found[0], str(uuid.UUID(int=dice.getrandbits(128))))

    def change(text: str) -> str:
        between, names = _BRIDGE_ID.split(text), [bridge(m) for m in _BRIDGE_ID.finditer(text)]
        between = [_of(channels, _CHANNEL_SERIAL)(each) for each in between]
        text = "".join(part for pair in zip(between, [*names, ""], strict=True) for part in pair)
        return _of(uniqueids, _UNIQUEID)(text)

    return [
        replace(
            event,
            uniqueid=change(event.uniqueid),
            linkedid=change(event.linkedid),
            channel=change(event.channel),
            peer=change(event.peer),
            app_args=change(event.app_args),
            extra={key: change(value) for key, value in event.extra.items()},
        )
        for event in events
    ]


def _of(names: dict[str, str], pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: pattern.sub(lambda found: names.get(found[0], found[0]), text)
