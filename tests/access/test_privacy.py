"""Erasing somebody, giving out what there is about him, and keeping nothing for ever."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from crm_store.engines.column_types import Amount, Json, StorableText, UtcDateTime
from crm_store.errors import InvalidRecord
from crm_store.numbers import phone_number
from crm_store.privacy.anonymous import anonymised, is_anonymous
from crm_store.privacy.erasure import erase, tell_everything
from crm_store.privacy.found import find_subject
from crm_store.privacy.places import PLACES, Rule, searched_columns, tables_searched
from crm_store.privacy.settings import PrivacySettings
from crm_store.privacy.subject import ERASED, Subject, read_subject
from crm_store.privacy.tombstones import forget_call, must_be_forgotten
from crm_store.reader import Reader
from crm_store.records import (
    Account,
    Activity,
    By,
    CallRecord,
    Candidate,
    Case,
    Contact,
    Direction,
    HistoryEntry,
    Lead,
    LeadState,
    Matched,
    Opportunity,
    Outcome,
    Party,
    PersonAccount,
    PersonType,
    Recording,
    Ref,
    Transfer,
    TransferKind,
    User,
)
from crm_store.store import Store
from crm_store.tables import metadata
from crm_store.writer import Writer
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.privacy import erase_subject, sweep
from pbx_bridge.recording_files import RecordingFolders

from .conftest import Clock

ADA, MAIL, NAME = "+61491570006", "ada@example.com", "Ada Lovelace"
BOB = "+61491570156"
FORMS = ("0491570006", "0491 570 006", "+61 491-570-006", "0061491570006", "61491570006")
STARTED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NUMBERS = (phone_number("0491 570 006", "AU"),)
LEFT_BEHIND = re.compile(r"491\W*570\W*006|ada@example|lovelace", re.IGNORECASE)


def call_of(linkedid: str = "1.1", **more: Any) -> CallRecord:
    given = {
        "pbx": "sydney",
        "linkedid": linkedid,
        "call_id": f"AAAA{linkedid[0]}",
        "direction": Direction.INBOUND,
        "outcome": Outcome.ANSWERED,
        "caller_number": "0491570006",
        "caller_e164": ADA,
        "caller_name": NAME,
        "dialled_number": "0298765432",
        "dialled_e164": "+61298765432",
        "started_at": STARTED,
        "ended_at": STARTED + timedelta(minutes=2),
        "talk_seconds": 90.0,
        "answered_by": "101",
        "parties": (party("101"),),
        "recordings": (
            Recording(path="0491570006.wav", url=None, started_at=STARTED, seconds=1.0),
        ),
        "comment": "Ada Lovelace, 0491 570 006",
        "visitor_session": "visit-1",
    }
    return CallRecord(**(given | more))


def party(extension: str) -> Party:
    return Party(
        extension=extension,
        channel=f"Local/{extension}@phones",
        rang_at=STARTED,
        answered_at=None,
        left_at=None,
    )


def insert(w: Writer, table_name: str, **values: Any) -> None:
    """A row with these values; what else it needs is made up."""
    table = metadata.tables[table_name]
    for column in table.columns:
        if column.name in values or column.nullable or column.server_default is not None:
            continue
        if isinstance(column.type, StorableText):
            values[column.name] = "x"
        elif isinstance(column.type, UtcDateTime):
            values[column.name] = STARTED
        elif isinstance(column.type, Json):
            values[column.name] = {}
        elif isinstance(column.type, sa.Boolean):
            values[column.name] = False
        elif column.autoincrement is False or not column.primary_key:
            values[column.name] = 1
    w._connection.execute(sa.insert(table), values)


def fill(w: Writer) -> None:
    """Ada everywhere: a row in every table where somebody may be kept."""
    w.add(User(name="Tom", extensions=("101",)))
    w.by = By(user="Tom", via="api")
    w.add(Account(name="Lovelace Engines", email=MAIL, phone_numbers=NUMBERS))
    w.add(PersonAccount(name=NAME, phone_numbers=NUMBERS))
    contact = int(w.add(Contact(name=NAME, email="Ada@Example.com", phone_numbers=NUMBERS)))
    lead = int(w.add(Lead(name=NAME, company="Engines", phone_numbers=NUMBERS)))
    other = int(
        w.add(Contact(name="Bob", comment=f"knows {MAIL}", phone_numbers=(phone_number(BOB),)))
    )
    about = Matched(type=PersonType.CONTACT, id=contact, name=NAME)
    candidate = Candidate(
        type=PersonType.LEAD,
        id=lead,
        name=NAME,
        account_name=None,
        owner_name=None,
        owner_extension=None,
        updated_at=STARTED,
    )
    w.put_call(call_of(matched=about, candidates=(candidate,)))
    bobs = {"caller_number": BOB, "caller_e164": BOB, "caller_name": "Bob", "comment": None}
    forwarded = (party("101"), party("0491570006"))
    w.put_call(call_of("2.1", **bobs, parties=forwarded, candidates=(candidate,), recordings=()))
    activity = int(
        w.add(Activity(subject=f"Call {NAME}", about=about, call=("sydney", "1.1"), comment=MAIL))
    )
    w.put_call(replace(call_of(matched=about), record=Ref(type="activity", id=activity)))
    his = Matched(type=PersonType.CONTACT, id=other, name="Bob")
    w.add(Activity(subject="Call back Ada on 0491-570-006", about=his))
    case = int(w.add(Case(subject=f"{NAME} wants", contact_id=contact)))
    w.add(
        Opportunity(
            name=f"{NAME}: engine", contact_id=contact, lead_id=lead, amount=Decimal("9.50")
        )
    )
    w.write_note(Ref(type=PersonType.LEAD, id=lead), f"{NAME} is nice")
    w.write_note(Ref(type="case", id=case), f"{NAME} is waiting")
    w.write_note(Ref(type=PersonType.CONTACT, id=other), f"wife: {MAIL}")
    insert(w, "events", event_id="e1", type="call.ended", payload='{"n": "0491 570 006"}')
    told = json.dumps({"data": {"object": {"id": lead, "name": NAME}}})
    insert(w, "events", event_id="e2", type="lead.updated", payload=told)
    insert(w, "events", event_id="e3", type="call.ended", payload="{}")
    insert(w, "web_hooks", id=1)
    answer = [{"at": "2026-11-20T09:00:00Z", "answer": f"no {MAIL}"}]
    for event_id in ("e1", "e3"):
        insert(w, "web_hook_deliveries", hook_id=1, event_id=event_id, attempts=answer)
    insert(w, "emails", address=MAIL, dedupe_key="1", object_type="lead", object_id=lead)
    insert(w, "mail_addresses", address=MAIL, token="t1")
    insert(
        w,
        "form_submissions",
        status="accepted",
        values={"name": NAME, "phone": "+61 491 570 006"},
        visit={},
        email=MAIL,
    )
    insert(w, "number_leases", session="visit-1", visit={"landing_page": f"/?mail={MAIL}"})
    insert(w, "call_forms", pbx="sydney", linkedid="1.1")
    insert(w, "unfinished_calls", pbx="sydney", linkedid="1.1", story='["0491570006"]')
    insert(w, "listed_numbers", e164=ADA, list="vip")
    insert(w, "idempotency_keys", key="k", answer=f'{{"name": "{NAME}", "email": "{MAIL}"}}')
    insert(w, "imports", id=1, record_type="lead", options={}, notes=[f"line 3: {MAIL}"])
    insert(w, "import_problems", import_id=1, value="0491 570 006")
    insert(
        w,
        "merges",
        record_type="lead",
        winner_id=lead,
        loser_id=99,
        loser_name=NAME,
        loser={"name": NAME},
        changes={},
    )
    insert(w, "not_duplicates", record_type="lead", low_id=lead, high_id=98)
    insert(w, "match_keys", key=f"test:{MAIL}", person_type="lead", person_id=lead)
    insert(w, "recording_looks", user_name="Tom", pbx="sydney", path="0491570006.wav")


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def rows_of(reader: Reader, table: sa.Table) -> list[str]:
    return [repr(tuple(row)) for row in reader._connection.execute(sa.select(table))]


def left_behind(reader: Reader) -> dict[str, list[str]]:
    """Every row of every table that still says who it was."""
    found = {
        table.name: [row for row in rows_of(reader, table) if LEFT_BEHIND.search(row)]
        for table in metadata.sorted_tables
    }
    return {name: rows for name, rows in found.items() if rows}


def erase_ada(w: Writer, what: str = ADA, **options: Any) -> Any:
    return erase(w, find_subject(w, read_subject(what, "AU"), **options))


def test_every_table_says_whether_somebody_can_be_in_it() -> None:
    """A table that is added and not thought about fails here: name it in ``PLACES``."""
    assert set(PLACES) == set(metadata.tables)
    unknown = {
        f"{name}.{column}"
        for name, place in PLACES.items()
        for column in place.harmless - set(metadata.tables[name].columns.keys())
        if not name.endswith(("leads", "contacts", "accounts"))
    }
    assert unknown == set()
    ours = [name for name, place in PLACES.items() if place.rule is Rule.OURS and not place.why]
    assert ours == []


async def test_nothing_is_left_of_somebody_who_is_erased(store: Store) -> None:
    """Not his numbers in any form, nor his address, nor his name: in no table, on both engines."""
    await store.write(fill)
    before = await store.read(left_behind)
    tied_only = {"not_duplicates", "call_forms"}
    assert {table.name for table in tables_searched()} - set(before) == tied_only
    await store.write(erase_ada)
    assert await store.read(left_behind) == {}


async def test_others_keep_what_is_theirs(store: Store) -> None:
    """Bob stays, with his calls, notes and activities; only Ada's number is taken out of them."""
    await store.write(fill)
    await store.write(erase_ada)

    def look(r: Reader) -> tuple[Any, ...]:
        (bob,) = r.all_of("contact")
        (call,) = (one for one in r.find_calls() if one.caller_e164 == BOB)
        (activity,) = r.all_of("activity")
        extensions = [one.extension for one in call.parties]
        notes = [note.text for note in r.notes_about(Ref(type=PersonType.CONTACT, id=bob.id))]
        said = (bob.name, bob.comment, call.caller_name, extensions, call.candidates)
        return *said, activity.subject, notes

    assert await store.read(look) == (
        "Bob",
        f"knows {ERASED}",
        "Bob",
        ["101", ERASED],
        (),
        f"Call back Ada on {ERASED}",
        [f"wife: {ERASED}"],
    )


async def test_calls_and_opportunities_stay_as_figures(store: Store) -> None:
    """How many, how long, what came of it, how much: reports say the same as before."""
    await store.write(fill)
    await store.write(erase_ada)

    def look(r: Reader) -> tuple[Any, Any]:
        call = r.call("sydney", "1.1")
        (opportunity,) = r.all_of("opportunity")
        return call, (opportunity.name, opportunity.amount, opportunity.contact_id)

    call, opportunity = await store.read(look)
    expected = replace(
        call_of(),
        caller_number="",
        caller_e164=None,
        caller_name="",
        parties=(replace(party("101"), channel=""),),
        recordings=(),
        comment=None,
        visitor_session=None,
    )
    assert call == expected
    assert opportunity == (ERASED, Decimal("9.50"), None)


async def test_the_history_of_who_is_gone_says_who_did_what_and_no_more(store: Store) -> None:
    """Made by Tom, erased by Zoe; not a single value."""
    await store.write(fill)

    def run(w: Writer) -> None:
        w.by = By(user="Zoe", via="api")
        erase_ada(w)

    await store.write(run)

    def look(r: Reader) -> list[HistoryEntry]:
        return list(r.history_of("lead", 1))

    entries = await store.read(look)
    told = [(one.actor, one.action, dict(one.changes)) for one in entries]
    assert told == [("Tom", "created", {}), ("Zoe", "erased", {})]


async def test_somebody_with_other_numbers_stays_without_this_one(store: Store) -> None:
    """Unless everybody who has the number is meant: then he and his other number go too."""
    both = (*NUMBERS, phone_number(BOB))

    def make(w: Writer) -> None:
        w.add(Contact(name="Eve", phone_numbers=both))
        w.add(Lead(name="Ada", phone_numbers=NUMBERS))

    await store.write(make)
    erased = await store.write(erase_ada)
    assert (erased.people, erased.kept) == (("lead:1",), ("contact:1",))
    eve = await store.read(lambda r: r.get("contact", 1))
    assert [number.e164 for number in eve.phone_numbers] == [BOB]
    again = await store.write(lambda w: erase_ada(w, BOB, is_everybody=True))
    assert again.people == ("contact:1",)


async def test_everybody_with_the_number_takes_along_his_other_numbers(store: Store) -> None:
    """Calls from his other phone are anonymous too; a number he shares with another stays his."""

    def make(w: Writer) -> None:
        shared = phone_number("+61298765400")
        both = (*NUMBERS, phone_number(BOB), shared)
        w.add(Contact(name="Eve", phone_numbers=both))
        w.add(Contact(name="Mallory", phone_numbers=(shared,)))
        w.put_call(call_of("1.1", caller_number=BOB, caller_e164=BOB))
        w.put_call(call_of("2.1", caller_number=shared.raw, caller_e164=shared.e164))

    await store.write(make)
    await store.write(lambda w: erase_ada(w, is_everybody=True))
    calls = await store.read(lambda r: list(r.find_calls()))
    assert [call.caller_e164 for call in calls] == [None, "+61298765400"]


@pytest.mark.parametrize("what", FORMS)
async def test_a_number_is_found_however_it_is_written(store: Store, what: str) -> None:
    """The same person, from any form."""
    await store.write(fill)
    told = await store.read(lambda r: tell_everything(r, find_subject(r, read_subject(what, "AU"))))
    assert {one["record"] for one in told["people"]} == set(PersonType)


async def test_an_address_erases_whose_it_is(store: Store) -> None:
    """With the numbers of him whose address it is, and whatever he was sent."""
    await store.write(fill)
    erased = await store.write(lambda w: erase_ada(w, "ADA@example.com"))
    assert erased.people == ("account:1", "contact:1")
    left = await store.read(lambda r: [type(one).__name__ for one in r.all_of("lead")])
    assert left == ["Lead"]


async def test_who_wants_no_mail_is_not_forgotten(store: Store) -> None:
    """Forgetting that would be writing to him again."""
    await store.write(
        lambda w: insert(w, "mail_addresses", address=MAIL, token="t", unsubscribed_at=STARTED)
    )
    await store.write(lambda w: erase_ada(w, MAIL))
    assert list(await store.read(left_behind)) == ["mail_addresses"]


async def test_all_there_is_about_somebody_is_given_out(store: Store) -> None:
    """Every table that names him or that his rows are in; no secrets; and nothing is changed."""
    await store.write(fill)
    before = await store.read(lambda r: [rows_of(r, t) for t in metadata.sorted_tables])
    told = await store.read(lambda r: tell_everything(r, find_subject(r, read_subject(ADA))))
    after = await store.read(lambda r: [rows_of(r, t) for t in metadata.sorted_tables])
    assert before == after
    expected = {table.name for table in tables_searched()} - {
        *("leads", "contacts", "accounts", "person_accounts"),
        *("phone_numbers", "match_keys", "search_words"),
    }
    assert set(told) == expected | {"people"}
    assert "t1" not in repr(told["mail_addresses"])


@pytest.mark.parametrize("what", ["", "101", "+61298765432x", "hello", "a b@c", "1" * 5])
async def test_what_is_neither_number_nor_address_is_refused(store: Store, what: str) -> None:
    """By the name of the field, before anything is touched."""
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: erase_ada(w, what))
    assert [problem.field for problem in refused.value.problems] == ["subject"]


async def test_our_own_number_is_not_erased(store: Store) -> None:
    """A slip of the pen would make every call of a campaign anonymous."""
    await store.write(lambda w: insert(w, "tracking_numbers", e164=ADA, route="extension"))
    with pytest.raises(InvalidRecord, match="tracking number"):
        await store.write(erase_ada)


@given(
    st.sampled_from(FORMS), st.text(alphabet="ab (),;:\n", max_size=8), st.text("xy. ", max_size=5)
)
def test_a_number_is_cleaned_out_of_any_text(form: str, before: str, after: str) -> None:
    """In the middle of anything that is no digit; and longer numbers are others."""
    subject = Subject(frozenset({ADA}))
    assert not LEFT_BEHIND.search(str(subject.cleaned(before + form + after)))
    longer = f"9{ADA[1:]}7"
    assert subject.cleaned(longer) == longer


some_text = st.sampled_from(("", "101", "0491570006", "+61491570006", "softphone-bob"))


@given(
    st.sampled_from(Direction),
    st.lists(some_text, min_size=6, max_size=6),
    st.none() | some_text,
)
def test_nobody_is_left_in_an_anonymous_call(
    direction: Direction, texts: list[str], answered_by: str | None
) -> None:
    """Whatever the call: no outside number, the figures as they were, and twice is once."""
    moved = Transfer(kind=TransferKind.BLIND, by=texts[3], to=texts[4], at=STARTED, completed=True)
    call = call_of(
        direction=direction,
        caller_number=texts[0],
        caller_e164=ADA if direction is Direction.INBOUND else None,
        dialled_number=texts[1] if direction is Direction.OUTBOUND else "101",
        parties=(party(texts[2]),),
        transfers=(moved,),
        answered_by=answered_by,
        redirected_from=texts[5],
    )
    nobodys = anonymised(call)
    assert not LEFT_BEHIND.search(repr(nobodys))
    assert is_anonymous(nobodys)
    figures = ("started_at", "ended_at", "talk_seconds", "outcome", "direction", "call_id")
    assert all(getattr(call, name) == getattr(nobodys, name) for name in figures)


async def test_an_erased_number_is_told_anonymously_when_its_old_calls_are_read_again(
    store: Store, clock: Clock
) -> None:
    """Also where only the digits were sent; calls after the erasure are a new acquaintance."""
    clock.now = STARTED + timedelta(days=1)
    await store.write(erase_ada)
    old, raw = call_of(), call_of(caller_e164=None, caller_number="0491570006")
    out = call_of(
        direction=Direction.OUTBOUND,
        caller_number="101",
        dialled_number="0491570006",
        dialled_e164=ADA,
    )
    new = call_of(started_at=clock.now + timedelta(seconds=1))
    bobs = call_of(caller_number=BOB, caller_e164=BOB)

    def ask(w: Writer) -> list[bool]:
        return [must_be_forgotten(w, call, w.now) for call in (old, raw, out, new, bobs)]

    assert await store.write(ask) == [True, True, True, False, False]
    told = await store.write(lambda w: forget_call(w, old))
    assert told == anonymised(old)
    assert await store.read(lambda r: list(r.find_calls())) == [told]
    kept = await store.read(lambda r: rows_of(r, metadata.tables["erased_numbers"]))
    assert not any("491570006" in row for row in kept)


async def test_a_call_older_than_call_details_are_kept_is_told_anonymously(
    store: Store, clock: Clock
) -> None:
    """A journal of last year, read again, tells how many called and not who."""
    await store.write(lambda w: w.put_settings(PrivacySettings(call_days=30)))
    young = call_of(started_at=clock.now - timedelta(days=30) + timedelta(seconds=1))
    old = call_of(started_at=clock.now - timedelta(days=30, seconds=1))

    def ask(w: Writer) -> list[bool]:
        return [must_be_forgotten(w, call, w.now) for call in (young, old)]

    assert await store.write(ask) == [False, True]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "monitor"
    made.mkdir()
    return made


async def test_the_recordings_go_from_the_disk_first(store: Store, folder: Path) -> None:
    """One that is not found on this host is named; others stay."""
    (folder / "0491570006.wav").write_bytes(b"Ada")
    (folder / "other.wav").write_bytes(b"Bob")
    mail = Recording(path="/var/spool/vm/1.wav", url=None, started_at=STARTED, seconds=1.0)
    call = call_of()
    await store.write(lambda w: w.put_call(replace(call, recordings=(*call.recordings, mail))))
    folders = RecordingFolders({"sydney": folder})
    erased = await erase_subject(
        store, folders, read_subject(ADA), is_everybody=False, by=By(user="Zoe")
    )
    assert (erased.files_left, erased.erasure.recordings) == (("/var/spool/vm/1.wav",), 2)
    assert names_in(folder) == ["other.wav"]


async def test_nothing_is_erased_when_a_recording_cannot_be(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says which, and what to do; then it can be done again."""
    await store.write(fill)
    folders = RecordingFolders({"sydney": folder})

    def refuse(pbx: str, path: str) -> bool:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(folders, "remove", refuse)
    before = await store.read(left_behind)
    with pytest.raises(PbxBridgeError, match="Permission denied"):
        await erase_subject(store, folders, read_subject(ADA), is_everybody=False, by=By())
    assert await store.read(left_behind) == before


async def test_what_is_too_old_is_taken_away_day_by_day(
    store: Store, folder: Path, clock: Clock
) -> None:
    """Recordings, who called, lost leads with all that hangs on them, histories of the gone."""
    for name in ("old", "young"):
        (folder / f"{name}.wav").write_bytes(b"x")
    ago = {"old": clock.now - timedelta(days=100), "young": clock.now - timedelta(days=2)}

    def make(w: Writer) -> None:
        for number, (name, at) in enumerate(ago.items(), start=1):
            sound = Recording(path=f"{name}.wav", url=None, started_at=at, seconds=1.0)
            w.put_call(
                call_of(f"{number}.1", started_at=at, ended_at=at, recordings=(sound,), comment="x")
            )
            lost = {"state": LeadState.LOST, "status": "lost", "completed_at": at}
            w.add(Lead(name=f"{name} lead", **lost), is_checked=False)
        w.write_note(Ref(type=PersonType.LEAD, id=1), "hopeless")
        w.put_settings(PrivacySettings(recording_days=90, call_days=95, lost_lead_days=30))

    await store.write(make)
    folders = RecordingFolders({"sydney": folder})
    swept = await sweep(store, folders, clock=clock)
    assert (swept.recordings, swept.calls, swept.lost_leads, swept.history) == (1, 1, 1, 0)
    assert names_in(folder) == ["young.wav"]
    calls = await store.read(lambda r: list(r.find_calls()))
    assert [(is_anonymous(one), len(one.recordings)) for one in calls] == [(True, 0), (False, 1)]
    leads = await store.read(lambda r: [lead.name for lead in r.all_of("lead")])
    assert leads == ["young lead"]
    again = await sweep(store, folders, clock=clock)
    assert (again.recordings, again.calls, again.lost_leads) == (0, 0, 0)
    clock.advance(days=3)
    keep = PrivacySettings(removed_history_days=2)
    await store.write(lambda w: w.put_settings(keep))
    assert (await sweep(store, folders, clock=clock)).history == 2


async def test_nothing_is_taken_away_unless_somebody_says_how_long_it_is_kept(
    store: Store, folder: Path, clock: Clock
) -> None:
    """The defaults keep everything, for ever."""
    await store.write(fill)
    before = await store.read(left_behind)
    clock.advance(days=10_000)
    await sweep(store, RecordingFolders({"sydney": folder}), clock=clock)
    assert await store.read(left_behind) == before


@pytest.mark.parametrize("days", [0, -1, 36_501])
async def test_days_that_cannot_be_are_refused(store: Store, days: int) -> None:
    """Zero would take away what came a moment ago."""
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.put_settings(PrivacySettings(call_days=days)))
    assert [problem.field for problem in refused.value.problems] == ["call_days"]


def test_the_columns_that_are_searched_are_texts_and_documents() -> None:
    """An amount or an instant names nobody."""
    kinds = {type(column.type) for table in tables_searched() for column in searched_columns(table)}
    assert Amount not in kinds
    assert UtcDateTime not in kinds
