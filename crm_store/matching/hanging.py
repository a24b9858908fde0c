"""What hangs on a person: every table whose rows name one, and how a row is moved to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_store.reader import Reader
from crm_store.records import Matched, Moved, Person, PersonType
from crm_store.tables import (
    activities,
    calls,
    cases,
    contacts,
    emails,
    form_submissions,
    history,
    leads,
    notes,
    opportunities,
)
from crm_store.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """One way to hang on a person: the column that holds its number.

    ``type_column`` says of which type it is, where the table names several. A row of a ``kind``
    counts its changes and has a history; ``field`` is the column's name in the record.
    """

    table: sa.Table
    column: str
    said: str
    type_column: str | None = None
    kind: str | None = None
    field: str | None = None


def _for(record_type: PersonType) -> tuple[Hanging, ...]:
    """What can hang on a person of one type; the history comes last."""
    own: dict[PersonType, tuple[Hanging, ...]] = {
        PersonType.CONTACT: (
            _of(cases, "contact_id", "case"),
            _of(opportunities, "contact_id", "opportunity"),
            _of(leads, "contact_id", "lead"),
        ),
        PersonType.ACCOUNT: (
            _of(contacts, "account_id", "contact"),
            _of(opportunities, "account_id", "opportunity"),
            _of(leads, "account_id", "lead"),
        ),
        PersonType.LEAD: (_of(opportunities, "lead_id", "opportunity"),),
        PersonType.PERSON_ACCOUNT: (),
    }
    return (
        Hanging(
            table=activities,
            column="person_id",
            type_column="person_type",
            said="activity",
            kind="activity",
            field="about",
        ),
        *own[record_type],
        Hanging(table=calls, column="matched_id", type_column="matched_type", said="call"),
        Hanging(table=calls, column="record_id", type_column="record_type", said="call"),
        Hanging(table=notes, column="object_id", type_column="object_type", said="note"),
        Hanging(table=emails, column="object_id", type_column="object_type", said="e-mail"),
        Hanging(
            table=form_submissions,
            column="record_id",
            type_column="record_type",
            said="submission",
        ),
        Hanging(
            table=history,
            column="object_key",
            type_column="object_type",
            said="history entry",
        ),
    )


def _of(table: sa.Table, column: str, kind: str) -> Hanging:
    return Hanging(table=table, column=column, said=kind, kind=kind, field=column)


HANGING: dict[PersonType, tuple[Hanging, ...]] = {each: _for(each) for each in PersonType}
"""What can hang on a person of each type."""

_AT_A_TIME = 5_000


def rows_of(
    reader: Reader,
    hanging: Hanging,
    record_type: PersonType,
    person_id: int,
    among: Sequence[int] | None = None,
) -> list[int]:
    """The ids of the rows that hang on a person in this way; ``among`` these."""
    query = sa.select(hanging.table.c.id).where(*_theirs(hanging, record_type, person_id))
    if among is None:
        return list(reader.connection.execute(query.order_by(hanging.table.c.id)).scalars())
    found: list[int] = []
    for first in range(0, len(among), _AT_A_TIME):
        some = query.where(hanging.table.c.id.in_(among[first : first + _AT_A_TIME]))
        found += reader.connection.execute(some).scalars()
    return sorted(found)


def count_of(reader: Reader, record_type: PersonType, person_id: int) -> dict[str, int]:
    """How much hangs on a person, by what it is."""
    found: dict[str, int] = {}
    for hanging in HANGING[record_type]:
        query = (
            sa.select(sa.func.count())
            .select_from(hanging.table)
            .where(*_theirs(hanging, record_type, person_id))
        )
        name = hanging.table.name
        found[name] = found.get(name, 0) + int(reader.connection.execute(query).scalar_one())
    return found


def move_rows(
    writer: Writer,
    hanging: Hanging,
    record_type: PersonType,
    row_ids: Sequence[int],
    to: Person,
    names: Mapping[int, str | None] | None = None,
) -> list[Moved]:
    """Let rows hang on another person of the same type.

    ``names`` are those that activities call him by; without them it is his own.
    """
    if hanging.kind is not None and hanging.field is not None:
        return [
            _move_record(writer, hanging, record_type, row_id, to, (names or {}).get(row_id))
            for row_id in row_ids
        ]
    value: Any = str(to.id) if hanging.table is history else to.id
    for first in range(0, len(row_ids), _AT_A_TIME):
        some = hanging.table.c.id.in_(row_ids[first : first + _AT_A_TIME])
        update = sa.update(hanging.table).where(some).values({hanging.column: value})
        writer.connection.execute(update)
    return [Moved(table=str(hanging.table.name), id=one, column=hanging.column) for one in row_ids]


def _move_record(
    writer: Writer,
    hanging: Hanging,
    record_type: PersonType,
    row_id: int,
    to: Person,
    name: str | None,
) -> Moved:
    kind, field = hanging.kind or "", hanging.field or ""
    value: Any = to.id
    was: str | None = None
    if field == "about":
        before = writer.get(kind, row_id)
        was = before.about.name if before is not None and before.about is not None else None
        value = Matched(type=record_type, id=to.id or 0, name=to.name if name is None else name)
    writer.change(kind, row_id, {field: value}, action="moved", is_checked=False)
    return Moved(table=str(hanging.table.name), id=row_id, column=hanging.column, name=was)


def _theirs(
    hanging: Hanging, record_type: PersonType, person_id: int
) -> list[sa.ColumnElement[bool]]:
    value: Any = str(person_id) if hanging.table is history else person_id
    conditions: list[sa.ColumnElement[bool]] = [hanging.table.c[hanging.column] == value]
    if hanging.type_column is not None:
        conditions.append(hanging.table.c[hanging.type_column] == record_type.value)
    return conditions
