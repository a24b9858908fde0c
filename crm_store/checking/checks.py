"""Whether a record may be written as it is: each problem by the name of its field.

Calls and the company file are trusted and write what they know; what people type, send and
import is checked here, in the transaction that would write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from crm_store.checking import capture_checks, message_checks, user_checks
from crm_store.checking.field_checks import field_problems
from crm_store.errors import Problem
from crm_store.kinds import Kind
from crm_store.reader import Reader
from crm_store.tables import accounts, contacts, groups, leads, products, users

_REFERENCES: dict[str, tuple[sa.Table, str, str]] = {
    "owner": (users, "name", "user"),
    "owner_group": (groups, "name", "group"),
    "unit": (groups, "name", "group"),
    "contact_id": (contacts, "id", "contact"),
    "account_id": (accounts, "id", "account"),
    "lead_id": (leads, "id", "lead"),
}
_LISTED: dict[str, tuple[sa.Table, str]] = {"team": (users, "user"), "groups": (groups, "group")}


def find_problems(
    connection: sa.Connection, kind: Kind[Any], record: Any, before: Any | None
) -> list[Problem]:
    """What keeps ``record`` from being written in the place of ``before`` (None: a new one)."""
    return list(_problems(connection, kind, record, before))


def _problems(
    connection: sa.Connection, kind: Kind[Any], record: Any, before: Any | None
) -> Iterator[Problem]:
    def is_new(name: str) -> bool:
        return name in kind.fields and (
            before is None or getattr(record, name) != getattr(before, name)
        )

    for name in ("name", "subject"):
        if is_new(name) and not getattr(record, name).strip():
            yield Problem(name, "is required")
    for name, (table, column, what) in _REFERENCES.items():
        value = getattr(record, name) if is_new(name) else None
        if value is not None and not _has(connection, table, column, value):
            yield Problem(name, f"no {what} is called {value!r}")
    for name, (table, what) in _LISTED.items():
        for value in getattr(record, name) if is_new(name) else ():
            if not _has(connection, table, "name", value):
                yield Problem(name, f"no {what} is called {value!r}")
    if is_new("products"):
        for interest in record.products:
            if not _has(connection, products, "name", interest.product):
                yield Problem("products", f"no product is called {interest.product!r}")
    yield from field_problems(Reader(connection), record, before)
    yield from message_checks.find(record, before)
    yield from capture_checks.find(connection, kind.name, record)
    yield from user_checks.find(connection, record, before)


def _has(connection: sa.Connection, table: sa.Table, column: str, value: Any) -> bool:
    found = sa.select(sa.literal(1)).where(table.c[column] == value).limit(1)
    return connection.execute(found).first() is not None
