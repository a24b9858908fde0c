"""Forms, pools and response rules over the API: made, listed, tried, put in order."""

from __future__ import annotations

from typing import Any

import pytest
from api_people import Api, People

from crm_store.capture.form_tokens import make_form_key, sign
from crm_store.capture.visitors import show_number
from crm_store.capture.web_forms import Sent, submit
from crm_store.records import Visit
from crm_store.store import Store, utc_now

FORM = {
    "name": "contact-me",
    "kind": "contact_me",
    "title": "Write to us",
    "fields": [
        {"name": "name", "label": "Name", "type": "text", "is_required": True},
        {"name": "email", "label": "E-mail", "type": "email", "is_required": True},
    ],
    "allowed_origins": ["https://roofs.example"],
}
RULE = {
    "name": "big",
    "position": 1,
    "conditions": {"employees_min": 100, "origins": ["api"]},
    "actions": {"category": "hot", "round_robin": "South"},
}
NUMBER = {"e164": "+61255500101", "raw": "(02) 5550 0101", "label": "Website"}
POOL = {"name": "website", "numbers": ["+61255500101"], "session_minutes": 10}


async def make(zoe: Api, *records: tuple[str, dict[str, Any]]) -> None:
    for path, body in records:
        reply = await zoe("POST", path, body)
        assert reply.status == 201, reply.body


async def test_an_administrator_makes_forms_pools_and_rules(zoe: Api) -> None:
    """Through the same endpoints as every other kind of record; each mistake by its field."""
    await make(
        zoe,
        ("/web-forms", FORM),
        ("/response-rules", RULE),
        ("/tracking-numbers", NUMBER),
        ("/number-pools", POOL),
    )
    form = (await zoe("GET", "/web-forms/contact-me")).body
    assert {name: form[name] for name in FORM if name != "fields"} == {
        name: value for name, value in FORM.items() if name != "fields"
    }
    wrong = await zoe("POST", "/web-forms", FORM | {"name": "Zwei", "redirect_url": "ftp://x"})
    assert (wrong.status, sorted(wrong.fields)) == (422, ["name", "redirect_url"])
    wrong = await zoe("POST", "/number-pools", POOL | {"name": "b", "numbers": ["+61255500199"]})
    assert (wrong.status, sorted(wrong.fields)) == (422, ["numbers.0"])
    wrong = await zoe(
        "POST", "/response-rules", RULE | {"name": "c", "actions": {"owner": "nobody"}}
    )
    assert (wrong.status, sorted(wrong.fields)) == (422, ["actions.owner"])


async def test_a_rule_is_tried_and_then_carried_out(people: People, zoe: Api) -> None:
    """What the trial said would change is what changes when such a lead is made."""
    draft = {"name": "Ada", "employees": 500}
    body = {"conditions": RULE["conditions"], "actions": RULE["actions"], "lead": draft}
    trial = await zoe("POST", "/response-rules/try", body)
    assert trial.body == {
        "is_match": True,
        "is_first": True,
        "conditions": [
            {"condition": "employees", "is_met": True, "why": "500 employees"},
            {"condition": "origins", "is_met": True, "why": "the origin is api"},
        ],
        "changes": {"category": [None, "hot"], "owner": [None, "sue"]},
        "activity": None,
        "auto_response": None,
    }
    await make(zoe, ("/response-rules", RULE))
    lead = await people.mia("POST", "/leads", {"name": "Ada", "employees": 500})
    assert (lead.body["category"], lead.body["owner"], lead.body["version"]) == ("hot", "sue", 2)
    path = f"/leads/{lead.body['id']}/history"
    history = (await people.mia("GET", path)).body["items"]
    assert [(one["via"], one["action"]) for one in history] == [
        ("api", "created"),
        ("rule big", "responded"),
    ]
    saved = {"name": "big", "lead_id": lead.body["id"]}
    again = await zoe("POST", "/response-rules/try", saved)
    assert (again.body["is_match"], again.body["changes"]) == (True, {})


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"name": "nobody", "lead": {}}, 404, []),
        ({"lead": {}}, 422, ["name"]),
        ({"conditions": {}}, 422, ["lead"]),
        ({"conditions": {}, "lead": {}, "lead_id": 1}, 422, ["lead"]),
        ({"conditions": {}, "lead_id": 99}, 404, []),
        ({"conditions": {"countries": ["Mars"]}, "lead": {}}, 422, ["conditions.countries"]),
        ({"conditions": {"weather": "fine"}, "lead": {}}, 422, ["conditions.weather"]),
    ],
)
async def test_a_trial_that_cannot_be_says_why(
    zoe: Api, body: dict[str, Any], status: int, fields: list[str]
) -> None:
    """Each mistake by its field."""
    reply = await zoe("POST", "/response-rules/try", body)
    assert reply.status == status
    if fields:
        assert sorted(reply.fields) == fields


async def test_rules_are_put_in_order_at_once(zoe: Api) -> None:
    """And a name that is missing is told."""
    for name in ("a", "b", "c"):
        await make(zoe, ("/response-rules", {"name": name}))
    reply = await zoe("POST", "/response-rules/order", {"names": ["c", "a", "b"]})
    assert [(one["name"], one["position"]) for one in reply.body["items"]] == [
        ("c", 1),
        ("a", 2),
        ("b", 3),
    ]
    wrong = await zoe("POST", "/response-rules/order", {"names": ["c", "a"]})
    assert (wrong.status, wrong.fields) == (422, {"names": "'b' is missing"})


async def test_what_was_sent_is_listed_and_spam_accepted(
    zoe: Api, people: People, served_store: Store
) -> None:
    """For administrators alone."""
    await make(zoe, ("/web-forms", FORM))
    key = await served_store.write(make_form_key)
    values = {"name": "Ada", "email": "ada@byron.example"}
    sent = Sent(values=values, token=sign(key, "contact-me", utc_now()))
    await served_store.write(lambda w: submit(w, "contact-me", sent))
    listed = await zoe("GET", "/form-submissions?status=spam")
    (spam,) = listed.body["items"]
    assert (spam["reason"], spam["values"], spam["record"]) == ("too_fast", values, None)
    assert (await people.mia("GET", "/form-submissions")).status == 403
    accepted = await zoe("POST", f"/form-submissions/{spam['id']}/accept")
    assert (accepted.body["status"], accepted.body["accepted_by"]) == ("accepted", "zoe")
    lead = await zoe("GET", f"/leads/{accepted.body['record']['id']}")
    assert (lead.body["name"], lead.body["origin"]) == ("Ada", "web form contact-me")
    assert (await zoe("POST", f"/form-submissions/{spam['id']}/accept")).status == 409
    assert (await zoe("GET", "/form-submissions/999")).status == 404
    assert (await zoe("GET", "/form-submissions?status=spam")).body["items"] == []


async def test_leases_are_listed(zoe: Api, served_store: Store) -> None:
    """Who was shown which number, and why."""
    await make(zoe, ("/tracking-numbers", NUMBER), ("/number-pools", POOL))
    for session in ("ada", "bea"):
        visit = Visit(source="news", session=session)
        await served_store.write(lambda w, visit=visit: show_number(w, "website", visit))
    leases = (await zoe("GET", "/number-leases?number=%2B61255500101&limit=1")).body
    assert [(one["visit"]["session"], one["is_shared"]) for one in leases["items"]] == [
        ("bea", True)
    ]
    rest = (await zoe("GET", f"/number-leases?before={leases['next']}")).body
    assert [one["visit"]["session"] for one in rest["items"]] == ["ada"]
    assert rest["next"] is None
