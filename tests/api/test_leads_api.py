"""The lead desk over the wire: life, assignment, conversion; activities, cases, opportunities."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_people import Api, People


async def made(api: Api, kind: str = "leads", **fields: Any) -> dict[str, Any]:
    reply = await api("POST", f"/{kind}", {"name": "Ada Byron", **fields})
    assert reply.status == 201, reply.body
    return dict(reply.body)


async def test_a_lead_is_started_lost_and_reopened(people: People) -> None:
    """Each action answers the lead with its new version; the history says who did it."""
    path = f"/leads/{(await made(people.ann))['id']}"
    started = await people.ann("POST", f"{path}/start", {"estimate": {"value": 1, "unit": "weeks"}})
    assert (started.status, started.headers["ETag"]) == (200, '"2"')
    assert (started.body["state"], started.body["status"]) == ("in_progress", "contacted")
    lost = await people.ann("POST", f"{path}/lose", {"reason": "price", "version": 2})
    assert (lost.body["state"], lost.body["lost_reason"]) == ("lost", "price")
    reopened = await people.mia("POST", f"{path}/reopen")
    assert (reopened.body["state"], reopened.body["status"]) == ("in_progress", "contacted")
    won = await people.ann("POST", f"{path}/win", headers={"If-Match": '"4"'})
    assert (won.status, won.body["state"]) == (200, "won")
    history = (await people.ann("GET", f"{path}/history")).body["items"]
    assert [(one["action"], one["actor"]) for one in history] == [
        ("created", "ann"),
        ("started", "ann"),
        ("lost", "ann"),
        ("reopened", "mia"),
        ("won", "ann"),
    ]


async def test_what_a_lead_does_not_allow_is_a_conflict(people: People) -> None:
    """Won twice, at an old version, with an unknown reason or key, or nobody's: each its status."""
    path = f"/leads/{(await made(people.ann))['id']}"
    assert (await people.ann("POST", f"{path}/win", {"version": 1})).status == 200
    twice = await people.ann("POST", f"{path}/win")
    assert (twice.status, twice.body["type"].rpartition("/")[2]) == (409, "not-possible")
    late = await people.ann("POST", f"{path}/reopen", {"version": 1})
    assert (late.status, late.headers["ETag"]) == (409, '"2"')
    stale = await people.ann("POST", f"{path}/reopen", headers={"If-Match": '"1"'})
    assert (stale.status, stale.headers["ETag"]) == (412, '"2"')
    assert (await people.ann("POST", f"{path}/reopen", {"reason": "x"})).fields == {
        "reason": "is not known"
    }
    await people.ann("POST", f"{path}/reopen")
    assert set((await people.ann("POST", f"{path}/lose", {"reason": "mood"})).fields) == {"reason"}
    assert (await people.ann("POST", f"{path}/lose")).fields == {"reason": "is required"}
    assert (await people.ann("POST", "/leads/99/win")).status == 404
    assert (await people.sue("POST", f"{path}/win")).status == 404
    assert (await people.guest("POST", f"{path}/win")).status == 403


@pytest.mark.parametrize("status", ["won", "contacted"])
async def test_a_status_of_another_state_is_refused_with_the_action(
    people: People, status: str
) -> None:
    """The problem names the field and what does it."""
    lead = await made(people.ann)
    path = f"/leads/{lead['id']}"
    reply = await people.ann("PATCH", path, {"status": status, "version": 1})
    assert reply.status == 422
    assert reply.fields["status"].endswith(
        f"the action is: {'win' if status == 'won' else 'start'}"
    )


async def test_a_lead_says_how_late_it_is(zoe: Api) -> None:
    """Calculated at reading, in every answer: made, read, listed, done."""
    now = datetime.now(UTC)
    due = (now + timedelta(hours=2)).isoformat()
    lead = await made(zoe, expected_at=due)
    late = (now - timedelta(days=1)).isoformat()
    other = await made(zoe, started_at=(now - timedelta(days=2)).isoformat(), expected_at=late)

    assert 7100 < lead["time_to_completion_seconds"] < 7201
    assert (lead["is_overdue"], lead["overdue_seconds"]) == (False, 0)
    read = (await zoe("GET", f"/leads/{other['id']}")).body
    assert 86400 <= read["overdue_seconds"] < 86500
    assert (read["is_overdue"], read["time_to_completion_seconds"]) == (True, 0)
    assert read["estimate"] == {"value": 1, "unit": "days"}
    listed = (await zoe("GET", "/leads?sort=id")).body["items"]
    assert [one["is_overdue"] for one in listed] == [False, True]
    won = (await zoe("POST", f"/leads/{other['id']}/win")).body
    assert won["time_to_completion_seconds"] is None
    assert 2 * 86400 <= won["actual_completion_seconds"] < 2 * 86400 + 100


async def test_of_two_who_accept_one_is_told_who_has_it(people: People, zoe: Api) -> None:
    """Both are of the unit; only one gets the lead."""
    lead = await made(zoe, unit="North")
    path = f"/leads/{lead['id']}/accept"
    replies = await asyncio.gather(people.ann("POST", path), people.mia("POST", path))
    assert sorted(one.status for one in replies) == [200, 409]
    (got,) = (one.body["owner"] for one in replies if one.status == 200)
    (told,) = (one.body["detail"] for one in replies if one.status == 409)
    assert told == f"{got} has lead {lead['id']} already"


async def test_a_lead_is_assigned_and_taken_away(people: People) -> None:
    """Null takes away, what is left out stays; a user of another unit is refused by name."""
    path = f"/leads/{(await made(people.ann))['id']}/assign"
    both = await people.mia("POST", path, {"unit": "North", "owner": "ann"})
    assert (both.body["unit"], both.body["owner"]) == ("North", "ann")
    away = await people.mia("POST", path, {"owner": None})
    assert (away.body["unit"], away.body["owner"]) == ("North", None)
    wrong = await people.mia("POST", path, {"unit": "South", "owner": "ann"})
    assert wrong.fields == {"owner": "'ann' is not of 'South'"}
    assert (await people.mia("POST", path, {})).status == 422


async def test_a_lead_is_qualified_and_converted(people: People) -> None:
    """From a number to an account, a contact and an opportunity, in two requests."""
    lead = await made(
        people.ann, name="0491 570 006", phone_numbers=[{"raw": "+61 491 570 006"}], priority="high"
    )
    path = f"/leads/{lead['id']}"
    await people.ann("POST", f"{path}/notes", {"text": "Wants an engine"})
    missing = await people.ann("POST", f"{path}/qualify", {"name": "Ada", "company": " "})
    assert missing.fields == {"company": "is required"}
    who = {"name": "Ada Byron", "company": "Engines", "email": "ada@example.com"}
    qualified = await people.ann("POST", f"{path}/qualify", who)
    assert (qualified.body["status"], qualified.body["company"]) == ("qualified", "Engines")

    wanted = {"opportunity": {"name": "Two engines", "amount": "99.50", "currency": "AUD"}}
    done = await people.ann("POST", f"{path}/convert", wanted)
    assert done.status == 200, done.body
    contact, account = done.body["contact"], done.body["account"]
    assert (contact["name"], contact["email"]) == ("Ada Byron", "ada@example.com")
    assert contact["phone_numbers"][0]["e164"] == "+61491570006"
    assert (account["name"], contact["account_id"]) == ("Engines", account["id"])
    assert done.body["opportunity"]["amount"] == "99.50"
    assert done.body["moved"] == {"calls": 0, "activities": 0, "notes": 1}
    assert (done.body["lead"]["status"], done.body["lead"]["is_overdue"]) == ("converted", False)
    notes = await people.ann("GET", f"/contacts/{contact['id']}/notes")
    assert [one["text"] for one in notes.body["items"]] == ["Wants an engine"]
    again = await people.ann("POST", f"{path}/convert", {})
    assert again.status == 409
    assert again.body["detail"].startswith(f"lead {lead['id']} was converted to contact")


async def test_a_conversion_joins_only_what_is_seen_and_fits(people: People) -> None:
    """An account of another group is not there; a contact of another account is refused."""
    hers = await made(people.sue, "accounts", name="Hers")
    ours = await made(people.ann, "accounts", name="Ours")
    contact = await made(people.ann, "contacts", account_id=ours["id"])
    path = f"/leads/{(await made(people.ann))['id']}/convert"
    assert (await people.ann("POST", path, {"account": {"id": hers["id"]}})).status == 404
    both = {"account": {"name": "New"}, "contact": {"id": contact["id"]}}
    assert set((await people.ann("POST", path, both)).fields) == {"contact"}
    assert set((await people.ann("POST", path, {})).fields) == {"account.name"}
    done = await people.ann("POST", path, {"contact": {"id": contact["id"]}})
    assert (done.status, done.body["account"]["id"]) == (200, ours["id"])


async def test_a_conversion_joins_no_account_that_the_agent_does_not_see(people: People) -> None:
    """By its name either: another one is made. Who sees both names one of them."""
    hers = await made(people.sue, "accounts", name="Engines")
    path = f"/leads/{(await made(people.ann, company='Engines'))['id']}/convert"
    done = await people.ann("POST", path, {})
    assert done.status == 200
    assert done.body["account"]["id"] != hers["id"]
    other = await made(people.sue, company="Engines")
    joined = await people.sue("POST", f"/leads/{other['id']}/convert", {})
    assert joined.body["account"]["id"] == hers["id"]


async def test_planned_activities_become_history(people: People) -> None:
    """A task for a lead is open until it is completed, with a result of the list for a call."""
    lead = await made(people.ann)
    about = {"type": "lead", "id": lead["id"]}
    due = "2026-12-01T09:00:00Z"
    call = (
        await people.ann("POST", "/activities", {"subject": "Call", "about": about, "due_at": due})
    ).body
    task = (
        await people.ann("POST", "/activities", {"subject": "Send", "about": about, "kind": "task"})
    ).body
    assert (call["status"], call["about"]["name"]) == ("in_progress", "Ada Byron")

    async def subjects(query: str) -> list[str]:
        reply = await people.ann("GET", f"/leads/{lead['id']}/activities{query}")
        return [one["subject"] for one in reply.body["items"]]

    assert await subjects("?open=true") == ["Call", "Send"]
    path = f"/activities/{call['id']}/complete"
    wrong = await people.ann("POST", path, {"result": "bored"})
    assert set(wrong.fields) == {"result"}
    done = await people.ann("POST", path, {"result": "reached", "comment": "She will think"})
    assert (done.body["status"], done.body["result"]) == ("completed", "reached")
    assert done.body["completed_at"] is not None
    assert (await people.ann("POST", path)).status == 409
    assert (await subjects("?open=true"), await subjects("?open=false")) == (["Send"], ["Call"])
    assert await subjects("") == ["Send", "Call"] or await subjects("") == ["Call", "Send"]
    again = await people.ann("POST", f"/activities/{call['id']}/reopen")
    assert (again.body["status"], again.body["completed_at"]) == ("in_progress", None)
    assert task["kind"] == "task"
    assert (await people.sue("POST", path)).status == 404


async def test_cases_of_a_contact_are_closed_and_counted(people: People) -> None:
    """Two open, one closed and opened again."""
    contact = await made(people.ann, "contacts")
    ids = []
    for subject in ("Broken", "Late"):
        case = {"subject": subject, "contact_id": contact["id"], "priority": "high"}
        ids.append((await people.ann("POST", "/cases", case)).body["id"])
    closed = await people.ann("POST", f"/cases/{ids[0]}/close")
    assert (closed.body["status"], closed.body["closed_at"] is None) == ("closed", False)
    cases = (await people.ann("GET", f"/contacts/{contact['id']}/cases?open=false")).body
    assert ([one["subject"] for one in cases["items"]], cases["open"]) == (["Broken"], 1)
    assert (await people.ann("POST", f"/cases/{ids[0]}/close")).status == 409
    again = await people.ann("POST", f"/cases/{ids[0]}/reopen")
    assert (again.body["status"], again.body["closed_at"]) == ("open", None)
    odd = await people.ann("POST", "/cases", {"subject": "x", "contact_id": 999})
    assert set(odd.fields) == {"contact_id"}


async def test_an_opportunity_is_won_lost_and_reopened(people: People) -> None:
    """With a reason; and listed for its contact and its account."""
    account = await made(people.ann, "accounts", name="Engines")
    contact = await made(people.ann, "contacts", account_id=account["id"])
    fields = {"contact_id": contact["id"], "stage": "proposal", "amount": "10"}
    one = await made(people.ann, "opportunities", **fields)
    assert (one["account_id"], one["currency"]) == (account["id"], "EUR")
    path = f"/opportunities/{one['id']}"
    assert set((await people.ann("POST", f"{path}/lose", {"reason": ""})).fields) == {"reason"}
    lost = await people.ann("POST", f"{path}/lose", {"reason": "competitor"})
    assert (lost.body["state"], lost.body["lost_reason"]) == ("lost", "competitor")
    assert (await people.ann("POST", f"{path}/win")).status == 409
    again = await people.ann("POST", f"{path}/reopen")
    assert (again.body["state"], again.body["lost_reason"]) == ("open", None)
    won = await people.ann("POST", f"{path}/win")
    assert (won.body["state"], won.body["closed_at"] is None) == ("won", False)
    for whose in (f"/contacts/{contact['id']}", f"/accounts/{account['id']}"):
        listed = await people.ann("GET", f"{whose}/opportunities?state=won")
        assert [each["id"] for each in listed.body["items"]] == [one["id"]]
        assert (await people.ann("GET", f"{whose}/opportunities?state=open")).body["items"] == []


async def test_the_words_of_the_desk_are_settings(people: People, zoe: Api) -> None:
    """An administrator adds a reason and a type; they hold at once, and wrong ones are named."""
    read = (await zoe("GET", "/settings/leads")).body
    value = read["value"]
    value["lost_reasons"] = ["moved away"]
    value["types"] = [
        {
            "name": "car",
            "attributes": [
                {"name": "colour", "kind": "choice", "choices": ["red"], "default": "red"}
            ],
        }
    ]
    put = await zoe("PUT", "/settings/leads", {"value": value, "version": read["version"]})
    assert put.status == 200, put.body
    lead = await made(people.ann, type="car")
    assert lead["attributes"] == {"colour": "red"}
    lost = await people.ann("POST", f"/leads/{lead['id']}/lose", {"reason": "moved away"})
    assert lost.status == 200
    value["on_win"] = "new"
    wrong = await zoe("PUT", "/settings/leads", {"value": value, "version": 1})
    assert set(wrong.fields) == {"value.on_win"}
