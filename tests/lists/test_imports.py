"""Lists taken in: who is made, who is known, what is wrong, and that it happens once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from crm_store.errors import InvalidRecord, NotPossible
from crm_store.lists import feed, import_rows, importing, imports
from crm_store.lists.bulk import Draft, add_people, select_in
from crm_store.lists.exports import EXPORTS, Spreadsheet, csv_header, csv_rows
from crm_store.lists.importing import Pace, inspect_file, run_import
from crm_store.lists.mapping import remap
from crm_store.reader import Reader
from crm_store.records import (
    Account,
    By,
    Contact,
    Duplicates,
    Group,
    Import,
    ImportOptions,
    ImportStatus,
    Lead,
    PersonAccount,
    PersonType,
    PhoneNumber,
    Product,
    ProductInterest,
    User,
    WebHook,
)
from crm_store.store import Store
from crm_store.tables import (
    PERSON_TABLES,
    events,
    history,
    match_keys,
    phone_numbers,
    search_words,
)
from crm_store.writer import Writer

HEADER = "Name,Company,Email,Phone,City"
ADA = "Ada Lovelace,Analytical Engines,ada@engines.example.com,0491 570 006,London"
LEAD = PersonType.LEAD


async def take_in(
    store: Store,
    path: Path,
    *,
    record_type: PersonType = LEAD,
    mapping: dict[str, str | None] | None = None,
    is_dry_run: bool = False,
    rows_per_chunk: int = 2,
    **options: Any,
) -> Import:
    """A list from the file to its end."""
    given = ImportOptions(country="AU", **options)
    draft = inspect_file(path, path.name, record_type, given)
    draft = replace(draft, columns=remap(record_type, draft.columns, mapping or {}))

    def start(w: Writer) -> int:
        made = imports.add_import(w, draft)
        imports.start_import(w, cast(int, made.id), is_dry_run=is_dry_run)
        return cast(int, made.id)

    pace = Pace(rows_per_chunk=rows_per_chunk)
    return await run_import(store, await store.write(start), pace=pace)


async def everybody(store: Store, kind: str = "lead") -> list[Any]:
    return await store.read(lambda r: list(r.all_of(kind)))


async def told(store: Store, job: Import) -> list[tuple[int, str, str]]:
    found = await store.read(lambda r: imports.problems_of(r, cast(int, job.id)))
    return [(one.line, one.column, one.message) for one in found]


def counts(job: Import) -> tuple[int, ...]:
    return job.rows, job.created, job.updated, job.skipped, job.failed


async def test_a_list_becomes_leads_that_know_where_they_came_from(
    store: Store, write_list: Any
) -> None:
    """Fields, number, owner, origin and history; every row counted."""
    await store.write(lambda w: (w.add(Group(name="North")), w.add(User(name="tom"))))
    path = write_list([HEADER, ADA, "Bob,,,,"])
    job = await take_in(store, path, owner="tom", owner_group="North", campaign="Fair")
    assert (job.status, counts(job)) == (ImportStatus.DONE, (2, 2, 0, 0, 0))
    ada, bob = await everybody(store)
    assert (ada.name, ada.company, ada.email, ada.city, ada.owner, ada.owner_group) == (
        *("Ada Lovelace", "Analytical Engines", "ada@engines.example.com", "London"),
        *("tom", "North"),
    )
    assert ada.phone_numbers == (PhoneNumber(raw="0491 570 006", e164="+61491570006"),)
    assert (ada.origin, ada.campaign, bob.origin) == ("import 1", "Fair", "import 1")
    entries = await store.read(lambda r: list(r.history_of("lead", 1)))
    assert [(e.action, e.via, e.changes["origin"]) for e in entries] == [
        ("created", "import 1", (None, "import 1"))
    ]
    facts = await store.read(lambda r: r.look_up("+61491570006"))
    assert [one.name for one in facts.candidates] == ["Ada Lovelace"]


async def test_wrong_rows_are_told_by_line_and_column_and_the_others_taken(
    store: Store, write_list: Any
) -> None:
    """Also what only the settings can refuse: a status, an owner, a type that is not there."""
    lines = [
        f"{HEADER},Status,Owner",
        "Ada,,,abc,,,",
        "Bob,,,,,lost,",
        "Cleo,,,,,,nobody",
        "Dan,,,,,,",
        ",,x@y.example.com,,,,",
        "Eve,1,2,3,4,5,6,7",
    ]
    job = await take_in(store, write_list(lines))
    assert counts(job) == (6, 1, 0, 0, 5)
    found = await told(store, job)
    assert [(line, column) for line, column, _ in found] == [
        *((2, "Phone"), (3, "Status"), (4, "Owner"), (6, ""), (7, "")),
    ]
    assert found[0][2] == "'abc' is no phone number in AU"
    assert found[2][2] == "no user is called 'nobody'"
    assert [lead.name for lead in await everybody(store)] == ["Dan"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Someone Else,,,+61 491 570 006,", "the same number +61491570006"),
        ("Someone Else,,ADA@Engines.example.com,,", "the same e-mail ada@engines.example.com"),
        ("LOVELACE Ada,analytical engines Pty Ltd,,,", "a similar name and company"),
        ("Ada Lovelase,Analytical Engines,,,", "a similar name and company"),
    ],
)
async def test_who_is_on_file_is_left_out_and_told_why(
    store: Store, write_list: Any, row: str, why: str
) -> None:
    """By number, by e-mail in any case, by similar name and company; also within one list."""
    await take_in(store, write_list([HEADER, ADA]))
    again = await take_in(store, write_list([HEADER, row, "Bob,,,,"]))
    assert counts(again) == (2, 1, 0, 1, 0)
    assert await told(store, again) == [(2, "", f"left out: lead 1 has {why}")]
    within = await take_in(
        store, write_list([HEADER, ADA, row]), record_type=PersonType.LEAD, rows_per_chunk=10
    )
    assert counts(within) == (2, 0, 0, 2, 0)


@pytest.mark.parametrize("rows_per_chunk", [1, 10])
async def test_who_is_twice_in_one_list_is_made_once(
    store: Store, write_list: Any, rows_per_chunk: int
) -> None:
    """Whether the rows come in one chunk or in two; and a dry run says so beforehand."""
    path = write_list([HEADER, ADA, "A. Lovelace,,ada@engines.example.com,,Paris", ADA])
    dry = await take_in(store, path, is_dry_run=True, rows_per_chunk=rows_per_chunk)
    assert counts(dry) == (3, 1, 0, 2, 0)
    assert await everybody(store) == []
    done = await take_in(store, path, rows_per_chunk=rows_per_chunk)
    assert counts(done) == (3, 1, 0, 2, 0)


async def test_people_at_one_switchboard_are_not_one(store: Store, write_list: Any) -> None:
    """The same number, another name and another address: two people."""
    await take_in(store, write_list([HEADER, ADA]))
    other = "Grace Hopper,Analytical Engines,grace@engines.example.com,0491 570 006,"
    job = await take_in(store, write_list([HEADER, other]))
    assert counts(job) == (1, 1, 0, 0, 0)


async def test_the_policies_for_duplicates(store: Store, write_list: Any) -> None:
    """Fill writes what is empty, update what the row says, create another one."""
    await take_in(store, write_list([HEADER, ADA.replace("London", "")]))
    news = "Ada King,,ada@engines.example.com,02 9876 5432,Paris"
    filled = await take_in(store, write_list([HEADER, news]), duplicates=Duplicates.FILL)
    (ada,) = await everybody(store)
    assert counts(filled) == (1, 0, 1, 0, 0)
    assert (ada.name, ada.city) == ("Ada Lovelace", "Paris")
    assert [n.e164 for n in ada.phone_numbers] == ["+61491570006", "+61298765432"]
    again = await take_in(store, write_list([HEADER, news]), duplicates=Duplicates.FILL)
    assert counts(again) == (1, 0, 0, 1, 0)
    updated = await take_in(store, write_list([HEADER, news]), duplicates=Duplicates.UPDATE)
    (ada,) = await everybody(store)
    assert (counts(updated), ada.name, ada.version) == ((1, 0, 1, 0, 0), "Ada King", 3)
    created = await take_in(store, write_list([HEADER, news]), duplicates=Duplicates.CREATE)
    assert (counts(created), len(await everybody(store))) == ((1, 1, 0, 0, 0), 2)


async def test_contacts_share_the_accounts_that_their_list_names(
    store: Store, write_list: Any
) -> None:
    """An account that is on file is joined, an unknown one is made once."""
    await store.write(lambda w: w.create(Account(name="Analytical Engines")))
    lines = ["Name,Company", "Ada,Analytical Engines", "Bob,New Ltd", "Cleo,New Ltd"]
    job = await take_in(store, write_list(lines), record_type=PersonType.CONTACT)
    assert counts(job) == (3, 3, 0, 0, 0)
    people = [(c.name, c.account, c.account_id) for c in await everybody(store, "contact")]
    assert people == [
        ("Ada", "Analytical Engines", 1),
        ("Bob", "New Ltd", 2),
        ("Cleo", "New Ltd", 2),
    ]
    accounts = [(a.name, a.origin, a.key) for a in await everybody(store, "account")]
    assert accounts == [
        ("Analytical Engines", "", None),
        ("New Ltd", "import 1", "New Ltd"),
    ]


async def test_a_key_recognises_a_record_and_is_nobody_elses(store: Store, write_list: Any) -> None:
    """Your own identifier finds the record whatever else has changed."""
    await take_in(store, write_list(["Customer No,Name", "C7,Ada"]))
    moved = write_list(["Customer No,Name", "C7,Countess"])
    updated = await take_in(store, moved, duplicates=Duplicates.UPDATE)
    assert (counts(updated), [x.name for x in await everybody(store)]) == (
        (1, 0, 1, 0, 0),
        ["Countess"],
    )
    twice = await take_in(store, moved, duplicates=Duplicates.CREATE)
    assert (counts(twice), await told(store, twice)) == (
        (1, 0, 0, 0, 1),
        [(2, "Customer No", "is that of lead 1 already")],
    )


def all_rows(reader: Reader) -> dict[str, Any]:
    """Every row that has to do with people."""
    tables = (*PERSON_TABLES.values(), phone_numbers, match_keys, search_words, history, events)
    untold = {"event_id", "payload"}
    return {
        table.name: sorted(
            str({k: v for k, v in row.items() if k not in untold})
            for row in reader.connection.execute(sa.select(table)).mappings()
        )
        for table in tables
    }


SAMPLES: dict[str, list[dict[str, Any]]] = {
    "lead": [
        {"name": "Ada Lovelace", "company": "Engines Ltd", "email": "Ada@x.example.com"},
        {"name": "Bob", "comment": "ünï", "employees": 3, "key": "k1", "city": "Perth"},
        {
            "name": "Cleo",
            "target_amount": Decimal("12.50"),
            "currency": "AUD",
            "competitors": ("a", "b"),
            "products": (ProductInterest(product="Lamp"),),
            "probability": 40,
            "owner": "tom",
        },
        {"name": "Dan", "origin": "fair"},
    ],
    "contact": [{"name": "Ada", "account_id": 1, "title": "Countess"}, {"name": "Bob"}],
    "account": [{"name": "Acme Pty Ltd", "website": "x", "employees": 5}],
    "person_account": [{"name": "Eve Moss", "street": "1 High St", "country": "AU"}],
}
NUMBERS = (
    PhoneNumber(raw="0491 570 006", e164="+61491570006", label="mobile"),
    PhoneNumber(raw="02 9876 5432", e164="+61298765432"),
)


_NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("is_heard", [False, True])
async def test_many_at_once_are_the_rows_that_one_by_one_would_be(
    store_url: str, postgres_server: Any, tmp_path: Path, is_heard: bool
) -> None:
    """Row by row, of every table: the bulk way and Writer.add write the same."""

    async def written(url: str, in_bulk: bool) -> dict[str, Any]:
        async with Store.open(url, migrate=True, clock=lambda: _NOW) as store:

            def make(w: Writer) -> None:
                w.add(Group(name="North"))
                w.add(User(name="tom", groups=("North",)))
                w.add(Product(name="Lamp"))
                w.add(Account(name="First"))
                w.by = By(user="tom", via="import 7")
                records = {"contact": Contact, "account": Account, "lead": Lead}
                for kind, samples in SAMPLES.items():
                    record = records.get(kind, PersonAccount)
                    if in_bulk:
                        drafts = [Draft(fields=dict(one), numbers=NUMBERS) for one in samples]
                        assert None not in add_people(w, kind, drafts)
                    else:
                        for one in samples:
                            w.add(record(**one, phone_numbers=NUMBERS))

            if is_heard:
                hook = WebHook(url="https://h.example.com", events=("*",))
                await store.write(lambda w: w.add(hook))
            await store.write(make)
            return await store.read(all_rows)

    is_sqlite = store_url.startswith("sqlite")
    other = f"sqlite:///{tmp_path}/other.db" if is_sqlite else postgres_server.new_database()
    one_by_one, in_bulk = await written(store_url, False), await written(other, True)
    assert in_bulk == one_by_one
    assert bool(in_bulk["events"]) == is_heard


async def test_a_chunk_is_taken_in_once_whoever_brings_it_again(
    store: Store, write_list: Any
) -> None:
    """Two bridges at one job, or one that was killed after its commit: no row twice."""
    path = write_list([HEADER, ADA, "Bob,,,,"])
    draft = inspect_file(path, "x", LEAD, ImportOptions(country="AU"))
    await store.write(lambda w: imports.add_import(w, draft))
    await store.write(lambda w: imports.start_import(w, 1))
    from crm_store.lists.rows import ReadRow

    chunk = [ReadRow(2, {"name": "Ada"}), ReadRow(3, {"name": "Bob"})]
    take = partial(imports.take_chunk, import_id=1, first=0, rows=chunk)
    for _ in range(3):
        job = await store.write(take)
    assert (counts(job), len(await everybody(store))) == ((2, 2, 0, 0, 0), 2)
    early = await store.write(partial(imports.take_chunk, import_id=1, first=9, rows=chunk))
    assert early.rows == 2


async def test_an_import_stops_when_it_is_cancelled_and_what_is_in_stays(
    store: Store, write_list: Any
) -> None:
    """After the chunk that is being written."""
    path = write_list([HEADER, *(f"Person {n},,,," for n in range(20))])
    draft = inspect_file(path, "x", LEAD, ImportOptions(country="AU"))
    await store.write(lambda w: imports.add_import(w, draft))
    await store.write(lambda w: imports.start_import(w, 1))
    waiting = []

    def stop(job: Import) -> None:
        if job.rows == 4:
            unit = partial(imports.cancel_import, import_id=1)
            import asyncio

            waiting.append(asyncio.get_running_loop().create_task(store.write(unit)))

    done = await run_import(
        store, 1, pace=Pace(rows_per_chunk=2, pause_seconds=0.05), on_progress=stop
    )
    assert (done.status, done.rows) == (ImportStatus.CANCELLED, len(await everybody(store)))
    assert done.rows < 20
    with pytest.raises(NotPossible, match="cancelled already"):
        await store.write(partial(imports.cancel_import, import_id=1))


async def test_a_chunk_that_takes_too_long_is_written_in_parts(
    store: Store, write_list: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others wait for the store: after each part of a chunk they get it, and no row is lost."""
    monkeypatch.setattr(feed, "_ROWS_PER_PART", 3)
    monkeypatch.setattr(importing, "_LONGEST_SECONDS", 0.0)
    path = write_list([HEADER, *(f"Person {n},,,," for n in range(10))])
    draft = inspect_file(path, "x", LEAD, ImportOptions(country="AU"))
    await store.write(lambda w: imports.add_import(w, draft))
    await store.write(lambda w: imports.start_import(w, 1))
    rows: list[int] = []
    await run_import(
        store, 1, pace=Pace(rows_per_chunk=8), on_progress=lambda j: rows.append(j.rows)
    )
    assert rows == [3, 6, 8, 10, 10]
    assert [x.name for x in await everybody(store)] == [f"Person {n}" for n in range(10)]


async def test_of_a_crowd_with_one_number_only_the_newest_are_looked_up(store: Store) -> None:
    """Also with the thousandth colleague at one switchboard a list is taken in as fast."""
    numbers = (PhoneNumber(raw="+61298765432", e164="+61298765432"),)

    def fill(w: Writer) -> list[Any]:
        drafts = [Draft(fields={"name": f"Person {n}"}, numbers=numbers) for n in range(120)]
        add_people(w, "lead", drafts)
        query = import_rows._newest_with("phone_numbers", "e164", "lead")
        return [tuple(row) for row in select_in(w.connection, query, ["+61298765432", "+1"])]

    assert await store.write(fill) == [("+61298765432", number) for number in range(71, 121)]


async def test_another_file_under_the_same_name_is_not_taken_in(
    store: Store, write_list: Any
) -> None:
    """Somebody has saved it again since: the import fails and says so."""
    path = write_list([HEADER, ADA])
    draft = inspect_file(path, "x", LEAD, ImportOptions(country="AU"))
    await store.write(lambda w: imports.add_import(w, draft))
    await store.write(lambda w: imports.start_import(w, 1))
    write_list([HEADER, ADA, ADA])
    done = await run_import(store, 1)
    assert (done.status, done.reason) == (
        ImportStatus.FAILED,
        "list.csv is not there any more, or is another file now",
    )


async def test_what_cannot_be_started_is_refused(store: Store, write_list: Any) -> None:
    """No column for the name, an owner who is not there, one that is running already."""
    path = write_list(["Town,Shoes", "Perth,39"])
    draft = inspect_file(path, "x", LEAD, ImportOptions(owner="nobody"))
    await store.write(lambda w: imports.add_import(w, draft))
    with pytest.raises(InvalidRecord, match=r"options\.owner: no user is called 'nobody'"):
        await store.write(lambda w: imports.start_import(w, 1))
    fixed = ImportOptions()
    await store.write(lambda w: imports.change_import(w, 1, options=fixed))
    with pytest.raises(InvalidRecord, match="no column is the name"):
        await store.write(lambda w: imports.start_import(w, 1))
    mapping: dict[str, str | None] = {"Shoes": "name"}
    await store.write(lambda w: imports.change_import(w, 1, mapping=mapping))
    await store.write(lambda w: imports.start_import(w, 1))
    with pytest.raises(NotPossible, match="import 1 is running, not draft"):
        await store.write(lambda w: imports.change_import(w, 1, mapping=mapping))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_an_export_can_be_taken_in_again_and_changes_nothing(
    store: Store, tmp_path: Path, form: str
) -> None:
    """Formulas, apostrophes, numbers without a country: all as it was; nobody twice."""

    def make(w: Writer) -> None:
        for name in ("=cmd|calc", "'=quoted", "'plain", "-5", "+61 twice", "Zoë; Jr"):
            w.add(
                Lead(
                    name=name,
                    comment="@home\nand away",
                    phone_numbers=(*NUMBERS, PhoneNumber(raw="ext 12", e164=None)),
                    competitors=("a", "b"),
                    attributes={},
                ),
                is_checked=False,
            )

    await store.write(make)
    before = await everybody(store)
    export, path = EXPORTS["leads"], tmp_path / f"export.{form}"
    if form == "csv":
        path.write_bytes(csv_header(export) + csv_rows(export, before))
        for line in path.read_bytes().splitlines():
            assert not line.lstrip(b"\xef\xbb\xbf").startswith((b"=", b"-", b"@"))
    else:
        sheet = Spreadsheet(export)
        for lead in before:
            sheet.add(lead)
        sheet.save(path)
    job = await take_in(store, path, duplicates=Duplicates.UPDATE)
    assert counts(job) == (6, 0, 0, 6, 0)
    assert await everybody(store) == before
