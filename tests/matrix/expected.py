"""What a row's record must say, written before anybody plays it.

    inbound(DESK, spoke("1001"), spoke("1002"), transfers=[blind("1001", "1002")],
            talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))])

Times are `Moment`s: what somebody's own wire shows, at which the PBX must have seen it as well,
within 0.1 s. What a row leaves out follows from the parties: answered when the first who spoke
lifted, talk from then until the caller left, ringing while a phone rang and nobody had lifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import permutations
from typing import Any
from unittest.mock import ANY

from crm_store.records import (
    CallRecord,
    Direction,
    Enrichment,
    MissedReason,
    Outcome,
    Party,
    Recording,
    TrackingNumber,
    Transfer,
    TransferKind,
)
from pbx_bridge.lab import WireCall
from tests.matrix.numbers import USERS, e164

TOLERANCE_SECONDS = 0.1
CALLER = "the caller"
PBX = "lab"


class Near:
    """Equal to every instant, or number of seconds, that is close enough to this one."""

    def __init__(self, value: datetime | float, tolerance: float = TOLERANCE_SECONDS) -> None:
        self.value, self.tolerance = value, tolerance

    def __eq__(self, other: object) -> bool:
        if isinstance(self.value, datetime):
            if not isinstance(other, datetime) or other.utcoffset() != timedelta():
                return False
            return abs((other - self.value).total_seconds()) <= self.tolerance
        return isinstance(other, int | float) and abs(other - self.value) <= self.tolerance

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.value!s} ± {self.tolerance}"


# ---------------------------------------------------------------------------- moments
@dataclass(frozen=True, slots=True)
class Moment:
    """Something that somebody's wire shows: the ``nth`` call of that phone, from 0 on."""

    who: str
    what: str
    nth: int = 0

    def __str__(self) -> str:
        turn = f" ({self.nth + 1}.)" if self.nth else ""
        return f"{self.who} {self.what}{turn}"


def calls(who: str, nth: int = 0) -> Moment:
    """The INVITE of a call that this phone placed, or got."""
    return Moment(who, "calls", nth)


def rings(who: str, nth: int = 0) -> Moment:
    """Its 180 Ringing."""
    return Moment(who, "rings", nth)


def lifts(who: str, nth: int = 0) -> Moment:
    """The 200 OK of its call."""
    return Moment(who, "lifts", nth)


def leaves(who: str, nth: int = 0) -> Moment:
    """The BYE, the CANCEL or the refusal that ended its call."""
    return Moment(who, "leaves", nth)


def refers(who: str, nth: int = 0) -> Moment:
    """Its REFER."""
    return Moment(who, "refers", nth)


def marked(name: str) -> Moment:
    """An instant that the script itself has marked: `Scene.mark`."""
    return Moment(name, "")


Span = tuple[Moment, Moment]


# ---------------------------------------------------------------------------- who and whereto
@dataclass(frozen=True, slots=True, kw_only=True)
class ToldParty:
    """What the record says of one leg of one phone."""

    extension: str
    rang: bool
    answered: Moment | None
    left: Moment
    phone: str
    nth: int

    def __str__(self) -> str:
        how = "spoke" if self.answered else "rang" if self.rang else "never rang"
        if self.answered and not self.rang:
            how = "came in and spoke"
        return f"{self.extension} {how}"


def spoke(
    extension: str, nth: int = 0, *, phone: str | None = None, left: Moment | None = None
) -> ToldParty:
    """A phone that rang and was answered.

    ``phone``: whose wire to look at, where that has another name. ``left``: when the PBX let go
    of it, where that is not when it hung up.
    """
    party = _party(extension, phone, nth, rang=True, answered=True)
    return party if left is None else replace(party, left=left)


def rang(extension: str, nth: int = 0, *, phone: str | None = None) -> ToldParty:
    """A phone that rang in vain: timeout, declined, answered elsewhere, caller gone."""
    return _party(extension, phone, nth, rang=True, answered=False)


def silent(extension: str, nth: int = 0, *, phone: str | None = None) -> ToldParty:
    """A phone that was called and never rang: busy, forwarding, unreachable."""
    return _party(extension, phone, nth, rang=False, answered=False)


def stepped_in(
    extension: str,
    nth: int = 0,
    *,
    phone: str | None = None,
    met: Moment | None = None,
    left: Moment | None = None,
) -> ToldParty:
    """A phone that fetched the call by dialling: a pick-up, a parking slot, a conference.

    ``met`` and ``left``: from when until when they were together, where either was there sooner
    or stayed longer.
    """
    party = _party(extension, phone, nth, rang=False, answered=True)
    return replace(party, answered=met or party.answered, left=left or party.left)


def _party(extension: str, phone: str | None, nth: int, *, rang: bool, answered: bool) -> ToldParty:
    name = phone or extension
    return ToldParty(
        extension=extension,
        rang=rang,
        answered=lifts(name, nth) if answered else None,
        left=leaves(name, nth),
        phone=name,
        nth=nth,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTransfer:
    """One attempt to hand the call on."""

    kind: TransferKind
    by: str
    to: str
    at: Moment
    completed: bool

    def __str__(self) -> str:
        end = "" if self.completed else ", not completed"
        return f"{self.kind} by {self.by} to {self.to}{end}"


def blind(by: str, to: str, at: Moment | None = None, *, completed: bool = True) -> ToldTransfer:
    """Handed on without asking."""
    kind = TransferKind.BLIND
    return ToldTransfer(kind=kind, by=by, to=to, at=at or refers(by), completed=completed)


def attended(by: str, to: str, at: Moment | None = None, *, completed: bool = True) -> ToldTransfer:
    """Handed on after a word with the next one."""
    kind = TransferKind.ATTENDED
    return ToldTransfer(kind=kind, by=by, to=to, at=at or refers(by), completed=completed)


def blonde(by: str, to: str, at: Moment | None = None, *, completed: bool = True) -> ToldTransfer:
    """Handed on while the next one's phone still rang."""
    kind = TransferKind.BLONDE
    return ToldTransfer(kind=kind, by=by, to=to, at=at or refers(by), completed=completed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRecording:
    """A file, by its name, in which ``{call_id}`` and ``{spool}`` are filled in.

    ``sound`` are the spans that are heard in it. None: no file was written, and the record says
    so by a length that nobody knows. Empty: a file without a sound, which is no recording.
    """

    name: str
    sound: tuple[Span, ...] | None
    started: Moment | None = None

    def __str__(self) -> str:
        if self.sound is None:
            return f"{self.name} (never written)"
        return f"{self.name} ({_spans(self.sound) or 'empty: left out'})"


def file(name: str, *sound: Span, started: Moment | None = None) -> ToldRecording:
    """A recording that holds what was said in these spans."""
    return ToldRecording(name=name, sound=sound, started=started)


def message(box: str, *sound: Span) -> ToldRecording:
    """The first message in somebody's voicemail box."""
    return ToldRecording(name=f"{{spool}}/voicemail/default/{box}/INBOX/msg0000.wav", sound=sound)


def no_file(name: str) -> ToldRecording:
    """A recording that was begun and never written."""
    return ToldRecording(name=name, sound=None)


# ---------------------------------------------------------------------------- the record
@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One record, as a row expects it."""

    direction: Direction
    caller: str
    number: TrackingNumber | None
    dialled: str
    parties: tuple[ToldParty, ...]
    transfers: tuple[ToldTransfer, ...] = ()
    recordings: tuple[ToldRecording, ...] = ()
    reason: MissedReason | None = None
    outcome: Outcome
    answered: Moment | None
    ended: Moment
    talk: tuple[Span, ...]
    ringing: tuple[Span, ...] | None = None
    cause: int | None = 16
    """None: not beyond doubt; anything may stand there."""
    any_order: bool = False
    """Whether the PBX rings these phones in an order of its own: the parties may stand in any."""
    ask: int = 0
    """Which of the caller's own calls this is: 1 for a consultation on his second line."""
    also: dict[str, Any] = field(default_factory=dict)
    """Fields that differ from what usually stands there."""

    def record(self, scene: Scene, told: CallRecord | None) -> CallRecord:
        """The whole record, its times from the wires of those who played.

        Of ``told``, what came of it, only the call ID is used; and where they are the PBX's own,
        the order of the parties and the names of files.
        """
        record = self._record(scene, told.call_id if told else None)
        if self.any_order and told is not None:
            orders = permutations(record.parties)
            told_order = (parties for parties in orders if parties == told.parties)
            record = replace(record, parties=next(told_order, record.parties))
        return replace(record, recordings=_with_names(record.recordings, told))

    def files_of_journal(self, scene: Scene, told: CallRecord | None) -> tuple[Recording, ...]:
        """The recordings with those that the store leaves out because they are empty."""
        call_id = told.call_id if told else None
        files = tuple(_recording(each, scene, call_id) for each in self.recordings)
        return _with_names(files, told)

    def _record(self, scene: Scene, call_id: str | None) -> CallRecord:
        near, seconds = scene.near, scene.seconds
        start = calls(self.caller, self.ask)
        number = self.number
        fields: dict[str, Any] = {
            "pbx": PBX,
            "linkedid": ANY,
            "call_id": ANY,
            "direction": self.direction,
            "outcome": self.outcome,
            "missed_reason": self.reason,
            "caller_number": scene.number_of(self.caller),
            "caller_e164": None,
            "caller_name": "",
            "dialled_number": self.dialled,
            "dialled_e164": None,
            "tracking_number": number.attribution if number else None,
            "started_at": near(start),
            "answered_at": near(self.answered),
            "ended_at": near(self.ended),
            "ring_seconds": seconds(self._ringing(scene)),
            "wait_seconds": seconds([(start, self.answered or self.ended)]),
            "talk_seconds": seconds(self.talk),
            "answered_by": self._answered_by and scene.number_of(self._answered_by),
            "agent": USERS.get(self._answered_by or ""),
            "parties": tuple(
                Party(
                    extension=scene.number_of(party.extension),
                    channel=ANY,
                    rang_at=near(rings(party.phone, party.nth)) if party.rang else None,
                    answered_at=near(party.answered),
                    left_at=near(party.left),
                )
                for party in self.parties
            ),
            "transfers": tuple(
                Transfer(
                    kind=each.kind,
                    by=each.by,
                    to=scene.number_of(each.to),
                    at=near(each.at),
                    completed=each.completed,
                )
                for each in self.transfers
            ),
            "recordings": tuple(
                _recording(each, scene, call_id) for each in self.recordings if each.sound != ()
            ),
            "hangup_cause": ANY if self.cause is None else self.cause,
            "record": ANY,
        }
        return CallRecord(**fields | self._of_direction(scene) | self.also)

    def __str__(self) -> str:
        """What the record says, for people."""
        who = f" by {self._answered_by}" if self.answered else ""
        why = f" ({self.reason})" if self.reason else ""
        said = [f"{self.direction}: **{self.outcome}**{who}{why}"]
        said += [", ".join(str(party) for party in self.parties) or "no phone"]
        said += [str(each) for each in self.transfers]
        if self.talk:
            said.append(f"talk: {_spans(self.talk)}")
        said += [f"recording {each}" for each in self.recordings]
        said += [f"{name}: {value}" for name, value in self.also.items()]
        return "; ".join(said)

    def _of_direction(self, scene: Scene) -> dict[str, Any]:
        if self.direction is Direction.INBOUND:
            return {
                "caller_e164": e164(scene.number_of(self.caller)),
                "dialled_e164": e164(self.dialled),
                "enrichment": Enrichment.ENRICHED,
            }
        agent = USERS.get(scene.number_of(self.caller))
        placed = {"caller_name": agent or "", "agent": agent}
        if self.direction is Direction.OUTBOUND:
            return {**placed, "dialled_e164": e164(self.dialled)}
        return {**placed, "record": None}

    @property
    def _answered_by(self) -> str | None:
        if self.answered is None:
            return None
        return next(party.extension for party in self.parties if party.answered)

    def _ringing(self, scene: Scene) -> list[Span]:
        """While a phone rang, and until the first human was there."""
        if self.ringing is not None:
            return list(self.ringing)
        until = self.answered or self.ended
        return [
            (rings(p.phone, p.nth), _earliest(scene, p.answered or p.left, until))
            for p in self.parties
            if p.rang and scene.instant(rings(p.phone, p.nth)) < scene.instant(until)
        ]


def _told(
    direction: Direction,
    caller: str,
    number: TrackingNumber | None,
    dialled: str,
    parties: tuple[ToldParty, ...],
    said: dict[str, Any],
) -> Told:
    """What follows from the parties, unless a row says otherwise."""
    first = next((party for party in parties if party.answered), None)
    answered = said.pop("answered", first.answered if first else None)
    gone = leaves(caller, said.get("ask", 0))
    ended = said.pop("ended", gone)
    return Told(
        direction=direction,
        caller=caller,
        number=number,
        dialled=dialled,
        parties=parties,
        answered=answered,
        ended=ended,
        outcome=said.pop("outcome", Outcome.ANSWERED if answered else Outcome.MISSED),
        talk=tuple(said.pop("talk", [(answered, gone)] if answered else [])),
        transfers=tuple(said.pop("transfers", ())),
        recordings=tuple(said.pop("recordings", ())),
        **said,
    )


def inbound(number: TrackingNumber, *parties: ToldParty, caller: str = CALLER, **said: Any) -> Told:
    """A call from outside to one of our numbers."""
    return _told(Direction.INBOUND, caller, number, number.raw, parties, said)


def outbound(caller: str, dialled: str, *parties: ToldParty, **said: Any) -> Told:
    """A call that an extension placed over the trunk."""
    return _told(Direction.OUTBOUND, caller, None, dialled, parties, said)


def internal(caller: str, dialled: str, *parties: ToldParty, **said: Any) -> Told:
    """A call from one extension to another."""
    return _told(Direction.INTERNAL, caller, None, dialled, parties, said)


def _earliest(scene: Scene, one: Moment, other: Moment) -> Moment:
    return min(one, other, key=scene.instant)


def _recording(told: ToldRecording, scene: Scene, call_id: str | None) -> Recording:
    spool = scene.folder.rpartition("/")[0]
    name = told.name.format(call_id=call_id, spool=spool)
    return Recording(
        path=name if name.startswith("/") else f"{scene.folder}/{name}",
        url=None,
        started_at=ANY if told.started is None else scene.near(told.started),
        seconds=None if told.sound is None else _loosely(scene.seconds(told.sound)),
    )


def _with_names(files: tuple[Recording, ...], told: CallRecord | None) -> tuple[Recording, ...]:
    """Put the names that the PBX gave in the place of patterns (``*``) which they match."""
    found = [each.path for each in told.recordings] if told else []

    def name(path: str) -> str:
        return next((each for each in found if fnmatchcase(each, path)), path)

    return tuple(replace(each, path=name(each.path)) for each in files)


def _loosely(seconds: Any) -> Any:
    """Sound lasts as long as it was heard, within 0.3 s: frames, and files that close late."""
    return Near(seconds.value, 0.3) if isinstance(seconds, Near) else seconds


def _total_seconds(spans: Any) -> float:
    """The time that spans cover together, however they overlap."""
    total, covered = 0.0, None
    for start, end in sorted(spans):
        begins = start if covered is None else max(start, covered)
        if end > begins:
            total += (end - begins).total_seconds()
            covered = end
    return total


def _spans(spans: Sequence[Span]) -> str:
    return "; ".join(f"{start} – {end}" for start, end in spans)


class Scene:
    """What a record's moments are looked up in; `tests.matrix.scene` has the real one."""

    lag_seconds: float
    folder: str
    """Where the PBX keeps its recordings."""

    def instant(self, moment: Moment) -> datetime:
        """When it was."""
        raise NotImplementedError

    def number_of(self, who: str) -> str:
        """The number that somebody calls from."""
        raise NotImplementedError

    def near(self, moment: Moment | None) -> Any:
        """An instant within 0.1 s of when it was, or as late as the PBX was itself."""
        if moment is None:
            return None
        return Near(self.instant(moment), TOLERANCE_SECONDS + self.lag_seconds)

    def seconds(self, spans: Sequence[Span]) -> Any:
        """So many seconds, within 0.1 s."""
        if not spans:
            return 0.0
        total = _total_seconds((self.instant(start), self.instant(end)) for start, end in spans)
        return Near(total, TOLERANCE_SECONDS + self.lag_seconds)

    def wires(self) -> list[WireCall]:
        """Every call of every phone."""
        raise NotImplementedError
