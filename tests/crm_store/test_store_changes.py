"""Records are made, changed and removed in one way: with a version, a history and an event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa

from crm_store.errors import (
    InvalidRecord,
    Problem,
    RecordExists,
    RecordNotFound,
    VersionConflict,
)
from crm_store.kinds import KINDS
from crm_store.numbers import phone_number
from crm_store.records import (
    Account,
    Activity,
    BusinessHours,
    By,
    Campaign,
    Case,
    Contact,
    Group,
    HistoryEntry,
    Lead,
    Note,
    Opportunity,
    PersonAccount,
    PersonType,
    Product,
    Ref,
    Role,
    TrackingNumber,
    User,
)
from crm_store.store import Store
from crm_store.writer import Writer

ALICE = By(user="Alice", via="api")
ONE_OF_EACH: dict[str, Any] = {
    "lead": Lead(name="Ada", target_amount=Decimal("1234.5"), attributes={"colour": "red"}),
    "contact": Contact(name="Ada", phone_numbers=(phone_number("+61491570006"),)),
    "account": Account(name="Works", employees=12),
    "person_account": PersonAccount(name="Grace", city="Sydney"),
    "activity": Activity(subject="Call back", tags=("soon",)),
    "case": Case(subject="It is broken", contact_id=1),
    "opportunity": Opportunity(name="Two engines", amount=Decimal("99.9999")),
    "user": User(name="Alice", extensions=("101",), role=Role.MANAGER),
    "group": Group(name="Sales", areas=("AU-NSW", "+612")),
    "product": Product(name="Engine"),
    "campaign": Campaign(name="Trams"),
    "business_hours": BusinessHours(name="Office", time_zone="Australia/Sydney", weekly=()),
    "tracking_number": TrackingNumber(e164="+61298765432", raw="x", label="Poster"),
}


def by_alice(writer: Writer) -> Writer:
    writer.by = ALICE
    return writer


def events_in(reader: Any) -> list[str]:
    query = sa.text("SELECT type FROM events ORDER BY id")
    return [row[0] for row in reader._connection.execute(query)]


def test_there_is_one_of_each() -> None:
    """A kind that is added and not tried here fails."""
    assert set(ONE_OF_EACH) <= set(KINDS)


@pytest.mark.parametrize("kind", ONE_OF_EACH)
async def test_what_is_made_comes_back_as_it_was(store: Store, clock: Any, kind: str) -> None:
    """Every kind of record, on both engines: the same but for what the store gives."""
    if kind == "case":
        await store.write(lambda w: w.add(Contact(name="Ada")))
    record = ONE_OF_EACH[kind]
    key = await store.write(lambda w: w.add(record, is_checked=False))
    found = await store.read(lambda r: r.get(kind, key))

    given = {"id": key, "version": 1, "created_at": clock.now, "updated_at": clock.now}
    for name in KINDS[kind].fields:
        assert getattr(found, name) == given.get(name, getattr(record, name)), name


async def test_a_change_is_told_by_version_history_and_event(store: Store, clock: Any) -> None:
    """Who, when, what, from what to what; and nothing at all where nothing changes."""
    lead_id = await store.write(lambda w: w.add(Lead(name="Ada", email="ada@example.com")))
    clock.advance(60)
    change = {"name": "Ada Byron", "email": None}
    for _ in range(2):
        lead = await store.write(lambda w: by_alice(w).change("lead", lead_id, change))
    history = await store.read(lambda r: list(r.history_of("lead", lead_id)))

    assert (lead.version, lead.updated_at) == (2, clock.now)
    assert [(entry.action, entry.actor, entry.via) for entry in history] == [
        ("created", None, "system"),
        ("updated", "Alice", "api"),
    ]
    assert history[1] == HistoryEntry(
        id=history[1].id,
        object_type="lead",
        object_key=str(lead_id),
        at=clock.now,
        actor="Alice",
        via="api",
        action="updated",
        version=2,
        changes={"name": ("Ada", "Ada Byron"), "email": ("ada@example.com", None)},
    )


async def test_of_two_who_edit_the_second_is_told(store: Store) -> None:
    """Both read version 1: one change stands, the other changes nothing and says why."""
    lead_id = await store.write(lambda w: w.add(Lead(name="Ada")))

    async def rename(name: str) -> Any:
        return await store.write(
            lambda w: w.change("lead", lead_id, {"name": name}, version=1).name
        )

    done = await asyncio.gather(rename("Byron"), rename("King"), return_exceptions=True)

    assert done[0] == "Byron"
    assert isinstance(done[1], VersionConflict)
    assert (done[1].expected, done[1].current) == (1, 2)
    assert (await store.read(lambda r: r.get("lead", lead_id))).name == "Byron"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"naem": "x"}, Problem("naem", "is no field that can be changed")),
        ({"version": 7}, Problem("version", "is no field that can be changed")),
        ({"call_id": "7K4Q2M"}, Problem("call_id", "is no field that can be changed")),
        ({"name": " "}, Problem("name", "is required")),
        ({"owner": "Nobody"}, Problem("owner", "no user is called 'Nobody'")),
        ({"unit": "None"}, Problem("unit", "no group is called 'None'")),
        ({"team": ("Nobody",)}, Problem("team", "no user is called 'Nobody'")),
        ({"contact_id": 99}, Problem("contact_id", "no contact is called 99")),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    store: Store, changes: dict[str, Any], problem: Problem
) -> None:
    """Neither the field nor a version, a history entry or an event."""
    lead_id = await store.write(lambda w: w.add(Lead(name="Ada")))
    before = await store.read(lambda r: (r.get("lead", lead_id), events_in(r)))
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.change("lead", lead_id, changes))

    assert refused.value.problems == (problem,)
    assert await store.read(lambda r: (r.get("lead", lead_id), events_in(r))) == before
    assert len(await store.read(lambda r: list(r.history_of("lead", lead_id)))) == 1


async def test_what_is_removed_is_in_the_history_whole(store: Store) -> None:
    """The record and its numbers are gone; every field of it can still be read."""
    contact = Contact(name="Ada", phone_numbers=(phone_number("+61491570006"),))
    key = await store.write(lambda w: w.add(contact))
    await store.write(lambda w: by_alice(w).remove("contact", key, version=1))
    entry = (await store.read(lambda r: list(r.history_of("contact", key))))[-1]

    assert await store.read(lambda r: r.look_up("+61491570006").candidates) == ()
    assert (entry.action, entry.actor) == ("deleted", "Alice")
    assert entry.changes["name"] == ("Ada", None)
    assert entry.changes["phone_numbers"][0][0]["e164"] == "+61491570006"
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: w.remove("contact", key))


async def test_a_name_is_given_once(store: Store) -> None:
    """Making a second group of the same name is refused; saving it changes the first."""
    await store.write(lambda w: w.add(Group(name="Sales")))
    with pytest.raises(RecordExists, match="'Sales'"):
        await store.write(lambda w: w.add(Group(name="Sales", comment="again")))
    await store.write(lambda w: w.save(Group(name="Sales", comment="again")))

    groups = await store.read(lambda r: list(r.all_of("group")))
    assert [(group.comment, group.version) for group in groups] == [("again", 2)]


async def test_a_note_is_stamped_and_stays(store: Store, clock: Any) -> None:
    """Time and author are the store's; a note about nobody is refused."""
    lead_id = await store.write(lambda w: w.add(Lead(name="Ada")))
    about = Ref(type=PersonType.LEAD, id=lead_id)
    note = await store.write(lambda w: by_alice(w).write_note(about, "Wants two"))

    assert note == Note(about=about, text="Wants two", author="Alice", id=1, created_at=clock.now)
    assert await store.read(lambda r: r.notes_about(about)) == [note]
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: w.write_note(Ref(type=PersonType.LEAD, id=99), "x"))
    with pytest.raises(InvalidRecord, match="text: is required"):
        await store.write(lambda w: w.write_note(about, " "))


@dataclass(frozen=True, slots=True)
class Colours:
    """A section of settings that only this test knows."""

    name: ClassVar[str] = "colours"
    wall: str = "white"
    door: str = "red"


async def test_settings_hold_their_defaults_until_they_are_written(store: Store) -> None:
    """And again for a key that came later; two who write at once: the second is told."""
    assert await store.read(lambda r: r.settings_with_version(Colours)) == (Colours(), 0)
    assert await store.write(lambda w: w.put_settings(Colours(wall="blue"), version=0)) == 1
    with pytest.raises(VersionConflict):
        await store.write(lambda w: w.put_settings(Colours(wall="green"), version=0))
    forget_door = sa.text('UPDATE settings SET value = \'{"wall": "blue"}\'')
    await store.write(lambda w: w._connection.execute(forget_door).rowcount)

    assert await store.read(lambda r: r.settings(Colours)) == Colours(wall="blue", door="red")
    history = await store.read(lambda r: list(r.history_of("settings", "colours")))
    assert [entry.changes for entry in history] == [{"wall": ("white", "blue")}]


async def test_a_secret_stays_out_of_the_history(store: Store) -> None:
    """A password's hash is changed, and no history says from what to what."""
    await store.write(lambda w: w.add(User(name="Alice", password_hash="$argon2id$one")))
    await store.write(lambda w: w.change("user", "Alice", {"password_hash": "$argon2id$two"}))

    user = await store.read(lambda r: r.get("user", "Alice"))
    history = await store.read(lambda r: list(r.history_of("user", "Alice")))
    assert (user.password_hash, user.version) == ("$argon2id$two", 2)
    assert "argon2" not in repr(history)


async def test_what_is_undone_leaves_no_trace(store: Store) -> None:
    """A unit of work that fails after a change: no change, no history, no event."""

    def change_and_fail(writer: Writer) -> None:
        writer.add(Lead(name="Ada"))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await store.write(change_and_fail)
    assert await store.read(lambda r: (list(r.find_leads()), events_in(r))) == ([], [])
    assert await store.read(lambda r: list(r.history_of("lead", 1))) == []
