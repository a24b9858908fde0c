"""Two records become one, and two again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_store.documents import plain
from crm_store.errors import (
    InvalidRecord,
    MergedInto,
    NotPossible,
    RecordNotFound,
    VersionConflict,
)
from crm_store.matching.merging import (
    fields_of_merge,
    follow_merges,
    list_merges,
    merge,
    resolve,
    undo_merge,
)
from crm_store.reader import Reader
from crm_store.records import (
    Account,
    Activity,
    By,
    CallRecord,
    Case,
    Contact,
    Direction,
    Lead,
    Matched,
    Opportunity,
    PersonType,
    PhoneNumber,
    ProductInterest,
    Ref,
)
from crm_store.store import Store
from crm_store.tables import calls, match_keys, notes, search_words
from crm_store.writer import Writer

LEAD, CONTACT, ACCOUNT = PersonType.LEAD, PersonType.CONTACT, PersonType.ACCOUNT
ADAS = PhoneNumber(raw="+61491570006", e164="+61491570006", label="mobile")
OFFICE = PhoneNumber(raw="+61298765432", e164="+61298765432")
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_call(linkedid: str, matched: Matched | None = None, record: Ref | None = None) -> CallRecord:
    return CallRecord(
        pbx="sydney",
        linkedid=linkedid,
        direction=Direction.INBOUND,
        caller_number=ADAS.raw,
        caller_e164=ADAS.e164,
        dialled_number="0298765432",
        started_at=AT,
        matched=matched,
        record=record,
    )


def everything(reader: Reader) -> dict[str, Any]:
    """All that is on file but what counts the changes, to compare before with after."""
    untold = {"version", "updated_at"}
    found: dict[str, Any] = {}
    for kind in ("lead", "contact", "account", "person_account", "activity", "case", "opportunity"):
        for record in reader.all_of(kind):
            said = {n: v for n, v in plain(record).items() if n not in untold}
            found[f"{kind} {record.id}"] = said
    for table in (calls, notes, match_keys, search_words):
        rows = reader.connection.execute(sa.select(table)).mappings()
        found[table.name] = sorted(
            str({k: v for k, v in row.items() if k != "updated_at"}) for row in rows
        )
    return found


def two_contacts(w: Writer) -> None:
    """Contact 1 and 2 at accounts 1 and 2, and something of every kind that hangs on each."""
    w.add(Account(name="Analytical Engines"))
    w.add(Account(name="Analytical Engines Pty Ltd"))
    for number, (name, phone) in enumerate((("Ada Lovelace", ADAS), ("A. Lovelace", OFFICE)), 1):
        w.add(Contact(name=name, account_id=number, phone_numbers=(phone,), email=None))
        about = Matched(type=CONTACT, id=number, name=name)
        w.put_call(a_call(f"{number}.1", matched=about))
        activity = w.log_activity(
            Activity(subject=f"call {number}", about=about, call=("sydney", f"{number}.1"))
        )
        w.put_call(a_call(f"{number}.2", record=Ref(type="contact", id=number)))
        w.put_call(a_call(f"{number}.1", matched=about, record=activity))
        w.add(Case(subject=f"case {number}", contact_id=number))
        w.add(Opportunity(name=f"sale {number}", contact_id=number, account_id=number))
        w.add(Lead(name=f"lead {number}", contact_id=number))
        w.write_note(Ref(type="contact", id=number), f"note {number}")


async def test_everything_that_hung_on_either_hangs_on_the_winner(store: Store) -> None:
    """Activities, calls, cases, opportunities, leads and notes: none is left behind."""
    await store.write(two_contacts)
    made = await store.write(lambda w: merge(w, CONTACT, 1, 2))

    def look(r: Reader) -> dict[str, Any]:
        return {
            "activities": [a.about.id for a in r.all_of("activity")],
            "matched": sorted(c.matched.id for c in r.find_calls() if c.matched),
            "became": sorted(c.record.id for c in r.find_calls() if c.record.type == "contact"),
            "cases": [c.contact_id for c in r.all_of("case")],
            "opportunities": [(o.contact_id, o.account_id) for o in r.all_of("opportunity")],
            "leads": [lead.contact_id for lead in r.all_of("lead")],
            "notes": [n.text for n in r.notes_about(Ref(type="contact", id=1))],
            "numbers": r.get("contact", 1).phone_numbers,
            "loser": r.get("contact", 2),
        }

    assert await store.read(look) == {
        "activities": [1, 1],
        "matched": [1, 1],
        "became": [1, 1],
        "cases": [1, 1],
        "opportunities": [(1, 1), (1, 2)],
        "leads": [1, 1],
        "notes": ["note 1", "note 2"],
        "numbers": (ADAS, OFFICE),
        "loser": None,
    }
    assert (made.winner_id, made.loser_id, made.loser_name) == (1, 2, "A. Lovelace")


async def test_undoing_a_merge_leaves_everything_as_it_was(store: Store) -> None:
    """undo(merge(a, b)) == before, but for what counts the changes."""
    await store.write(two_contacts)
    before = await store.read(everything)
    for winner, loser in ((1, 2), (2, 1)):
        made = await store.write(
            lambda w, a=winner, b=loser: merge(w, CONTACT, a, b, {"name": "theirs"})
        )
        undone = await store.write(lambda w, one=made.id: undo_merge(w, one))
        assert undone.left == ()
        assert await store.read(everything) == before
    accounts = await store.write(lambda w: merge(w, ACCOUNT, 2, 1))
    people = await store.read(lambda r: [c.account for c in r.all_of("contact")])
    assert people == ["Analytical Engines Pty Ltd"] * 2
    await store.write(lambda w: undo_merge(w, accounts.id))
    assert await store.read(everything) == before


_TEXTS = st.one_of(st.none(), st.text("abcÄ'=\n ", min_size=1, max_size=4))
_NUMBERS = st.lists(st.sampled_from([ADAS, OFFICE]), unique=True, max_size=2).map(tuple)
_LEADS = st.builds(
    lambda **fields: Lead(name="x", **fields),
    phone_numbers=_NUMBERS,
    email=_TEXTS,
    company=_TEXTS,
    city=_TEXTS,
    comment=st.sampled_from(["", "one", "two"]),
    competitors=st.lists(st.sampled_from("ab"), unique=True).map(tuple),
    products=st.lists(st.sampled_from([ProductInterest(product="p", note="n")]), max_size=1).map(
        tuple
    ),
    target_amount=st.one_of(st.none(), st.decimals("0", "9999", places=2)),
    attributes=st.dictionaries(st.sampled_from("xy"), st.integers(0, 9), max_size=2),
    key=st.one_of(st.none(), st.sampled_from(["k1", "k2"])),
    probability=st.one_of(st.none(), st.integers(0, 100)),
    expected_at=st.one_of(st.none(), st.just(AT)),
    first_call=st.one_of(st.none(), st.just(("sydney", "9.9"))),
)
_CHOICES = st.dictionaries(
    st.sampled_from([f for f in fields_of_merge(LEAD) if f not in ("key",)]),
    st.sampled_from(["mine", "theirs"]),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(one=_LEADS, other=_LEADS, choices=_CHOICES, both=st.booleans())
async def test_whatever_is_merged_comes_apart_again(
    store: Store, one: Lead, other: Lead, choices: dict[str, Any], both: bool
) -> None:
    """Any two leads, any choices: parted they are what they were."""
    if both:
        choices = choices | {"comment": "both", "attributes": "both"}
    if other.key == one.key:
        other = replace(other, key=None)

    def make(w: Writer) -> tuple[int, int]:
        for record in list(w.all_of("lead")):
            w.remove("lead", record.id)
        first, second = (int(w.add(lead, is_checked=False)) for lead in (one, other))
        return first, second

    first, second = await store.write(make)
    before = await store.read(everything)
    made = await store.write(lambda w: merge(w, LEAD, first, second, choices))
    undone = await store.write(lambda w: undo_merge(w, made.id))
    assert undone.left == ()
    assert await store.read(everything) == before


async def test_what_was_changed_since_stays_and_is_told(store: Store) -> None:
    """Undoing never overwrites what somebody wrote after the merge."""
    await store.write(two_contacts)
    made = await store.write(lambda w: merge(w, CONTACT, 1, 2, {"name": "theirs"}))

    def work(w: Writer) -> None:
        w.change("contact", 1, {"name": "Countess Lovelace"})
        w.remove("case", 2)
        w.change("opportunity", 2, {"contact_id": None})

    await store.write(work)
    undone = await store.write(lambda w: undo_merge(w, made.id))
    assert undone.left == (
        "name of contact 1 was changed since",
        "case 2 was moved or removed since",
        "opportunity 2 was moved or removed since",
    )
    assert (await store.read(lambda r: r.get("contact", 1))).name == "Countess Lovelace"
    assert undone.record.name == "A. Lovelace"
    with pytest.raises(NotPossible, match="undone already"):
        await store.write(lambda w: undo_merge(w, made.id))


async def test_what_cannot_be_merged_is_refused(store: Store) -> None:
    """Itself, nobody, another type's number, an old version, an unknown field: and why."""
    await store.write(two_contacts)

    async def refused(error: type[Exception], match: str, *given: Any, **more: Any) -> None:
        with pytest.raises(error, match=match):
            await store.write(lambda w: merge(w, *given, **more))

    before = await store.read(everything)
    await refused(NotPossible, "with itself", CONTACT, 1, 1)
    await refused(RecordNotFound, "no contact 9", CONTACT, 1, 9)
    await refused(RecordNotFound, "no person account 1", PersonType.PERSON_ACCOUNT, 1, 2)
    await refused(VersionConflict, "version 1, not 7", CONTACT, 1, 2, loser_version=7)
    await refused(InvalidRecord, "choices.shoes: is no field", CONTACT, 1, 2, {"shoes": "mine"})
    await refused(InvalidRecord, "choices.name: has one value", CONTACT, 1, 2, {"name": "both"})
    assert await store.read(everything) == before


async def test_of_two_circular_merges_at_once_one_is_done(store_url: str) -> None:
    """a into b while b goes into a: one is done, the other is told where it went."""
    async with Store.open(store_url, migrate=True) as one, Store.open(store_url) as other:
        await one.write(two_contacts)
        done = await asyncio.gather(
            one.write(lambda w: merge(w, CONTACT, 1, 2)),
            other.write(lambda w: merge(w, CONTACT, 2, 1)),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in done) == ["Merge", "MergedInto"]
        assert len(await one.read(lambda r: list(r.all_of("contact")))) == 1


async def test_an_old_number_leads_to_the_winner_along_the_chain(store: Store) -> None:
    """3 into 2, 2 into 1: who asks for 3 is told of 1; undoing has to begin with the last."""

    def make(w: Writer) -> list[int]:
        for name in ("Ada", "Ada L.", "A. L."):
            w.add(Lead(name=name))
        w.by = By(user=None, via="api")
        return [merge(w, LEAD, 2, 3).id, merge(w, LEAD, 1, 2).id]

    first, second = await store.write(make)
    three = Ref(type="lead", id=3)
    assert await store.read(lambda r: resolve(r, three)) == Ref(type="lead", id=1)
    with pytest.raises(MergedInto, match="lead 3 was merged into lead 1") as refused:
        await store.write(lambda w: w.change("lead", 3, {"name": "x"}))
    assert refused.value.into == 1
    with pytest.raises(NotPossible, match="lead 2 was merged into 1 since"):
        await store.write(lambda w: undo_merge(w, first))
    await store.write(lambda w: undo_merge(w, second))
    await store.write(lambda w: undo_merge(w, first))
    assert await store.read(lambda r: resolve(r, three)) == three
    names = await store.read(lambda r: [lead.name for lead in r.all_of("lead")])
    assert names == ["Ada", "Ada L.", "A. L."]
    told = await store.read(lambda r: list_merges(r, about=Ref(type="lead", id=2)))
    assert [one.id for one in told] == [second, first]


async def test_the_number_of_a_merged_or_removed_record_is_never_given_out_again(
    store: Store,
) -> None:
    """Else a call that speaks of lead 2 would speak of a stranger."""
    ids = [await store.write(lambda w: w.add(Lead(name="Ada"))) for _ in range(2)]
    await store.write(lambda w: merge(w, LEAD, 1, 2))
    ids.append(await store.write(lambda w: w.add(Lead(name="Bob"))))
    await store.write(lambda w: w.remove("lead", 3))
    ids.append(await store.write(lambda w: w.add(Lead(name="Cleo"))))
    assert ids == [1, 2, 3, 4]


async def test_a_call_that_is_told_again_follows_its_caller_to_the_winner(store: Store) -> None:
    """A telling from before the merge speaks of the loser; it is put down to the winner."""
    await store.write(two_contacts)
    old = a_call(
        "2.9",
        matched=Matched(type=CONTACT, id=2, name="A. Lovelace"),
        record=Ref(type="contact", id=2),
    )
    await store.write(lambda w: merge(w, CONTACT, 1, 2))
    told = await store.read(lambda r: follow_merges(r, old))
    assert told.matched == Matched(type=CONTACT, id=1, name="A. Lovelace")
    assert told.record == Ref(type="contact", id=1)
    other = a_call("3.9", matched=Matched(type=CONTACT, id=1, name="Ada Lovelace"))
    assert await store.read(lambda r: follow_merges(r, other)) is other


async def test_history_goes_along_and_comes_back(store: Store) -> None:
    """The winner's history tells of both; the loser's says where it went."""
    await store.write(two_contacts)

    def told(r: Reader, contact_id: int) -> list[str]:
        return [entry.action for entry in r.history_of("contact", contact_id)]

    made = await store.write(lambda w: merge(w, CONTACT, 1, 2))
    assert await store.read(lambda r: told(r, 1)) == ["created", "created", "merged", "merged"]
    assert await store.read(lambda r: told(r, 2)) == ["merged_into"]
    await store.write(lambda w: undo_merge(w, made.id))
    assert await store.read(lambda r: told(r, 1)) == ["created", "merged", "merged", "parted"]
    assert await store.read(lambda r: told(r, 2)) == ["created", "merged_into", "restored"]


async def test_choices_decide_field_by_field(store: Store) -> None:
    """Mine, theirs or both; an empty field takes theirs; an amount keeps its currency."""

    def make(w: Writer) -> Any:
        w.add(
            Lead(name="Ada", comment="tall", target_amount=Decimal(5), currency="EUR"),
            is_checked=False,
        )
        w.add(
            Lead(
                name="Ada L.",
                comment="short",
                target_amount=Decimal(7),
                currency="AUD",
                city="Perth",
                email="a@b.example.com",
            ),
            is_checked=False,
        )
        choices: Any = {"name": "theirs", "comment": "both", "target_amount": "theirs"}
        merge(w, LEAD, 1, 2, choices)
        return w.get("lead", 1)

    lead = await store.write(make)
    got = (lead.name, lead.comment, lead.target_amount, lead.currency, lead.city, lead.email)
    expected = ("Ada L.", "tall\nshort", Decimal(7), "AUD", "Perth", "a@b.example.com")
    assert got == expected


def test_every_column_that_names_a_person_is_known_to_merging() -> None:
    """A new table that refers to people has to say so in crm_store/matching/hanging.py."""
    from crm_store.matching.hanging import HANGING
    from crm_store.tables import metadata

    known = {(h.table.name, h.column) for each in HANGING.values() for h in each}
    own = {
        *(("phone_numbers", "person_id"), ("match_keys", "person_id"), ("search_words", "id")),
        *(("merges", "winner_id"), ("merges", "loser_id")),
    }
    names = {"person_id", "matched_id", "record_id", "object_id", "contact_id", "account_id"}
    found = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if column.name in names | {"lead_id"}
    }
    assert found - known - own == set()
