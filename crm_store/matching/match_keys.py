"""Keeping what people may be known by: written with the person, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from crm_store.engines.prepared import Prepared
from crm_store.matching.likeness import keys_of
from crm_store.records import PersonType
from crm_store.tables import accounts, contacts, match_keys

_INSERT = Prepared(
    lambda _: sa.insert(match_keys).values({c.name: sa.bindparam(c.name) for c in match_keys.c})
)
_ACCOUNT_NAME = sa.select(accounts.c.name).where(accounts.c.id == sa.bindparam("id"))


def write(
    connection: sa.Connection, person_type: PersonType, person_id: int, record: Any, before: Any
) -> None:
    """Write the match keys of a person, where they are others than before."""
    if before is not None and not _is_renamed(person_type, record, before):
        return
    if before is not None:
        forget(connection, person_type, person_id)
    keys = keys_of(person_type, record.name, record.email, company_of(connection, record))
    for key in keys:
        values = {"key": key, "person_type": person_type, "person_id": person_id}
        _INSERT.run(connection, values)
    if person_type is PersonType.ACCOUNT and before is not None and record.name != before.name:
        _rewrite_contacts(connection, person_id, record.name)


def forget(connection: sa.Connection, person_type: PersonType, person_id: int) -> None:
    """Delete the match keys of a person."""
    connection.execute(sa.delete(match_keys).where(*_theirs(person_type, [person_id])))


def company_of(connection: sa.Connection, record: Any) -> str | None:
    """Where a person works or, privately, lives: what goes with his name."""
    if hasattr(record, "company"):
        return record.company  # type: ignore[no-any-return]
    if hasattr(record, "account_id"):
        if record.account_id is None:
            return None
        found = connection.execute(_ACCOUNT_NAME, {"id": record.account_id})
        return found.scalar()
    return None if hasattr(record, "employees") else record.street


def _is_renamed(person_type: PersonType, record: Any, before: Any) -> bool:
    names = {
        PersonType.LEAD: ("company",),
        PersonType.CONTACT: ("account_id",),
        PersonType.ACCOUNT: (),
        PersonType.PERSON_ACCOUNT: ("street",),
    }
    return any(
        getattr(record, name) != getattr(before, name)
        for name in ("name", "email", *names[person_type])
    )


def _theirs(
    person_type: PersonType, person_ids: Sequence[int]
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return (
        match_keys.c.person_type == sa.literal_column(f"'{person_type.value}'"),
        match_keys.c.person_id.in_(person_ids),
    )


def _rewrite_contacts(connection: sa.Connection, account_id: int, company: str) -> None:
    """The people of a company that has another name now are known by that."""
    query = sa.select(contacts.c.id, contacts.c.name, contacts.c.email).where(
        contacts.c.account_id == account_id
    )
    for person_id, name, email in connection.execute(query).all():
        forget(connection, PersonType.CONTACT, person_id)
        for key in keys_of(PersonType.CONTACT, name, email, company):
            values = {"key": key, "person_type": PersonType.CONTACT, "person_id": person_id}
            _INSERT.run(connection, values)
