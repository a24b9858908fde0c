"""What becomes of a form that somebody sends: a lead, an activity, or spam with its reason."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import pytest
from capture_clock import Clock
from capture_company import ADA, CONTACT_ME

from crm_store.capture.form_submissions import WebFormSettings, find_submissions
from crm_store.capture.form_tokens import make_form_key, shown_at, sign
from crm_store.capture.visits import read_visit
from crm_store.capture.web_forms import Sent, accept, submit
from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound, TooManyAttempts
from crm_store.messages import mail
from crm_store.numbers import phone_number
from crm_store.records import (
    Activity,
    ActivityKind,
    ActivityStatus,
    By,
    Contact,
    FormSubmission,
    Lead,
    Matched,
    PersonType,
    PhoneNumber,
    ProductInterest,
    Ref,
    SpamReason,
    SubmissionStatus,
    Visit,
)
from crm_store.store import Store

GOOGLE = Visit(
    source="google",
    medium="cpc",
    campaign="Google Ads",
    keyword="leaking roof",
    landing_page="https://roofs.example/?utm_source=google",
    click_id="Cj0K",
)


async def token_of(store: Store, clock: Clock, form: str = "contact-me") -> str:
    """A form is shown now."""
    return sign(await store.write(make_form_key), form, clock.now)


async def send(
    store: Store, clock: Clock, values: dict[str, str] | None = None, **more: Any
) -> FormSubmission:
    """Somebody opens the form, fills it in within ten seconds, and sends it."""
    token = more.pop("token", None) or await token_of(store, clock)
    clock.advance(seconds=more.pop("seconds", 10))
    sent = Sent(values=values or ADA, token=token, address="203.0.113.7", **more)
    return await store.write(lambda w: submit(w, "contact-me", sent, "DE"))


async def leads(store: Store) -> list[Lead]:
    return await store.read(lambda r: list(r.find_leads()))


async def test_a_form_becomes_a_lead_with_all_that_it_told(store: Store, clock: Clock) -> None:
    """Number in E.164 by the form's country, what brought the visitor, product, group, answer."""
    submission = await send(store, clock, visit=GOOGLE, page_url="https://roofs.example/contact")
    (lead,) = await leads(store)
    assert lead == Lead(
        name="Ada Byron",
        email="ada@byron.example",
        phone_numbers=(PhoneNumber(raw="0491 570 006", e164="+61491570006"),),
        company="Engines Ltd",
        comment="It rains in.\nPlease call.\nRoof: steep\nI agree: yes",
        campaign="Google Ads",
        source="google",
        medium="cpc",
        keyword="leaking roof",
        landing_page="https://roofs.example/?utm_source=google",
        click_id="Cj0K",
        origin="web form contact-me",
        owner_group="Sales",
        products=(ProductInterest(product="Roof"),),
        id=lead.id,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert submission == FormSubmission(
        form="contact-me",
        status=SubmissionStatus.ACCEPTED,
        values=ADA,
        visit=GOOGLE,
        page_url="https://roofs.example/contact",
        token=ANY,
        record=Ref(type="lead", id=lead.id or 0),
        email="ada@byron.example",
        e164="+61491570006",
        address="203.0.113.7",
        id=submission.id,
        received_at=clock.now,
    )
    (entry,) = await store.read(lambda r: list(r.history_of("lead", lead.id or 0)))
    assert (entry.via, entry.action) == ("web form contact-me", "created")
    (answer,) = await store.read(mail.find_emails)
    assert (answer.to, answer.subject) == ("ada@byron.example", "Thank you, Ada Byron")


async def test_a_double_click_makes_one_lead(store: Store, clock: Clock) -> None:
    """The same form sent twice, also at once, is answered with the one submission."""
    token = await token_of(store, clock)
    clock.advance(seconds=10)
    sent = Sent(values=ADA, token=token)
    both = await asyncio.gather(
        *(store.write(lambda w: submit(w, "contact-me", sent)) for _ in range(3))
    )
    again = await store.write(lambda w: submit(w, "contact-me", sent))
    assert both == [again] * 3
    assert len(await leads(store)) == 1
    assert len(await store.read(mail.find_emails)) == 1


@pytest.mark.parametrize("how", ["email", "number"])
async def test_somebody_on_file_gets_an_activity_and_no_second_lead(
    store: Store, clock: Clock, how: str
) -> None:
    """By his e-mail, whatever case he writes it in, or by his number."""
    known = Contact(
        name="Ada B.",
        email="ada@byron.example" if how == "email" else None,
        phone_numbers=(phone_number("0491570006", "AU"),) if how == "number" else (),
        owner="bob",
    )
    ref = await store.write(lambda w: w.create(known))
    submission = await send(store, clock, ADA | {"email": "Ada@Byron.example"})
    assert await leads(store) == []
    (activity,) = await store.read(lambda r: list(r.find_activities()))
    assert activity == Activity(
        subject="Write to us: Ada Byron",
        kind=ActivityKind.TASK,
        status=ActivityStatus.IN_PROGRESS,
        about=Matched(type=PersonType.CONTACT, id=ref.id, name="Ada B."),
        owner="bob",
        comment="It rains in.\nPlease call.\nRoof: steep\nI agree: yes",
        id=activity.id,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert submission.record == Ref(type="activity", id=activity.id or 0)


async def test_the_setting_makes_a_lead_of_somebody_on_file(store: Store, clock: Clock) -> None:
    """``known_person = "lead"``: whoever fills the form in is a lead."""
    await store.write(lambda w: w.put_settings(WebFormSettings(known_person="lead")))
    await store.write(lambda w: w.create(Contact(name="Ada", email="ada@byron.example")))
    await send(store, clock)
    assert len(await leads(store)) == 1


async def test_each_field_says_what_is_wrong_with_it(store: Store, clock: Clock) -> None:
    """Nothing is written, not even as spam."""
    wrong = {
        "email": "ada@",
        "phone": "call me",
        "company": "x" * 201,
        "roof": "thatched",
        "terms": "no",
    }
    with pytest.raises(InvalidRecord) as refused:
        await send(store, clock, wrong)
    assert {p.field: p.message.partition(":")[0] for p in refused.value.problems} == {
        "name": "is required",
        "email": "is no e-mail address",
        "phone": "is no phone number; with its country code it looks like +61 …",
        "company": "has to be no longer than 200 characters",
        "roof": "has to be one of",
        "terms": "is required",
    }
    assert await store.read(find_submissions) == []


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        (SpamReason.HONEYPOT, {"trap": "http://cheap.example"}),
        (SpamReason.NO_TOKEN, {"token": "1795383162000.abc.0000"}),
        (SpamReason.TOO_FAST, {"seconds": 1}),
        (SpamReason.TOO_OLD, {"seconds": 25 * 3600}),
        (
            SpamReason.LINKS,
            {"values": ADA | {"message": "http://a.example www.b.example [url=c]x[/url]"}},
        ),
    ],
)
async def test_spam_is_kept_with_its_reason_and_can_be_accepted_later(
    store: Store, clock: Clock, reason: SpamReason, more: dict[str, Any]
) -> None:
    """It makes no lead and no mail; an administrator makes a lead of it, once."""
    submission = await send(store, clock, **more)
    assert (submission.status, submission.reason) == (SubmissionStatus.SPAM, reason)
    assert await leads(store) == []
    assert await store.read(mail.find_emails) == []

    def take(writer: Any) -> FormSubmission:
        writer.by = By(user="alice", via="api")
        return accept(writer, submission.id or 0)

    accepted = await store.write(take)
    (lead,) = await leads(store)
    assert accepted == replace(
        submission,
        status=SubmissionStatus.ACCEPTED,
        record=Ref(type="lead", id=lead.id or 0),
        accepted_by="alice",
    )
    with pytest.raises(NotPossible):
        await store.write(take)
    assert len(await leads(store)) == 1


async def test_a_token_is_good_for_one_text(store: Store, clock: Clock) -> None:
    """Sent again with other words it is a replay."""
    token = await token_of(store, clock)
    await send(store, clock, token=token)
    again = await send(store, clock, ADA | {"message": "Buy watches"}, token=token)
    assert again.reason is SpamReason.REPLAYED
    assert len(await leads(store)) == 1


async def test_a_token_of_another_form_is_none(store: Store, clock: Clock) -> None:
    """Nobody makes tokens but us, and each is for its own form."""
    key = await store.write(make_form_key)
    token = sign(key, "contact-me", clock.now)
    assert shown_at(key, "contact-me", token) == clock.now
    wrong = [token[:-1], token + "0", "", ".", "..", "é.é.é", "1.a.b", f"9{token}", "x" * 5000]
    found = [shown_at(key, "contact-me", each) for each in wrong] + [shown_at(key, "trial", token)]
    assert found == [None] * 10


async def test_one_address_sends_so_many_within_an_hour(store: Store, clock: Clock) -> None:
    """More is kept as spam, ten times as many is not kept, and an hour later all is well."""
    few = WebFormSettings(per_address_per_hour=2)
    await store.write(lambda w: w.put_settings(few))

    async def reason(count: int) -> SpamReason | None:
        return (await send(store, clock, ADA | {"email": f"a{count}@b.example"})).reason

    found = [await reason(count) for count in range(20)]
    assert found == [None, None] + [SpamReason.TOO_MANY] * 18
    with pytest.raises(TooManyAttempts):
        await reason(21)
    clock.advance(hours=1)
    assert await reason(22) is None


async def test_a_long_landing_page_is_cut_on_the_lead_and_whole_in_the_submission(
    store: Store, clock: Clock
) -> None:
    """10 kB of address: the lead keeps 2,000 characters, the submission every one."""
    page = "https://roofs.example/?utm_source=google&x=" + "y" * 10_000
    submission = await send(store, clock, visit=read_visit({"landing_page": page}))
    (lead,) = await leads(store)
    assert submission.visit.landing_page == page
    assert (lead.landing_page, lead.source) == (page[:2_000], "google")


async def test_hostile_text_is_text(store: Store, clock: Clock) -> None:
    """Control characters, markup and formulas are kept as words; nothing breaks."""
    hostile = {
        "name": '\x00<script>alert(1)</script>\r\n=cmd|"/c calc"!A1',
        "message": "\x1b[31m\x00",
    }
    await send(store, clock, ADA | hostile)
    (lead,) = await leads(store)
    assert lead.name == '<script>alert(1)</script> =cmd|"/c calc"!A1'
    assert lead.comment.startswith("[31m")


async def test_a_form_that_is_not_there_takes_nothing(store: Store, clock: Clock) -> None:
    """Nor does one that is switched off."""
    await store.write(lambda w: w.change("web_form", "contact-me", {"is_active": False}))
    for name in ("contact-me", "nobody"):
        with pytest.raises(RecordNotFound):
            await store.write(lambda w, name=name: submit(w, name, Sent(values=ADA)))


async def test_a_form_is_checked_when_it_is_made(store: Store) -> None:
    """Each mistake by its field."""
    wrong = replace(
        CONTACT_ME,
        name="Contact me!",
        fields=(
            replace(CONTACT_ME.fields[0], name="homepage_url"),
            replace(CONTACT_ME.fields[0], name="Name", label=" "),
            replace(CONTACT_ME.fields[4], choices=()),
        ),
        redirect_url="javascript:alert(1)",
        allowed_origins=("roofs.example", "https://roofs.example/path"),
        country="Australia",
        product="Castle",
        auto_response="nothing",
        owner_group="Nobody",
    )
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.add(wrong))
    assert sorted(p.field for p in refused.value.problems) == [
        "allowed_origins.0",
        "allowed_origins.1",
        "auto_response",
        "country",
        "fields",
        "fields.0.name",
        "fields.1.label",
        "fields.1.name",
        "fields.2.choices",
        "name",
        "owner_group",
        "product",
        "redirect_url",
    ]


def test_settings_that_cannot_be_are_said() -> None:
    """Each by its key."""
    wrong = WebFormSettings(known_person="friend", least_seconds=-1, per_form_per_hour=0)
    assert wrong.problems() == [
        Problem("known_person", "has to be activity or lead"),
        Problem("least_seconds", "has to be 0 or more"),
        Problem("per_form_per_hour", "has to be 1 or more"),
    ]
