"""What the CEL journal says of one call, read here without the code that it is to prove."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from tests.live.lags import machine

Row = dict[str, str]

FIELDS = [
    *("eventtype", "eventenum", "eventtime", "uniqueid", "linkedid", "channame", "num", "exten"),
    *("context", "peer", "appname", "userdeftype", "accountcode", "ani", "rdnis", "dnid"),
    *("eventextra", "name", "appdata"),
]


# Asterisk cuts a row at 1,023 bytes, in the middle of a quote; the next row still starts so.
ROW_START = re.compile(r'(?m)^(?="[A-Z_]+","[A-Z_]+","\d{4}-)')


def read_journal(path: Path) -> list[Row]:
    """Every whole row so far; what was cut off the end of a row is empty."""
    text = path.read_bytes().decode("utf-8", "replace")
    text = text[: text.rfind("\n") + 1]  # the last one may be half written
    pieces = (next(csv.reader([piece.rstrip("\n")])) for piece in ROW_START.split(text) if piece)
    return [dict(zip_longest(FIELDS, row, fillvalue="")) for row in pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The rows of one call; ``caller`` is the uniqueid of the channel that ran our dialplan."""

    rows: list[Row]
    caller: str
    seconds: float

    def rows_of_caller(self, eventtype: str) -> list[Row]:
        """The caller's rows of one CEL event type, in order."""
        return [
            r for r in self.rows if r["uniqueid"] == self.caller and r["eventtype"] == eventtype
        ]

    @property
    def user_events(self) -> list[tuple[str, str]]:
        """(name, text) of the caller's user events, in order."""
        return [
            (row["userdeftype"], json.loads(row["eventextra"])["extra"])
            for row in self.rows
            if row["eventenum"] == "USER_DEFINED" and row["uniqueid"] == self.caller
        ]

    def texts_of(self, name: str) -> list[str]:
        """The texts of the caller's user events of this name."""
        return [text for event, text in self.user_events if event == name]

    @property
    def notes(self) -> list[str]:
        """What our dialplan noted."""
        return self.texts_of("PBX_BRIDGE_NOTE")

    @property
    def end(self) -> dict[str, str]:
        """The END note without its empty fields."""
        (text,) = self.texts_of("PBX_BRIDGE_END")
        pairs = (pair.split("=", 1) for pair in text.split("|"))
        return {key: value for key, value in pairs if value}

    @property
    def apps(self) -> list[tuple[str, str]]:
        """(application, arguments) of what the caller ran, of those that CEL was told to list."""
        return [(row["appname"], row["appdata"]) for row in self.rows_of_caller("APP_START")]

    @property
    def dialled(self) -> list[str]:
        """What Dial() rang, in order."""
        return [arguments.split(",")[0] for app, arguments in self.apps if app == "Dial"]

    @property
    def hangup_cause(self) -> int:
        """The cause with which the caller's channel ended."""
        (row,) = self.rows_of_caller("HANGUP")
        return int(json.loads(row["eventextra"])["hangupcause"])

    @property
    def bridged_seconds(self) -> float:
        """How long the caller was bridged; 0 when he never was."""
        return self._between("BRIDGE_ENTER", "BRIDGE_EXIT")

    @property
    def seconds_at_door(self) -> float:
        """How long the door kept the caller."""
        return self._between("APP_START", "APP_END")

    @property
    def late_seconds(self) -> float:
        """For how long the machine stood still meanwhile, at most."""
        times = [datetime.fromisoformat(row["eventtime"]) for row in self.rows]
        return machine.still_seconds(min(times), max(times))

    def _between(self, first: str, last: str) -> float:
        starts, ends = self.rows_of_caller(first), self.rows_of_caller(last)
        if not starts:
            return 0.0
        start, end = (datetime.fromisoformat(r[0]["eventtime"]) for r in (starts, ends))
        return (end - start).total_seconds()
