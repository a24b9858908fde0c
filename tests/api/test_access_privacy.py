"""Giving out and erasing over the wire, for administrators alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_people import People

from crm_store.numbers import phone_number
from crm_store.records import CallRecord, Direction, Lead, Recording
from crm_store.store import Store
from pbx_bridge.recording_files import RecordingFolders
from pbx_bridge.web.services import Services

STARTED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ADA = "+61491570006"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "monitor"
    made.mkdir()
    (made / "1.wav").write_bytes(b"Ada")
    return made


@pytest.fixture
def services(folder: Path) -> Services:
    return Services(country="AU", recordings=RecordingFolders({"sydney": folder}))


@pytest.fixture(autouse=True)
async def ada(served_store: Store) -> None:
    sound = Recording(path="1.wav", url=None, started_at=STARTED, seconds=1.0)
    call = CallRecord(
        pbx="sydney",
        linkedid="1.1",
        direction=Direction.INBOUND,
        caller_number="0491570006",
        caller_e164=ADA,
        dialled_number="0298765432",
        started_at=STARTED,
        ended_at=STARTED,
        recordings=(sound,),
    )

    def make(w: Any) -> None:
        w.put_call(call)
        w.add(Lead(name="Ada Lovelace", phone_numbers=(phone_number("0491 570 006", "AU"),)))

    await served_store.write(make)


async def test_all_there_is_about_a_number_is_given_out(people: People) -> None:
    """From its national form, in the country of the bridge."""
    answer = await people.zoe("POST", "/privacy/reports", {"subject": "0491 570 006"})
    tables = answer.body["tables"]
    assert (answer.status, tables["people"][0]["name"]) == (200, "Ada Lovelace")
    assert [call["linkedid"] for call in tables["calls"]] == ["1.1"]


async def test_a_dry_run_tells_and_changes_nothing_and_then_it_is_done(
    people: People, served_store: Store, folder: Path
) -> None:
    """People, calls and recordings; the file is gone from the disk, the figures stay."""
    said = {"subject": ADA, "is_dry_run": True}
    dry = await people.zoe("POST", "/privacy/erasures", said)
    assert (folder / "1.wav").exists()
    done = await people.zoe("POST", "/privacy/erasures", {"subject": ADA})
    told = [(one.body["people"], one.body["calls"], one.body["recordings"]) for one in (dry, done)]
    assert told == [(["lead:1"], 1, 1)] * 2
    assert not (folder / "1.wav").exists()
    (call,) = await served_store.read(lambda r: list(r.find_calls()))
    assert (call.caller_number, call.started_at, call.recordings) == ("", STARTED, ())
    again = await people.zoe("POST", "/privacy/reports", {"subject": ADA})
    assert again.body["tables"] == {"people": [], "calls": []}


@pytest.mark.parametrize("path", ["/privacy/reports", "/privacy/erasures"])
async def test_it_is_for_administrators_and_refuses_what_is_no_number(
    people: People, path: str
) -> None:
    """403 for a manager, 401 for a stranger; what is wrong is told by field."""
    said = {"subject": ADA}
    refused = [await one("POST", path, said) for one in (people.mia, people.ann, people.nobody)]
    assert [one.status for one in refused] == [403, 403, 401]
    for subject in ("101", "", "\0", 12, None, "x" * 321):
        answer = await people.zoe("POST", path, {"subject": subject})
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "subject")
