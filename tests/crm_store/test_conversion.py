"""A lead becomes a customer: account, contact, opportunity, and everything that hung on it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from crm_store.callers import find_caller
from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound, VersionConflict
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    Attribution,
    Contact,
    Estimate,
    Lead,
    LeadState,
    Matched,
    OpportunityState,
    PersonType,
    Product,
    ProductInterest,
    Ref,
)
from crm_store.sales import leads
from crm_store.sales.activities import activities_of
from crm_store.sales.conversion import Conversion, NewAccount, NewContact, NewOpportunity, convert
from crm_store.sales.moving import Moved
from crm_store.sales.qualifying import disqualify, qualify
from crm_store.store import Store
from tests.crm_store.sales_samples import ANN, TOM, do, history, make_lead, open_office
from tests.crm_store.store_samples import ADA, ended

MOBILE = phone_number("0491 570 006", "AU")
OFFICE = phone_number("02 9876 5432", "AU")


async def caller_on_file(store: Store, **fields: Any) -> Lead:
    """A lead that a recorded call made, who then rang again; with a note."""
    poster = Attribution(number="+61298765432", label="Poster", campaign="Trams", source="offline")
    first = ended("1.1", record=None, matched=None, candidates=(), tracking_number=poster)
    again = replace(first, linkedid="2.1", call_id="7K4Q2N")
    given = {"phone_numbers": (MOBILE,), "first_call": ("sydney", "1.1"), "campaign": "Trams"}

    def unit(writer: Any) -> Lead:
        ref = writer.create(Lead(**{"name": "Ada", **given, **fields}))
        lead = Matched(type=PersonType.LEAD, id=ref.id, name="Ada")
        writer.put_call(replace(first, record=Ref(type="lead", id=ref.id)))
        writer.put_call(replace(again, matched=lead))
        activity = writer.log_activity(
            Activity(subject="Inbound call", about=lead, call=("sydney", "2.1"))
        )
        writer.put_call(replace(again, matched=lead, record=activity))
        writer.write_note(Ref(type="lead", id=ref.id), "Wants an engine")
        return writer.need("lead", ref.id)

    return await store.write(unit)


async def test_a_prospect_is_qualified_by_name_and_company(store: Store, clock: Any) -> None:
    """Both are written down, the lead is in progress, and its start is now."""
    lead = await make_lead(store, name="0491 570 006", estimate=Estimate(value=1))
    clock.advance(60)
    edits = {"title": "Countess", "email": "ada@example.com"}
    done = await do(store, TOM, lambda w: qualify(w, lead.id or 0, " Ada ", "Engines", edits=edits))
    assert (done.name, done.company, done.title) == ("Ada", "Engines", "Countess")
    assert (done.state, done.status) == (LeadState.IN_PROGRESS, "qualified")
    assert done.started_at == clock.now
    assert (await history(store, "lead", lead.id))[-1] == ("qualified", "Tom")


@pytest.mark.parametrize(
    ("name", "company", "edits", "fields"),
    [
        ("", " ", {}, ["name", "company"]),
        ("Ada", "", {}, ["company"]),
        ("Ada", "Engines", {"email": "ada"}, ["email"]),
        ("Ada", "Engines", {"status": "won"}, ["status"]),
        ("Ada", "Engines", {"version": 3}, ["version"]),
    ],
)
async def test_who_qualifies_says_who_it_is(
    store: Store, name: str, company: str, edits: dict[str, Any], fields: list[str]
) -> None:
    """Without a name and a company, or with wrong fields besides, nothing is written."""
    lead = await make_lead(store)
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: qualify(w, lead.id or 0, name, company, edits=edits))
    assert [problem.field for problem in refused.value.problems] == fields
    assert await store.read(lambda r: r.get("lead", lead.id)) == lead


async def test_who_disqualifies_says_why(store: Store) -> None:
    """The lead is lost as disqualified, for a reason of the list; and can be reopened."""
    lead = await make_lead(store)
    with pytest.raises(InvalidRecord, match="reason: is required"):
        await store.write(lambda w: disqualify(w, lead.id or 0, ""))
    done = await store.write(lambda w: disqualify(w, lead.id or 0, "spam"))
    again = await store.write(lambda w: leads.reopen(w, lead.id or 0))
    assert (done.state, done.status, done.lost_reason) == (LeadState.LOST, "disqualified", "spam")
    assert (again.state, again.status) == (LeadState.NEW, "new")


async def test_a_lead_becomes_account_contact_and_opportunity(store: Store, clock: Any) -> None:
    """Everything it knew goes along: numbers, e-mail, address, owner, campaign, products."""
    await open_office(store)
    await store.write(lambda w: w.add(Product(name="Engine")))
    lead = await make_lead(
        store,
        company="Engines Ltd",
        title="Countess",
        phone_numbers=(MOBILE, OFFICE),
        email="ada@example.com",
        owner="Tom",
        source="web",
        city="Sydney",
        country="AU",
        employees=12,
        target_amount=Decimal("99.50"),
        currency="AUD",
        probability=40,
        products=(ProductInterest(product="Engine"),),
    )
    done = await do(
        store, ANN, lambda w: convert(w, lead.id or 0, opportunity=NewOpportunity(name="Two"))
    )
    stamps = {"created_at": clock.now, "updated_at": clock.now}
    theirs = {"owner": "Tom", "owner_group": "Sydney", "source": "web", **stamps}
    account = Account(
        id=1,
        name="Engines Ltd",
        employees=12,
        city="Sydney",
        country="AU",
        origin="lead 1",
        **theirs,
    )
    assert done.account == account
    assert done.contact == Contact(
        id=1,
        name="Ada Byron",
        title="Countess",
        account="Engines Ltd",
        account_id=1,
        phone_numbers=(MOBILE, OFFICE),
        email="ada@example.com",
        city="Sydney",
        country="AU",
        origin="lead 1",
        **theirs,
    )
    assert done.opportunity is not None
    assert (done.opportunity.name, done.opportunity.state) == ("Two", OpportunityState.OPEN)
    assert (done.opportunity.amount, done.opportunity.currency) == (Decimal("99.50"), "AUD")
    assert (done.opportunity.lead_id, done.opportunity.contact_id) == (1, 1)
    assert (done.opportunity.products, done.opportunity.source) == (lead.products, "web")
    assert (done.lead.status, done.lead.state) == ("converted", LeadState.WON)
    assert (done.lead.account_id, done.lead.contact_id, done.lead.opportunity_id) == (1, 1, 1)
    assert done.lead.completed_at == clock.now
    assert (await history(store, "lead", 1))[-1] == ("converted", "Ann")


async def test_all_that_hung_on_the_lead_goes_along(store: Store) -> None:
    """Calls, recordings, activities and notes are the contact's; the campaign keeps its lead."""
    lead = await caller_on_file(store, company="Engines Ltd")
    done: Conversion = await store.write(lambda w: convert(w, lead.id or 0))
    contact = Matched(type=PersonType.CONTACT, id=1, name="Ada")
    ref = Ref(type="contact", id=1)
    calls = await store.read(lambda r: list(r.find_calls()))
    activities = await store.read(lambda r: activities_of(r, ref))
    notes = await store.read(lambda r: r.notes_about(ref))

    assert done.moved == Moved(calls=2, activities=1, notes=1)
    assert [call.matched for call in calls] == [contact, contact]
    assert [call.record for call in calls] == [
        Ref(type="lead", id=lead.id or 0),
        Ref(type="activity", id=1),
    ]
    assert [(each.about, each.recordings) for each in activities] == [
        (contact, calls[1].recordings)
    ]
    assert [note.text for note in notes] == ["Wants an engine"]
    assert await store.read(lambda r: r.notes_about(Ref(type="lead", id=lead.id or 0))) == []
    assert done.contact.first_call == ("sydney", "1.1")


async def test_who_calls_again_is_the_contact_and_shown_once(store: Store) -> None:
    """The number is the lead's still, who stands for the contact that it became."""
    lead = await caller_on_file(store, company="Engines Ltd")
    await store.write(lambda w: convert(w, lead.id or 0))
    caller = await store.read(lambda r: find_caller(r, ADA))
    assert [(each.type, each.id, each.account_name) for each in caller.facts.candidates] == [
        (PersonType.CONTACT, 1, "Engines Ltd")
    ]


async def test_a_lead_joins_an_account_and_a_contact_that_are_there(store: Store) -> None:
    """The contact gets the number that he lacks; what he has stays."""
    there = Contact(name="A. Byron", account="Works", phone_numbers=(OFFICE,), email="a@x.org")
    ref = await store.write(lambda w: w.create(there))
    lead = await make_lead(
        store, phone_numbers=(MOBILE, OFFICE), email="ada@example.com", city="Sydney", country="AU"
    )
    done = await store.write(lambda w: convert(w, lead.id or 0, account=1, contact=ref.id))
    assert (done.account.id, done.contact.id, done.opportunity) == (1, ref.id, None)
    assert done.contact.name == "A. Byron"
    assert done.contact.phone_numbers == (OFFICE, MOBILE)
    assert (done.contact.email, done.contact.city) == ("a@x.org", "Sydney")
    assert len(await store.read(lambda r: list(r.all_of("account")))) == 1


async def test_where_nothing_is_named_what_fits_is_joined(store: Store) -> None:
    """The contact that the lead is with, and his account; the one account of that name."""
    ref = await store.write(lambda w: w.create(Contact(name="A. Byron", account="Works")))
    with_contact = await make_lead(store, contact_id=ref.id)
    of_works = await make_lead(store, name="Grace", company="Works")
    first = await store.write(lambda w: convert(w, with_contact.id or 0))
    second = await store.write(lambda w: convert(w, of_works.id or 0))
    third_lead = await make_lead(store, name="Tim", company="Works")
    third = await store.write(lambda w: convert(w, third_lead.id or 0, account=NewAccount()))
    assert (first.account.id, first.contact.id) == (1, ref.id)
    assert (second.account.id, second.contact.name) == (1, "Grace")
    assert (third.account.id, third.account.name) == (2, "Works")


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({}, Problem("account.name", "is required: the lead names no company")),
        ({"account": NewAccount(name=" ")}, Problem("account.name", "is required: the lead names")),
        ({"account": 99}, Problem("account", "there is no account 99")),
        (
            {"account": NewAccount(name="X"), "contact": 99},
            Problem("contact", "there is no contact 99"),
        ),
        (
            {"account": 2, "contact": 1},
            Problem("contact", "contact 1 is of another account: 'Works', 1"),
        ),
        (
            {"account": NewAccount(name="X"), "contact": 1},
            Problem("contact", "contact 1 is of another account: 'Works', 1"),
        ),
        (
            {"account": 1, "opportunity": NewOpportunity(stage="dreaming")},
            Problem("opportunity.stage", "'dreaming' is not in the list"),
        ),
        (
            {"account": 1, "opportunity": NewOpportunity(amount=Decimal(-1))},
            Problem("opportunity.amount", "has to be from 0"),
        ),
    ],
)
async def test_a_conversion_that_cannot_be_is_refused_whole(
    store: Store, wanted: dict[str, Any], problem: Problem
) -> None:
    """The field is named; no account, no contact, and the lead is open as before."""
    await store.write(lambda w: w.create(Contact(name="A. Byron", account="Works")))
    await store.write(lambda w: w.create(Account(name="Other")))
    lead = await make_lead(store)
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: convert(w, lead.id or 0, **wanted))
    (found,) = refused.value.problems
    assert found.field == problem.field
    assert found.message.startswith(problem.message)
    assert await store.read(lambda r: r.get("lead", lead.id)) == lead
    assert [
        len(await store.read(lambda r, k=k: list(r.all_of(k)))) for k in ("account", "contact")
    ] == [
        2,
        1,
    ]


async def test_of_two_who_convert_one_does_and_the_other_is_told(store: Store) -> None:
    """One account, one contact; whichever version the other one had read."""
    await open_office(store)
    lead = await make_lead(store, company="Engines Ltd")
    key = lead.id or 0
    done = await asyncio.gather(
        do(store, TOM, lambda w: convert(w, key, version=1)),
        do(store, ANN, lambda w: convert(w, key, version=1)),
        return_exceptions=True,
    )
    assert isinstance(done[0], Conversion)
    assert isinstance(done[1], NotPossible)
    assert str(done[1]) == f"lead {key} was converted to contact 1"
    for kind in ("account", "contact"):
        assert len(await store.read(lambda r, kind=kind: list(r.all_of(kind)))) == 1


async def test_only_a_lead_that_may_become_a_customer_is_converted(store: Store) -> None:
    """A lost one is reopened first; a won one is; a converted one stays so; none is not there."""
    lost = await make_lead(store, company="X")
    await store.write(lambda w: leads.lose(w, lost.id or 0, "price"))
    with pytest.raises(NotPossible, match="is lost"):
        await store.write(lambda w: convert(w, lost.id or 0))
    won = await make_lead(store, company="Y")
    decided = await store.write(lambda w: leads.win(w, won.id or 0))
    with pytest.raises(VersionConflict):
        await store.write(lambda w: convert(w, won.id or 0, version=1))
    done = await store.write(lambda w: convert(w, won.id or 0, version=2))
    assert done.lead.completed_at == decided.completed_at
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: convert(w, 99))
    for action in (leads.reopen, leads.win, lambda w, key: leads.lose(w, key, "price")):
        with pytest.raises(NotPossible, match="was converted to contact"):
            await store.write(lambda w, action=action: action(w, won.id or 0))
    with pytest.raises(InvalidRecord, match="status: a lead is converted by the action convert"):
        await store.write(lambda w: w.change("lead", won.id, {"status": "won"}))


async def test_the_contact_can_be_named_at_the_conversion(store: Store) -> None:
    """The lead was called after its number; the customer has a name."""
    lead = await make_lead(store, name="0491 570 006")
    done = await store.write(
        lambda w: convert(
            w,
            lead.id or 0,
            account=NewAccount(name="Engines Ltd"),
            contact=NewContact(name="Ada Byron", title="Countess"),
        )
    )
    assert (done.contact.name, done.contact.title) == ("Ada Byron", "Countess")
    assert (done.lead.company, done.account.name) == ("Engines Ltd", "Engines Ltd")
