"""Who may be on file twice: found, with reasons, and not who only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from crm_store.errors import NotPossible, RecordNotFound
from crm_store.matching.duplicates import (
    candidates_of,
    find_pairs,
    mark_different,
    side_by_side,
    top_pairs,
)
from crm_store.matching.likeness import Features, compare, keys_of
from crm_store.records import Account, Contact, Lead, PersonAccount, PersonType, PhoneNumber
from crm_store.store import Store
from crm_store.writer import Writer

LEAD = PersonType.LEAD
NUMBER = PhoneNumber(raw="+61491570006", e164="+61491570006")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Jon Smith", "Acme Pty Ltd"), ("John Smith", "ACME")),
        (("Lovelace, Ada", "Analytical Engines"), ("Ada Lovelace", "Analytical Engines Ltd.")),
        (("Dr. Jörg Müller", "Bäckerei Huber GmbH"), ("Jorg Muller", "Backerei Huber")),
        (("Smyth Alan", "Acme"), ("Alan Smith", "Acme Inc")),
    ],
)
def test_spellings_of_one_name_are_compared(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Order, titles, accents, legal forms and a slip of the pen make no other person."""
    keys = [keys_of("lead", name, None, company) for name, company in (one, other)]
    assert set(keys[0]) & set(keys[1])
    alike = compare(
        "lead",
        Features(name=one[0], company=one[1]),
        Features(name=other[0], company=other[1]),
    )
    assert alike.score >= 60, alike


def test_numbered_shops_of_one_name_are_not_even_compared() -> None:
    """A chain has thousands of them, and names whose digits differ are never alike."""
    shops = [
        keys_of("lead", "Ann Lee", None, "Shop 12"),
        keys_of("lead", "Ann Lee", None, "Shop 13"),
        keys_of("lead", "Lee, Ann", None, "The Shop (12) Ltd"),
    ]
    assert shops == [("n:am l|sb#12",), ("n:am l|sb#13",), ("n:am l|sb#12",)]
    assert keys_of("account", "Studio 54 No. 7", None, None) == ("n:sd#54,7",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Features(name="John Smith", company="Acme"), Features(name="John Smith", company="Zeta")),
        (Features(name="John Smith"), Features(name="John Smith")),
        (Features(name="Shop 12", company="A"), Features(name="Shop 13", company="A")),
        (Features(name="Ada", email="a@x.org"), Features(name="Bob", email="b@x.org")),
    ],
)
def test_people_who_only_share_a_name_are_no_duplicates(one: Features, other: Features) -> None:
    """There are many John Smiths."""
    assert compare("lead", one, other).score < 60


async def test_candidates_are_found_with_reasons_the_likeliest_first(store: Store) -> None:
    """By number, e-mail in any case, similar name and company; nobody of another type."""

    def make(w: Writer) -> None:
        ada = {"company": "Analytical Engines", "email": "ada@x.example.com"}
        w.add(Lead(name="Ada Lovelace", phone_numbers=(NUMBER,), **ada))  # type: ignore[arg-type]
        w.add(Lead(name="A. L.", email="ADA@X.example.com"))
        w.add(Lead(name="Ada Lovelace", phone_numbers=(NUMBER,), company="analytical engines ltd"))
        w.add(Lead(name="Grace Hopper", company="Analytical Engines"))
        w.add(Contact(name="Ada Lovelace", phone_numbers=(NUMBER,)))

    await store.write(make)
    found = await store.read(lambda r: candidates_of(r, LEAD, 1))
    assert [(one.id, one.score >= 80, one.reasons) for one in found] == [
        (
            3,
            True,
            ("same number +61491570006", "similar name and company (100 % and 100 %)"),
        ),
        (2, True, ("same e-mail ada@x.example.com",)),
    ]
    pairs = await store.read(lambda r: list(find_pairs(r, LEAD)))
    assert sorted((one.first_id, one.second_id) for one in pairs) == [(1, 2), (1, 3)]
    with pytest.raises(RecordNotFound):
        await store.read(lambda r: candidates_of(r, LEAD, 99))


async def test_what_is_found_follows_every_change(store: Store) -> None:
    """A new name, a new address, a company that is called otherwise, a record that is gone."""

    def make(w: Writer) -> None:
        w.add(Account(name="Acme"))
        w.add(Account(name="Zeta"))
        for account_id in (1, 2):
            w.add(Contact(name="Ada Lovelace", account_id=account_id))
        w.add(PersonAccount(name="Eve Moss", street="1 High Street"))
        w.add(PersonAccount(name="Moss, Eve", street="1 high street"))

    await store.write(make)

    async def pairs(kind: PersonType) -> list[tuple[int, int]]:
        found = await store.read(lambda r: list(find_pairs(r, kind)))
        return [(one.first_id, one.second_id) for one in found]

    assert await pairs(PersonType.CONTACT) == []
    await store.write(lambda w: w.change("account", 2, {"name": "ACME Ltd"}))
    assert await pairs(PersonType.CONTACT) == [(1, 2)]
    assert await pairs(PersonType.ACCOUNT) == [(1, 2)]
    assert await pairs(PersonType.PERSON_ACCOUNT) == [(1, 2)]
    await store.write(lambda w: w.change("contact", 2, {"name": "Bob"}))
    assert await pairs(PersonType.CONTACT) == []
    await store.write(lambda w: w.change("contact", 2, {"name": "Ada  LOVELACE"}))
    assert await pairs(PersonType.CONTACT) == [(1, 2)]
    await store.write(lambda w: w.remove("contact", 2))
    assert await pairs(PersonType.CONTACT) == []


async def test_a_pair_that_was_marked_is_shown_no_more(store: Store) -> None:
    """Until it is asked for; and it can be reviewed all the same."""

    def make(w: Writer) -> tuple[bool, bool]:
        for _ in range(2):
            w.add(Account(name="Acme"))
        kind = PersonType.ACCOUNT
        return mark_different(w, kind, 2, 1), mark_different(w, kind, 1, 2)

    assert await store.write(make) == (True, False)

    def look(r: Any) -> Any:
        kind = PersonType.ACCOUNT
        return (
            candidates_of(r, kind, 1),
            [one.id for one in candidates_of(r, kind, 1, with_marked=True)],
            top_pairs(r, kind),
            side_by_side(r, kind, 1, 2).is_marked_different,
        )

    assert await store.read(look) == ([], [2], [], True)
    with pytest.raises(NotPossible):
        await store.read(lambda r: side_by_side(r, PersonType.ACCOUNT, 1, 1))


async def test_a_crowd_that_shares_a_number_takes_no_forever(store: Store) -> None:
    """A thousand at one switchboard: neighbours by name are compared, not half a million pairs."""

    def make(w: Writer) -> None:
        for place in range(1_000):
            name = f"{chr(97 + place % 26)}{place // 26:02d} Person"
            w.add(Lead(name=name, phone_numbers=(NUMBER,)), is_checked=False)

    await store.write(make)
    pairs = await store.read(lambda r: list(find_pairs(r, LEAD)))
    assert len(pairs) <= 1_000 * 20
