"""Who may, over the wire: signing in, tokens, recordings, and what each role is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from crm_store.access import passwords
from crm_store.records import (
    CallRecord,
    Direction,
    Group,
    Lead,
    Matched,
    PersonType,
    Recording,
    Role,
    User,
)
from crm_store.store import Store
from pbx_bridge.recording_files import RecordingFolders
from pbx_bridge.web.api import access, recordings
from pbx_bridge.web.api.server import add_api
from pbx_bridge.web.services import Services

PASSWORD = "correct horse battery"
SOUND = b"RIFF" + bytes(range(256)) * 8
STARTED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

Client = TestClient[web.Request, web.Application]


@pytest.fixture(autouse=True)
def quick_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(1, 16, 1))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    hashed = passwords.hash_now(PASSWORD)
    async with Store.open(store_url, migrate=True) as opened:

        def make(w: Any) -> None:
            w.add(Group(name="North"))
            w.add(Group(name="South"))
            for name, role in (
                ("Ann", Role.AGENT),
                ("Mia", Role.MANAGER),
                ("Zoe", "administrator"),
            ):
                user = User(name=name, role=Role(role), groups=("North",), password_hash=hashed)
                w.add(user)

        await opened.write(make)
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "monitor"
    made.mkdir()
    (made / "7K4Q2M.wav").write_bytes(SOUND)
    return made


@pytest.fixture
async def client(store: Store, folder: Path) -> AsyncIterator[Client]:
    app = web.Application()
    services = Services(recordings=RecordingFolders({"sydney": folder}))
    endpoints = (*access.ENDPOINTS, *recordings.ENDPOINTS)
    add_api(app, store, endpoints, access.authenticate, services)
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def sign_in(client: Client, name: str) -> dict[str, str]:
    """The headers of somebody who is signed in."""
    answer = await client.post("/api/v1/sessions", json={"user": name, "password": PASSWORD})
    assert answer.status == 201, await answer.text()
    return {"Authorization": f"Bearer {(await answer.json())['token']}"}


async def status(client: Client, path: str, headers: dict[str, str]) -> int:
    return (await client.get(f"/api/v1{path}", headers=headers)).status


def call_of(linkedid: str = "1.1", call_id: str = "7K4Q2M", **more: Any) -> CallRecord:
    path = more.pop("path", f"{call_id}.wav")
    return CallRecord(
        pbx="sydney",
        linkedid=linkedid,
        call_id=call_id,
        direction=Direction.INBOUND,
        caller_number="0491570006",
        dialled_number="0298765432",
        started_at=STARTED,
        ended_at=STARTED,
        recordings=(Recording(path=path, url=None, started_at=STARTED, seconds=1.0),),
        **more,
    )


async def test_signing_in_shows_who_one_is_and_signing_out_ends_it(client: Client) -> None:
    """The session answers to /me until it is ended, and to nothing afterwards."""
    mine = await sign_in(client, "Ann")
    answer = await client.get("/api/v1/me", headers=mine)
    assert await answer.json() == {
        "name": "Ann",
        "email": None,
        "role": "agent",
        "groups": ["North"],
        "extensions": [],
        "scopes": ["read", "write"],
    }
    ended = await client.delete("/api/v1/sessions/current", headers=mine)
    assert (ended.status, await status(client, "/me", mine)) == (204, 401)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"user": "Ann", "password": "wrong"}, 401),
        ({"user": "Nobody", "password": "wrong"}, 401),
        ({"user": "Ann", "password": "\ud800"}, 400),
        ({"user": "Ann"}, 422),
        ({"user": "Ann", "password": 12345678}, 422),
        ({"user": "Ann", "password": "x" * 1025}, 422),
        ({"user": "Ann", "password": PASSWORD, "admin": True}, 422),
        ([], 422),
    ],
)
async def test_what_signs_nobody_in(client: Client, body: Any, expected: int) -> None:
    """Wrong, missing, of the wrong type, endless, with a key too many: a problem that says so."""
    answer = await client.post("/api/v1/sessions", json=body)
    assert (answer.status, answer.content_type) == (expected, "application/problem+json")


async def test_refusals_do_not_tell_users_apart(client: Client) -> None:
    """Word for word, header for header."""
    told = []
    for name in ("Ann", "Nobody"):
        answer = await client.post("/api/v1/sessions", json={"user": name, "password": "wrong"})
        headers = {k: v for k, v in answer.headers.items() if k != "Date"}
        told.append((answer.status, headers, await answer.read()))
    assert told[0] == told[1]


async def test_many_failures_have_to_wait(client: Client) -> None:
    """429 with Retry-After, also for the right password."""
    wrong = {"user": "Ann", "password": "wrong"}
    found = [(await client.post("/api/v1/sessions", json=wrong)).status for _ in range(5)]
    answer = await client.post("/api/v1/sessions", json={"user": "Ann", "password": PASSWORD})
    assert (found, answer.status, answer.headers["Retry-After"]) == ([401] * 5, 429, "1")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic QW5uOmE=", "Bearer " + "x" * 5000],
)
async def test_a_header_that_lets_nobody_in(client: Client, header: str) -> None:
    """Each is a stranger, told how to sign in."""
    answer = await client.get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


async def test_a_token_is_shown_once_and_stops_when_it_is_revoked(
    client: Client, store: Store
) -> None:
    """It does what its scopes say, and can be listed without its secret."""
    mine = await sign_in(client, "Ann")
    body = {"name": "Feed", "scopes": ["read"], "expires_in_days": 90}
    made = await (await client.post("/api/v1/tokens", json=body, headers=mine)).json()
    feed = {"Authorization": f"Bearer {made['token']}"}
    assert await status(client, "/me", feed) == 200
    refused = await client.post("/api/v1/tokens", json=body, headers=feed)
    assert refused.status == 403
    listed = await (await client.get("/api/v1/tokens?kind=token", headers=mine)).text()
    assert "Feed" in listed
    assert made["token"] not in listed
    number = made["credential"]["id"]
    gone = await client.delete(f"/api/v1/tokens/{number}", headers=mine)
    assert (gone.status, await status(client, "/me", feed)) == (204, 401)


async def test_nobody_makes_lists_or_revokes_for_others_but_an_administrator(
    client: Client,
) -> None:
    """Somebody else's token is not there; a token can do no more than who makes it."""
    ann, zoe = await sign_in(client, "Ann"), await sign_in(client, "Zoe")
    tried = [
        await client.post(
            "/api/v1/tokens", json={"name": "x", "scopes": ["read"], "user": "Zoe"}, headers=ann
        ),
        await client.post("/api/v1/tokens", json={"name": "x", "scopes": ["admin"]}, headers=ann),
        await client.get("/api/v1/tokens?user=Zoe", headers=ann),
        await client.delete("/api/v1/tokens/2", headers=ann),
        await client.delete("/api/v1/tokens/99999999999", headers=ann),
        await client.put("/api/v1/users/Zoe/password", json={"password": "x"}, headers=ann),
    ]
    assert [one.status for one in tried] == [403, 422, 403, 404, 404, 403]
    listed = await (await client.get("/api/v1/tokens", headers=zoe)).json()
    assert [one["user"] for one in listed] == ["Ann", "Zoe"]
    ended = await client.delete(f"/api/v1/tokens/{listed[0]['id']}", headers=zoe)
    assert (ended.status, await status(client, "/me", ann)) == (204, 401)


async def test_passwords_are_changed_by_their_owner_or_an_administrator(client: Client) -> None:
    """The owner says the old one and stays signed in here; the administrator signs him out."""
    here, there = await sign_in(client, "Ann"), await sign_in(client, "Ann")
    new = {"current": PASSWORD, "password": "staple staple battery"}
    wrong = new | {"current": "wrong"}
    weak = new | {"password": "short"}
    answers = [
        await client.put("/api/v1/me/password", json=body, headers=here)
        for body in (wrong, weak, new)
    ]
    assert [one.status for one in answers] == [422, 422, 204]
    assert (await answers[0].json())["errors"][0]["field"] == "current"
    assert [await status(client, "/me", one) for one in (here, there)] == [200, 401]
    zoe = await sign_in(client, "Zoe")
    other = {"password": PASSWORD}
    set_ = await client.put("/api/v1/users/Ann/password", json=other, headers=zoe)
    unknown = await client.put("/api/v1/users/Nobody/password", json=other, headers=zoe)
    assert (set_.status, unknown.status, await status(client, "/me", here)) == (204, 404, 401)


async def test_a_deactivated_user_and_a_lost_role_are_noticed_within_a_moment(
    client: Client, store: Store
) -> None:
    """Also when the change was made elsewhere: what a secret lets in is asked again."""
    mia, zoe = await sign_in(client, "Mia"), await sign_in(client, "Zoe")
    assert [await status(client, "/me", one) for one in (mia, zoe)] == [200, 200]
    await store.write(lambda w: w.add(replace(w.get("user", "Zoe"), name="Yve")))
    await store.write(lambda w: w.change("user", "Mia", {"is_active": False}))
    await store.write(lambda w: w.change("user", "Zoe", {"role": Role.AGENT}))
    await asyncio.sleep(access.CACHE_SECONDS + 0.1)
    assert await status(client, "/me", mia) == 401
    me = await (await client.get("/api/v1/me", headers=zoe)).json()
    assert me["scopes"] == ["read", "write"]


async def test_a_recording_is_sent_whole_or_in_part_and_every_look_is_written_down(
    client: Client, store: Store
) -> None:
    """Who, when, which file of which call, from where; managers read it, agents do not."""
    await store.write(lambda w: w.put_call(call_of(agent="Ann")))
    ann, mia = await sign_in(client, "Ann"), await sign_in(client, "Mia")
    path = "/api/v1/calls/7K4Q2M/recordings/1"
    whole = await client.get(path, headers=ann)
    part = await client.get(path, headers={**ann, "Range": "bytes=4-7"})
    assert (whole.status, await whole.read()) == (200, SOUND)
    assert (part.status, await part.read()) == (206, SOUND[4:8])
    assert part.headers["Content-Range"] == f"bytes 4-7/{len(SOUND)}"
    looks = await (await client.get("/api/v1/recording-looks?user=Ann", headers=mia)).json()
    told = [{k: v for k, v in one.items() if k not in ("id", "at")} for one in looks]
    look = {
        "user": "Ann",
        "pbx": "sydney",
        "linkedid": "1.1",
        "call_id": "7K4Q2M",
        "path": "7K4Q2M.wav",
        "address": "127.0.0.1",
    }
    assert told == [look, look]
    at = datetime.fromisoformat(looks[0]["at"])
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert await status(client, "/recording-looks", ann) == 403
    assert await status(client, "/recording-looks?since=yesterday", mia) == 422


async def test_no_byte_goes_out_when_the_look_cannot_be_written_down(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store fails: so does the request, before the file is opened."""
    await store.write(lambda w: w.put_call(call_of(agent="Ann")))
    ann = await sign_in(client, "Ann")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(recordings, "write_look", fail)
    answer = await client.get("/api/v1/calls/7K4Q2M/recordings/1", headers=ann)
    assert (answer.status, SOUND in await answer.read()) == (503, False)


@pytest.mark.parametrize(
    "path", ["../secret.wav", "/etc/passwd", "link.wav", "link/secret.wav", "gone.wav", "\0", ""]
)
async def test_a_path_that_leads_out_of_the_folder_is_not_there(
    client: Client, store: Store, folder: Path, path: str
) -> None:
    """By dots, as a whole path, by a link to a file or a folder; the 404 says what to check."""
    outside = folder.parent / "secrets"
    outside.mkdir()
    (outside / "secret.wav").write_bytes(b"secret")
    (folder.parent / "secret.wav").write_bytes(b"secret")
    (folder / "link.wav").symlink_to(outside / "secret.wav")
    (folder / "link").symlink_to(outside)
    await store.write(lambda w: w.put_call(call_of(agent="Ann", path=path)))
    ann = await sign_in(client, "Ann")
    answer = await client.get("/api/v1/calls/7K4Q2M/recordings/1", headers=ann)
    assert answer.status == 404
    assert str(folder) in (await answer.json())["detail"]
    mia = await sign_in(client, "Mia")
    looks = await client.get("/api/v1/recording-looks", headers=mia)
    assert await looks.json() == []


async def test_a_call_that_one_does_not_see_has_no_recordings(client: Client, store: Store) -> None:
    """Another group's lead: 404 for an agent, as where there is none; not so for a manager."""

    def make(w: Any) -> None:
        lead = int(w.add(Lead(name="x", owner_group="South")))
        matched = Matched(type=PersonType.LEAD, id=lead, name="x")
        w.put_call(call_of(matched=matched))

    await store.write(make)
    ann, mia = await sign_in(client, "Ann"), await sign_in(client, "Mia")
    paths = ("/calls/7K4Q2M/recordings/1", "/calls/7K4Q2M/recordings/2", "/calls/X/recordings/1")
    seen = [[await status(client, path, who) for path in paths] for who in (ann, mia)]
    assert seen == [[404, 404, 404], [200, 404, 404]]
