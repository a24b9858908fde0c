"""Lists, exports and duplicates over the API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import openpyxl
import pytest
from api_people import Api, People

from crm_store.lists import importing
from crm_store.lists.imports import running_imports
from crm_store.records import Lead
from crm_store.store import Store
from pbx_bridge.list_tasks import take_in_lists

LIST = b"Name,Company,Phone\r\nAda,Engines,0491 570 006\r\nBob,Engines,abc\r\n=cmd|x,C,\r\n"


@pytest.fixture
def mia(people: People) -> Api:
    """A manager."""
    return people.mia


@pytest.fixture
def ann(people: People) -> Api:
    """An agent."""
    return people.ann


async def upload(api: Api, body: bytes = LIST, **query: str) -> Any:
    headers = {"Content-Type": "text/csv"}
    params = {"record_type": "lead", "name": "fair.csv", "country": "AU"} | query
    return await api("POST", "/imports", data=body, headers=headers, params=params)


async def take_in(store: Store) -> None:
    for job in await store.read(running_imports):
        await importing.run_import(store, job.id or 0)


async def test_a_list_goes_from_upload_to_leads(mia: Api, served_store: Store) -> None:
    """Guessed, changed, tried, started, polled; what was wrong as a page and as a file."""
    draft = await upload(mia)
    assert draft.status == 201
    columns = {one["column"]: one["field"] for one in draft.body["columns"]}
    assert columns == {"Name": "name", "Company": "company", "Phone": "phone"}
    job = f"/imports/{draft.body['id']}"
    change = {"mapping": {"Company": "comment"}, "options": {"duplicates": "fill"}}
    changed = await mia("PATCH", job, change | {"version": draft.body["version"]})
    assert changed.body["columns"][1]["field"] == "comment"
    options = changed.body["options"]
    assert (options["duplicates"], options["country"]) == ("fill", "AU")
    late = await mia("PATCH", job, {"mapping": {"Company": "company"}, "version": 1})
    assert late.status == 409
    await mia("PATCH", job, {"mapping": {"Company": "company"}})
    assert (await mia("POST", f"{job}/start", {"is_dry_run": True})).body["status"] == "running"
    await take_in(served_store)
    tried = (await mia("GET", job)).body
    assert (tried["status"], tried["created"], tried["failed"]) == ("done", 2, 1)
    assert (await mia("GET", "/leads")).body["items"] == []
    await mia("POST", f"{job}/start", {})
    await take_in(served_store)
    done = (await mia("GET", job)).body
    assert (done["rows"], done["created"], done["failed"]) == (3, 2, 1)
    page = (await mia("GET", f"{job}/problems")).body
    assert [(one["line"], one["column"], one["message"]) for one in page["items"]] == [
        (3, "Phone", "'abc' is no phone number in AU")
    ]
    file = await mia("GET", f"{job}/problems.csv")
    assert b"3,Phone,abc,'abc' is no phone number in AU" in file.body
    names = sorted(lead["name"] for lead in (await mia("GET", "/leads")).body["items"])
    assert names == ["=cmd|x", "Ada"]
    listed = (await mia("GET", "/imports?limit=1")).body
    assert (listed["items"][0]["id"], listed["next"]) == (1, 1)


async def test_a_list_may_come_as_the_part_of_a_form(mia: Api) -> None:
    """As a browser sends it."""
    form = aiohttp.FormData()
    form.add_field("file", LIST, filename="fair.csv", content_type="text/csv")
    sent = await mia("POST", "/imports?record_type=lead&country=AU", data=form)
    assert (sent.status, sent.body["size"]) == (201, len(LIST))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "text/csv", 422),
        (b"Name,Phone\r\n", "text/csv", 422),
        (b"PK\x03\x04rubbish", "application/octet-stream", 422),
        (LIST, "image/png", 415),
        (b"--x\r\nrubbish", "multipart/form-data", 400),
    ],
)
async def test_what_is_no_list_is_refused(mia: Api, body: bytes, kind: str, status: int) -> None:
    """With a problem document, and nothing is kept."""
    headers = {"Content-Type": kind}
    sent = await mia("POST", "/imports?record_type=lead", data=body, headers=headers)
    assert sent.status == status
    assert (await mia("GET", "/imports")).body["items"] == []


async def test_agents_take_no_lists_in_and_merge_nobody(ann: Api, people: Any) -> None:
    """It takes a manager."""
    assert (await upload(ann)).status == 403
    assert (await ann("GET", "/exports/leads")).status == 403
    assert (await ann("GET", "/imports")).status == 403


async def test_uploaded_lists_are_taken_in_beside_the_calls(
    mia: Api, served_store: Store, tmp_path: Path
) -> None:
    """Started over the API, run by the bridge's task, and the file goes."""
    draft = await upload(mia)
    await mia("POST", f"/imports/{draft.body['id']}/start", {})
    file = Path(draft.body["file"])
    task = asyncio.create_task(take_in_lists(served_store, file.parent))
    try:
        async with asyncio.timeout(10):
            while await asyncio.to_thread(file.exists):  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
    assert (await mia("GET", f"/imports/{draft.body['id']}")).body["status"] == "done"
    assert len((await mia("GET", "/leads")).body["items"]) == 2


async def test_exports_are_downloaded_in_each_format(
    mia: Api, served_store: Store, tmp_path: Path
) -> None:
    """CSV and XLSX that no spreadsheet runs, JSON lines that are whole; an unknown list is told."""
    await served_store.write(lambda w: w.add(Lead(name="=1+1")))
    text = await mia("GET", "/exports/leads")
    assert text.body.decode("utf-8-sig").splitlines()[1].startswith("1,'=1+1,")
    lines = await mia("GET", "/exports/leads?format=jsonl")
    assert lines.body["name"] == "=1+1"
    path = tmp_path / "leads.xlsx"
    path.write_bytes((await mia("GET", "/exports/leads?format=xlsx")).body)
    cell = openpyxl.load_workbook(path).worksheets[0]["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    for what in ("contacts", "accounts", "person-accounts", "activities", "calls", "cases"):
        assert (await mia("GET", f"/exports/{what}")).status == 200
    assert (await mia("GET", "/exports/shoes")).status == 404


async def test_two_leads_are_found_reviewed_merged_and_parted(
    mia: Api, ann: Api, served_store: Store
) -> None:
    """The old id answers 410 and says which record it is part of; undo brings it back."""
    for name, email in (
        ("Ada Lovelace", "ada@x.example.com"),
        ("A. Lovelace", "ADA@x.example.com"),
    ):
        made = await mia("POST", "/leads", {"name": name, "email": email, "comment": name})
        assert made.status == 201
    found = (await mia("GET", "/leads/1/duplicates")).body["items"]
    assert [(one["id"], one["reasons"]) for one in found] == [
        (2, ["same e-mail ada@x.example.com"])
    ]
    pairs = (await mia("GET", "/duplicates/leads")).body["items"]
    assert [(one["first_id"], one["second_id"]) for one in pairs] == [(1, 2)]
    review = (await mia("GET", "/leads/1/side-by-side?other=2")).body
    names = next(one for one in review["fields"] if one["field"] == "name")
    assert names == {
        "field": "name",
        "first": "Ada Lovelace",
        "second": "A. Lovelace",
        "merged": "Ada Lovelace",
    }
    assert (await ann("POST", "/leads/1/merge", {"loser": 2})).status == 403
    wrong = await mia("POST", "/leads/1/merge", {"loser": 2, "choices": {"name": "both"}})
    assert (wrong.status, wrong.fields) == (422, {"choices.name": "has one value: mine or theirs"})
    assert (await mia("POST", "/leads/1/merge", {"loser": 1})).status == 409
    merged = await mia("POST", "/leads/1/merge", {"loser": 2, "choices": {"comment": "both"}})
    assert (merged.status, merged.body["loser_name"]) == (200, "A. Lovelace")
    assert (await mia("GET", "/leads/1")).body["comment"] == "Ada Lovelace\nA. Lovelace"
    gone = await mia("GET", "/leads/2")
    assert (gone.status, "lead 2 was merged into lead 1" in gone.body["detail"]) == (410, True)
    assert [one["id"] for one in (await mia("GET", "/merges")).body["items"]] == [1]
    parted = await mia("POST", "/merges/1/undo")
    assert (parted.status, parted.body["left"]) == (200, [])
    assert (await mia("GET", "/leads/2")).body["name"] == "A. Lovelace"
    assert (await mia("POST", "/merges/1/undo")).status == 409


async def test_a_pair_that_is_two_is_shown_no_more(mia: Api, served_store: Store) -> None:
    """Until somebody says otherwise."""
    for name in ("Ada", "Ava"):
        await mia("POST", "/leads", {"name": name, "email": "x@y.example.com"})
    marked = await mia("PUT", "/leads/1/not-duplicates/2")
    assert (marked.status, marked.body) == (200, {"is_new": True})
    assert (await mia("PUT", "/leads/2/not-duplicates/1")).body == {"is_new": False}
    assert (await mia("GET", "/leads/1/duplicates")).body["items"] == []
    assert (await mia("GET", "/duplicates/leads")).body["items"] == []
    assert (await mia("DELETE", "/leads/1/not-duplicates/2")).status == 204
    assert len((await mia("GET", "/duplicates/leads")).body["items"]) == 1
    assert (await mia("PUT", "/leads/1/not-duplicates/9")).status == 404
