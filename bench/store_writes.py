"""Hang-ups written per second, as a share of what bare sqlite3 does with the same rows.

A hang-up completes a call that has been in the store since its first ring and logs its activity
with a history entry: one row updated, two inserted, on disk before anybody is told. Both sides do
it to copies of one file, with the same tables, indexes and durability (WAL, synchronous=FULL).
The bare side is handed finished rows and does nothing else; ours makes them from records, keeps
what an earlier record knew, and answers fifty submitters.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Protocol

from bench.figure import Figure
from crm_store import Store
from crm_store.records import (
    Activity,
    ActivityStatus,
    CallRecord,
    CallType,
    Candidate,
    Direction,
    Enrichment,
    Matched,
    Outcome,
    Party,
    PersonType,
    Recording,
)
from crm_store.writer import Writer

HANG_UPS = 3_000
SUBMITTERS = 50
ROUNDS = 5
_START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return the rates and both ratios, medians of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder), rounds=1 if is_quick else ROUNDS)


def _measure(folder: Path, rounds: int) -> list[Figure]:
    ringing, done = folder / "ringing.db", folder / "done.db"
    asyncio.run(_write(ringing, _ring))
    shutil.copy(ringing, done)
    asyncio.run(_write(done, _hang_up))
    rows = _rows(done)
    rates: dict[str, list[float]] = {"ours": [], "one": [], "grouped": []}
    for turn in range(rounds):
        for name in rates:
            file = folder / f"{name}{turn}.db"
            shutil.copy(ringing, file)
            if name == "ours":
                seconds = asyncio.run(_write(file, _hang_up))
            else:
                seconds = _write_bare(file, rows, 1 if name == "one" else SUBMITTERS)
            rates[name].append(HANG_UPS / seconds)
    ours, one, grouped = (median(rates[name]) for name in ("ours", "one", "grouped"))
    return [
        Figure(name="hang-ups written, 50 at a time", value=ours, unit="per s"),
        Figure(name="bare sqlite3, a commit for each", value=one, unit="per s"),
        Figure(name="bare sqlite3, a commit for fifty", value=grouped, unit="per s"),
        Figure(
            name="hang-ups: share of bare sqlite3, a commit for each",
            value=ours / one,
            unit="×",
            note="aim ≥ 0.5",
        ),
        Figure(
            name="hang-ups: share of bare sqlite3, grouped alike",
            value=ours / grouped,
            unit="×",
            note="aim ≥ 0.5",
        ),
    ]


def _ring(writer: Writer, call: CallRecord) -> None:
    writer.put_call(
        replace(call, outcome=None, ended_at=None, answered_at=None, recordings=(), parties=())
    )


def _hang_up(writer: Writer, call: CallRecord) -> None:
    writer.put_call(call)
    writer.log_activity(
        Activity(
            subject=f"Inbound answered call from Ada on Google Ads answered by {call.agent}",
            status=ActivityStatus.COMPLETED,
            call_type=CallType.INBOUND_ANSWERED,
            about=call.matched,
            campaign="Google Ads",
            call=(call.pbx, call.linkedid),
        )
    )


class _Unit(Protocol):
    def __call__(self, writer: Writer, call: CallRecord) -> None: ...


async def _write(file: Path, unit: _Unit) -> float:
    calls = [_call(number) for number in range(HANG_UPS)]
    async with Store.open(f"sqlite:///{file}", migrate=True) as store:

        async def submit(mine: Sequence[CallRecord]) -> None:
            for call in mine:
                await store.write(partial(unit, call=call))

        started = time.perf_counter()
        await asyncio.gather(*(submit(calls[first::SUBMITTERS]) for first in range(SUBMITTERS)))
        return time.perf_counter() - started


_Rows = tuple[tuple[object, ...], tuple[object, ...], tuple[object, ...]]


def _rows(file: Path) -> list[_Rows]:
    """What a hang-up leaves: the call's values and its key, the activity, its history entry."""
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        calls = connection.execute("SELECT * FROM calls ORDER BY id").fetchall()
        activities = connection.execute("SELECT * FROM activities").fetchall()
        entries = connection.execute("SELECT * FROM history").fetchall()
    activity_of = {row["linkedid"]: row for row in activities}
    entry_of = {int(row["object_key"]): tuple(row)[1:] for row in entries}
    found = [(call, activity_of[call["linkedid"]]) for call in calls]
    return [
        (
            (*tuple(call)[1:], call["pbx"], call["linkedid"]),
            tuple(activity)[1:],
            entry_of[activity["id"]],
        )
        for call, activity in found
    ]


def _write_bare(file: Path, rows: Sequence[_Rows], together: int) -> float:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    update = _update(connection)
    insert_activity, insert_entry = (_insert(connection, table) for table in _INSERTED)
    started = time.perf_counter()
    for first in range(0, len(rows), together):
        connection.execute("BEGIN IMMEDIATE")
        for call, activity, entry in rows[first : first + together]:
            connection.execute(update, call)
            connection.execute(insert_activity, activity)
            connection.execute(insert_entry, entry)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


_INSERTED = ("activities", "history")


def _insert(connection: sqlite3.Connection, table: str) -> str:
    names = [f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info({table})")][1:]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _update(connection: sqlite3.Connection) -> str:
    names = [row[1] for row in connection.execute("PRAGMA table_info(calls)")][1:]
    settings = ", ".join(f'"{name}" = ?' for name in names)
    return f"UPDATE calls SET {settings} WHERE pbx = ? AND linkedid = ?"


def _call(number: int) -> CallRecord:
    started = _START + timedelta(seconds=number)
    answered, ended = started + timedelta(seconds=6), started + timedelta(seconds=96)
    caller = f"+6149{number:07d}"
    ada = Candidate(
        type=PersonType.CONTACT,
        id=number + 1,
        name="Ada Lovelace",
        account_name="Analytical Engines",
        owner_name="Tom",
        owner_extension="101",
        updated_at=started,
    )
    return CallRecord(
        pbx="sydney",
        linkedid=f"{started.timestamp():.0f}.{number}",
        direction=Direction.INBOUND,
        call_id=f"{number:06d}",
        outcome=Outcome.ANSWERED,
        caller_number=caller,
        caller_e164=caller,
        caller_name="Ada",
        dialled_number="0298765432",
        dialled_e164="+61298765432",
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        ring_seconds=6.0,
        wait_seconds=6.0,
        talk_seconds=90.0,
        answered_by="101",
        agent="Tom",
        parties=(
            Party(
                extension="101",
                channel=f"PJSIP/101-{number:08x}",
                rang_at=started,
                answered_at=answered,
                left_at=ended,
            ),
        ),
        recordings=(
            Recording(
                path=f"2026/11/22/{number:06d}.wav", url=None, started_at=answered, seconds=90.0
            ),
        ),
        hangup_cause=16,
        enrichment=Enrichment.ENRICHED,
        matched=Matched(type=ada.type, id=ada.id, name=ada.name),
        candidates=(ada,),
    )


if __name__ == "__main__":
    print(*run(), sep="\n")
