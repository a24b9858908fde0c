"""The second book: Asterisk's journal, read simply, and not by the bridge's call builder.

It knows the few rows that these kinds of calls make: where a caller's channel begins and ends,
when he is in a bridge with a phone, and what our dialplan noted at the end.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from chaos.books import JournaledCall, Talk

_FIELDS = (
    *("eventtype", "eventenum", "eventtime", "uniqueid", "linkedid", "channame", "num", "exten"),
    *("context", "peer", "appname", "userdeftype", "accountcode", "ani", "rdnis", "dnid"),
    *("eventextra", "name", "appdata"),
)


_DOORS = {"StasisBroadcast", "Stasis", "AGI"}
"""The applications in which a caller waits for the bridge."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, as far as it is needed here; ``line`` is what to look at."""

    event: str
    at: datetime
    uniqueid: str
    linkedid: str
    channel: str
    number: str
    name: str
    exten: str
    user_event: str
    text: str
    app: str
    bridge: str
    line: str

    @property
    def extension(self) -> str:
        """Whose phone this channel is: ``PJSIP/1001-0000002a``."""
        return self.channel.removeprefix("PJSIP/").rpartition("-")[0]


def read_rows(files: Iterable[Path]) -> list[Row]:
    """Return the rows of the journal's files, oldest file first."""
    rows = []
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                fields = next(csv.reader([line]), [])
                if len(fields) == len(_FIELDS):
                    rows.append(_row(dict(zip(_FIELDS, fields, strict=True)), line))
    return rows


def journal_files(journal: Path) -> list[Path]:
    """The journal and its rotated forms, oldest first."""
    rotated = sorted(
        journal.parent.glob(f"{journal.name}.*"), key=lambda path: -int(path.suffix[1:])
    )
    return [*rotated, *([journal] if journal.exists() else [])]


def _row(said: dict[str, str], line: str) -> Row:
    extra = json.loads(said["eventextra"]) if said["eventextra"].startswith("{") else {}
    return Row(
        event=said["eventenum"],
        at=datetime.fromisoformat(said["eventtime"]),
        uniqueid=said["uniqueid"],
        linkedid=said["linkedid"],
        channel=said["channame"],
        number=said["num"],
        name=said["name"],
        exten=said["exten"],
        user_event=said["userdeftype"],
        text=said["appdata"].partition(",")[2],
        app=said["appname"],
        bridge=str(extra.get("bridge_id", "")),
        line=line.rstrip(),
    )


@dataclass(slots=True)
class _Channel:
    """A caller's channel while its rows are read."""

    start: Row
    last_at: datetime
    ended_at: datetime | None = None
    is_in_box: bool = False
    at_door_since: datetime | None = None
    door_seconds: float = 0.0
    notes: list[Row] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)


def read_journal(rows: Sequence[Row]) -> list[JournaledCall]:
    """Return every call that came in over the trunk, in the order of their beginnings."""
    callers: dict[str, _Channel] = {}
    inside: dict[str, dict[str, Row]] = defaultdict(dict)  # bridge → channel → its BRIDGE_ENTER
    for row in sorted(rows, key=lambda each: each.at):
        if row.event == "CHAN_START" and row.channel.startswith("PJSIP/trunk-"):
            callers[row.uniqueid] = _Channel(row, row.at)
        elif row.event == "BRIDGE_ENTER":
            inside[row.bridge][row.uniqueid] = row
        elif row.event == "BRIDGE_EXIT":
            _leave(row, inside[row.bridge], callers)
        if row.uniqueid in callers:
            _note(row, callers[row.uniqueid])
    _end_with_the_pbx(inside, callers)
    return [_tell(channel) for channel in callers.values()]


def _note(row: Row, caller: _Channel) -> None:
    caller.last_at = row.at
    if row.event == "CHAN_END":
        caller.ended_at = row.at
    elif row.event == "USER_DEFINED":
        caller.notes.append(row)
    elif row.event in {"APP_START", "APP_END"}:
        _note_app(row, caller)


def _note_app(row: Row, caller: _Channel) -> None:
    is_start = row.event == "APP_START"
    if row.app == "VoiceMail":
        caller.is_in_box = is_start
    elif row.app in _DOORS and is_start:
        caller.at_door_since = row.at
    elif row.app in _DOORS and caller.at_door_since is not None:
        caller.door_seconds += (row.at - caller.at_door_since).total_seconds()
        caller.at_door_since = None


def _leave(row: Row, inside: dict[str, Row], callers: dict[str, _Channel]) -> None:
    """Whoever leaves a bridge ends the talk of the two who were in it."""
    entered = inside.pop(row.uniqueid, None)
    if entered is None:
        return
    for other in inside.values():
        for caller, phone in ((entered, other), (other, entered)):
            if caller.uniqueid in callers and phone.uniqueid not in callers:
                since = max(caller.at, phone.at)
                talk = Talk(extension=phone.extension, since=since, until=row.at)
                callers[caller.uniqueid].talks.append(talk)


def _end_with_the_pbx(inside: dict[str, dict[str, Row]], callers: dict[str, _Channel]) -> None:
    """Talks that nobody ended: Asterisk died. They lasted until then; here, until the last row."""
    for entries in inside.values():
        for entry in entries.values():
            if entry.uniqueid in callers:
                for phone in entries.values():
                    if phone.uniqueid not in callers:
                        since = max(entry.at, phone.at)
                        talk = Talk(extension=phone.extension, since=since, until=since)
                        callers[entry.uniqueid].talks.append(talk)


def _tell(caller: _Channel) -> JournaledCall:
    shown_id = _noted(caller.notes, "PBX_BRIDGE_CALL", "id")
    is_unenriched = any(note.text.startswith("unenriched|") for note in caller.notes)
    return JournaledCall(
        key=caller.start.name,
        linkedid=caller.start.linkedid,
        number=caller.start.number,
        dialled=caller.start.exten,
        started_at=caller.start.at,
        ended_at=caller.ended_at,
        last_at=caller.last_at,
        talks=tuple(sorted(caller.talks, key=lambda talk: talk.since)),
        is_message_left=any("vm=SUCCESS" in note.text for note in caller.notes),
        is_in_box=caller.is_in_box,
        shown_id=shown_id,
        was_looked_up=bool(shown_id) if shown_id or is_unenriched else None,
        door_seconds=caller.door_seconds,
    )


def _noted(notes: Sequence[Row], event: str, word: str) -> str:
    for note in notes:
        if note.user_event == event:
            pairs = dict(pair.partition("=")[::2] for pair in note.text.split("|"))
            return pairs.get(word, "")
    return ""
