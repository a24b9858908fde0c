"""Web hooks and mail over the API: who may, what is shown, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from api_people import People

from crm_store.messages import mail
from crm_store.records import Lead
from crm_store.store import Store

HOOK = {"url": "https://crm.example.com/hooks", "events": ["lead.*"]}


async def make_hook(people: People, **more: Any) -> int:
    made = await people.zoe("POST", "/web-hooks", {**HOOK, **more})
    assert made.status == 201, made.body
    return int(made.body["id"])


async def test_a_web_hook_shows_its_secret_to_administrators_alone(people: People) -> None:
    """Not in the record, not in a list, not in the history; on demand, and renewed."""
    hook = await make_hook(people)
    path = f"/web-hooks/{hook}"
    secret = (await people.zoe("GET", f"{path}/secret")).body["secret"]
    assert secret.startswith("whsec_")
    for shown in (path, "/web-hooks", f"{path}/history"):
        assert secret not in str((await people.zoe("GET", shown)).body)
    renewed = (await people.zoe("POST", f"{path}/secret")).body["secret"]
    assert renewed != secret
    assert (await people.zoe("GET", f"{path}/secret")).body == {"secret": renewed}
    for somebody in (people.mia, people.ann, people.guest):
        assert (await somebody("GET", f"{path}/secret")).status == 403
        assert (await somebody("POST", f"{path}/test")).status == 403
        assert (await somebody("GET", f"{path}/deliveries")).status == 403
    assert (await people.nobody("GET", f"{path}/secret")).status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": 5}, "url"),
        ({"events": []}, "events"),
        ({"events": ["lead"]}, "events"),
        ({"failures": 3}, "failures"),
    ],
)
async def test_a_web_hook_that_cannot_be_is_refused_by_field(
    people: People, body: dict[str, Any], field: str
) -> None:
    """422, and nothing is written."""
    refused = await people.zoe("POST", "/web-hooks", {**HOOK, **body})
    assert (refused.status, list(refused.fields)) == (422, [field])
    assert (await people.zoe("GET", "/web-hooks")).body["items"] == []


async def test_deliveries_are_listed_shown_and_replayed(
    people: People, served_store: Store
) -> None:
    """A test event and two leads; page by page, newest first; the body of each; once more."""
    hook = await make_hook(people)
    path = f"/web-hooks/{hook}"
    for name in ("Ada", "Bob"):
        await served_store.write(lambda w, name=name: w.add(Lead(name=name)))
    sent = await people.zoe("POST", f"{path}/test")
    assert (sent.status, sent.body["event_type"], sent.body["state"]) == (202, "test", "waiting")
    page = (await people.zoe("GET", f"{path}/deliveries?limit=2")).body
    assert [one["event_type"] for one in page["items"]] == ["test", "lead.created"]
    rest = (await people.zoe("GET", f"{path}/deliveries?limit=2&before={page['next']}")).body
    assert (len(rest["items"]), rest["next"]) == (1, None)
    first = rest["items"][0]["id"]
    shown = (await people.zoe("GET", f"{path}/deliveries/{first}")).body
    assert shown["payload"]["data"]["object"]["name"] == "Ada"
    assert (await people.zoe("POST", f"{path}/deliveries/{first}/replay")).status == 202
    replayed = await people.zoe("POST", f"{path}/replay", {"since": "2020-01-01T00:00:00Z"})
    assert (replayed.status, replayed.body) == (202, {"events": 2})


async def test_what_is_not_there_or_off_is_said_so(people: People) -> None:
    """404 for hooks and deliveries that are none, 409 for a hook that is off, 422 for the body."""
    hook = await make_hook(people, is_active=False)
    for path in ("/web-hooks/99/deliveries", "/web-hooks/99/secret"):
        assert (await people.zoe("GET", path)).status == 404
    for path in ("/web-hooks/99/test", f"/web-hooks/{hook}/deliveries/7/replay"):
        assert (await people.zoe("POST", path)).status in (404, 409)
    assert (await people.zoe("POST", f"/web-hooks/{hook}/test")).status == 409
    for since in ("yesterday", "2020-01-01T00:00:00", None):
        body = {"since": since}
        assert (await people.zoe("POST", f"/web-hooks/{hook}/replay", body)).status == 422
    active = await make_hook(people)
    for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        body = {"since": since}
        assert (await people.zoe("POST", f"/web-hooks/{active}/replay", body)).status == 422


async def test_mails_are_listed_for_administrators(people: People, served_store: Store) -> None:
    """What waits, what was given up; a mail that waits is not to be retried."""
    queued = [
        await served_store.write(
            lambda w, name=name: mail.queue_email(
                w, template="thank_you", to=f"{name}@example.com", values={}, cause="x"
            )
        )
        for name in ("ada", "bob")
    ]
    listed = (await people.zoe("GET", "/emails?state=waiting&limit=1")).body
    assert ([one["to"] for one in listed["items"]], listed["next"]) == (
        ["bob@example.com"],
        queued[1],
    )
    one = (await people.zoe("GET", f"/emails/{queued[0]}")).body
    assert (one["to"], one["state"], one["token"]) == ("ada@example.com", "waiting", "")
    assert (await people.zoe("POST", f"/emails/{queued[0]}/retry")).status == 409
    assert (await people.zoe("GET", "/emails/99")).status == 404
    assert (await people.mia("GET", "/emails")).status == 403
    assert (await people.zoe("GET", "/emails?state=lost")).status == 422


async def test_a_template_is_tried_before_it_is_used(people: People) -> None:
    """Filled in with values, nothing is sent; an unknown placeholder is refused at saving."""
    template = {"name": "mine", "subject": "Hello {name}", "text": "About {product}."}
    assert (await people.zoe("POST", "/email-templates", template)).status == 201
    shown = await people.zoe("POST", "/email-templates/mine/preview", {"values": {"name": "Ada"}})
    assert shown.body == {"subject": "Hello Ada", "text": "", "html": ""}
    wrong = {**template, "name": "other", "text": "Hello {nmae}"}
    refused = await people.zoe("POST", "/email-templates", wrong)
    assert (refused.status, list(refused.fields)) == (422, ["text"])
    known = (await people.zoe("GET", "/email-placeholders")).body["placeholders"]
    assert known["name"] == "whom the mail is for"
    assert (await people.zoe("POST", "/email-templates/none/preview", {})).status == 404


async def test_who_wants_no_mail_is_written_down_and_taken_back(people: People) -> None:
    """In whatever way the address is written; a text that is none is refused by name."""
    path = "/unsubscribed-addresses"
    made = await people.zoe("POST", path, {"address": "Ada@Example.com"})
    assert (made.status, made.body["address"], made.body["via"]) == (201, "ada@example.com", "zoe")
    refused = await people.zoe("POST", path, {"address": "ada at example"})
    assert (refused.status, list(refused.fields)) == (422, ["address"])
    assert len((await people.zoe("GET", path)).body["items"]) == 1
    assert (await people.zoe("DELETE", f"{path}/ADA@example.com")).status == 204
    assert (await people.zoe("DELETE", f"{path}/ADA@example.com")).status == 404
    assert (await people.zoe("GET", path)).body == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("section", "value", "field"),
    [
        ("web_hooks", {"keep_days": 0}, "value.keep_days"),
        ("web_hooks", {"deactivate_after_days": 1e9}, "value.deactivate_after_days"),
        ("call_events", {"news_hours": -1}, "value.news_hours"),
    ],
)
async def test_settings_that_cannot_be_are_refused(
    people: People, section: str, value: dict[str, Any], field: str
) -> None:
    """By their key."""
    refused = await people.zoe("PUT", f"/settings/{section}", {"version": 0, "value": value})
    assert (refused.status, list(refused.fields)) == (422, [field])
