"""Writing leads, contacts, accounts and person accounts, with their phone numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_store import rows, upserts
from crm_store.reader import Reader
from crm_store.records import (
    Account,
    Contact,
    LeadStatus,
    Person,
    PersonType,
    PhoneNumber,
    Ref,
)
from crm_store.tables import PERSON_TABLES, accounts, leads, phone_numbers

# Built once: SQLAlchemy takes longer to build one of these than SQLite to run it.
_INSERT = {kind: sa.insert(table).returning(table.c.id) for kind, table in PERSON_TABLES.items()}
_INSERT_NUMBER = sa.insert(phone_numbers)
_OWN = {
    kind: sa.update(table)
    .where(table.c.id == sa.bindparam("person_id"), table.c.owner.is_(None))
    .values(owner=sa.bindparam("new_owner"), updated_at=sa.bindparam("now"))
    for kind, table in PERSON_TABLES.items()
}


class PeopleWriter(Reader):
    """The part of the Writer that knows people."""

    now: datetime
    _dialect: str

    def create(self, person: Person) -> Ref:
        """Add a lead, contact, account or person account, whoever else has the same name."""
        kind = rows.person_type_of(person)
        made = self._connection.execute(_INSERT[kind], self._row(person))
        ref = Ref(type=kind, id=made.scalar_one())
        self._add_phone_numbers(ref, person.phone_numbers)
        return ref

    def put(self, person: Person) -> Ref:
        """Write a person, or bring the one with the same ``key`` up to date.

        Phone numbers become those of this record. ``updated_at`` moves only when something
        changed.
        """
        person = replace(person, key=person.key or _natural_key(person))
        kind = rows.person_type_of(person)
        table, values = PERSON_TABLES[kind], self._row(person)
        statement = upserts.upsert(
            self._dialect, table, columns=tuple(values), key=("key",), fixed=("created_at",)
        )
        self._connection.execute(statement, values)
        by_key = sa.select(table.c.id).where(table.c.key == person.key)
        ref = Ref(type=kind, id=self._connection.execute(by_key).scalar_one())
        standing = self._phone_numbers(kind, [ref.id]).get(ref.id, ())
        if standing != person.phone_numbers:
            self._connection.execute(
                sa.delete(phone_numbers).where(
                    phone_numbers.c.person_type == kind, phone_numbers.c.person_id == ref.id
                )
            )
            self._add_phone_numbers(ref, person.phone_numbers)
            self._touch(ref)
        return ref

    def add_phone_number(self, ref: Ref, number: PhoneNumber) -> None:
        """Give a person one number more."""
        self._add_phone_numbers(ref, (number,))
        self._touch(ref)

    def update_lead(
        self,
        lead_id: int,
        *,
        name: str | None = None,
        company: str | None = None,
        status: LeadStatus | None = None,
        owner: str | None = None,
        comment: str | None = None,
    ) -> bool:
        """Change what is given of a lead; tell whether it is there."""
        given = {
            "name": name,
            "company": company,
            "status": status,
            "owner": owner,
            "comment": comment,
        }
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        changes["updated_at"] = self.now
        changed = sa.update(leads).where(leads.c.id == lead_id).values(changes)
        return self._connection.execute(changed).rowcount > 0

    def own(self, ref: Ref, owner: str) -> bool:
        """Give a person who belongs to nobody an owner; tell whether he had none."""
        values = {"person_id": ref.id, "new_owner": owner, "now": self.now}
        return self._connection.execute(_OWN[PersonType(ref.type)], values).rowcount > 0

    def _row(self, person: Person) -> dict[str, Any]:
        values = rows.person_to_row(person)
        values["created_at"] = person.created_at or self.now
        values["updated_at"] = person.updated_at or self.now
        if isinstance(person, Contact):
            values["account_id"] = self._account_id(person.account) if person.account else None
        return values

    def _account_id(self, name: str) -> int:
        by_name = sa.select(accounts.c.id).where(accounts.c.name == name).order_by(accounts.c.id)
        found = self._connection.execute(by_name.limit(1)).scalar()
        return found if found is not None else self.put(Account(name=name)).id

    def _touch(self, ref: Ref) -> None:
        table = PERSON_TABLES[PersonType(ref.type)]
        self._connection.execute(
            sa.update(table).where(table.c.id == ref.id).values(updated_at=self.now)
        )

    def _add_phone_numbers(self, ref: Ref, numbers: tuple[PhoneNumber, ...]) -> None:
        if not numbers:
            return
        self._connection.execute(
            _INSERT_NUMBER,
            [
                {
                    "person_type": ref.type,
                    "person_id": ref.id,
                    "e164": number.e164,
                    "raw": number.raw,
                    "label": number.label,
                }
                for number in numbers
            ],
        )


def _natural_key(person: Person) -> str:
    if isinstance(person, Contact) and person.account:
        return f"{person.name} @ {person.account}"
    return person.name
