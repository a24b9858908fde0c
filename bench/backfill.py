"""How fast a day's journal becomes calls in the store, and in how much memory.

The day is made of one recorded plain call, 17 rows, told again and again with other times, IDs,
numbers and lengths, many calls overlapping. The bare loop reads the same CSV with Python's ``csv``
and puts the rows that the backfill wrote into a store of the same tables with Python's
``sqlite3``, as many to a commit: it tells no call, looks nobody up and checks no reference.
"""

from __future__ import annotations

import csv
import heapq
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure, say
from bench.programs import megabytes_of
from crm_store import migrate

CALLS = 100_000
FEWER_CALLS = 10_000
_RECORDED = Path(__file__).parents[1] / "tests/calls/journals/snippet_plain.csv"
_RECORDED_AT = datetime(2026, 11, 22, 21, 54, 25, 374576, UTC)
_DAY = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_APART = timedelta(seconds=0.8)
_CALLERS = 20_000
_CALLS_A_COMMIT = 200
"""The store's own limit of a group."""
_TABLES = ("calls", "leads", "phone_numbers", "activities")
_CONFIG = """\
[store]
url = "sqlite:///{store}"
[numbers]
country = "AU"
[[pbx]]
name = "lab"
trunks = ["PJSIP/trunk-*"]
"""


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return the rate, its share of the bare loop's, and two peaks of memory."""
    fewer, calls = (200, 2_000) if is_quick else (FEWER_CALLS, CALLS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = _backfill(folder, fewer)
        large = _backfill(folder, calls)
        say("backfill: the bare loop")
        bare_seconds = _copy_bare(folder, large)
    rate, bare_rate = calls / large.seconds, calls / bare_seconds
    return [
        Figure(name=f"backfill of {calls:,} plain calls", value=rate, unit="calls/s"),
        Figure(name="bare csv + sqlite3, the same rows", value=bare_rate, unit="calls/s"),
        Figure(name="backfill: share of the bare loop", value=rate / bare_rate, unit="×"),
        Figure(name=f"backfill: memory, {fewer:,} calls", value=small.megabytes, unit="MB peak"),
        Figure(name=f"backfill: memory, {calls:,} calls", value=large.megabytes, unit="MB peak"),
    ]


@dataclass(frozen=True, slots=True)
class _Backfilled:
    journal: Path
    store: Path
    seconds: float
    megabytes: float


def _backfill(folder: Path, calls: int) -> _Backfilled:
    """Run the command as an administrator does; its start is part of the time."""
    say(f"backfill: {calls:,} calls")
    journal, store = folder / f"{calls}.csv", folder / f"{calls}.db"
    config = folder / f"{calls}.toml"
    config.write_text(_CONFIG.format(store=store))
    with journal.open("wb") as file:
        file.writelines(rows_of_a_day(calls))
    started, peak = time.perf_counter(), 0.0
    command = (*(sys.executable, "-m", "pbx_bridge"), "--config", config, "backfill", journal)
    with subprocess.Popen(command, stderr=subprocess.PIPE) as program:
        while program.poll() is None:
            with suppress(ProcessLookupError, FileNotFoundError):  # one of them has just ended
                peak = max(peak, _megabytes_of_family(program.pid))
            time.sleep(0.05)
        _, words = program.communicate()
    seconds = time.perf_counter() - started
    with closing(sqlite3.connect(store)) as connection:
        (told,) = connection.execute("SELECT count(*) FROM calls").fetchone()
    if program.returncode or told != calls:
        raise RuntimeError(f"{told} of {calls} calls told: {words.decode()}")
    return _Backfilled(journal, store, seconds, peak)


def _megabytes_of_family(pid: int) -> float:
    """The peaks of a program and of the process that reads for it, added up."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return sum(megabytes_of(int(each), "VmHWM") for each in (pid, *children))


def rows_of_a_day(calls: int) -> Iterator[bytes]:
    """The journal of a day of plain calls, in the order in which Asterisk writes its rows."""
    recorded = [_Row.parse(line) for line in _RECORDED.read_bytes().splitlines(keepends=True)]
    waiting: list[tuple[datetime, int, bytes]] = []
    for number in range(calls):
        starts_at = _DAY + number * _APART
        while waiting and waiting[0][0] < starts_at:
            yield heapq.heappop(waiting)[2]
        for place, row in enumerate(recorded):
            at, line = row.told_again(number, starts_at)
            heapq.heappush(waiting, (at, number * len(recorded) + place, line))
    while waiting:
        yield heapq.heappop(waiting)[2]


@dataclass(frozen=True, slots=True)
class _Row:
    """One recorded row and how long after the call's beginning it was written."""

    line: bytes
    at: str
    after: timedelta

    @classmethod
    def parse(cls, line: bytes) -> _Row:
        at = line.decode().split('","')[2]
        return cls(line, at, datetime.fromisoformat(at) - _RECORDED_AT)

    def told_again(self, number: int, starts_at: datetime) -> tuple[datetime, bytes]:
        """The row in another call, which talks up to two minutes longer."""
        talk = timedelta(seconds=number % 120) if self.after.total_seconds() > 0.5 else timedelta()
        at = starts_at + self.after + talk
        serial = f"{starts_at.timestamp():.0f}".encode()
        line = (
            self.line.replace(self.at.encode(), at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000").encode())
            .replace(b"1795384465.145", b"%s.%d" % (serial, 2 * number))
            .replace(b"1795384465.146", b"%s.%d" % (serial, 2 * number + 1))
            .replace(b"-0000007b", b"-%08x" % (2 * number))
            .replace(b"-0000007c", b"-%08x" % (2 * number + 1))
            .replace(b"+61412345678", b"+614%08d" % (number * 7919 % _CALLERS))
            .replace(b"d255d7ce-349c", b"%08x-349c" % number)
        )
        return at, line


def _copy_bare(folder: Path, done: _Backfilled) -> float:
    """Read the journal and write the finished rows; return the seconds that both took."""
    with closing(sqlite3.connect(done.store)) as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}
    file = folder / "bare.db"
    migrate(f"sqlite:///{file}")
    started = time.perf_counter()
    with done.journal.open(newline="", encoding="utf-8") as journal:
        for _row in csv.reader(journal):
            pass
    _insert(file, rows)
    return time.perf_counter() - started


def _insert(file: Path, rows: dict[str, list[Sequence[object]]]) -> None:
    commits = max(1, len(rows["calls"]) // _CALLS_A_COMMIT)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        for turn in range(commits):
            connection.execute("BEGIN IMMEDIATE")
            for table, all_rows in rows.items():
                first, last = (len(all_rows) * each // commits for each in (turn, turn + 1))
                if some := all_rows[first:last]:
                    marks = ", ".join("?" * len(some[0]))
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
            connection.execute("COMMIT")


if __name__ == "__main__":
    print(*run(), sep="\n")
