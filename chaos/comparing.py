"""Three books, one truth: every difference between them, in words. Pure.

The wire says what callers and phones did; the journal what Asterisk made of it; the store what we
tell the manager. What a call was is compared journal to store to the millisecond, and wire to store
within what SIP and a busy machine take.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chaos.books import JournaledCall, PlacedCall, StoreBook
from chaos.faults import Away
from chaos.kinds import CAMPAIGN

_EXACT_SECONDS = 0.005
_WIRE_SECONDS = 0.15
_DOOR_SECONDS = 0.2
"""So often StasisBroadcast looks whether its caller is still there: he may be gone by then."""
_DOORSTEP = timedelta(seconds=1.0)
"""A call that Asterisk took so shortly before it died may not have reached its journal."""

_BOOTING = timedelta(seconds=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the books do not agree on."""

    key: str
    what: str
    wire: object = None
    journal: object = None
    store: object = None
    linkedid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All three, and when Asterisk was away."""

    wire: Sequence[PlacedCall]
    journal: Sequence[JournaledCall]
    store: StoreBook
    away: Sequence[Away]


def compare(books: Books) -> list[Difference]:
    """Return every difference; none is the only pass."""
    journal, store = (
        _by_key(books.journal, lambda j: j.key),
        _by_key(books.store.calls, lambda call: call["caller_name"]),
    )
    found: list[Difference] = []
    for placed in books.wire:
        journaled, stored = journal.pop(placed.key, []), store.pop(placed.key, [])
        found += _compare_presence(placed, journaled, stored, books.away)
        if len(journaled) == 1 and len(stored) == 1:
            found += _compare_call(placed, journaled[0], stored[0], books.away)
    found += _nobodys(journal, store)
    found += _compare_ids(books.store)
    found += _compare_records(books)
    return found


def _by_key(calls: Iterable[Any], key: Any) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for call in calls:
        grouped[key(call)].append(call)
    return grouped


# ---------------------------------------------------------------------- lost, doubled, invented


def _compare_presence(
    placed: PlacedCall,
    journaled: Sequence[JournaledCall],
    stored: Sequence[Mapping[str, Any]],
    away: Sequence[Away],
) -> Iterator[Difference]:
    reached = placed.reached_at is not None
    said = {
        "wire": "reached the PBX" if reached else "did not reach the PBX",
        "journal": f"{len(journaled)} calls",
        "store": f"{len(stored)} calls",
        "linkedid": journaled[0].linkedid if journaled else "",
    }
    if len(stored) != len(journaled):
        what = "lost" if len(stored) < len(journaled) else "doubled"
        yield Difference(key=placed.key, what=f"{what} in the store", **said)
    if len(journaled) > 1:
        yield Difference(key=placed.key, what="doubled in the journal", **said)
    if reached and not journaled and not _died_on_the_doorstep(placed, away):
        yield Difference(key=placed.key, what="not in the journal", **said)
    if journaled and not reached and not _died_on_the_doorstep(placed, away):
        yield Difference(key=placed.key, what="in the journal, but never taken", **said)


def _died_on_the_doorstep(placed: PlacedCall, away: Sequence[Away]) -> bool:
    """Whether Asterisk died between the INVITE and its first row, or its first answer."""
    at = placed.reached_at or placed.ended_at
    return at is None or any(each.since - _DOORSTEP <= at <= each.until for each in away)


def _nobodys(
    journal: Mapping[str, Sequence[JournaledCall]], store: Mapping[str, Sequence[Any]]
) -> Iterator[Difference]:
    for key in sorted({*journal, *store}):
        yield Difference(
            key=key or "(no name)",
            what="nobody placed it",
            journal=[call.linkedid for call in journal.get(key, [])],
            store=[call["linkedid"] for call in store.get(key, [])],
        )


def _compare_ids(store: StoreBook) -> Iterator[Difference]:
    for field in ("call_id", "linkedid"):
        for value, times in Counter(call[field] for call in store.calls).items():
            if times > 1 or value is None:
                yield Difference(key=str(value), what=f"{field} used {times} times", store=value)


# ---------------------------------------------------------------------- told wrong


def _compare_call(
    placed: PlacedCall,
    journaled: JournaledCall,
    stored: Mapping[str, Any],
    away: Sequence[Away],
) -> Iterator[Difference]:
    is_torn = _is_torn(journaled, away)
    slack = _WIRE_SECONDS + placed.lag_seconds + _booting_seconds(journaled, away)
    views = (
        *_who(placed, journaled, stored),
        *_what_became_of_it(placed, journaled, stored, is_torn=is_torn),
        *_times(placed, journaled, stored, slack),
    )
    for what, wire, journal, store in views:
        yield Difference(
            key=placed.key,
            what=what,
            wire=wire,
            journal=journal,
            store=store,
            linkedid=journaled.linkedid,
        )


def _is_torn(journaled: JournaledCall, away: Sequence[Away]) -> bool:
    """Whether an Asterisk that went down in good order hung up on it: nobody else ended it."""
    ended = journaled.ended_at
    return ended is not None and any(each.since <= ended <= each.until for each in away)


def _booting_seconds(journaled: JournaledCall, away: Sequence[Away]) -> float:
    """How much later than the wire an Asterisk may act that loads what it needs just now."""
    ended = journaled.ended_at or journaled.last_at
    near = any(
        journaled.started_at <= each.until + _BOOTING and ended >= each.since for each in away
    )
    return _BOOTING.total_seconds() / 2 if near else 0.0


_View = tuple[str, object, object, object]


def _who(
    placed: PlacedCall, journaled: JournaledCall, stored: Mapping[str, Any]
) -> Iterator[_View]:
    if stored["linkedid"] != journaled.linkedid:
        yield "linkedid", None, journaled.linkedid, stored["linkedid"]
    if {journaled.number, stored["caller_number"], stored["caller_e164"]} != {placed.number}:
        told = (stored["caller_number"], stored["caller_e164"])
        yield "caller's number", placed.number, journaled.number, told
    if {journaled.dialled, stored["dialled_number"]} != {placed.kind.number}:
        yield "dialled number", placed.kind.number, journaled.dialled, stored["dialled_number"]
    if stored["direction"] != "inbound":
        yield "direction", "inbound", "inbound", stored["direction"]
    tracking = (stored["tracking_number"] or {}).get("label")
    if tracking != placed.kind.name:
        yield "tracking number", placed.kind.name, None, tracking
    if journaled.was_looked_up not in (None, stored["enrichment"] == "enriched"):
        was = "looked up in time" if journaled.was_looked_up else "not looked up"
        yield "enrichment", placed.shown, was, stored["enrichment"]
    handset = _id_on_handset(placed)
    if (handset and handset != stored["call_id"]) or (
        journaled.shown_id and journaled.shown_id != stored["call_id"]
    ):
        yield "call ID", handset, journaled.shown_id, stored["call_id"]


def _id_on_handset(placed: PlacedCall) -> str:
    """The call ID that a phone's display showed, "" when it showed none."""
    for name in placed.shown:
        word, _, call_id = name.partition(" ")
        if word == CAMPAIGN and call_id:
            return call_id
    return ""


def _what_became_of_it(
    placed: PlacedCall, journaled: JournaledCall, stored: Mapping[str, Any], *, is_torn: bool
) -> Iterator[_View]:
    wire = "answered" if placed.talks else "not answered"
    is_told_by_journal = stored["outcome"] in _outcomes(journaled)
    is_seen = journaled.is_cut or is_torn or bool(placed.talks) == bool(journaled.talks)
    if not is_told_by_journal or not is_seen:
        yield "outcome", wire, journaled.outcome, stored["outcome"]
    reason = _missed_reason(placed, journaled) if stored["outcome"] == "missed" else None
    if stored["missed_reason"] != reason and not (is_torn and stored["missed_reason"]):
        yield "missed_reason", reason, "cut" if journaled.is_cut else None, stored["missed_reason"]
    if stored["is_estimated"] != journaled.is_cut:
        yield "is_estimated", None, "cut" if journaled.is_cut else "whole", stored["is_estimated"]
    spoke = journaled.talks[0].extension if journaled.talks else None
    if stored["answered_by"] != spoke:
        heard = placed.talks[0].extension if placed.talks else None
        yield "answered_by", heard, spoke, stored["answered_by"]
    phones = [talk.extension for talk in journaled.talks]
    handed_on = [(each["kind"], each["to"], each["completed"]) for each in stored["transfers"]]
    if len(phones) > 1 and handed_on != [("blind", phones[1], True)]:
        yield "transfers", [t.extension for t in placed.talks], phones, handed_on


def _outcomes(journaled: JournaledCall) -> set[str]:
    """What may be told of it: nobody knows what a box had heard when Asterisk died."""
    if journaled.is_cut and journaled.is_in_box and not journaled.talks:
        return {"missed", "voicemail"}
    return {journaled.outcome}


def _missed_reason(placed: PlacedCall, journaled: JournaledCall) -> str | None:
    return "failed" if journaled.is_cut else placed.kind.missed_reason


def _times(
    placed: PlacedCall, journaled: JournaledCall, stored: Mapping[str, Any], slack: float
) -> Iterator[_View]:
    started, ended = _instant(stored["started_at"]), _instant(stored["ended_at"])
    if not (
        _is_near(started, journaled.started_at, _EXACT_SECONDS)
        and _is_near(started, placed.reached_at, slack)
    ):
        yield "started_at", placed.reached_at, journaled.started_at, started
    if ended is None:
        yield "ended_at", placed.ended_at, journaled.ended_at, "still up"
        return
    if journaled.is_cut:
        if ended < journaled.last_at:
            yield "ended_at", placed.ended_at, f"after {journaled.last_at}", ended
        return
    at_door = 0.0 if placed.answered_at else _DOOR_SECONDS
    if not (
        _is_near(ended, journaled.ended_at, _EXACT_SECONDS)
        and _is_near(ended, placed.ended_at, slack + at_door)
    ):
        yield "ended_at", placed.ended_at, journaled.ended_at, ended
    talk = float(stored["talk_seconds"])
    if (
        abs(talk - journaled.talk_seconds) > _EXACT_SECONDS
        or abs(talk - placed.talk_seconds) > slack
    ):
        yield "talk_seconds", placed.talk_seconds, journaled.talk_seconds, talk


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _is_near(one: datetime | None, other: datetime | None, seconds: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs((one - other).total_seconds()) <= seconds


# ---------------------------------------------------------------------- leads and activities


def _compare_records(books: Books) -> Iterator[Difference]:
    yield from _each_call_became_one_thing(books.store)
    known = {placed.number for placed in books.wire if placed.is_known}
    leads = Counter(
        number["e164"] for lead in books.store.leads for number in lead["phone_numbers"]
    )
    told = {call["caller_name"] for call in books.store.calls}
    for number in sorted({each.number for each in books.wire if each.key in told} | set(leads)):
        wanted = 0 if number in known else 1
        if leads[number] != wanted:
            yield Difference(key=number, what=f"{wanted} leads wanted", store=leads[number])


def _each_call_became_one_thing(store: StoreBook) -> Iterator[Difference]:
    made: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for lead in store.leads:
        if lead["first_call"] is not None:
            made[lead["first_call"]["linkedid"]].append(("lead", lead["id"]))
    for activity in store.activities:
        if activity["call"] is not None:
            made[activity["call"]["linkedid"]].append(("activity", activity["id"]))
    for call in store.calls:
        record = call["record"]
        became = [(record["type"], record["id"])] if record is not None else []
        found = made.pop(call["linkedid"], [])
        if len(became) != 1 or sorted(found) != became:
            yield Difference(
                key=call["caller_name"],
                what="not exactly one lead or activity",
                journal=f"became {found}",
                store=f"says {became}",
                linkedid=call["linkedid"],
            )
    for linkedid, found in made.items():
        yield Difference(key=str(found), what="record of no call", store=found, linkedid=linkedid)
