"""Who is calling: candidates by exact number, in the order in which an agent wants them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from store_samples import ADA

from crm_store.numbers import phone_number
from crm_store.queries import MOST_CANDIDATES
from crm_store.records import (
    NOBODY,
    Account,
    CallerFacts,
    Candidate,
    Contact,
    Lead,
    ListName,
    Person,
    PersonAccount,
    PersonType,
    User,
)
from crm_store.store import Store

NUMBER = (phone_number("0491 570 006", "AU"),)


def candidate(kind: PersonType, id_: int, name: str, clock: Any, **more: Any) -> Candidate:
    fields = {"account_name": None, "owner_name": None, "owner_extension": None}
    return Candidate(type=kind, id=id_, name=name, **{**fields, "updated_at": clock.now, **more})


async def test_candidates_come_by_type_and_newest_first_within_a_type(
    store: Store, clock: Any
) -> None:
    """Contact, lead, account, person account; within a type the newest updated; then lists."""
    older = clock.now - timedelta(days=1)
    people: list[Person] = [
        PersonAccount(name="P"),
        Account(name="A"),
        Lead(name="L", company="Lead's company"),
        Contact(name="old", account="Works", owner="Tom", updated_at=older),
        Contact(name="new", owner="Gone"),
    ]

    def load(w: Any) -> None:
        w.put_user(User(name="Tom", extensions=("101", "102")))
        w.put_user(User(name="Gone", extensions=("103",), is_active=False))
        for person in people:
            fields = {name: getattr(person, name) for name in ("name", "owner", "updated_at")}
            more = {
                name: getattr(person, name)
                for name in ("company", "account")
                if hasattr(person, name)
            }
            w.create(type(person)(**fields, **more, phone_numbers=NUMBER))
        w.list_number(ADA, "vip")

    await store.write(load)
    assert await store.read(lambda r: r.look_up(ADA)) == CallerFacts(
        candidates=(
            candidate(PersonType.CONTACT, 2, "new", clock, owner_name="Gone"),
            candidate(
                PersonType.CONTACT,
                1,
                "old",
                clock,
                account_name="Works",
                owner_name="Tom",
                owner_extension="101",
                updated_at=older,
            ),
            candidate(PersonType.LEAD, 1, "L", clock, account_name="Lead's company"),
            candidate(PersonType.ACCOUNT, 1, "A", clock),
            candidate(PersonType.PERSON_ACCOUNT, 1, "P", clock),
        ),
        lists=frozenset({ListName.VIP}),
    )


async def test_a_stranger_and_a_withheld_number_are_nobody(store: Store) -> None:
    """Only the exact number counts: an ending or a longer one is somebody else."""
    await store.write(lambda w: w.create(Lead(name="Ada", phone_numbers=NUMBER)))
    asked = [None, ADA[:-1], ADA + "0", ADA[1:], "", "%", "' OR 1=1 --"]
    assert [await store.read(lambda r, n=n: r.look_up(n)) for n in asked] == [NOBODY] * len(asked)


async def test_a_person_is_found_under_any_of_their_numbers(store: Store, clock: Any) -> None:
    """Any number of numbers, one twice, one added later, one that is none: one candidate."""
    numbers = (*NUMBER, phone_number("ask Tom", "AU"), phone_number("+61491570006"))
    ada = await store.write(lambda w: w.create(Contact(name="Ada", phone_numbers=numbers)))
    await store.write(lambda w: w.add_phone_number(ada, phone_number("02 9876 5432", "AU")))
    for e164 in (ADA, "+61298765432"):
        assert (await store.read(lambda r, e=e164: r.look_up(e))).candidates == (
            candidate(PersonType.CONTACT, 1, "Ada", clock),
        )


async def test_a_number_shared_by_too_many_still_tells_that_it_is_blocked(store: Store) -> None:
    """The look-up is bounded, and the bound never cuts off the lists."""

    def load(w: Any) -> None:
        for number in range(MOST_CANDIDATES + 5):
            w.create(Contact(name=str(number), phone_numbers=NUMBER))
        w.list_number(ADA, ListName.BLOCKED)

    await store.write(load)
    facts = await store.read(lambda r: r.look_up(ADA))
    assert (len(facts.candidates), facts.lists) == (MOST_CANDIDATES, {ListName.BLOCKED})
