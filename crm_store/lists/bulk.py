"""Making many people at once: the rows that ``Writer.add`` would write, a thousand at a time.

What follows from the settings (a lead's first status, the group that owns it) is worked out for
one record of each sort, and then holds for all of that sort. A test compares the two ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import await_only

from crm_store import ids
from crm_store.checking.checks import find_problems
from crm_store.checking.filling import filled_in
from crm_store.documents import plain
from crm_store.engines.column_types import json_text
from crm_store.engines.prepared import driver, run_text
from crm_store.errors import Problem
from crm_store.kinds import KINDS, PersonKind
from crm_store.matching.likeness import keys_of
from crm_store.matching.match_keys import company_of
from crm_store.records import PersonType, PhoneNumber
from crm_store.sales.lead_settings import LeadSettings, OwnedBy
from crm_store.search.search_words import insert_words, words_of_record
from crm_store.tables import history, match_keys, phone_numbers
from crm_store.writer import Writer

_FREE = frozenset(
    (
        *("name", "email", "website", "street", "postal_code", "city", "comment", "key"),
        *("company", "title", "employees", "account", "account_id"),
        *("phone_numbers", "first_call"),
    )
)
"""Fields from whose values nothing follows for others; all their checks are the reader's."""

_EMPTY: tuple[Any, ...] = (None, (), "", {})
_CACHE_KIBIBYTES = 32_768


@dataclass(slots=True, kw_only=True)
class Draft:
    """One person to be made: the fields that are given, as the record has them.

    ``keys`` and ``words`` are what it may be found by, where somebody has worked them out.
    """

    fields: dict[str, Any]
    numbers: tuple[PhoneNumber, ...] = ()
    keys: Sequence[str] | None = None
    words: Iterable[str] | None = None
    problems: list[Problem] = field(default_factory=list)


def add_people(writer: Writer, kind_name: str, drafts: Sequence[Draft]) -> list[int | None]:
    """Make these people; return their ids.

    None stands for one that cannot be made: its ``problems`` say why. Names, addresses and
    numbers are taken as they are: whoever read them has checked them.
    """
    kind = _person_kind(kind_name)
    _complete(writer, kind, drafts)
    good = [draft for draft in drafts if not draft.problems]
    if not good:
        return [None] * len(drafts)
    numbers = ids.reserve(writer.connection, kind.table, len(good))
    _write(writer, kind, good, numbers)
    if writer.listeners_to(f"{kind_name}.created"):
        _announce(writer, kind, good, numbers)
    made = iter(numbers)
    return [None if draft.problems else next(made) for draft in drafts]


def _person_kind(kind_name: str) -> PersonKind:
    kind = KINDS[kind_name]
    if not isinstance(kind, PersonKind):
        raise TypeError(f"{kind_name} is no type of person")
    return kind


def check_people(writer: Writer, kind_name: str, drafts: Sequence[Draft]) -> None:
    """Find what keeps these people from being made, and write nothing."""
    kind = _person_kind(kind_name)
    _complete(writer, kind, drafts)


def _complete(writer: Writer, kind: PersonKind, drafts: Sequence[Draft]) -> None:
    """Fill in what follows from the given fields, and find what is wrong with them."""
    settings = writer.settings(LeadSettings)
    by_area = settings.owned_by is OwnedBy.AREA
    known: dict[Any, tuple[dict[str, Any], list[Problem]]] = {}
    for draft in drafts:
        sort = {name: value for name, value in draft.fields.items() if name not in _FREE}
        if "target_amount" in sort:
            sort["target_amount"] = Decimal(1)
        key = (str(sort), draft.numbers if by_area else None)
        found = known.get(key)
        if found is None:
            given = sort | ({"phone_numbers": draft.numbers} if by_area else {})
            found = known[key] = _follows(writer, kind, given)
        more, problems = found
        draft.problems.extend(problems)
        for name, value in more.items():
            if name != "target_amount":
                draft.fields[name] = value


def _follows(
    writer: Writer, kind: PersonKind, given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """The fields of a record with these ones, and its problems."""
    named = kind.record(name="-", **given)
    stamped = replace(named, created_at=writer.now, updated_at=writer.now)
    made = filled_in(writer, writer.by, writer.now, stamped, None)
    problems = find_problems(writer.connection, kind, made, None)
    fixed = kind.bookkeeping | kind.derived | {"name", "phone_numbers"}
    told = {
        name: value
        for name in kind.fields
        if name not in fixed and (value := getattr(made, name)) not in _EMPTY
    }
    return told, problems


def _write(
    writer: Writer, kind: PersonKind, drafts: Sequence[Draft], numbers: Sequence[int]
) -> None:
    connection = writer.connection
    if connection.dialect.name == "sqlite":
        run_text(connection, f"PRAGMA cache_size=-{_CACHE_KIBIBYTES}")
    insert_rows(connection, kind.table, *_people(writer, kind, drafts, numbers))
    insert_rows(
        connection,
        phone_numbers,
        ("person_type", "person_id", "e164", "raw", "label"),
        [
            (kind.name, person_id, number.e164, number.raw, number.label)
            for person_id, draft in zip(numbers, drafts, strict=True)
            for number in draft.numbers
        ],
    )
    insert_rows(
        connection,
        match_keys,
        ("key", "person_type", "person_id"),
        [
            (key, kind.name, person_id)
            for person_id, draft in zip(numbers, drafts, strict=True)
            for key in _keys(connection, kind, draft)
        ],
    )
    insert_words(
        connection,
        [
            (word, kind.name, person_id)
            for person_id, draft in zip(numbers, drafts, strict=True)
            for word in _words(kind, draft)
        ],
    )
    actor, via, now = writer.by.user, writer.by.via, writer.now
    tell = _Teller(kind, drafts)
    insert_rows(
        connection,
        history,
        ("object_type", "object_key", "at", "actor", "via", "action", "version", "changes"),
        [
            (kind.name, str(person_id), now, actor, via, "created", 1, tell.differences(draft))
            for person_id, draft in zip(numbers, drafts, strict=True)
        ],
    )


def _people(
    writer: Writer, kind: PersonKind, drafts: Sequence[Draft], numbers: Sequence[int]
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The columns of the person's own row that are not NULL in all of them, and the rows."""
    defaults = _defaults(kind)
    given = {name for draft in drafts for name in draft.fields}
    names = [n for n in kind.columns if n in given or defaults[n] is not None]
    now = writer.now
    stamps = {"created_at": now, "updated_at": now, "version": 1}
    names = [name for name in names if name not in stamps]
    rows = []
    pairs = [(name, defaults[name]) for name in names]
    for number, draft in zip(numbers, drafts, strict=True):
        get = draft.fields.get
        rows.append((number, now, now, 1, *[get(name, default) for name, default in pairs]))
    return ("id", *stamps, *names), rows


def _defaults(kind: PersonKind) -> dict[str, Any]:
    return {
        each.name: each.default_factory()
        if each.default_factory is not MISSING
        else (None if each.default is MISSING else each.default)
        for each in fields(kind.record)
    }


class _Teller:
    """What the history says of each of some new people."""

    def __init__(self, kind: PersonKind, drafts: Sequence[Draft]) -> None:
        untold = kind.bookkeeping | kind.derived | kind.secret
        given = {name for draft in drafts for name in draft.fields}
        defaults = _defaults(kind)
        self._told = [
            (name, defaults[name])
            for name in kind.fields
            if name not in untold
            and (name in given or name == "phone_numbers" or defaults[name] not in _EMPTY)
        ]

    def differences(self, draft: Draft) -> dict[str, tuple[None, Any]]:
        """Field → (None, what it is), for every field that says something."""
        get = draft.fields.get
        found: dict[str, tuple[None, Any]] = {}
        for name, default in self._told:
            value = get(name, default)
            if type(value) is str:
                if value:
                    found[name] = (None, value)
            elif value is not None:
                if name == "phone_numbers":
                    value = draft.numbers
                if value not in _EMPTY:
                    found[name] = (None, value if name == "phone_numbers" else plain(value))
        return found


def _record(kind: PersonKind, draft: Draft) -> Any:
    return kind.record(**draft.fields, phone_numbers=draft.numbers)


def _keys(connection: sa.Connection, kind: PersonKind, draft: Draft) -> Iterable[str]:
    if draft.keys is not None:
        return draft.keys
    record = _record(kind, draft)
    return keys_of(kind.name, record.name, record.email, company_of(connection, record))


def _words(kind: PersonKind, draft: Draft) -> Iterable[str]:
    return words_of_record(kind.name, _record(kind, draft)) if draft.words is None else draft.words


def _announce(
    writer: Writer, kind: PersonKind, drafts: Sequence[Draft], numbers: Sequence[int]
) -> None:
    tell = _Teller(kind, drafts)
    for person_id, draft in zip(numbers, drafts, strict=True):
        stamps = {"id": person_id, "created_at": writer.now, "updated_at": writer.now}
        said = plain(replace(_record(kind, draft), **stamps))
        data = {"object": said, "changes": plain(tell.differences(draft)), "actor": writer.by.user}
        writer.announce(f"{kind.name}.created", data)


def insert_rows(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: list[tuple[Any, ...]]
) -> None:
    """Insert rows of these columns, through the driver: executemany, or COPY on PostgreSQL."""
    if not rows:
        return
    dialect = connection.dialect
    columns = [
        _bound([row[place] for row in rows], table.c[name].type, dialect)
        for place, name in enumerate(names)
    ]
    values = list(zip(*columns, strict=True))
    if dialect.name == "sqlite":
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        text = f"INSERT INTO {table.name} ({listed}) VALUES ({marks})"  # noqa: S608 - our names
        driver(connection).executemany(text, values)
        return
    raw: Any = connection.connection.driver_connection
    await_only(raw.copy_records_to_table(table.name, records=values, columns=list(names)))


def _bound(values: list[Any], kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Sequence[Any]:
    """Values as the driver takes them; one that all rows share is worked out once."""
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    first = values[0]
    if all(value is first for value in values):
        return [None if first is None and process is not json_text else process(first)] * len(
            values
        )
    if process is json_text:
        return [json_text(value) for value in values]
    return [
        value
        if value is None or (type(value) is str and value.isascii() and "\0" not in value)
        else process(value)
        for value in values
    ]


def account_ids(
    writer: Writer, names: Iterable[str], draft_fields: Mapping[str, Any]
) -> dict[str, int]:
    """The ids of the companies of these names; unknown ones are made, with these fields."""
    wanted = list(dict.fromkeys(names))
    by_name = "SELECT name, min(id) FROM accounts WHERE name IN ({}) GROUP BY name"
    found = {row[0]: int(row[1]) for row in select_in(writer.connection, by_name, wanted)}
    missing = [name for name in wanted if name not in found]
    by_key = "SELECT key FROM accounts WHERE key IN ({})"
    taken = {row[0] for row in select_in(writer.connection, by_key, missing)}
    drafts = [
        Draft(fields={**draft_fields, "name": name, "key": None if name in taken else name})
        for name in missing
    ]
    made = add_people(writer, PersonType.ACCOUNT.value, drafts)
    new = zip(missing, made, strict=True)
    return found | {name: made_id for name, made_id in new if made_id is not None}


def select_in(connection: sa.Connection, query: str, values: Sequence[str]) -> Sequence[Any]:
    """The rows of a query whose ``{}`` stands for these texts, however many, as ``value``."""
    if not values:
        return []
    if connection.dialect.name == "sqlite":
        text = query.format("SELECT value FROM json_each(?)")
        return driver(connection).execute(text, [json_text(list(values))]).fetchall()
    text = query.format("SELECT unnest($1::text[]) AS value")
    raw: Any = connection.connection.driver_connection
    found: Sequence[Any] = await_only(raw.fetch(text, list(values)))
    return found
