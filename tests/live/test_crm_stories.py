"""A stranger's way through the CRM, from his first call on: what agents do goes over the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from bridge import Office, on_both_engines
from company import ANNOUNCED, STRANGER, UNRECORDED, e164

from crm_store.access import credentials
from crm_store.records import ActivityStatus, Role
from pbx_bridge.lab import Phone, SippPhone
from tests.api.api_people import Api, Reply


@pytest_asyncio.fixture
async def desk(quiet_office: Office, tmp_path: Path) -> AsyncIterator[tuple[Office, Api]]:
    """The office with its bridge running, and Alice with a token on the line to it."""
    async with quiet_office.bridged(lists={"folder": str(tmp_path)}) as config:
        await quiet_office.store.write(lambda w: w.change("user", "Alice", {"role": Role.MANAGER}))
        token = await quiet_office.store.write(
            lambda w: credentials.make_token(w, "Alice", name="stories", scopes=("read", "write"))
        )
        async with aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{config.web.port}/api/v1"
            yield quiet_office, Api(url, token.secret, http)


async def done(asking: Any) -> Any:
    """The body of an answer that says that it was done."""
    reply: Reply = await asking
    assert reply.status in (200, 201), reply.body
    return reply.body


@on_both_engines
async def test_a_stranger_becomes_a_contact_and_his_calls_stay_with_him(
    desk: tuple[Office, Api], alice: Phone
) -> None:
    """Story (a): stranger, lead, qualified, converted; calls again; completed, in the history."""
    office, api = desk
    alice.answers_after_seconds = 0.2
    await office.trunk.call(STRANGER, ANNOUNCED.raw, hang_up_after_seconds=1.5)
    first = await office.wait_for_call(number=STRANGER)

    assert first.recordings
    (found,) = (await done(api("GET", f"/search?q={STRANGER}")))["people"]
    lead = await done(api("GET", f"/leads/{found['id']}"))
    assert (lead["state"], lead["status"], lead["call_id"]) == ("new", "new", first.call_id)
    assert (lead["origin"], lead["campaign"]) == ("call", ANNOUNCED.campaign)
    lead = await done(
        api(
            "POST",
            f"/leads/{lead['id']}/qualify",
            {"name": "Ada Byron", "company": "Engines", "version": lead["version"]},
        )
    )
    assert (lead["state"], lead["status"]) == ("in_progress", "qualified")
    made = await done(
        api(
            "POST",
            f"/leads/{lead['id']}/convert",
            {"opportunity": {"name": "Two engines"}, "version": lead["version"]},
        )
    )
    assert made["lead"]["state"] == "won"
    assert made["contact"]["account_id"] == made["account"]["id"]
    assert made["opportunity"]["contact_id"] == made["contact"]["id"]

    await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
    _, second = await office.wait_for_calls(2, number=STRANGER)

    assert second.matched is not None
    assert (second.matched.type, second.matched.name) == ("contact", "Ada Byron")
    moved = (await office.calls(call_id=first.call_id))[0]
    assert (moved.matched, bool(moved.recordings)) == (second.matched, True)
    contact = f"/contacts/{made['contact']['id']}"
    assert len(await office.leads()) == 1

    listed = (await done(api("GET", f"{contact}/activities")))["items"]
    activity = next(one for one in listed if one["call_id"] == second.call_id)
    assert activity["about"]["name"] == "Ada Byron"
    if activity["status"] != "completed":
        activity = await done(
            api(
                "POST",
                f"/activities/{activity['id']}/complete",
                {"version": activity["version"], "comment": "Wants two"},
            )
        )
    assert activity["status"] == "completed"
    history = (await done(api("GET", f"/leads/{lead['id']}/history")))["items"]
    assert history[0]["action"] == "created"
    assert [(e["action"], e["actor"], e["via"]) for e in history[-2:]] == [
        ("qualified", "Alice", "api"),
        ("converted", "Alice", "api"),
    ]


async def test_a_missed_call_is_called_back_and_completed(desk: tuple[Office, Api]) -> None:
    """A known caller is missed: an open activity with the reason; completed, it is history."""
    office, api = desk
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.1):
        await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        await office.wait_for_call(number=STRANGER)
    async with SippPhone(office.pbx, "1001", reply=486):
        await office.trunk.call(STRANGER, UNRECORDED.raw)
        await office.wait_for_calls(2, number=STRANGER)

    (lead,) = await office.leads()
    open_ones = await done(api("GET", f"/leads/{lead.id}/activities?open=true"))
    (missed,) = open_ones["items"]
    assert (missed["call_type"], missed["missed_reason"]) == ("missed", "busy")
    await done(api("POST", f"/activities/{missed['id']}/complete", {"version": missed["version"]}))
    assert (await done(api("GET", f"/leads/{lead.id}/activities?open=true")))["items"] == []
    assert {one.status for one in await office.activities()} == {ActivityStatus.COMPLETED}
    assert e164(STRANGER) in {number.e164 for number in lead.phone_numbers}


FAIR = f"""Name;Company;Mobile;E-mail
Ada Byron;Engines;{STRANGER};ada@engines.example.com
Byron, Ada;Engines Pty Ltd;0491 570 157;ada@engines.example.com
Grace Hopper;Compilers;0491 570 158;grace@compilers.example.com
"""
"""Somebody who has called before, the same woman under another number, and a stranger."""


async def take_in(api: Api, **options: str) -> Any:
    """Upload the list of a fair, start it, and return the import once it is done."""
    sent = {"params": {"record_type": "lead", "name": "fair.csv", "country": "AU"}}
    job = await done(
        api("POST", "/imports", data=FAIR.encode(), headers={"Content-Type": "text/csv"}, **sent)
    )
    if options:
        await done(api("PATCH", f"/imports/{job['id']}", {"options": options}))
    await done(api("POST", f"/imports/{job['id']}/start", {}))
    async with asyncio.timeout(20):
        while True:
            job = await done(api("GET", f"/imports/{job['id']}"))
            if job["status"] != "running":
                return job
            await asyncio.sleep(0.1)


@on_both_engines
async def test_a_list_meets_a_caller_is_merged_and_parted_again(desk: tuple[Office, Api]) -> None:
    """Story (g): a list with duplicates of a caller is taken in; merged, he is one; undone, two."""
    office, api = desk
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.1):
        await office.trunk.call(STRANGER, ANNOUNCED.raw, hang_up_after_seconds=0.3)
        call = await office.wait_for_call(number=STRANGER)
    (caller,) = await office.leads()

    job = await take_in(api)
    assert (job["status"], job["rows"], job["created"], job["skipped"]) == ("done", 3, 2, 1)
    job = await take_in(api, duplicates="create")
    assert (job["status"], job["rows"], job["created"]) == ("done", 3, 3)
    leads = (await done(api("GET", "/leads?sort=id")))["items"]
    assert len(leads) == 6
    same = next(one for one in leads if one["name"] == "Ada Byron")
    found = (await done(api("GET", f"/leads/{caller.id}/duplicates")))["items"]
    assert same["id"] in {one["id"] for one in found}

    before = await done(api("GET", f"/leads/{same['id']}"))
    merge = await done(
        api("POST", f"/leads/{same['id']}/merge", {"loser": caller.id, "choices": {}})
    )
    told = (await office.calls(call_id=call.call_id))[0]
    assert told.record is not None
    assert told.record.id == same["id"]
    assert (await api("GET", f"/leads/{caller.id}")).status == 410

    parted = await done(api("POST", f"/merges/{merge['id']}/undo"))
    assert parted["left"] == []
    told = (await office.calls(call_id=call.call_id))[0]
    assert told.record is not None
    assert told.record.id == caller.id
    after = await done(api("GET", f"/leads/{same['id']}"))
    kept = {name for name in before if name not in ("version", "updated_at")}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
