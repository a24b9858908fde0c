"""What people type about a lead: filled in, checked, and each problem by the name of its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm_store.checking.attributes import Attribute, AttributeKind
from crm_store.errors import InvalidRecord, Problem
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    By,
    Contact,
    Estimate,
    Group,
    Lead,
    PersonAccount,
    PhoneNumber,
    Product,
    ProductInterest,
    ProductKind,
    TimeUnit,
)
from crm_store.sales.lead_settings import LeadSettings, LeadType, OwnedBy
from crm_store.store import Store
from tests.crm_store.sales_samples import TOM, make_lead, open_office

CAR = LeadType(
    name="car",
    attributes=(
        Attribute(name="colour", kind=AttributeKind.CHOICE, choices=("red", "blue"), default="red"),
        Attribute(name="doors", kind=AttributeKind.NUMBER, is_required=True),
        Attribute(name="since", kind=AttributeKind.DATE),
        Attribute(name="is_new", kind=AttributeKind.YES_NO, default=False),
        Attribute(name="remark"),
    ),
)
BOAT = LeadType(
    name="boat",
    attributes=(
        Attribute(name="remark"),
        Attribute(name="colour", kind=AttributeKind.CHOICE, choices=("white", "blue")),
        Attribute(name="masts", kind=AttributeKind.NUMBER, default=1),
    ),
)
TYPED = LeadSettings(types=(CAR, BOAT))


async def problems_of(store: Store, **fields: Any) -> tuple[Problem, ...]:
    with pytest.raises(InvalidRecord) as refused:
        await make_lead(store, **fields)
    return refused.value.problems


NOW_AND_THEN = {"estimate": Estimate(value=1), "expected_at": datetime(2030, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"probability": 101}, Problem("probability", "has to be from 0 to 100")),
        ({"probability": -1}, Problem("probability", "has to be from 0 to 100")),
        (
            {"target_amount": Decimal("-1")},
            Problem("target_amount", "has to be from 0 to below 100000000000"),
        ),
        (
            {"target_amount": Decimal("NaN")},
            Problem("target_amount", "has to be from 0 to below 100000000000"),
        ),
        (
            {"target_amount": Decimal("1.00001")},
            Problem("target_amount", "has more than four decimals"),
        ),
        (
            {"currency": "EURO"},
            Problem("currency", "'EURO' is no currency of ISO 4217, such as EUR"),
        ),
        (
            {"currency": "XXX"},
            Problem("currency", "'XXX' is no currency of ISO 4217, such as EUR"),
        ),
        (
            {"priority": "asap"},
            Problem(
                "priority",
                "'asap' is not in the list: low, normal, high, urgent (settings: priorities)",
            ),
        ),
        ({"type": "car"}, Problem("type", "'car' is no lead type; there are: none")),
        (
            {"attributes": {"colour": "red"}},
            Problem("attributes.colour", "is no attribute of a lead without a type"),
        ),
        ({"competitors": ("A", "A")}, Problem("competitors", "holds one twice")),
        ({"competitors": (" ",)}, Problem("competitors", "holds one that is empty")),
        ({"employees": -3}, Problem("employees", "cannot be less than 0")),
        (
            {"country": "Atlantis"},
            Problem("country", "has to be an ISO 3166-1 code of two letters, such as AU"),
        ),
        (
            {"phone_numbers": (PhoneNumber(raw=" ", e164=None),)},
            Problem("phone_numbers.0.raw", "is required"),
        ),
        (
            {"phone_numbers": (PhoneNumber(raw="x", e164="0491570006"),)},
            Problem("phone_numbers.0.e164", "is no E.164 number, such as +61491570006"),
        ),
        (
            {"estimate": Estimate(value=0)},
            Problem("estimate.value", "has to be from 1 days to about a hundred years"),
        ),
        (
            {"estimate": Estimate(value=10**9, unit=TimeUnit.YEARS)},
            Problem("estimate.value", "has to be from 1 years to about a hundred years"),
        ),
        (
            {"expected_at": datetime(2020, 1, 1, tzinfo=UTC)},
            Problem("expected_at", "has to be after the start"),
        ),
        (
            NOW_AND_THEN,
            Problem("expected_at", "does not fit the estimate; send one, and it sets the other"),
        ),
        (
            {"products": (ProductInterest(product="Moon"),)},
            Problem("products", "no product is called 'Moon'"),
        ),
        (
            {"lost_reason": "price"},
            Problem("lost_reason", "is for a lost lead; the action is: lose"),
        ),
        (
            {"completed_at": datetime(2026, 1, 1, tzinfo=UTC)},
            Problem("completed_at", "is set by winning and losing"),
        ),
    ],
    ids=lambda value: value.field if isinstance(value, Problem) else "",
)
async def test_a_field_that_cannot_be_is_named(
    store: Store, fields: dict[str, Any], problem: Problem
) -> None:
    """One problem for one mistake; and no lead."""
    assert await problems_of(store, **fields) == (problem,)
    assert await store.read(lambda r: list(r.all_of("lead"))) == []


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "@example.com", "ada@@example.com", "a b@example.com", "ada@localhost"]
)
async def test_an_e_mail_address_is_one(store: Store, email: str) -> None:
    """Also of contacts, accounts and person accounts; an empty one is none."""
    for record in (Lead, Contact, Account, PersonAccount):
        with pytest.raises(InvalidRecord, match="email: is no e-mail address"):
            await store.write(lambda w, record=record: w.add(record(name="Ada", email=email)))
    assert (await make_lead(store, email="  ")).email is None
    assert (await make_lead(store, email=" ada@example.com ")).email == "ada@example.com"


async def test_every_problem_is_told_at_once(store: Store) -> None:
    """Three mistakes, three fields."""
    found = await problems_of(store, name=" ", probability=101, email="ada")
    assert [problem.field for problem in found] == ["name", "email", "probability"]


async def test_a_type_gives_attributes_with_their_values(store: Store) -> None:
    """What is not said takes the default; a number is a number, a date a date."""
    await store.write(lambda w: w.put_settings(TYPED))
    lead = await make_lead(store, type="car", attributes={"doors": 4, "since": "2026-02-28"})
    assert lead.attributes == {
        "colour": "red",
        "is_new": False,
        "doors": 4,
        "since": "2026-02-28",
    }
    wrong = {
        "colour": "green",
        "doors": True,
        "since": "2026-02-30",
        "is_new": "no",
        "remark": 7,
        "wheels": 4,
    }
    assert await problems_of(store, type="car", attributes=wrong) == (
        Problem("attributes.wheels", "is no attribute of the type 'car'"),
        Problem("attributes.colour", "has to be one of: red, blue"),
        Problem("attributes.doors", "has to be a number"),
        Problem("attributes.since", "has to be a date such as 2026-11-22"),
        Problem("attributes.is_new", "has to be true or false"),
        Problem("attributes.remark", "has to be a text"),
    )
    assert await problems_of(store, type="car") == (Problem("attributes.doors", "is required"),)


async def test_a_new_type_keeps_what_both_have_and_says_what_it_drops(store: Store) -> None:
    """Nothing is lost by the way: what the new type cannot keep has to be left away on purpose."""
    await store.write(lambda w: w.put_settings(TYPED))
    lead = await make_lead(store, type="car", attributes={"doors": 4, "remark": "fast"})
    change = {"type": "boat"}
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.change("lead", lead.id, change))
    cannot = "the type 'boat' cannot keep it; send attributes without it to drop it"
    assert sorted(refused.value.problems, key=lambda each: each.field) == [
        Problem("attributes.colour", cannot),
        Problem("attributes.doors", cannot),
        Problem("attributes.is_new", cannot),
    ]
    kept = {**change, "attributes": {"remark": "fast"}}
    boat = await store.write(lambda w: w.change("lead", lead.id, kept))
    assert boat.attributes == {"remark": "fast", "masts": 1}
    blue = await make_lead(store, type="boat", attributes={"colour": "blue"})
    car = {"type": "car", "attributes": {"colour": "blue", "doors": 2}}
    assert (await store.write(lambda w: w.change("lead", blue.id, car))).attributes == {
        "colour": "blue",
        "doors": 2,
        "is_new": False,
    }


async def test_estimate_and_expected_end_set_each_other(store: Store, clock: Any) -> None:
    """The one that is changed says; taking away one takes away both."""
    lead = await make_lead(store, estimate=Estimate(value=2, unit=TimeUnit.WEEKS))
    assert lead.expected_at == clock.now + timedelta(days=14)

    async def change(**changes: Any) -> tuple[Estimate | None, datetime | None]:
        now = await store.write(lambda w: w.change("lead", lead.id, changes))
        return now.estimate, now.expected_at

    in_a_day = clock.now + timedelta(days=1)
    assert await change(expected_at=in_a_day) == (Estimate(value=1, unit=TimeUnit.DAYS), in_a_day)
    hours = Estimate(value=3, unit=TimeUnit.HOURS)
    assert await change(estimate=hours) == (hours, clock.now + timedelta(hours=3))
    later = clock.now + timedelta(hours=2)
    assert await change(started_at=later) == (hours, clock.now + timedelta(hours=5))
    assert await change(estimate=None) == (None, None)
    assert await change(expected_at=in_a_day) == (Estimate(value=22, unit=TimeUnit.HOURS), in_a_day)
    assert await change(expected_at=None) == (None, None)


async def test_an_amount_is_in_the_usual_currency_unless_it_says(store: Store) -> None:
    """The settings' default; a list of currencies allows no others."""
    assert (await make_lead(store, target_amount=Decimal("9.5"))).currency == "EUR"
    lead = await make_lead(store, target_amount=Decimal("9.5"), currency="AUD")
    without = await store.write(lambda w: w.change("lead", lead.id, {"currency": None}))
    assert (lead.currency, without.currency) == ("AUD", "EUR")
    few = LeadSettings(currencies=("EUR", "AUD"))
    await store.write(lambda w: w.put_settings(few))
    assert await problems_of(store, target_amount=Decimal(1), currency="USD") == (
        Problem("currency", "has to be one of: EUR, AUD"),
    )


async def test_a_lead_takes_from_its_contact_what_nobody_typed(store: Store) -> None:
    """Numbers and e-mail are picked from the contact, and its company; what is typed stands."""
    numbers = (phone_number("+61491570006"),)
    contact = Contact(name="Ada", account="Works", email="ada@example.com", phone_numbers=numbers)
    ref = await store.write(lambda w: w.create(contact))
    picked = await make_lead(store, contact_id=ref.id)
    typed = await make_lead(store, contact_id=ref.id, email="a@example.org", company="Mine")

    assert (picked.phone_numbers, picked.email) == (numbers, "ada@example.com")
    assert (picked.account_id, picked.company) == (1, "Works")
    assert (typed.email, typed.company) == ("a@example.org", "Mine")
    other = await store.write(lambda w: w.create(Account(name="Other")))
    assert await problems_of(store, contact_id=ref.id, account_id=other.id) == (
        Problem("account_id", "the contact belongs to another account: 1"),
    )


async def test_products_are_of_the_kind_that_they_are(store: Store) -> None:
    """Whatever the one who typed it thought; each product once, with its note."""
    product = Product(name="Training", kind=ProductKind.SERVICE)
    await store.write(lambda w: w.add(product))
    interest = ProductInterest(product="Training", note="in May")
    lead = await make_lead(store, products=(interest,))
    assert lead.products == (replace(interest, kind=ProductKind.SERVICE),)
    assert await problems_of(store, products=(interest, interest)) == (
        Problem("products", "holds one twice"),
    )


async def test_numbers_are_read_in_the_country_of_the_person(store: Store) -> None:
    """A national number is kept as it was written, and found by its E.164."""
    typed = (PhoneNumber(raw="0491 570 006", e164=None), PhoneNumber(raw="", e164="+493055500100"))
    lead = await make_lead(store, country="au", phone_numbers=typed)
    assert lead.country == "AU"
    assert lead.phone_numbers == (
        PhoneNumber(raw="0491 570 006", e164="+61491570006"),
        PhoneNumber(raw="+493055500100", e164="+493055500100"),
    )


async def test_or_in_ours_where_he_says_none(store: Store) -> None:
    """What was written before stays as it is when something else is changed."""
    national = (PhoneNumber(raw="0491 570 006", e164=None),)

    def in_australia(writer: Any) -> Any:
        writer.country = "AU"
        return writer.need("lead", writer.add(Lead(name="Ada", phone_numbers=national)))

    def renamed(writer: Any) -> Any:
        writer.country = "AU"
        key = writer.add(Lead(name="Ada", phone_numbers=national), is_checked=False)
        return writer.change("lead", key, {"name": "Grace"})

    assert (await store.write(in_australia)).phone_numbers[0].e164 == "+61491570006"
    assert (await store.write(renamed)).phone_numbers == national


async def test_a_lead_is_owned_by_the_first_group_of_who_makes_it(store: Store) -> None:
    """Tom's is Sydney; nobody's is the settings' default group; a given one stands."""
    await open_office(store)
    await store.write(lambda w: w.add(Group(name="Rest")))
    await store.write(lambda w: w.put_settings(LeadSettings(default_group="Rest")))
    assert (await make_lead(store)).owner_group == "Sydney"
    assert (await make_lead(store, by=By())).owner_group == "Rest"
    assert (await make_lead(store, owner_group="Perth")).owner_group == "Perth"


@pytest.mark.parametrize(
    ("fields", "group"),
    [
        ({"phone_numbers": (phone_number("+61261234567"),)}, "Sydney"),
        ({"phone_numbers": (phone_number("+61861234567"),)}, "Perth"),
        ({"phone_numbers": (phone_number("+61391234567"),)}, "Australia"),
        ({"country": "AU"}, "Australia"),
        ({"country": "AU", "region": "AU-WA"}, "Perth"),
        ({"country": "AU", "region": "wa"}, "Perth"),
        (
            {"country": "AU", "region": "wa", "phone_numbers": (phone_number("+61261234567"),)},
            "Perth",
        ),
        ({"country": "DE"}, "Sydney"),
        ({}, "Sydney"),
    ],
)
async def test_or_by_the_group_whose_area_fits_best(
    store: Store, fields: dict[str, Any], group: str
) -> None:
    """The longest area of number, country and subdivision; without one, the user's group."""
    await open_office(store)
    await store.write(lambda w: w.add(Group(name="Australia", areas=("AU",))))
    await store.write(lambda w: w.add(Group(name="Closed", areas=("+612612",), is_active=False)))
    await store.write(lambda w: w.put_settings(LeadSettings(owned_by=OwnedBy.AREA)))
    assert (await make_lead(store, by=TOM, **fields)).owner_group == group


async def test_a_lead_that_a_call_made_has_an_owning_group_too(store: Store) -> None:
    """By its number's area, and in the first status of the settings."""
    await open_office(store)
    await store.write(lambda w: w.put_settings(LeadSettings(owned_by=OwnedBy.AREA)))
    caller = Lead(name="Caller", phone_numbers=(phone_number("+61861234567"),))
    ref = await store.write(lambda w: w.create(caller))
    assert (await store.read(lambda r: r.get("lead", ref.id))).owner_group == "Perth"
