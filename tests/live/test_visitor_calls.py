"""From a web page to the telephone: numbers for visitors, and forms whose senders then call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import aiohttp
import pytest_asyncio
from bridge import PBX, Office, on_both_engines, set_global
from company import BRIEF, POSTER, STRANGER, e164

from crm_store.capture.form_submissions import WebFormSettings
from crm_store.records import (
    Actions,
    Attribution,
    CallType,
    Conditions,
    EmailTemplate,
    FieldType,
    FormField,
    Matched,
    NumberPool,
    PersonType,
    PhoneNumber,
    Ref,
    ResponseRule,
    WebForm,
)
from pbx_bridge.app import backfill
from pbx_bridge.config import Config
from pbx_bridge.lab import Phone
from tests.messages.mail_server import MailServer

LANDING = "https://roofs.example/?utm_campaign=spring-mailing&utm_term=leaking+roof&gclid=Cj0K"
FORM = WebForm(
    name="contact-me",
    title="Write to us",
    fields=(
        FormField(name="name", label="Name", is_required=True),
        FormField(name="email", label="E-mail", type=FieldType.EMAIL, is_required=True),
        FormField(name="phone", label="Phone", type=FieldType.PHONE),
        FormField(name="message", label="Message", type=FieldType.TEXTAREA),
    ),
    auto_response="thanks",
    country="AU",
)


def write_pages(writer: Any) -> None:
    """A unit of work: a pool of two numbers, a form, its answer, a rule for calls of a campaign."""
    writer.add(NumberPool(name="website", numbers=(POSTER.e164, BRIEF.e164)))
    writer.add(EmailTemplate(name="thanks", subject="Thank you, {name}", text="We will call you."))
    writer.add(FORM)
    writer.put_settings(WebFormSettings(least_seconds=0.0))
    writer.add(
        ResponseRule(
            name="spring",
            conditions=Conditions(campaigns=("Spring mailing",), origins=("call",)),
            actions=Actions(category="hot"),
        )
    )


@pytest_asyncio.fixture
async def patient_office(quiet_office: Office) -> AsyncIterator[Office]:
    """The office with its pages on file; nobody is sent on because the machine stood still."""
    await quiet_office.store.write(write_pages)
    await set_global(quiet_office.pbx, "PBX_BRIDGE_BUDGET_MS", "3000")
    yield quiet_office
    await set_global(quiet_office.pbx, "PBX_BRIDGE_BUDGET_MS", "500")


async def show_number(config: Config, session: str, landing: str) -> dict[str, Any]:
    """What the script in a page does: say what brought the visitor, be told his number."""
    told = {"pool": "website", "session": session, "landing_page": landing}
    url = f"http://127.0.0.1:{config.web.port}/v"
    async with aiohttp.ClientSession() as http, http.post(url, json=told) as answer:
        said: dict[str, Any] = await answer.json()
        return said


@on_both_engines
async def test_a_visitor_dials_the_number_that_he_was_shown(
    patient_office: Office, alice: Phone
) -> None:
    """The handset shows his campaign; call and lead carry keyword, landing page and click id.

    So does the call when it is read from the journal once more.
    """
    office = patient_office
    alice.answers_after_seconds = 0.3
    async with office.bridged(mid_call={"budget_ms": 3000}) as config:
        shown = [
            await show_number(config, "ada", LANDING),
            await show_number(config, "bea", "https://roofs.example/?utm_source=radio"),
        ]
        await office.trunk.call(STRANGER, shown[0]["text"], hang_up_after_seconds=1.0)
        call = await office.wait_for_call(number=STRANGER)
        await alice.wait_for_end()
        ringing = await alice.wait_for_ring()
    (lead,) = await office.leads()
    assert [each["number"] for each in shown] == [POSTER.e164, BRIEF.e164]
    assert ringing.display_name == f"Spring mailing {call.call_id}"
    assert call.tracking_number == Attribution(
        number=POSTER.e164, label="Poster", campaign="Spring mailing", source="google"
    )
    of_call = (call.medium, call.keyword, call.landing_page, call.click_id, call.visitor_session)
    assert of_call == ("cpc", "leaking roof", LANDING, "Cj0K", "ada")
    assert (lead.campaign, lead.source, lead.medium, lead.keyword) == (
        "Spring mailing",
        "google",
        "cpc",
        "leaking roof",
    )
    assert (lead.landing_page, lead.click_id, lead.category) == (LANDING, "Cj0K", "hot")
    assert lead.first_call == (PBX, call.linkedid)

    await office.store.write(lambda w: w.absorb_call(PBX, call.linkedid))
    with office.pbx.journal.open("rb") as journal:
        await backfill(config, config.pbx[0], [journal])
    again = await office.store.read(lambda r: r.call(PBX, call.linkedid))
    assert again is not None
    of_again = (again.medium, again.keyword, again.landing_page, again.click_id)
    assert (*of_again, again.visitor_session) == of_call
    assert again.tracking_number == call.tracking_number


async def test_a_form_is_answered_by_mail_and_its_sender_calls(
    patient_office: Office, alice: Phone
) -> None:
    """One lead from the form, one mail to him, and his call is an activity on that lead."""
    office = patient_office
    alice.answers_after_seconds = 0.3
    async with (
        MailServer.open() as server,
        office.bridged(
            mid_call={"budget_ms": 3000},
            mail={
                "host": "127.0.0.1",
                "port": server.port,
                "tls": "none",
                "from_address": "sales@roofs.example",
            },
        ) as config,
        aiohttp.ClientSession() as http,
    ):
        url = f"http://127.0.0.1:{config.web.port}/f/contact-me"
        async with http.get(f"{url}?as=json") as answer:
            token = (await answer.json())["token"]
        values = {
            "name": "Sam Stranger",
            "email": "sam@stranger.example",
            "phone": STRANGER,
            "message": "My roof leaks.",
            "pbx_token": token,
            "pbx_landing_page": LANDING,
        }
        async with http.post(url, json=values) as answer:
            assert answer.status == 200
        mail = await wait_for_mail(server)
        (lead,) = await office.leads()
        await office.trunk.call(STRANGER, POSTER.raw, hang_up_after_seconds=1.0)
        call = await office.wait_for_call(number=STRANGER)
        await alice.wait_for_end()
    assert (mail["To"], mail["Subject"]) == ("sam@stranger.example", "Thank you, Sam Stranger")
    assert (lead.origin, lead.keyword, lead.phone_numbers) == (
        "web form contact-me",
        "leaking roof",
        (PhoneNumber(raw=STRANGER, e164=e164(STRANGER)),),
    )
    sam = Matched(type=PersonType.LEAD, id=lead.id or 0, name="Sam Stranger")
    assert call.matched == sam
    (activity,) = await office.activities()
    assert call.record == Ref(type="activity", id=activity.id or 0)
    assert (activity.about, activity.call_type) == (sam, CallType.INBOUND_ANSWERED)
    assert [each.id for each in await office.leads()] == [lead.id]


async def wait_for_mail(server: MailServer) -> EmailMessage:
    """The one mail that the server took; one that fails is tried again after a minute or so."""
    async with asyncio.timeout(100):
        while not server.mails:  # noqa: ASYNC110 - a mail server has no event for it
            await asyncio.sleep(0.05)
    (mail,) = server.mails
    return mail
