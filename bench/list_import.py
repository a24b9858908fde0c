"""Rows of a CSV list taken in per second, as a share of a bare executemany of the same rows.

Ours reads the file, maps and checks every cell, looks for duplicates by number, e-mail and name,
and writes person, number, match keys, search words and history, resumable after each chunk. The
bare side is handed the finished rows of person, number and history and writes them into tables
without an index or a constraint, as durably (WAL, synchronous=FULL) and as many to a commit.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figure import Figure, say
from bench.programs import megabytes_of
from crm_store import Store
from crm_store.lists import imports
from crm_store.lists.importing import ALONE, inspect_file, run_import
from crm_store.records import ImportOptions, PersonType

ROWS = 300_000
DUPLICATES = 0.05
_FIRST = ("Ada", "Bob", "Carla", "Dan", "Eva", "Finn", "Grace", "Hugo", "Iris", "Jack", "Kim")
_LAST = ("Lovelace", "Smith", "Jones", "Nguyen", "Brown", "Wilson", "Taylor", "Okafor", "Rossi")
_TABLES = ("leads", "phone_numbers", "history")


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return the rate, the ratio, and the memory at a tenth and at the whole."""
    rows = 20_000 if is_quick else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say(f"taking in a list of {rows:,} rows")
        tenth = _in_a_process(folder / "tenth", rows // 10)
        whole = _in_a_process(folder / "whole", rows)
        bare = _write_bare(folder / "whole" / "store.db", folder / "bare.db")
    rate = whole["rows"] / whole["seconds"]
    return [
        Figure(name="list import, rows taken in", value=rate, unit="per s", note="aim ≥ 10,000"),
        Figure(
            name="list import: share of a bare executemany",
            value=bare / (whole["seconds"] * whole["created"] / whole["rows"]),
            unit="×",
            note=f"{whole['created']:,} created, {whole['skipped']:,} left out as duplicates",
        ),
        *(
            Figure(
                name=f"list import: processor time of {what} a row",
                value=1e6 * whole[what] / whole["rows"],
                unit="µs",
            )
            for what in ("writing", "reading")
        ),
        Figure(name="list import: peak memory, a tenth of the rows", value=tenth["mb"], unit="MB"),
        Figure(name="list import: peak memory, all rows", value=whole["mb"], unit="MB"),
    ]


def _in_a_process(folder: Path, rows: int) -> dict[str, float]:
    folder.mkdir()
    write_list(folder / "list.csv", rows)
    command = [sys.executable, "-m", "bench.list_import", str(folder)]
    done = subprocess.run(command, capture_output=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


async def _take_in(folder: Path) -> dict[str, float]:
    path = folder / "list.csv"
    async with Store.open(f"sqlite:///{folder}/store.db", migrate=True) as store:
        draft = inspect_file(path, path.name, PersonType.LEAD, ImportOptions(country="AU"))
        await store.write(lambda w: imports.add_import(w, draft))
        await store.write(lambda w: imports.start_import(w, 1))
        started, began = time.perf_counter(), _processor_seconds(resource.RUSAGE_SELF)
        done = await run_import(store, 1, pace=ALONE)
        seconds = time.perf_counter() - started
    return {
        "rows": done.rows,
        "created": done.created,
        "skipped": done.skipped,
        "seconds": seconds,
        "writing": _processor_seconds(resource.RUSAGE_SELF) - began,
        "reading": _processor_seconds(resource.RUSAGE_CHILDREN),
        "mb": megabytes_of(os.getpid(), "VmHWM"),
    }


def _processor_seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _write_bare(made: Path, file: Path) -> float:
    """How long the same rows take in bare tables."""
    with sqlite3.connect(made) as connection:
        tables = {t: connection.execute(f"SELECT * FROM {t}").fetchall() for t in _TABLES}
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    for table, rows in tables.items():
        names = ", ".join(f"c{place}" for place in range(len(rows[0])))
        connection.execute(f"CREATE TABLE {table} ({names})")
    started = time.perf_counter()
    for first in range(0, len(tables["leads"]), ALONE.rows_per_chunk):
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in tables.items():
            marks = ", ".join("?" * len(rows[0]))
            some = rows[first : first + ALONE.rows_per_chunk]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


def write_list(path: Path, rows: int) -> None:
    """A list as a sales team would have it, some of whose rows are there twice."""
    chance = random.Random(7)
    numbers = chance.sample(range(10_000_000), int(rows * (1 - DUPLICATES)))
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Full Name", "Company", "E-Mail", "Mobile", "Suburb", "Postcode", "Notes"])
        for row in range(rows):
            place = row if row < len(numbers) else chance.randrange(len(numbers))
            number = numbers[place]
            name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
            out.writerow(
                [
                    name,
                    f"{chance.choice(_LAST)} {number % 50_000} Pty Ltd",
                    f"p{number}@mail{number % 97}.example.com",
                    f"+6149{number:07d}",
                    "Sydney",
                    f"{2000 + number % 900}",
                    "met at the fair",
                ]
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asyncio.run(_take_in(Path(sys.argv[1])))))
    else:
        print(*run(), sep="\n")
