"""Every endpoint there is, asked by somebody who may not: nothing of what he does not see."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from api_people import Api, People

from crm_store.access import credentials
from crm_store.access.roles import owned_by_default
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    CallRecord,
    Case,
    Contact,
    Direction,
    Lead,
    Matched,
    Opportunity,
    PersonAccount,
    PersonType,
    Recording,
    Ref,
    User,
)
from crm_store.store import Store
from pbx_bridge.web.api.routes import all_endpoints

STARTED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET = re.compile(r"zanzibar|491\W*570\W*006", re.IGNORECASE)
FIRST = {"If-Match": '"1"'}
"""The version that every record here is at."""
PATHS = {
    "id": "1",
    "n": "1",
    "other": "2",
    "call_id": "7K4Q2M",
    "name": "ann",
    "e164": "+61298765432",
    "delivery": "1",
    "address": "zanzibar@example.com",
    "what": "leads",
}


@pytest.fixture
async def northern(served_store: Store) -> None:
    """Records of the North, each with a name that is nobody else's, and their call."""

    def make(w: Any) -> None:
        number = (phone_number("+61491570006"),)
        north = {"owner_group": "North"}
        for kind in (Lead, Contact, Account, PersonAccount):
            for _ in range(2):
                w.add(kind(name="Zanzibar", phone_numbers=number, email="z@zanzibar.com", **north))
        about = Matched(type=PersonType.LEAD, id=1, name="Zanzibar")
        call = CallRecord(
            pbx="sydney",
            linkedid="1.1",
            call_id="7K4Q2M",
            direction=Direction.INBOUND,
            caller_number="+61491570006",
            caller_e164="+61491570006",
            caller_name="Zanzibar",
            dialled_number="0298765432",
            started_at=STARTED,
            matched=about,
            comment="Zanzibar",
            recordings=(Recording(path="zanzibar.wav", url=None, started_at=STARTED, seconds=1.0),),
        )
        w.put_call(call)
        w.add(Activity(subject="Zanzibar", about=about, call=("sydney", "1.1")))
        w.add(Case(subject="Zanzibar", contact_id=1))
        w.add(Opportunity(name="Zanzibar", contact_id=1))
        w.write_note(Ref(type=PersonType.LEAD, id=1), "Zanzibar")

    await served_store.write(make)


def questions() -> list[str]:
    """The path of every GET that is asked without a body."""
    found = []
    for one in all_endpoints():
        if one.method == "GET" and one.path != "/openapi.json":
            path = re.sub(r"{(\w+)}", lambda name: PATHS[name[1]], one.path)
            found.append(path.replace("/call-forms", "/call-forms"))
    return [
        *found,
        "/search?q=zanz",
        "/search?q=0491570006",
        "/leads?q=zanz",
        "/calls?q=0491570006",
    ]


async def leaks(who: Api) -> list[str]:
    """Which questions he is answered with something of the North."""
    found = []
    for path in questions():
        reply = await who("GET", path)
        assert reply.status < 500, (path, reply.body)
        text = (
            reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else reply.body
        )
        if reply.status < 400 and SECRET.search(str(text)):
            found.append(path)
    return found


@pytest.mark.usefixtures("northern")
async def test_no_question_is_answered_with_what_one_does_not_see(people: People) -> None:
    """Sue is of the South: not in a list, a search, a history, a note, a duplicate or a call."""
    assert await leaks(people.sue) == []
    assert await leaks(people.nobody) == []


@pytest.mark.usefixtures("northern")
async def test_the_same_questions_are_answered_to_who_does(people: People) -> None:
    """So that the test above asks where there is something to be told."""
    ann, mia = await leaks(people.ann), await leaks(people.mia)
    some = {"/leads", "/leads/1", "/leads/1/history", "/leads/1/notes", "/calls", "/calls/7K4Q2M"}
    some |= {"/search?q=zanz", "/activities", "/cases", "/opportunities", "/contacts/1/duplicates"}
    assert some - set(ann) == set()
    assert set(ann) - set(mia) == set()


@pytest.mark.usefixtures("northern")
async def test_no_change_is_made_to_what_one_does_not_see(
    people: People, served_store: Store
) -> None:
    """Whatever is sent: not found, or refused before; every record of the North is as it was."""

    def read(r: Any) -> list[Any]:
        kinds = (*PersonType, "activity", "case", "opportunity")
        return [one for kind in kinds for one in r.all_of(kind)] + list(r.find_calls())

    before = await served_store.read(read)
    answered = []
    for one in all_endpoints():
        if one.method == "GET" or "{" not in one.path or one.scope is None:
            continue
        path = re.sub(r"{(\w+)}", lambda name: PATHS[name[1]], one.path)
        body = {} if one.body is not None else None
        reply = await people.sue(one.method, path, body, headers=FIRST)
        if reply.status < 400:
            answered.append(f"{one.method} {one.path}")
    assert answered == []
    assert await served_store.read(read) == before


async def test_a_password_hash_is_neither_shown_nor_set(
    people: People, served_store: Store
) -> None:
    """Not in a list, a record, a history or an answer; not by an administrator either."""
    hashed = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
    await served_store.write(lambda w: w.add(User(name="Tom", password_hash=hashed)))
    told = [
        await people.zoe("GET", path) for path in ("/users", "/users/Tom", "/users/Tom/history")
    ]
    assert [one.status for one in told] == [200, 200, 200]
    assert "argon2" not in str([one.body for one in told])
    for method, path in (("POST", "/users"), ("PATCH", "/users/Tom")):
        body = {"password_hash": hashed} | ({"name": "Eve"} if method == "POST" else {})
        refused = await people.zoe(method, path, body)
        assert (refused.status, list(refused.fields)) == (422, ["password_hash"])


async def test_a_token_without_admin_makes_no_administrators(
    people: People, served_store: Store
) -> None:
    """An administrator's token for a feed does not open the house."""
    made = await served_store.write(
        lambda w: credentials.make_token(w, "zoe", name="Feed", scopes=["read", "write"])
    )
    feed = Api(people.zoe.url, made.secret, people.zoe.http)
    tried = [
        await feed("POST", "/users", {"name": "Eve", "role": "administrator"}),
        await feed("PATCH", "/users/ann", {"role": "administrator"}),
        await feed("DELETE", "/groups/North"),
        await feed("PUT", "/settings/access", {"session_hours": 1}),
        await feed("POST", "/privacy/erasures", {"subject": "+61491570006"}),
    ]
    assert [one.status for one in tried] == [403] * 5
    made_lead = await feed("POST", "/leads", {"name": "Ada"})
    assert made_lead.status == 201


async def test_what_an_agent_makes_is_his_groups(people: People) -> None:
    """Another group's agents do not see it; handed over, it is theirs and not his any more."""
    made = await people.sue("POST", "/leads", {"name": "Ada"})
    number = made.body["id"]
    seen = [(await one("GET", f"/leads/{number}")).status for one in (people.sue, people.ann)]
    assert (made.body["owner_group"], seen) == ("South", [200, 404])
    given = await people.sue("PATCH", f"/leads/{number}", {"owner_group": "North"}, headers=FIRST)
    assert given.status == 200
    seen = [(await one("GET", f"/leads/{number}")).status for one in (people.sue, people.ann)]
    assert seen == [404, 200]
    assert owned_by_default(Lead(name="x"), User(name="sue", groups=("South",))).owner_group


async def test_an_agent_deletes_nothing_and_a_manager_does(people: People) -> None:
    """403 for who sees it and may not; and a manager changes no users."""
    made = await people.ann("POST", "/leads", {"name": "Ada"})
    path = f"/leads/{made.body['id']}"
    refused = await people.ann("DELETE", path, headers=FIRST)
    done = await people.mia("DELETE", path, headers=FIRST)
    users = await people.mia("POST", "/users", {"name": "Eve"})
    assert (refused.status, done.status, users.status) == (403, 204, 403)


async def test_a_token_that_only_reads_changes_nothing(people: People) -> None:
    """Every endpoint that is no question says 403 before it looks at anything."""
    found = []
    for one in all_endpoints():
        if one.scope in ("write", "admin"):
            path = re.sub(r"{(\w+)}", lambda name: PATHS[name[1]], one.path)
            reply = await people.guest(one.method, path, {} if one.body is not None else None)
            found.append((one.method, one.path, reply.status))
    assert [one for one in found if one[2] != 403] == []
