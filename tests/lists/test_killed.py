"""A list of 200,000 rows through the real command, killed in the middle, again and again."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crm_store.lists.imports import list_imports
from crm_store.records import ImportStatus
from crm_store.store import Store
from crm_store.tables import history, leads, match_keys, phone_numbers

ROWS = 200_000
DUPLICATES = 2_000


def write_list(path: Path) -> None:
    """People with a number each; the last rows are the first ones again, and one is wrong."""
    numbers = random.Random(7).sample(range(10_000_000), ROWS - DUPLICATES)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["Name", "Company", "Mobile", "Notes"])
        for place in range(ROWS):
            number = numbers[place % len(numbers)]
            told = f"+4915{number:08d}" if place != 77_777 else "none"
            name = f"Person {number}"
            rows.writerow([name, f"{number} Works GmbH", told, "line one\nline two"])


@pytest.mark.timeout(900)
async def test_a_killed_import_goes_on_where_it_was_and_doubles_nobody(
    tmp_path: Path, store_url: str
) -> None:
    """kill -9 twice at moments of chance, then --resume to the end: every row exactly once."""
    path = tmp_path / "people.csv"
    write_list(path)
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\nurl = "{store_url}"\n')
    command = [sys.executable, "-m", "pbx_bridge", "--config", str(config)]
    command += ["import", str(path), "--as", "leads"]
    async with Store.open(store_url, migrate=True) as store:
        await _killed(store, command, after_rows=10_000)
        await _killed(store, [*command, "--resume"], after_rows=60_000)
        (job,) = await store.read(list_imports)
        assert job.status is ImportStatus.RUNNING
        assert 60_000 <= job.rows < ROWS
        refused = await _run(command)
        assert (refused[0], b"--resume goes on with it" in refused[1]) == (2, True)
        status, said = await _run([*command, "--resume"])
        assert status == 0, said
        (job,) = await store.read(list_imports)
        found = (job.status, job.rows, job.created, job.skipped, job.failed)
        wrong = 1
        created = ROWS - DUPLICATES - wrong
        assert found == (ImportStatus.DONE, ROWS, created, DUPLICATES, wrong)

        def count(reader: Any) -> list[Any]:
            tables = (leads, phone_numbers, match_keys, history)
            told = [
                reader.connection.execute(sa.select(sa.func.count()).select_from(t)).scalar()
                for t in tables[:3]
            ]
            names = sa.select(sa.func.count(leads.c.name.distinct()))
            return [*told, reader.connection.execute(names).scalar()]

        assert await store.read(count) == [created] * 4


async def _killed(store: Store, command: list[str], *, after_rows: int) -> None:
    """Run the command and kill it, its reader and all, once so many rows are in."""
    process = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.returncode is None:
        jobs = await store.read(list_imports)
        if jobs and jobs[0].rows >= after_rows:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(random.random() / 2)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await _gone(process.pid)


async def _gone(group: int) -> None:
    """The process that read the file ends by itself when its reader is gone."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, 0)
            await asyncio.sleep(0.1)
            continue
        return
    raise AssertionError("the process that reads the file is still there")


async def _run(command: list[str]) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    return process.returncode or 0, said
