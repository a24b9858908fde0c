"""What calls leave, by rules that an administrator changes while the bridge runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest_asyncio
from bridge import POLL_SECONDS, Office
from company import BOXED, EMPTY_DESK, STRANGER, e164

from crm_store.access import credentials
from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    ShortCalls,
    UnknownNumber,
)
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    CallType,
    Contact,
    Lead,
    PersonAccount,
    PersonType,
    Role,
    TrackingNumber,
)
from pbx_bridge.lab import Phone, SippPhone, speak
from tests.api.api_people import Api

RENEWED_SECONDS = 2.3
"""The bridge reads its rules every two seconds."""
DESK = TrackingNumber(
    e164="+61299990031", raw="0299990031", label="Desk", targets=("1003",), is_recorded=False
)
CUSTOMERS = {kind: f"04915710{place:02}" for place, kind in enumerate(CallType)}
"""A contact for each call type, by the number that he has."""
LEFT = {
    "usual": {
        "outbound_answered": "completed",
        "outbound_unanswered": "completed",
        "inbound_answered": "completed",
        "missed": "in_progress",
        "voicemail": "in_progress",
    },
    "all to do": dict.fromkeys(CallType, "in_progress"),
    "little": {"missed": "completed", "outbound_answered": "in_progress"},
}
"""What the five call types leave under three sets of rules; what is not there leaves nothing."""
CARRIER = "+61290001111"


@pytest_asyncio.fixture
async def desk(quiet_office: Office) -> AsyncIterator[tuple[Office, Api]]:
    """The office with its bridge running; Alice is its administrator, with a token."""
    office = quiet_office
    scopes = ("read", "write", "admin")

    def prepare(writer: Any) -> str:
        writer.put_tracking_number(DESK)
        for kind, number in CUSTOMERS.items():
            writer.put(Contact(name=kind.value, phone_numbers=(phone_number(number, "AU"),)))
        writer.change("user", "Alice", {"role": Role.ADMINISTRATOR})
        return credentials.make_token(writer, "Alice", name="rules", scopes=scopes).secret

    token = await office.store.write(prepare)
    async with (
        office.bridged(mid_call={"budget_ms": 1500}) as config,
        aiohttp.ClientSession() as http,
    ):
        yield office, Api(f"http://127.0.0.1:{config.web.port}/api/v1", token, http)


async def rule(api: Api, rules: CallLoggingSettings) -> None:
    """Write the rules as an administrator does, and wait until the bridge has read them."""
    path = "/settings/call_logging"
    now = (await api("GET", path)).body
    value = {name: getattr(rules, name) for name in now["value"]}
    value |= {kind.value: {"log": value[kind.value].log} for kind in CallType}
    written = await api("PUT", path, {"version": now["version"], "value": value})
    assert written.status == 200, written.body
    await asyncio.sleep(RENEWED_SECONDS)


def rules_that_leave(left: dict[str, str]) -> CallLoggingSettings:
    """The rules under which the call types leave this."""
    return CallLoggingSettings(
        **{  # type: ignore[arg-type]
            kind.value: CallTypeRule(log=Logging(left.get(kind.value, "not_logged")))
            for kind in CallType
        }
    )


async def play_all_five(office: Office, bob: Phone) -> None:
    """One call of each type, each with a customer of its own, most of them at once."""
    words = speak("Please call me back.")
    async with (
        SippPhone(office.pbx, "1003", reply_after_seconds=0.2),
        asyncio.TaskGroup() as calls,
    ):
        calls.create_task(
            office.trunk.call(
                CUSTOMERS[CallType.VOICEMAIL],
                BOXED.raw,
                speech=words,
                hang_up_after_seconds=8.0,
            )
        )
        calls.create_task(
            office.trunk.call(
                CUSTOMERS[CallType.INBOUND_ANSWERED], DESK.raw, hang_up_after_seconds=0.5
            )
        )
        calls.create_task(office.trunk.call(CUSTOMERS[CallType.MISSED], EMPTY_DESK.raw))
        calls.create_task(call_out(office, bob))


async def call_out(office: Office, bob: Phone) -> None:
    async with office.trunk.outside(reply_after_seconds=0.2) as world:
        await bob.dial(CUSTOMERS[CallType.OUTBOUND_ANSWERED])
        await bob.wait_for_answer()
        await asyncio.sleep(0.3)
        await bob.hang_up()
        await world.wait_for_end()
    async with office.trunk.outside(reply=486, reply_after_seconds=0.2) as world:
        await bob.dial(CUSTOMERS[CallType.OUTBOUND_UNANSWERED])
        await world.wait_for_end()


async def test_the_five_call_types_under_three_sets_of_rules(
    desk: tuple[Office, Api], bob: Phone
) -> None:
    """Story (b): completed, in progress, not logged, each by its type; no restart in between."""
    office, api = desk
    box = office.pbx.voicemail / "default/1001"
    box.mkdir(parents=True, exist_ok=True)
    speak("Gone.", box / "unavail.wav")
    found, seen = {}, set[int | None]()
    for number, (name, left) in enumerate(LEFT.items(), start=1):
        if number > 1:
            await rule(api, rules_that_leave(left))
        await play_all_five(office, bob)
        await office.wait_for_calls(5 * number)
        made = [one for one in await office.activities() if one.id not in seen]
        seen |= {one.id for one in made}
        found[name] = {one.call_type: one.status for one in made}
        assert {one.about.name for one in made if one.about} == {str(one) for one in found[name]}
    assert found == LEFT
    assert await office.leads() == []


async def test_an_unknown_number_becomes_each_of_five_things(desk: tuple[Office, Api]) -> None:
    """Story (c): a lead, a contact, an account, a person account, or nothing."""
    office, api = desk
    made: dict[str, list[str]] = {}
    for place, becomes in enumerate(UnknownNumber):
        await rule(api, CallLoggingSettings(unknown_inbound=becomes))
        await office.trunk.call(f"04915720{place:02}", EMPTY_DESK.raw)
        await office.wait_for_calls(place + 1)
        kinds = await office.store.read(
            lambda r, p=place: [
                kind.value
                for kind in PersonType
                for one in r.people(kind)
                if e164(f"04915720{p:02}") in {number.e164 for number in one.phone_numbers}
            ]
        )
        made[becomes.value] = kinds
    assert made == {each.value: [each.value] if each != "nothing" else [] for each in UnknownNumber}
    assert await office.activities() == []


async def test_four_objects_with_one_number_and_the_order_is_a_setting(
    desk: tuple[Office, Api],
) -> None:
    """Story (d): contact first as usual; then whichever the administrator puts first."""
    office, api = desk
    numbers = (phone_number(STRANGER, "AU"),)
    for one in (PersonAccount(name="P"), Account(name="A"), Lead(name="L"), Contact(name="C")):
        await office.store.write(lambda w, o=one: w.create(replace(o, phone_numbers=numbers)))
    found = []
    for place, first in enumerate(PersonType):
        if place:
            rest = (kind for kind in PersonType if kind is not first)
            await rule(api, CallLoggingSettings(look_up=(first, *rest)))
        await office.trunk.call(STRANGER, EMPTY_DESK.raw)
        call = (await office.wait_for_calls(place + 1))[-1]
        activity = (await office.activities())[-1]
        names = [candidate.name for candidate in call.candidates]
        found.append((activity.about and activity.about.name, names[0], len(names)))
    assert found == [("C", "C", 4), ("L", "L", 4), ("A", "A", 4), ("P", "P", 4)]


async def open_forms(api: Api, count: int) -> list[Any]:
    """Alice's open forms, as soon as there are so many: the PBX tells the bridge in its time."""
    deadline = asyncio.get_running_loop().time() + 3.0
    while True:
        found: list[Any] = (await api("GET", "/call-forms?mine=true")).body["items"]
        if len(found) == count or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(POLL_SECONDS)


async def test_a_redirected_call_through_its_form(desk: tuple[Office, Api], carol: Phone) -> None:
    """Story (e): whose number was dialled first, a customer chosen while it rings, his number."""
    office, api = desk
    # Alice looks at Carol's calls: the phone that rings is hers for this story.
    await office.store.write(lambda w: w.change("user", "Alice", {"extensions": ("1003", "1001")}))
    await office.store.write(lambda w: w.remove("user", "Carol"))
    await asyncio.sleep(RENEWED_SECONDS)
    diverted = {"Diversion": f"<sip:{CARRIER}@carrier>;reason=unconditional"}
    async with office.trunk.dial(
        STRANGER, DESK.raw, headers=diverted, hang_up_after_seconds=0.5
    ) as placed:
        await carol.wait_for_ring()
        (opened,) = await open_forms(api, 1)
        path = f"/calls/{opened['call_id']}/form"
        ringing = (await api("GET", path)).body
        chosen = await api("POST", f"{path}/customer", {"type": "contact", "id": 1})
        saved = await api("POST", f"{path}/number", {"label": "from a call"})
        await carol.answer()
        await placed.wait_for_end()
    call = await office.wait_for_call(number=STRANGER)
    (activity,) = await office.activities()

    assert (opened["title"], opened["state"]) == (f"Incoming call: {STRANGER} (lead)", "ringing")
    said = ringing["call"]
    assert (said["original_number"], said["is_redirect_certain"]) == (CARRIER, True)
    assert (chosen.status, chosen.body["title"]) == (200, f"Incoming call: {STRANGER}")
    assert (saved.status, saved.body["is_new"], saved.body["warning"]) == (200, True, None)
    assert await office.leads() == []
    assert activity.about is not None
    assert activity.about.name == "Jane Doe"
    assert activity.subject == "Inbound answered call from Jane Doe on Desk answered by Alice"
    assert (call.redirected_from, call.matched) == (CARRIER, activity.about)
    assert await open_forms(api, 0) == []


async def test_a_change_of_settings_holds_for_the_next_call(
    desk: tuple[Office, Api], carol: Phone
) -> None:
    """A short call is logged; then not; then with a subject of the administrator's own."""
    office, api = desk
    carol.answers_after_seconds = 0.1
    customer = CUSTOMERS[CallType.INBOUND_ANSWERED]

    async def called(count: int) -> list[Activity]:
        await office.trunk.call(customer, DESK.raw, hang_up_after_seconds=0.3)
        await office.wait_for_calls(count)
        return await office.activities()

    usual = await called(1)
    await rule(api, CallLoggingSettings(short_call_seconds=30, short_calls=ShortCalls.NOT_LOGGED))
    without = await called(2)
    path = "/settings/call_logging"
    now = (await api("GET", path)).body
    own = {"log": "in_progress", "subject": "{agent} spoke with {name} ({direction})"}
    value = {**now["value"], "inbound_answered": own, "short_call_seconds": 0}
    await api("PUT", path, {"version": now["version"], "value": value})
    await asyncio.sleep(RENEWED_SECONDS)
    again = await called(3)

    assert [len(each) for each in (usual, without, again)] == [1, 1, 2]
    assert (again[1].subject, again[1].status) == (
        "Carol spoke with inbound_answered (inbound)",
        "in_progress",
    )
