"""The incoming-call form: whose it is, what it shows, and that what was chosen in it stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from api_people import People, Reply

from crm_store.call_forms import CallFormSettings, OpensAt, form_state
from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    RecordAt,
    UnknownNumber,
)
from crm_store.matching.merging import merge
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    CallRecord,
    Campaign,
    Contact,
    Lead,
    Party,
    PersonType,
    Ref,
    RouteKind,
    TrackingNumber,
)
from crm_store.sales.conversion import NewAccount, convert
from crm_store.store import Store
from pbx_bridge.calls.call import Call
from pbx_bridge.directory import read_directory
from pbx_bridge.ledger import absorb_call, record_call
from pbx_bridge.settling import Bookkeeping
from pbx_bridge.web.services import Services
from tests.outcomes.calls import ANSWERED, ANSWERED_AT, INTERNAL, MISSED, RINGING, STARTED_AT
from tests.outcomes.calls import TALKING as TALKING_UNPARTIED

ANNS = Party(
    extension="1001",
    channel="PJSIP/1001-1",
    rang_at=STARTED_AT,
    answered_at=None,
    left_at=None,
)
RINGS = replace(RINGING, parties=(ANNS,))
TALKING = replace(TALKING_UNPARTIED, parties=(replace(ANNS, answered_at=ANSWERED_AT),))
KEY = (RINGING.pbx, RINGING.linkedid)
NUMBER = phone_number("030 44400999", "DE")
ADA = {"type": "contact", "id": 1}

Tell = Callable[..., Awaitable[str]]


@pytest.fixture
def live() -> list[Call]:
    """What the bridge says is up."""
    return []


@pytest.fixture
def services(live: list[Call]) -> Services:
    return Services(country="DE", calls_up=lambda: live)


@pytest.fixture
async def tell(served_store: Store, live: list[Call]) -> Tell:
    """Tell of a call as the bridge does; returns its call ID."""

    def make(w: Any) -> None:
        w.change("user", "ann", {"extensions": ("1001",)})
        w.change("user", "sue", {"extensions": ("1002",)})
        w.put_campaign(Campaign(name="Autumn"))
        w.put_tracking_number(
            TrackingNumber(
                e164="+493055500100",
                raw="030 55500100",
                label="Poster",
                campaign="Autumn",
                source="print",
                route=RouteKind.QUEUE,
                targets=("500",),
            )
        )
        w.create(Contact(name="Ada Byron", account="Engines"))

    await served_store.write(make)

    async def told(call: Call, rules: CallLoggingSettings | None = None) -> str:
        if rules is not None:
            await served_store.write(lambda w: w.put_settings(rules))
        directory = await served_store.read(read_directory)
        books = Bookkeeping(directory=directory, country="DE")
        record = await served_store.write(lambda w: record_call(w, call, None, books))
        live[:] = [call] if call.ended_at is None else []
        return record.call_id or ""

    return told


async def the_call(store: Store) -> CallRecord:
    found = await store.read(lambda r: r.call(*KEY))
    assert found is not None
    return found


async def the_activity(store: Store) -> Activity | None:
    return await store.read(lambda r: r.activity_of(*KEY))


async def persons(store: Store) -> list[tuple[str, str]]:
    def ask(reader: Any) -> list[tuple[str, str]]:
        return [(k.value, one.name) for k in PersonType for one in reader.people(k)]

    return await store.read(ask)


def ok(reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    return reply.body


async def test_a_strangers_form_says_what_he_will_become(people: People, tell: Tell) -> None:
    """Title, call and lead: he is on file as the lead that his ring made."""
    call_id = await tell(RINGS)
    form = ok(await people.ann("GET", f"/calls/{call_id.lower()}/form"))
    assert form["title"] == "Incoming call: 03044400999 (lead)"
    assert (form["version"], form["saved_at"], form["is_customer_chosen"]) == (0, None, False)
    said = {name: form["call"][name] for name in ("number", "number_e164", "campaign", "queue")}
    assert said == {
        "number": "03044400999",
        "number_e164": "+493044400999",
        "campaign": "Autumn",
        "queue": "500",
    }
    assert form["call"]["ringing"] == ["1001"]
    lead = form["lead"]
    assert (lead["type"], lead["id"], lead["name"], lead["is_made_by_call"]) == (
        "lead",
        1,
        "030 44400999",
        True,
    )
    assert "company" in lead["values"]


@pytest.mark.parametrize("becomes", list(UnknownNumber))
async def test_the_title_names_the_object_to_be_created(
    people: People, tell: Tell, becomes: UnknownNumber
) -> None:
    """Before anybody is on file it is the draft of what the setting says; nothing says nothing."""
    rules = CallLoggingSettings(unknown_inbound=becomes, record_at=RecordAt.HANGUP)
    call_id = await tell(RINGS, rules)
    form = ok(await people.ann("GET", f"/calls/{call_id}/form"))
    what = "" if becomes == "nothing" else f" ({becomes.replace('_', ' ')})"
    assert form["title"] == f"Incoming call: 03044400999{what}"
    drafted = form["lead"] and (form["lead"]["type"], form["lead"]["id"])
    assert drafted == (None if becomes == "nothing" else (becomes.value, None))


async def test_a_known_callers_form_shows_him(
    people: People, tell: Tell, served_store: Store
) -> None:
    """No object to be created; his fields, and everybody else under the number."""

    def make(w: Any) -> None:
        w.add_phone_number(Ref(type=PersonType.CONTACT, id=1), NUMBER)
        w.create(Account(name="Byron & Co", phone_numbers=(NUMBER,)))

    await served_store.write(make)
    call_id = await tell(RINGS)
    form = ok(await people.ann("GET", f"/calls/{call_id}/form"))
    assert form["title"] == "Incoming call: 03044400999"
    assert (form["lead"]["id"], form["lead"]["name"]) == (1, "Ada Byron")
    assert form["lead"]["values"]["account"] == "Engines"
    assert [one["name"] for one in form["candidates"]] == ["Ada Byron", "Byron & Co"]
    assert form["activity"]["about"] == {"type": "contact", "id": 1, "name": "Ada Byron"}


async def test_a_withheld_number_is_not_shown(people: People, tell: Tell) -> None:
    call_id = await tell(replace(RINGS, is_withheld=True))
    form = ok(await people.ann("GET", f"/calls/{call_id}/form"))
    assert form["title"] == "Incoming call: withheld"
    assert (form["call"]["number"], form["lead"], form["candidates"]) == ("", None, [])


@pytest.mark.parametrize(
    ("redirected_from", "is_certain", "note"),
    [
        ("+493011122233", True, "the network named the number that passed the call on"),
        ("03055500100", False, "the number named is our own"),
        ("anonymous", False, "what the network named is no number"),
        (None, False, "the network named no other number"),
    ],
)
async def test_a_redirected_call_says_how_certain_its_origin_is(
    people: People, tell: Tell, redirected_from: str | None, is_certain: bool, note: str
) -> None:
    """The original number where the PBX sent it; certain only where it is somebody else's."""
    call_id = await tell(replace(RINGS, redirected_from=redirected_from))
    said = ok(await people.ann("GET", f"/calls/{call_id}/form"))["call"]
    assert said["original_number"] == redirected_from
    assert said["is_redirected"] is (redirected_from is not None)
    assert said["is_redirect_certain"] is is_certain
    assert said["redirect_note"].startswith(note)


async def test_a_form_opens_for_whom_it_rings(people: People, tell: Tell) -> None:
    """Ann's phone rings, Sue's does not; when Ann has answered it is hers; at the end nobody's."""
    found = []
    for call in (RINGS, TALKING, replace(ANSWERED, parties=TALKING.parties)):
        call_id = await tell(call)
        for who in (people.ann, people.sue):
            items = ok(await who("GET", "/call-forms?mine=true"))["items"]
            found.append([(one["call_id"], one["state"], one["title"]) for one in items])
    title = "Incoming call: 03044400999 (lead)"
    assert found == [[(call_id, "ringing", title)], [], [(call_id, "answered", title)], [], [], []]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (CallFormSettings(), {"ring": ["ringing"], "talk": ["answered"], "internal": []}),
        (
            CallFormSettings(opens_at=OpensAt.ANSWER, internal_opens_at=OpensAt.RING),
            {"ring": [], "talk": ["answered"], "internal": ["ringing"]},
        ),
        (CallFormSettings(opens_at=OpensAt.NEVER), {"ring": [], "talk": [], "internal": []}),
    ],
)
async def test_when_a_form_opens_is_a_setting(
    people: People,
    tell: Tell,
    served_store: Store,
    settings: CallFormSettings,
    expected: dict[str, list[str]],
) -> None:
    """At the ring or at the answer, and otherwise for a call between colleagues."""
    await served_store.write(lambda w: w.put_settings(settings))
    internal = replace(INTERNAL, parties=(ANNS,), ended_at=None, caller_number="1002")
    found = {}
    for name, call in (("ring", RINGS), ("talk", TALKING), ("internal", internal)):
        await tell(call)
        items = ok(await people.ann("GET", "/call-forms"))["items"]
        found[name] = [one["state"] for one in items]
    assert found == expected


async def test_saving_registers_the_call_while_it_is_up(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Comment, tags and result; the lead's fields; what the end of the call adds leaves them."""
    call_id = await tell(TALKING)
    body = {
        "version": 0,
        "fields": {"name": "Grace Hopper", "company": "Navy", "email": "grace@example.org"},
        "comment": "wants a compiler",
        "tags": ["hot"],
        "result": "reached",
    }
    form = ok(await people.ann("PUT", f"/calls/{call_id}/form", body))
    assert (form["version"], form["saved_by"]) == (1, "ann")
    assert form["lead"]["values"]["company"] == "Navy"
    await tell(ANSWERED)
    lead = await served_store.read(lambda r: r.get("lead", 1))
    assert (lead.name, lead.company, lead.email) == ("Grace Hopper", "Navy", "grace@example.org")
    call, activity = await the_call(served_store), await the_activity(served_store)
    assert (call.comment, call.tags, call.record) == (
        "wants a compiler",
        ("hot",),
        Ref(type=PersonType.LEAD, id=1),
    )
    assert activity is not None
    assert (activity.comment, activity.tags, activity.result, activity.status) == (
        "wants a compiler",
        ("hot",),
        "reached",
        "completed",
    )
    assert activity.subject.startswith("Inbound answered call from Grace Hopper")
    assert await persons(served_store) == [
        ("contact", "Ada Byron"),
        ("lead", "Grace Hopper"),
        ("account", "Engines"),
    ]


async def test_saving_again_changes_nothing_and_an_old_version_is_told(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Twice the same: the same version. Who read an older one gets 409, and nothing is written."""
    call_id = await tell(TALKING)
    path, body = f"/calls/{call_id}/form", {"comment": "x", "tags": ["a"], "result": "busy"}
    ok(await people.ann("PUT", path, {"version": 0, **body}))
    before = await the_activity(served_store)
    again = ok(await people.ann("PUT", path, {"version": 1, **body}))
    assert (again["version"], await the_activity(served_store)) == (1, before)
    late = await people.mia("PUT", path, {"version": 0, "comment": "mine"})
    unsaid = await people.mia("PUT", path, {"comment": "mine"})
    assert (late.status, unsaid.status) == (409, 428)
    assert (await the_call(served_store)).comment == "x"
    cleared = ok(await people.mia("PUT", path, {"version": 1, "comment": "", "tags": []}))
    assert (cleared["comment"], cleared["tags"], cleared["version"]) == (None, [], 2)


async def test_two_agents_at_once_one_is_told(people: People, tell: Tell) -> None:
    """Both read version 0 and save at the same moment."""
    call_id = await tell(TALKING)
    answers = await asyncio.gather(
        *(
            who("PUT", f"/calls/{call_id}/form", {"version": 0, "comment": name})
            for who, name in ((people.ann, "ann"), (people.mia, "mia"))
        )
    )
    assert sorted(one.status for one in answers) == [200, 409]


async def test_choosing_a_customer_moves_the_call_and_takes_the_lead_away(
    people: People, tell: Tell, served_store: Store
) -> None:
    """The lead that the ring made is nobody's work: gone. At the end the call is still Ada's."""
    call_id = await tell(RINGS)
    form = ok(await people.ann("POST", f"/calls/{call_id}/form/customer", ADA))
    assert (form["title"], form["is_customer_chosen"], form["version"]) == (
        "Incoming call: 03044400999",
        True,
        1,
    )
    again = ok(await people.ann("POST", f"/calls/{call_id}/form/customer", ADA))
    assert again["version"] == 1
    await tell(TALKING)
    await tell(ANSWERED)
    call, activity = await the_call(served_store), await the_activity(served_store)
    assert activity is not None
    assert (activity.about, activity.subject) == (
        call.matched,
        "Inbound answered call from Ada Byron on Poster answered by ann",
    )
    assert call.record == Ref(type="activity", id=activity.id or 0)
    assert await persons(served_store) == [("contact", "Ada Byron"), ("account", "Engines")]


async def test_a_lead_that_somebody_worked_on_is_kept(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Its name was filled in before the customer was chosen: it stays, without the call."""
    call_id = await tell(RINGS)
    path = f"/calls/{call_id}/form"
    ok(await people.ann("PUT", path, {"version": 0, "fields": {"name": "Grace"}}))
    ok(await people.ann("POST", f"{path}/customer", ADA))
    assert ("lead", "Grace") in await persons(served_store)
    activity = await the_activity(served_store)
    assert activity is not None
    assert activity.about is not None
    assert activity.about.name == "Ada Byron"


async def test_what_the_form_chose_wins_over_the_rules_at_the_end(
    people: People, tell: Tell, served_store: Store
) -> None:
    """The rules log no missed calls; the agent chose Ada: it is logged, and done."""
    rules = CallLoggingSettings(missed=CallTypeRule(log=Logging.NOT_LOGGED))
    call_id = await tell(RINGS, rules)
    ok(await people.ann("POST", f"/calls/{call_id}/form/customer", ADA))
    for _ in range(2):
        await tell(MISSED)
    activity = await the_activity(served_store)
    assert activity is not None
    assert (activity.about.name if activity.about else None, activity.status) == (
        "Ada Byron",
        "completed",
    )


@pytest.mark.parametrize("becomes", ["contact", "account", "person_account", "nothing"])
async def test_a_stranger_becomes_what_the_agent_says(
    people: People, tell: Tell, served_store: Store, becomes: str
) -> None:
    """Instead of the lead of the rules; told to its end nothing else appears."""
    call_id = await tell(RINGS)
    form = ok(await people.ann("PUT", f"/calls/{call_id}/form", {"version": 0, "becomes": becomes}))
    await tell(ANSWERED)
    made = [] if becomes == "nothing" else [(becomes, "030 44400999")]
    others = [("contact", "Ada Byron"), ("account", "Engines")]
    assert sorted(await persons(served_store)) == sorted(made + others)
    assert form["title"].endswith("03044400999" if not made else f"({becomes.replace('_', ' ')})")


async def test_a_worked_on_lead_does_not_become_another_thing(people: People, tell: Tell) -> None:
    """409: convert it instead."""
    call_id = await tell(RINGS)
    path = f"/calls/{call_id}/form"
    ok(await people.ann("PUT", path, {"version": 0, "fields": {"name": "Grace"}}))
    refused = await people.ann("PUT", path, {"version": 1, "becomes": "contact"})
    assert refused.status == 409
    assert "was changed since" in refused.body["detail"]


async def test_saving_puts_a_stranger_on_file_before_the_rules_do(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Recorded at hang-up by the rules; saved in the form at once, and only once."""
    call_id = await tell(RINGS, CallLoggingSettings(record_at=RecordAt.HANGUP))
    assert ("lead", "Grace") not in await persons(served_store)
    ok(
        await people.ann(
            "PUT", f"/calls/{call_id}/form", {"version": 0, "fields": {"name": "Grace"}}
        )
    )
    await tell(ANSWERED)
    found = await persons(served_store)
    assert [one for one in found if one[0] == "lead"] == [("lead", "Grace")]


async def test_the_number_is_saved_to_the_chosen_customer_once(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Not doubled; who else has it is named; what is no number is refused by its field."""
    await served_store.write(lambda w: w.create(Account(name="Other", phone_numbers=(NUMBER,))))
    call_id = await tell(RINGS)
    path = f"/calls/{call_id}/form"
    ok(await people.ann("POST", f"{path}/customer", ADA))
    first = ok(await people.ann("POST", f"{path}/number", {"label": "mobile"}))
    again = ok(await people.ann("POST", f"{path}/number", {}))
    assert [one["is_new"] for one in (first, again)] == [True, False]
    assert first["warning"] == "also on file under this number: Other (account)"
    ada = await served_store.read(lambda r: r.get("contact", 1))
    assert [(one.e164, one.label) for one in ada.phone_numbers] == [("+493044400999", "mobile")]
    refused = await people.ann("POST", f"{path}/number", {"number": "call me"})
    assert (refused.status, list(refused.fields)) == (422, ["number"])


async def test_a_number_needs_somebody_to_save_it_to(people: People, tell: Tell) -> None:
    rules = CallLoggingSettings(unknown_inbound=UnknownNumber.NOTHING)
    call_id = await tell(RINGS, rules)
    refused = await people.ann("POST", f"/calls/{call_id}/form/number", {})
    assert (refused.status, refused.body["detail"]) == (
        409,
        "nobody was chosen for this call: choose a customer first",
    )


async def test_a_lead_that_is_converted_during_its_call(
    people: People, tell: Tell, served_store: Store
) -> None:
    """The form shows the contact, and what is said of the call is said about him."""
    call_id = await tell(TALKING)
    await served_store.write(lambda w: convert(w, 1, account=NewAccount(name="Navy")))
    form = ok(await people.ann("GET", f"/calls/{call_id}/form"))
    assert (form["lead"]["type"], form["title"]) == ("contact", "Incoming call: 03044400999")
    ok(await people.ann("PUT", f"/calls/{call_id}/form", {"version": 0, "comment": "won"}))
    await tell(ANSWERED)
    activity = await the_activity(served_store)
    assert activity is not None
    assert activity.about is not None
    assert (activity.about.type, activity.comment) == ("contact", "won")


async def test_a_customer_who_is_merged_during_his_call(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Chosen, merged into another, talked to, saved: all of it is the other's; nothing is lost."""
    twin = await served_store.write(lambda w: w.create(Contact(name="Ada King")))
    call_id = await tell(RINGS)
    path = f"/calls/{call_id}/form"
    ok(await people.ann("POST", f"{path}/customer", ADA))
    await served_store.write(lambda w: merge(w, PersonType.CONTACT, twin.id, 1))
    await tell(TALKING)
    form = ok(await people.ann("PUT", path, {"version": 1, "comment": "married", "tags": ["hot"]}))
    await tell(ANSWERED)
    activity, call = await the_activity(served_store), await the_call(served_store)
    assert activity is not None
    assert form["lead"]["id"] == twin.id
    assert activity.about == call.matched
    assert activity.about is not None
    assert (activity.about.id, activity.comment, activity.status) == (
        twin.id,
        "married",
        "completed",
    )


async def test_the_form_goes_along_when_its_call_is_absorbed(
    people: People, tell: Tell, served_store: Store
) -> None:
    """What was decided about a call that became a part of another is decided about that one."""
    other = replace(RINGS, linkedid="1763888400.9")
    await tell(other)
    call_id = await tell(RINGS)
    ok(await people.ann("POST", f"/calls/{call_id}/form/customer", ADA))
    await served_store.write(lambda w: absorb_call(w, *KEY, other.linkedid))
    state = await served_store.read(lambda r: form_state(r, other.pbx, other.linkedid))
    assert (state.version, state.is_customer_chosen) == (1, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fields": {"nmae": "x"}}, "fields.nmae"),
        ({"fields": {"account": "x"}}, "fields.account"),
        ({"fields": {"name": " "}}, "fields.name"),
        ({"becomes": "friend"}, "becomes"),
        ({"result": "purple"}, "result"),
        ({"customer": {"type": "contact"}}, "customer.id"),
        ({"tags": [""]}, "tags.0"),
        ({"due_at": "2026-11-23T10:00:00"}, "due_at"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    people: People, tell: Tell, served_store: Store, body: dict[str, Any], field: str
) -> None:
    """422 with the field; nothing is half written."""
    call_id = await tell(TALKING)
    before = await the_call(served_store)
    sent = {"version": 0, "comment": "half", **body}
    refused = await people.ann("PUT", f"/calls/{call_id}/form", sent)
    assert (refused.status, list(refused.fields)) == (422, [field]), refused.body
    assert (await the_call(served_store), await the_activity(served_store)) == (before, None)


async def test_whom_one_does_not_see_one_cannot_choose(
    people: People, tell: Tell, served_store: Store
) -> None:
    """Another group's contact is not there for Ann; a call that is not hers neither for Sue."""
    await served_store.write(lambda w: w.create(Lead(name="Theirs", owner_group="South")))
    call_id = await tell(RINGS)
    hidden = await people.ann("POST", f"/calls/{call_id}/form/customer", {"type": "lead", "id": 1})
    unknown = await people.ann("GET", "/calls/ZZZZZZ/form")
    readonly = await people.guest("PUT", f"/calls/{call_id}/form", {"version": 0})
    nobody = await people.nobody("GET", f"/calls/{call_id}/form")
    assert [one.status for one in (hidden, unknown, readonly, nobody)] == [404, 404, 403, 401]
