"""The settings over the API: whole sections, with a version, refused by the name of the key."""

from __future__ import annotations

from typing import Any

import pytest
from api_people import People

from crm_store.call_logging import CallLoggingSettings, UnknownNumber
from crm_store.documents import plain
from crm_store.store import Store
from pbx_bridge.web.api.settings import SECTIONS
from pbx_bridge.web.services import Services

CONFIGURED = CallLoggingSettings(unknown_inbound=UnknownNumber.CONTACT)


@pytest.fixture
def services() -> Services:
    return Services(configured={"call_logging": CONFIGURED})


async def test_what_the_configuration_says_holds_until_somebody_writes(
    people: People, served_store: Store
) -> None:
    """Version 0 is the configuration file; from version 1 on it is what was written."""
    read = await people.ann("GET", "/settings/call_logging")
    assert (read.status, read.body) == (
        200,
        {"name": "call_logging", "version": 0, "value": plain(CONFIGURED)},
    )
    value = {**read.body["value"], "unknown_inbound": "nothing"}
    written = await people.zoe("PUT", "/settings/call_logging", {"version": 0, "value": value})
    assert (written.status, written.body["version"], written.headers["ETag"]) == (200, 1, '"1"')
    again = await people.ann("GET", "/settings/call_logging")
    assert again.body == written.body == {"name": "call_logging", "version": 1, "value": value}
    kept = await served_store.read(lambda r: r.settings(CallLoggingSettings))
    assert kept.unknown_inbound is UnknownNumber.NOTHING


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"misssed": {"log": "completed"}}, {"value.misssed": "is not known"}),
        ({"missed": {"log": "maybe"}}, {"value.missed.log": "input should be"}),
        ({"missed": {}}, {"value.missed.log": "is required"}),
        ({"missed": {"log": "completed", "hue": 1}}, {"value.missed.hue": "is not known"}),
        (
            {"missed": {"log": "completed", "subject": "Call of {nmae}"}},
            {"value.missed.subject": "has the unknown field {nmae}"},
        ),
        (
            {"missed": {"log": "completed", "subject": "a [b"}},
            {"value.missed.subject": "has a bracket without its partner"},
        ),
        ({"look_up": ["lead"]}, {"value.look_up": "has to name each of these once"}),
        ({"look_up": ["lead"] * 4}, {"value.look_up": "has to name each of these once"}),
        ({"look_up": ["boss"]}, {"value.look_up.0": "input should be"}),
        ({"default_owner": "nobody here"}, {"value.default_owner": "no user who works here"}),
        ({"short_call_seconds": -1}, {"value.short_call_seconds": "has to be from 0 to 3600"}),
        ({"create_case": True}, {"value.create_case": "needs log_to to be 'case'"}),
        ({"unknown_inbound": None}, {"value.unknown_inbound": "input should be"}),
    ],
)
async def test_what_cannot_be_is_refused_by_its_key(
    people: People, served_store: Store, value: dict[str, Any], expected: dict[str, str]
) -> None:
    """422 with the key and what was expected; nothing is written."""
    refused = await people.zoe("PUT", "/settings/call_logging", {"version": 0, "value": value})
    assert refused.status == 422, refused.body
    (field,) = expected
    assert list(refused.fields) == [field]
    assert refused.fields[field].startswith(expected[field])
    assert (await served_store.read(lambda r: r.settings_with_version(CallLoggingSettings)))[1] == 0


async def test_two_administrators_do_not_overwrite_each_other(people: People) -> None:
    """The second is told; without a version nothing is written."""
    body = {"version": 0, "value": {}}
    answers = [
        (await people.zoe("PUT", "/settings/call_forms", one)).status
        for one in (body, body, {"value": {}}, {"version": 1, "value": {"opens_at": "answer"}})
    ]
    assert answers == [200, 409, 428, 200]
    history = await people.mia("GET", "/settings/call_forms/history")
    assert [one["changes"] for one in history.body["items"]] == [
        {},
        {"opens_at": ["ring", "answer"]},
    ]


async def test_only_an_administrator_writes_settings(people: People) -> None:
    """Everybody may read what holds; a stranger not even that."""
    asked = [people.zoe, people.mia, people.ann, people.nobody]
    found = []
    for one in asked:
        read = await one("GET", "/settings/call_logging")
        wrote = await one("PUT", "/settings/call_logging", {"version": 0, "value": {}})
        found.append((read.status, wrote.status))
    assert found == [(200, 200), (200, 403), (200, 403), (401, 401)]


async def test_every_section_can_be_read_and_written_back(people: People) -> None:
    """What is read is what can be written: for each section there is."""
    listed = await people.zoe("GET", "/settings")
    assert [one["name"] for one in listed.body["items"]] == [each.name for each in SECTIONS]
    for section in SECTIONS:
        path = f"/settings/{section.name}"
        value = (await people.zoe("GET", path)).body["value"]
        written = await people.zoe("PUT", path, {"version": 0, "value": value})
        assert (written.status, written.body["value"]) == (200, value), written.body
