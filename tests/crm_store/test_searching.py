"""Search as somebody types: what is found, by what, in which order, and after every change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from store_samples import ADA, RANG_AT, ended, ringing

from crm_store.records import (
    Account,
    Contact,
    Group,
    Lead,
    PersonAccount,
    PhoneNumber,
    Role,
    User,
)
from crm_store.search.searching import number_beginnings, search
from crm_store.store import Store

MANAGER = User(name="mia", role=Role.MANAGER)


async def names(store: Store, text: str, user: User = MANAGER, **more: Any) -> list[str]:
    found = await store.read(lambda r: search(r, text, user=user, **more))
    return [one.name for one in found.people]


async def calls(store: Store, text: str, user: User = MANAGER) -> list[str]:
    found = await store.read(lambda r: search(r, text, user=user, country="AU"))
    return [one.linkedid for one in found.calls]


@pytest.fixture
async def people(store: Store) -> Store:
    def make(w: Any) -> None:
        w.add(Group(name="North"))
        acme = w.add(Account(name="Acme Analytical Engines", owner_group="North"))
        number = PhoneNumber(raw="0491 570 006", e164=ADA)
        w.add(Contact(name="Ada Lovelace", account_id=acme, phone_numbers=(number,)))
        w.add(Lead(name="Adam O'Brien", company="Müller & Söhne", email="adam@example.com"))
        w.add(PersonAccount(name="José Ibáñez"))
        w.add(Lead(name="Loves Labour", owner_group="North"), is_checked=False)

    await store.write(make)
    return store


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada", ["Ada Lovelace", "Adam O'Brien"]),
        ("ADAM", ["Adam O'Brien"]),
        ("love", ["Ada Lovelace", "Loves Labour"]),
        ("lov ad", ["Ada Lovelace"]),
        ("obrien", ["Adam O'Brien"]),
        ("o'brien", ["Adam O'Brien"]),
        ("muller", ["Adam O'Brien"]),
        ("jose ibanez", ["José Ibáñez"]),
        ("engines", ["Acme Analytical Engines", "Ada Lovelace"]),
        ("adam@ex", ["Adam O'Brien"]),
        ("example.com", []),
        ("brien lovelace", []),
        ("velace", []),
        ("", []),
        ("  ", []),
        ("%", []),
        ("'; DROP TABLE leads; --", []),
        ("\0\ud800", []),
        ("+61 491 570", ["Ada Lovelace"]),
        ("0061491570006", ["Ada Lovelace"]),
        ("0491-57", ["Ada Lovelace"]),
        ("491570006", ["Ada Lovelace"]),
        ("61491570006", ["Ada Lovelace"]),
        ("(0491) 570.006", ["Ada Lovelace"]),
        ("0491 571", []),
    ],
)
async def test_people_are_found_by_how_their_words_and_numbers_begin(
    people: Store, text: str, expected: list[str]
) -> None:
    """Case, accents, apostrophes and separators are forgiven; exact words come first."""
    assert await names(people, text, country="AU") == expected


async def test_words_follow_every_change(people: Store) -> None:
    """Made by a call or a file, renamed, removed: never an old word, never a missing one."""

    def change(w: Any) -> None:
        w.create(Lead(name="Grace Hopper"))
        w.put(Account(name="Univac", key="u-1"))
        w.put(Account(name="Eckert Mauchly", key="u-1"))
        adam = next(one for one in w.all_of("lead") if one.name.startswith("Adam"))
        w.change("lead", adam.id, {"name": "Eve O'Brien", "email": None})
        (jose,) = w.all_of("person_account")
        w.remove("person_account", jose.id)

    await people.write(change)
    assert await names(people, "hopp") == ["Grace Hopper"]
    assert await names(people, "univac") == []
    assert await names(people, "mauch") == ["Eckert Mauchly"]
    assert await names(people, "adam") == []
    assert await names(people, "adam@example.com") == []
    assert await names(people, "eve obr") == ["Eve O'Brien"]
    assert await names(people, "jose") == []


async def test_calls_are_found_by_call_id_number_and_the_people_found(people: Store) -> None:
    """The call of that ID first, else the newest first."""

    def make(w: Any) -> None:
        w.put_call(ended("1.1"))
        later = RANG_AT + timedelta(hours=1)
        w.put_call(ringing("1.2", call_id="7K4Q3M", started_at=later))
        w.put_call(ringing("1.3", call_id="HHHHHH", caller_e164="+4930123456"))

    await people.write(make)
    assert await calls(people, "7k4q2m") == ["1.1"]
    assert await calls(people, "7K-4Q") == ["1.2", "1.1"]
    assert await calls(people, "0491 570 006") == ["1.2", "1.1"]
    assert await calls(people, "+49 30 123") == ["1.3"]
    assert await calls(people, "lovelace") == ["1.2", "1.1"]
    assert await calls(people, "acme") == ["1.2", "1.1"]
    assert await calls(people, "nobody") == []


async def test_an_agent_finds_what_he_sees(people: Store) -> None:
    """What another group owns is not found, nor the calls of its people."""
    north, south = User(name="ann", groups=("North",)), User(name="sue", groups=("South",))
    assert await names(people, "love", north) == ["Ada Lovelace", "Loves Labour"]
    assert await names(people, "love", south) == ["Ada Lovelace"]
    assert await names(people, "acme", south) == []
    await people.write(lambda w: w.put_call(ringing("1.2")))
    assert await calls(people, ADA, south) == []


def test_a_number_is_read_in_every_form_that_it_is_typed_in() -> None:
    """As beginnings of E.164 numbers."""
    assert number_beginnings("+6", "AU") == []
    assert number_beginnings("+61 49", "AU") == ["+6149"]
    assert number_beginnings("0061 49", "AU") == ["+6149", "+616149"]
    assert number_beginnings("0491 570 006", "AU") == [ADA]
    assert number_beginnings("0491 57", None) == ["+049157"]
    assert number_beginnings("0491 57", "AU") == ["+049157", "+6149157"]
    assert number_beginnings("12a4", "AU") == []
