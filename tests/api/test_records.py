"""Every kind of record over the wire: listed, made, read, changed, removed; and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from api_people import Api, People

from crm_store.store import Store


async def test_a_lead_is_made_read_changed_and_removed(zoe: Api) -> None:
    """The whole life of a record, with versions, and its history afterwards."""
    sent = {
        "name": "Ada Lovelace",
        "company": "Analytical Engines",
        "phone_numbers": [{"raw": "+61 491 570 006", "label": "mobile"}],
        "target_amount": "1250.50",
        "currency": "AUD",
        "probability": 20,
    }
    made = await zoe("POST", "/leads", sent)
    assert made.status == 201, made.body
    assert made.headers["Location"] == f"/api/v1/leads/{made.body['id']}"
    assert made.headers["ETag"] == '"1"'
    assert {key: made.body[key] for key in ("name", "company", "probability", "currency")} == {
        key: sent[key] for key in ("name", "company", "probability", "currency")
    }
    assert made.body["target_amount"] == "1250.50"
    assert made.body["phone_numbers"] == [
        {"raw": "+61 491 570 006", "e164": "+61491570006", "label": "mobile"}
    ]
    assert (made.body["version"], made.body["origin"]) == (1, "api")
    path = f"/leads/{made.body['id']}"

    read = await zoe("GET", path)
    assert (read.status, read.body) == (200, made.body)
    changed = await zoe("PATCH", path, {"probability": 40, "version": 1})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    assert changed.body == read.body | {
        "probability": 40,
        "version": 2,
        "updated_at": changed.body["updated_at"],
    }
    by_tag = await zoe("PATCH", path, {"company": None}, headers={"If-Match": '"2"'})
    assert (by_tag.status, by_tag.body["company"]) == (200, None)
    assert (await zoe("DELETE", path, headers={"If-Match": '"3"'})).status == 204
    assert (await zoe("GET", path)).status == 404
    history = await zoe("GET", f"{path}/history")
    assert [(one["action"], one["actor"], one["via"]) for one in history.body["items"]] == [
        ("created", "zoe", "api"),
        ("updated", "zoe", "api"),
        ("updated", "zoe", "api"),
        ("deleted", "zoe", "api"),
    ]
    assert history.body["items"][1]["changes"] == {"probability": [20, 40]}


async def test_of_two_who_change_one_record_the_second_is_told(zoe: Api, people: People) -> None:
    """Nothing is overwritten: neither after one another nor at once, nor unseen."""
    path = f"/leads/{(await zoe('POST', '/leads', {'name': 'Ada'})).body['id']}"
    assert (await people.ann("PATCH", path, {"title": "Dr", "version": 1})).status == 200
    late = await people.mia("PATCH", path, {"title": "Prof", "version": 1})
    assert (late.status, late.headers["ETag"]) == (409, '"2"')
    assert "changed by somebody else" in late.body["detail"]
    late = await people.mia("PATCH", path, {"title": "Prof"}, headers={"If-Match": '"1"'})
    assert (late.status, late.headers["ETag"]) == (412, '"2"')
    blind = await zoe("PATCH", path, {"title": "Prof"})
    assert (blind.status, blind.body["type"].rpartition("/")[2]) == (428, "version-required")
    assert (await zoe("DELETE", path)).status == 428
    both = [zoe("PATCH", path, {"title": str(n), "version": 2}) for n in range(8)]
    assert sorted([one.status for one in await asyncio.gather(*both)]) == [200] + 7 * [409]
    odd = await zoe("PATCH", path, {"title": "x", "version": 3}, headers={"If-Match": '"4"'})
    assert odd.fields == {"version": "is not the one of If-Match"}
    any_version = await zoe("PATCH", path, {"title": "x"}, headers={"If-Match": "*"})
    assert any_version.status == 200


async def test_each_field_that_is_wrong_is_named(zoe: Api) -> None:
    """All of them at once; nothing is written."""
    reply = await zoe(
        "POST",
        "/leads",
        {
            "probability": 120,
            "target_amount": "a lot",
            "team": "zoe",
            "phone_numbers": [{"label": "mobile"}],
            "state": "won",
            "id": 7,
            "expected_at": "2026-11-22T09:30:00",
            "colour": "red",
            "comment": "a\0b",
        },
    )
    assert reply.status == 422
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.fields == {
        "name": "is required",
        "probability": "input should be less than or equal to 100",
        "target_amount": "input should be a valid decimal",
        "team": "input should be a valid array",
        "phone_numbers.0.raw": "is required",
        "state": "changes by the actions start, win, lose, reopen, qualify and convert",
        "id": "is given by the store",
        "expected_at": "input should have timezone info",
        "colour": "is not known",
        "comment": "holds a character that cannot be stored (NUL)",
    }
    reply = await zoe("POST", "/leads", {"name": "  ", "owner": "nobody", "team": ["who"]})
    assert (reply.status, reply.fields) == (
        422,
        {
            "name": "is required",
            "owner": "no user is called 'nobody'",
            "team": "no user is called 'who'",
        },
    )
    assert (await zoe("GET", "/leads")).body["items"] == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"name": 7}', "application/json", 422),
        (b'{"name": "x", "probability": 1e400}', "application/json", 422),
        (b'{"name": "x", "employees": 99999999999999999999999}', "application/json", 422),
        (b'{"name": "x", "employees": 4294967296}', "application/json", 422),
        (b'{"name": "x", "target_amount": "1e999999999"}', "application/json", 422),
        (b'{"name": "x", "expected_at": "0001-01-01T00:00:00+14:00"}', "application/json", 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b'{"name": "x"}', "text/plain", 415),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
async def test_a_bad_body_is_refused_and_never_a_defect(
    zoe: Api, body: bytes, kind: str, status: int
) -> None:
    """No JSON, no UTF-8, no object, numbers beyond a column, another type, too much."""
    reply = await zoe("POST", "/leads", data=body, headers={"Content-Type": kind})
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.body["status"] == status
    assert reply.body["title"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/leads/abc", 404),
        ("GET", "/leads/-1", 404),
        ("GET", "/leads/99999999999999999999", 404),
        ("GET", "/leads/%00", 404),
        ("GET", "/leads/%ff", 404),
        ("GET", "/users/%ff%00", 404),
        ("GET", "/leads/1", 404),
        ("GET", "/leads/1/history", 404),
        ("GET", "/leads/1/notes", 404),
        ("DELETE", "/leads/1?version=1", 404),
        ("PUT", "/leads", 405),
        ("POST", "/leads/1", 405),
        ("GET", "/leads?nothing=1", 422),
        ("GET", "/leads?limit=0", 422),
        ("GET", "/leads?limit=5&limit=6", 422),
        ("GET", "/leads?limit=%F0", 422),
        ("GET", "/leads/1?x=1", 422),
        ("GET", "/leads/1/history?after=-1", 422),
    ],
)
async def test_a_bad_path_or_query_is_told(zoe: Api, method: str, path: str, status: int) -> None:
    """As a problem document, whatever it was."""
    reply = await zoe(method, path)
    assert (reply.status, reply.body["status"]) == (status, status)
    assert (status == 405) == ("Allow" in reply.headers)


async def test_lists_are_filtered_sorted_and_paged(zoe: Api) -> None:
    """With the cursor of each page, until there is none."""
    for number in range(5):
        sent = {"name": f"Lead {number}", "employees": number % 2}
        assert (await zoe("POST", "/leads", sent)).status == 201
    page = await zoe("GET", "/leads?sort=-employees,name&limit=2&total=true")
    assert [one["name"] for one in page.body["items"]] == ["Lead 1", "Lead 3"]
    assert page.body["total"] == 5
    rest = await zoe("GET", f"/leads?sort=-employees,name&limit=10&cursor={page.body['next']}")
    assert [one["name"] for one in rest.body["items"]] == ["Lead 0", "Lead 2", "Lead 4"]
    assert (rest.body["next"], rest.body["total"]) == (None, None)
    found = await zoe("GET", "/leads?employees[gte]=1&name[in]=Lead 1,Lead 2")
    assert [one["name"] for one in found.body["items"]] == ["Lead 1"]
    wrong = await zoe("GET", "/leads?colour=red&sort=shape&state=sold")
    assert sorted(wrong.fields) == ["colour", "sort", "state"]


async def test_records_that_go_by_names_are_found_whatever_they_are_called(zoe: Api) -> None:
    """Slashes, percent signs, spaces, dots and letters of all kinds."""
    for name in ("a/b", "100%", "Zoë & Co?", "..", "%2F", "日本"):
        made = await zoe("POST", "/products", {"name": name, "comment": "x"})
        assert made.status == 201, made.body
        if name == "..":
            continue
        where = made.headers["Location"].removeprefix("/api/v1")
        from yarl import URL

        zoe_url = URL(zoe.url + where, encoded=True)
        async with zoe.http.get(
            zoe_url, headers={"Authorization": f"Bearer {zoe.token}"}
        ) as answer:
            assert (await answer.json())["name"] == name
    again = await zoe("POST", "/products", {"name": "100%"})
    assert (again.status, again.body["type"].rpartition("/")[2]) == (409, "exists")


async def test_every_kind_can_be_made_and_changed(zoe: Api) -> None:
    """The smallest body that works, for each kind, and a change of it."""
    contact = (await zoe("POST", "/contacts", {"name": "Bob"})).body["id"]
    hours = {
        "name": "Office",
        "time_zone": "Australia/Sydney",
        "weekly": [{"weekday": 0, "opens": "09:00:00", "closes": "17:00:00"}],
        "closed_on": ["2026-12-25"],
    }
    for path, sent, change in (
        ("/accounts", {"name": "Acme", "employees": 7}, {"employees": 8}),
        ("/person-accounts", {"name": "Eve"}, {"email": "eve@example.com"}),
        ("/contacts", {"name": "Bob 2"}, {"title": "Dr"}),
        ("/activities", {"subject": "Ring back", "kind": "task"}, {"tags": ["hot"]}),
        ("/cases", {"subject": "Broken", "contact_id": contact}, {"description": "x"}),
        ("/opportunities", {"name": "Big", "contact_id": contact}, {"comment": "x"}),
        ("/users", {"name": "Ed", "extensions": ["101"], "groups": ["North"]}, {"role": "manager"}),
        ("/groups", {"name": "West", "areas": ["+613"]}, {"comment": "x"}),
        ("/products", {"name": "Wool"}, {"kind": "service"}),
        ("/campaigns", {"name": "Trams", "starts_on": "2026-11-01"}, {"is_active": False}),
        ("/business-hours", hours, {"closed_on": []}),
        (
            "/tracking-numbers",
            {"e164": "+61298765432", "label": "Poster", "campaign": "Trams", "hours": "Office"},
            {"label": "Billboard"},
        ),
    ):
        made = await zoe("POST", path, sent)
        assert made.status == 201, (path, made.body)
        where = made.headers["Location"].removeprefix("/api/v1")
        read = await zoe("GET", where)
        assert read.body == made.body
        changed = await zoe("PATCH", where, {**change, "version": 1})
        assert changed.status == 200, (path, changed.body)
        expected = made.body | change | {"version": 2, "updated_at": changed.body["updated_at"]}
        assert changed.body == expected
        listed = await zoe("GET", path)
        assert changed.body in listed.body["items"]
    assert (await zoe("GET", "/tracking-numbers/+61298765432")).body["hours"]["name"] == "Office"
    assert "password_hash" not in (await zoe("GET", "/users/Ed")).body
    used = await zoe("DELETE", "/campaigns/Trams?version=2")
    assert (used.status, used.body["type"].rpartition("/")[2]) == (409, "in-use")


async def test_notes_are_written_and_read(people: People) -> None:
    """Stamped with who and when; about what one sees."""
    path = f"/leads/{(await people.ann('POST', '/leads', {'name': 'Ada'})).body['id']}/notes"
    made = await people.ann("POST", path, {"text": "She rings back on Monday."})
    assert (made.status, made.body["author"]) == (201, "ann")
    assert (await people.mia("GET", path)).body == {"items": [made.body]}
    assert (await people.ann("POST", path, {"text": " "})).fields == {"text": "is required"}
    assert (await people.sue("GET", path)).status == 404
    assert (await people.sue("POST", path, {"text": "x"})).status == 404


async def test_what_one_does_not_see_one_cannot_name(people: People) -> None:
    """An agent who names another group's contact learns nothing of him, not that he is there."""
    mia, ann, sue = people.mia, people.ann, people.sue
    made = await mia("POST", "/contacts", {"name": "Ada", "owner_group": "South"})
    key = made.body["id"]
    refused = {"contact_id": f"no contact is called {key}"}
    lead = await ann("POST", "/leads", {"name": "x", "contact_id": key})
    assert (lead.status, lead.fields) == (422, refused)
    about = {"type": "contact", "id": key, "name": "Ada"}
    task = await ann("POST", "/activities", {"subject": "x", "about": about})
    assert (task.status, list(task.fields)) == (422, ["about"])
    own = await ann("POST", "/leads", {"name": "x"})
    change = {"contact_id": key, "version": own.body["version"]}
    changed = await ann("PATCH", f"/leads/{own.body['id']}", change)
    assert (changed.status, changed.fields) == (422, refused)
    assert (await sue("POST", "/leads", {"name": "x", "contact_id": key})).status == 201


async def test_an_agent_sees_and_changes_what_his_groups_own(people: People) -> None:
    """What others own is not there for him: not listed, not read, not changed."""
    made = await people.ann("POST", "/leads", {"name": "Ada"})
    assert made.body["owner_group"] == "North"
    path = f"/leads/{made.body['id']}"
    assert [one["name"] for one in (await people.ann("GET", "/leads")).body["items"]] == ["Ada"]
    assert (await people.sue("GET", "/leads?total=true")).body == {
        "items": [],
        "next": None,
        "total": 0,
    }
    for reply in (
        await people.sue("GET", path),
        await people.sue("PATCH", path, {"title": "x", "version": 1}),
        await people.sue("GET", f"{path}/history"),
    ):
        assert (reply.status, reply.body["type"].rpartition("/")[2]) == (404, "not-found")
    assert (await people.ann("DELETE", f"{path}?version=1")).status == 403
    assert (await people.mia("DELETE", f"{path}?version=1")).status == 204


async def test_who_may_not_is_told_why(people: People) -> None:
    """No token, a bad one, one that only reads, a role that may not."""
    for nobody in (people.nobody, Api(people.zoe.url, "wrong", people.zoe.http)):
        reply = await nobody("GET", "/leads")
        assert (reply.status, reply.body["type"].rpartition("/")[2]) == (401, "unauthenticated")
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await people.guest("GET", "/leads")).status == 200
    reply = await people.guest("POST", "/leads", {"name": "x"})
    assert (reply.status, "scope" in reply.body["detail"]) == (403, True)
    reply = await people.ann("POST", "/users", {"name": "x"})
    assert (reply.status, "administrator" in reply.body["detail"]) == (403, True)


async def test_a_key_that_is_taken_is_a_conflict(zoe: Api) -> None:
    """Your own identifier: 409, not a defect; a user's address: the field is named."""
    assert (await zoe("POST", "/leads", {"name": "Ada", "key": "crm-7"})).status == 201
    assert (await zoe("POST", "/leads", {"name": "Bob", "key": "crm-7"})).status == 409
    assert (await zoe("POST", "/users", {"name": "a", "email": "a@x.de"})).status == 201
    taken = await zoe("POST", "/users", {"name": "b", "email": "a@x.de"})
    assert (taken.status, list(taken.fields)) == (422, ["email"])


async def test_a_request_that_is_sent_twice_is_run_once(zoe: Api, people: People) -> None:
    """The same answer again, also at once; another body under the key is refused."""
    key = {"Idempotency-Key": "order-1"}
    many = [zoe("POST", "/leads", {"name": "Ada"}, headers=key) for _ in range(6)]
    replies = await asyncio.gather(*many)
    assert {one.status for one in replies} == {201}
    assert all(one.body == replies[0].body for one in replies)
    replayed = [one.headers.get("Idempotent-Replayed") for one in replies]
    assert sorted(replayed, key=str) == [None] + 5 * ["true"] or replayed.count("true") == 5
    again = await zoe("POST", "/leads", {"name": "Ada"}, headers=key)
    assert (again.status, again.body) == (201, replies[0].body)
    assert again.headers["ETag"] == '"1"'
    assert again.headers["Location"] == replies[0].headers["Location"]
    other = await zoe("POST", "/leads", {"name": "Bob"}, headers=key)
    assert (other.status, other.body["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    assert (await people.mia("POST", "/leads", {"name": "Bob"}, headers=key)).status == 201
    bad = await zoe("POST", "/leads", {"name": "x"}, headers={"Idempotency-Key": "a b"})
    assert bad.status == 400
    assert (await zoe("GET", "/leads?total=true")).body["total"] == 2


async def test_what_failed_leaves_its_key_free(zoe: Api) -> None:
    """A corrected request may be sent under the same key: nothing was done under it."""
    key = {"Idempotency-Key": "order-2"}
    assert (await zoe("POST", "/leads", {"name": "Ada", "owner": "x"}, headers=key)).status == 422
    assert (await zoe("POST", "/leads", {"name": "Ada"}, headers=key)).status == 201


async def test_a_defect_is_logged_and_nothing_of_it_is_told(
    zoe: Api, served_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says that it was our mistake, and no word of what went wrong."""

    async def broken(unit: Any) -> Any:
        raise RuntimeError("secret plan")

    monkeypatch.setattr(served_store, "read", broken)
    reply = await zoe("GET", "/leads")
    assert (reply.status, reply.body["type"].rpartition("/")[2]) == (500, "defect")
    assert "secret" not in str(reply.body)
