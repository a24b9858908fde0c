"""Calls and search over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from api_people import Api, People

from crm_store.records import CallRecord, Direction, Lead, Matched, PersonType, PhoneNumber
from crm_store.store import Store

ADA = "+61491570006"


@pytest.fixture
async def call(served_store: Store, people: People) -> CallRecord:
    """One call from a lead of the north."""

    def make(writer: Any) -> CallRecord:
        number = PhoneNumber(raw="0491 570 006", e164=ADA)
        lead = writer.add(
            Lead(name="Ada Lovelace", owner_group="North", phone_numbers=(number,)),
            is_checked=False,
        )
        record = CallRecord(
            pbx="sydney",
            linkedid="1.1",
            direction=Direction.INBOUND,
            caller_number="0491570006",
            caller_e164=ADA,
            dialled_number="0298765432",
            started_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
            call_id="7K4Q2M",
            matched=Matched(type=PersonType.LEAD, id=lead, name="Ada Lovelace"),
        )
        writer.put_call(record)
        return record

    return await served_store.write(make)


async def test_a_call_is_listed_read_and_written_on(zoe: Api, call: CallRecord) -> None:
    """By its call ID, however it is typed; tags and comment with If-Match, nothing else."""
    listed = await zoe("GET", "/calls?number=0491570006&limit=5")
    assert [one["call_id"] for one in listed.body["items"]] == ["7K4Q2M"]
    read = await zoe("GET", "/calls/7k4-qzm")
    assert (read.status, read.body["started_at"]) == (200, "2026-11-22T09:00:00.000000Z")
    tag = {"If-Match": read.headers["ETag"]}
    change = {"tags": ["hot"], "comment": "Rings back."}
    assert (await zoe("PATCH", "/calls/7K4Q2M", change)).status == 428
    changed = await zoe("PATCH", "/calls/7K4Q2M", change, headers=tag)
    assert changed.body == read.body | change
    late = await zoe("PATCH", "/calls/7K4Q2M", {"tags": []}, headers=tag)
    assert (late.status, late.headers["ETag"]) == (412, changed.headers["ETag"])
    again = {"If-Match": changed.headers["ETag"]}
    for bad in ({"tags": ["a", "a"]}, {"outcome": "missed"}, {"tags": [""]}):
        assert (await zoe("PATCH", "/calls/7K4Q2M", bad, headers=again)).status == 422
    assert (await zoe("GET", "/calls/HHHHHH")).status == 404


async def test_what_people_wrote_stays_when_the_call_is_told_again(
    zoe: Api, call: CallRecord, served_store: Store
) -> None:
    """The bridge knows nothing of tags and comments, and takes none away."""
    await zoe("PATCH", "/calls/7K4Q2M", {"comment": "Hello"}, headers={"If-Match": "*"})
    await served_store.write(lambda w: w.put_call(call))
    assert (await zoe("GET", "/calls/7K4Q2M")).body["comment"] == "Hello"


async def test_search_finds_people_and_calls_of_those_whom_one_sees(
    people: People, call: CallRecord
) -> None:
    """By name, number and call ID; another group's agent finds nothing."""
    for text in ("lovel", "+61 491 570", "7k4q"):
        found = (await people.ann("GET", f"/search?q={text.replace('+', '%2B')}")).body
        assert [one["call_id"] for one in found["calls"]] == ["7K4Q2M"], text
        expected = [] if text == "7k4q" else ["Ada Lovelace"]
        assert [one["name"] for one in found["people"]] == expected
        nothing = (await people.sue("GET", f"/search?q={text.replace('+', '%2B')}")).body
        assert nothing == {"people": [], "calls": []}
    assert (await people.sue("GET", "/calls/7K4Q2M")).status == 404
    assert (await people.ann("GET", "/search")).fields == {"q": "is required"}
    assert (await people.ann("GET", "/search?q=a&limit=51")).status == 422
