"""A stranger's way through the CRM, from his first call on: what agents do goes over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
async def desk(quiet_office: Office) -> AsyncIterator[tuple[Office, Api]]:
    """The office with its bridge running, and Alice with a token on the line to it."""
    async with quiet_office.bridged() as config:
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
