"""docs/store.md tells the truth: its example runs, and every column of the view is in it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from store_samples import RANG_AT, ended

from crm_store import errors, tables
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    ActivityStatus,
    Campaign,
    Lead,
    Outcome,
    PersonType,
    Ref,
    TrackingNumber,
)
from crm_store.store import Store

PAGE = Path(__file__).parents[2] / "docs" / "store.md"


def section(title: str) -> str:
    return PAGE.read_text().split(f"## {title}\n")[1].split("\n## ")[0]


def documented(title: str) -> list[str]:
    """The names in the first column of a section's tables."""
    cells = re.findall(r"^\| (`[^|]*) \|", section(title), re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def row_of(reader: Reader) -> dict[str, Any]:
    row = reader._connection.execute(sa.text("SELECT * FROM call_report")).mappings().one()
    return dict(row)


async def test_every_column_of_the_view_is_documented_in_its_order(store: Store) -> None:
    """A column that is added, renamed or moved and not written down fails here."""
    await store.write(lambda w: w.put_call(ended()))
    assert list(await store.read(row_of)) == documented("The view `call_report`")


def test_every_table_and_every_error_is_documented() -> None:
    """Nobody has to read the code to know what there is."""
    assert sorted(documented("The tables")) == sorted(tables.metadata.tables)
    raised = {
        name
        for name, error in vars(errors).items()
        if isinstance(error, type) and issubclass(error, errors.StoreError)
    }
    assert {*documented("From a script"), "StoreError"} == raised


async def test_the_view_tells_a_call_flat_and_alike_on_both_engines(store: Store) -> None:
    """Numbers, words and counts as a BI tool wants them; nothing nested."""

    def load(w: Any) -> None:
        w.put_campaign(Campaign(name="Trams"))
        w.put_tracking_number(
            TrackingNumber(
                e164="+61298765432", raw="x", label="New", campaign="Trams", medium="tram"
            )
        )
        lead = w.create(Lead(name="Ada"))
        w.put_call(ended(record=lead, matched=None))
        w.log_activity(
            Activity(subject="Inbound", status=ActivityStatus.IN_PROGRESS, call=("sydney", "1.1"))
        )

    await store.write(load)
    row = await store.read(row_of)
    for name in ("started_at", "answered_at", "ended_at"):
        if isinstance(row[name], str):
            row[name] = datetime.fromisoformat(row[name])
    call = ended()
    expected = {name: getattr(call, name) for name in row if hasattr(call, name)} | {
        "tracking_number": "+61298765432",
        "label": "Poster",
        "campaign": "Trams",
        "source": "offline",
        "medium": "tram",
        "matched_type": None,
        "matched_id": None,
        "matched_name": None,
        "record_type": "lead",
        "record_id": 1,
        "activity_subject": "Inbound",
        "activity_status": "in_progress",
        "lead_status": "new",
        "lead_state": "new",
        "party_count": 1,
        "transfer_count": 1,
        "recording_count": 1,
        "recording_path": "7K4Q2M.wav",
    }
    assert row == expected


@pytest.fixture
def example() -> str:
    found = re.search(r"```python\n(import asyncio.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, "the example is gone"
    return found[1]


async def test_the_example_of_the_page_runs_and_is_about_ten_lines(
    example: str, tmp_path: Path
) -> None:
    """Pasted into a file beside a store, it prints the missed calls and no others."""
    async with Store.open(f"sqlite:///{tmp_path}/pbx-bridge.db", migrate=True) as store:
        await store.write(lambda w: w.put_call(ended("1.1", call_id="AAAAAA")))
        await store.write(
            lambda w: w.put_call(ended("2.1", call_id="BBBBBB", outcome=Outcome.MISSED))
        )
    script = tmp_path / "script.py"
    script.write_text(example)
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, script], cwd=tmp_path, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == (f"BBBBBB {RANG_AT} +61491570006 no_answer\n", "")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10


def test_records_and_numbers_load_no_database() -> None:
    """Pure code imports them: neither SQLAlchemy nor a driver comes along."""
    look = (
        "import sys, crm_store, crm_store.records, crm_store.filters, crm_store.call_ids;"
        "print({'sqlalchemy', 'sqlite3', 'asyncpg', 'phonenumbers'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_a_reference_tells_a_person_from_an_activity() -> None:
    """The same number in two tables is two records."""
    assert Ref(type=PersonType.LEAD, id=1) != Ref(type="activity", id=1)
