"""Lists: filters, order, pages; the same on both engines, and true to a list sorted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import ADA, ended, ringing

from crm_store.errors import InvalidRecord
from crm_store.records import Account, Activity, Contact, Lead, PhoneNumber, Product, User
from crm_store.search.finding import Question, find
from crm_store.search.listings import listing_of
from crm_store.store import Store

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
async def leads(store: Store) -> Store:
    """Nine leads, many of which are alike in what they can be sorted by."""

    def make(writer: Any) -> None:
        for number in range(9):
            writer.add(
                Lead(
                    name=f"Lead {number}",
                    email=None if number % 3 else f"lead{number // 6}@example.com",
                    target_amount=None if number % 2 else Decimal(number // 4) / 3 // 1,
                    probability=number * 10 if number != 4 else None,
                    team=(),
                    competitors=("Acme", "Umbrella") if number == 5 else (),
                    created_at=START + timedelta(days=number // 2),
                    phone_numbers=(
                        PhoneNumber(raw=f"+6149157000{number}", e164=f"+6149157000{number}"),
                    ),
                ),
                is_checked=False,
            )

    await store.write(make)
    return store


async def ids(store: Store, kind: str = "lead", **wanted: Any) -> list[int]:
    page = await store.read(lambda r: find(r, Question(kind=kind, **wanted)))
    return [one.id for one in page.items]


async def all_pages(store: Store, limit: int, **wanted: Any) -> list[int]:
    """The ids of every page, one after the other."""
    found, cursor = [], None
    while True:
        question = Question(limit=limit, cursor=cursor, **wanted)
        page = await store.read(lambda r, question=question: find(r, question))
        assert len(page.items) <= limit
        found += [one.id for one in page.items]
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"name": "Lead 3"}, [4]),
        ({"name[in]": "Lead 3,Lead 8,Nobody"}, [4, 9]),
        ({"name[ne]": "Lead 3", "id[lte]": "5"}, [1, 2, 3, 5]),
        ({"probability[gte]": "70"}, [8, 9]),
        ({"probability[null]": "true"}, [5]),
        ({"probability[null]": "false", "probability[lt]": "20"}, [1, 2]),
        ({"probability[ne]": "0", "id[lt]": "6"}, [2, 3, 4, 5]),
        (
            {"created_at[gte]": "2026-11-02T00:00:00Z", "created_at[lt]": "2026-11-03T00:00:00Z"},
            [3, 4],
        ),
        ({"created_at": "2026-11-05T01:00:00+01:00"}, [9]),
        ({"competitors[has]": "Acme"}, [6]),
        ({"state": "new", "target_amount": "0"}, [1, 3, 5, 7, 9]),
        ({"state": "lost"}, []),
        ({"phone_number": "+61 491 570 006"}, [7]),
    ],
)
async def test_conditions_narrow_a_list(
    leads: Store, conditions: dict[str, str], expected: list[int]
) -> None:
    """Every operator, on every type of field."""
    assert await ids(leads, conditions=conditions) == expected


@pytest.mark.parametrize(
    ("wanted", "field", "said"),
    [
        ({"conditions": {"nmae": "x"}}, "nmae", "is no field; there are name"),
        ({"conditions": {"name[like]": "x"}}, "name[like]", "there are ne, in"),
        ({"conditions": {"name[null]": "true"}}, "name[null]", "cannot be asked for"),
        ({"conditions": {"name[in": "x"}}, "name[in", "bracket"),
        ({"conditions": {"state": "sold"}}, "state", "none of new, in_progress, won, lost"),
        ({"conditions": {"probability": "a lot"}}, "probability", "no whole number"),
        ({"conditions": {"id": "99999999999999999999"}}, "id", "too large"),
        ({"conditions": {"created_at": "2026-11-05T01:00:00"}}, "created_at", "time zone"),
        ({"conditions": {"created_at": "0001-01-01T00:00:00+14:00"}}, "created_at", "range"),
        ({"conditions": {"target_amount": "NaN"}}, "target_amount", "amount"),
        ({"conditions": {"target_amount": "1.00001"}}, "target_amount", "four decimals"),
        ({"sort": "colour"}, "sort", "'colour' cannot be sorted by"),
        ({"sort": "-competitors"}, "sort", "cannot be sorted by"),
        ({"limit": 0}, "limit", "from 1 to 500"),
        ({"limit": 501}, "limit", "from 1 to 500"),
        ({"cursor": "????"}, "cursor", "damaged"),
        ({"cursor": "WyJ4Il0"}, "cursor", "another order"),
    ],
)
async def test_what_cannot_be_asked_is_told_by_its_name(
    store: Store, wanted: dict[str, Any], field: str, said: str
) -> None:
    """The unknown field, operator, sort key or value, and what there is instead."""
    with pytest.raises(InvalidRecord) as refused:
        await ids(store, **wanted)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert said in problem.message


@pytest.mark.parametrize(
    "sort",
    [
        None,
        "-id",
        "name",
        "-email,name",
        "email",
        "-target_amount",
        "probability,-created_at",
        "-created_at",
        "created_at,-target_amount",
        "owner,-email",
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 4, 9])
async def test_pages_join_to_the_whole_list(leads: Store, sort: str | None, limit: int) -> None:
    """Whatever it is sorted by, nothing twice, nothing left out, missing values last."""
    whole = await ids(leads, sort=sort)
    assert sorted(whole) == list(range(1, 10))
    assert await all_pages(leads, limit, kind="lead", sort=sort) == whole


async def test_a_page_goes_on_where_the_last_one_ended_although_records_were_made(
    leads: Store,
) -> None:
    """New records before and behind: those before are not told, those behind are, once."""
    question = Question(kind="lead", sort="name", limit=4)
    first = await leads.read(lambda r: find(r, question))
    await leads.write(lambda w: w.add(Lead(name="Lead 00")))
    await leads.write(lambda w: w.add(Lead(name="Lead 99")))
    following = replace(question, cursor=first.next, limit=50)
    second = await leads.read(lambda r: find(r, following))
    names = [one.name for one in (*first.items, *second.items)]
    assert names == [*(f"Lead {n}" for n in range(9)), "Lead 99"]


async def test_how_many_there_are_is_told_when_asked(leads: Store) -> None:
    """Of all that match, not of the page."""
    question = Question(kind="lead", limit=2, conditions={"id[gt]": "3"}, total=True)
    page = await leads.read(lambda r: find(r, question))
    assert (len(page.items), page.total) == (2, 6)


async def test_text_finds_words_of_people_and_parts_of_other_names(leads: Store) -> None:
    """People by beginnings of words; products by any part of the name."""

    def make(writer: Any) -> None:
        writer.add(Contact(name="José Müller-Lüdenscheid", email="jose@example.com"))
        writer.add(Product(name="100% Wool"))
        writer.add(Product(name="Cotton"))

    await leads.write(make)
    assert await ids(leads, kind="contact", q="lude jos") == [1]
    assert await ids(leads, kind="contact", q="ller") == []
    assert await ids(leads, kind="contact", q="--") == []
    page = await leads.read(lambda r: find(r, Question(kind="product", q="0% WO")))
    assert [one.name for one in page.items] == ["100% Wool"]


async def test_calls_are_listed_like_records(store: Store) -> None:
    """Newest first, by number in any form, by campaign and tag."""

    def make(writer: Any) -> None:
        writer.put_call(ended("1.1", tags=("hot",)))
        writer.put_call(ringing("1.2", started_at=ringing().started_at + timedelta(hours=1)))

    await store.write(make)

    async def linkedids(**wanted: Any) -> list[str]:
        page = await store.read(lambda r: find(r, Question(kind="call", **wanted)))
        return [one.linkedid for one in page.items]

    assert await linkedids() == ["1.2", "1.1"]
    assert await linkedids(conditions={"number": "+61 491-570-006"}) == ["1.2", "1.1"]
    assert await linkedids(conditions={"campaign": "Trams"}) == ["1.1"]
    assert await linkedids(conditions={"outcome[null]": "true"}) == ["1.2"]
    assert await linkedids(conditions={"tags[has]": "hot"}) == ["1.1"]
    assert await linkedids(q="7k4q") == ["1.1"]
    assert await linkedids(conditions={"caller_e164": ADA}, sort="started_at") == ["1.1", "1.2"]


async def test_what_no_column_can_hold_finds_nothing_and_breaks_nothing(store: Store) -> None:
    """NUL, half of a pair, a quote, a percent sign."""
    for text in ("\0", "\ud800", "'; DROP TABLE leads;--", "%", "_", "\\", "💥" * 600):
        assert await ids(store, conditions={"name": text}) == []
        assert await ids(store, q=text) == []
        assert await ids(store, kind="opportunity", q=text) == []


def test_a_users_password_can_be_neither_asked_nor_sorted_by() -> None:
    """Otherwise its hash could be guessed, letter by letter."""
    assert "password_hash" not in listing_of("user").fields


# ---------------------------------------------------------------- against a list sorted by hand

_SORTABLE = ("name", "email", "target_amount", "probability", "created_at", "id", "owner")
_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Ada", "ada", "Bob", "Zoë", ""]),
        st.sampled_from([None, "a@x.de", "b@x.de"]),
        st.sampled_from([None, Decimal("0.10"), Decimal("2.00"), Decimal("10.00")]),
        st.sampled_from([None, 0, 50, 100]),
        st.integers(0, 2),
        st.sampled_from([None, "ben", "una"]),
    ),
    max_size=12,
)
_SORTS = st.lists(
    st.tuples(st.sampled_from(_SORTABLE), st.booleans()), max_size=3, unique_by=lambda one: one[0]
)


@pytest.fixture
async def people(store: Store) -> Store:
    await store.write(lambda w: [w.add(User(name=name)) for name in ("ben", "una")])
    return store


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=_ROWS, sort=_SORTS, limit=st.integers(1, 5))
async def test_every_order_is_that_of_a_sorted_list(
    people: Store, rows: list[Any], sort: list[tuple[str, bool]], limit: int
) -> None:
    """Nulls and ties included: keyset paging tells what Python would."""

    def make(writer: Any) -> list[Lead]:
        for lead in list(writer.all_of("lead")):
            writer.remove("lead", lead.id)
        for name, email, amount, probability, day, owner in rows:
            writer.add(
                Lead(
                    name=name,
                    email=email,
                    target_amount=amount,
                    probability=probability,
                    created_at=START + timedelta(days=day),
                    owner=owner,
                ),
                is_checked=False,
            )
        return list(writer.all_of("lead"))

    expected = await people.write(make)
    for name, is_down in reversed([*sort, ("id", False)]):
        expected.sort(
            key=lambda one, name=name: (
                (getattr(one, name) is not None, getattr(one, name) or "")
                if isinstance(getattr(one, name), str | None)
                else (True, getattr(one, name))
            ),
            reverse=is_down,
        )
        expected.sort(key=lambda one, name=name: getattr(one, name) is None)
    said = ",".join(("-" if is_down else "") + name for name, is_down in sort) or None
    assert await all_pages(people, limit, kind="lead", sort=said) == [one.id for one in expected]


async def test_every_kind_is_listed_by_every_field(store: Store) -> None:
    """No field that is offered makes a statement that an engine refuses."""
    from crm_store.kinds import KINDS
    from crm_store.search.finding import operators_of

    texts: dict[Any, str] = {str: "x", int: "1", float: "1.5", bool: "true", Decimal: "1.5"}
    for kind in (*KINDS, "call"):
        for one in listing_of(kind).fields.values():
            if one.is_sortable:
                await store.read(
                    lambda r, kind=kind, one=one: find(
                        r, Question(kind=kind, sort=f"-{one.name}", q="a b", total=True)
                    )
                )
            for operator in operators_of(one):
                text = texts.get(one.type) or (
                    "2026-11-22T09:30:00Z" if one.type is datetime else None
                )
                if text is None:
                    text = (
                        next(iter(one.type)) if hasattr(one.type, "__members__") else "2026-11-22"
                    )
                text = "true" if operator == "null" else text
                name = f"{one.name}[{operator}]" if operator else one.name
                await store.read(
                    lambda r, kind=kind, name=name, text=text: find(
                        r, Question(kind=kind, conditions={name: text})
                    )
                )


def test_people_and_their_work_are_listed_by_what_they_hang_on() -> None:
    """An activity by whom it is about; a contact by his company."""
    assert {"about.type", "about.id"} <= set(listing_of("activity").fields)
    assert {"account", "account_id"} <= set(listing_of("contact").fields)
    assert listing_of("activity").record is Activity
    assert listing_of("account").record is Account
