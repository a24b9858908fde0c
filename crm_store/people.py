"""Writing people and activities as calls and files bring them: trusted, and never twice."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

import sqlalchemy as sa

from crm_store.changes import RecordWriter
from crm_store.checking.filling import lead_of_a_call
from crm_store.engines.prepared import Prepared
from crm_store.kinds import ACTIVITY, KINDS, kind_of
from crm_store.records import (
    Account,
    Activity,
    ActivityStatus,
    CallType,
    Contact,
    Lead,
    Person,
    PersonType,
    PhoneNumber,
    Ref,
)
from crm_store.tables import accounts, activities, calls, history

_OF_A_CALL = ("subject", "status", "call_type", "about", "owner", "campaign", "completed_at")
_HUNG_ON = ("case_id", "opportunity_id")
_TOGETHER = {"status": ("completed_at",), "about": _HUNG_ON}
"""What somebody who changed the one field has decided as well."""

_ID_OF_CALL = Prepared(
    lambda _: sa.select(activities.c.id).where(
        activities.c.pbx == sa.bindparam("pbx"), activities.c.linkedid == sa.bindparam("linkedid")
    )
)
_NOT_BY_HAND = ("call", "system")
_OF_RULES = "rule "


def by_hand() -> sa.ColumnElement[bool]:
    """The condition on entries of the history that somebody has decided on himself.

    Calls, response rules and the program's own housekeeping do not.
    """
    ours = history.c.via.in_([sa.literal_column(f"'{via}'") for via in _NOT_BY_HAND])
    return sa.not_(sa.or_(ours, history.c.via.like(sa.literal_column(f"'{_OF_RULES}%'"))))


def is_by_hand(via: str) -> bool:
    """The same of one entry, by the way it came in."""
    return via not in _NOT_BY_HAND and not via.startswith(_OF_RULES)


_BY_HAND = Prepared(
    lambda _: sa.select(sa.func.max(history.c.id)).where(
        history.c.object_type == sa.bindparam("object_type"),
        history.c.object_key == sa.bindparam("object_key"),
        by_hand(),
    )
)


class PeopleWriter(RecordWriter):
    """The part of the Writer that knows people and what is done about them."""

    def create(self, person: Person) -> Ref:
        """Add a lead, contact, account or person account, whoever else has the same name."""
        kind = kind_of(person)
        if isinstance(person, Lead):
            person = lead_of_a_call(self, person, self.by.user or person.owner)
        key = self.add(self._with_account(person), is_checked=False)
        return Ref(type=PersonType(kind.name), id=int(key))

    def put(self, person: Person) -> Ref:
        """Write a person, or bring the one with the same ``key`` up to date.

        What the record leaves at its default stays as it is. Phone numbers become those of this
        record. ``updated_at`` moves only when something changed.
        """
        person = self._with_account(replace(person, key=person.key or _natural_key(person)))
        kind = kind_of(person)
        by_key = sa.select(kind.table.c.id).where(kind.table.c.key == person.key)
        known = self._connection.execute(by_key).scalar()
        if known is None:
            return self.create(person)
        given = {
            name: value
            for name, value in _given(person).items()
            if name in kind.changeable and name not in ("key", "account")
        }
        self.change(kind.name, known, given, is_checked=False)
        return Ref(type=PersonType(kind.name), id=known)

    def add_phone_number(self, ref: Ref, number: PhoneNumber) -> None:
        """Give a person one number more."""
        person = self.need(ref.type, ref.id)
        numbers = (*person.phone_numbers, number)
        self.change(ref.type, ref.id, {"phone_numbers": numbers}, is_checked=False)

    def own(self, ref: Ref, owner: str) -> bool:
        """Give a person who belongs to nobody an owner; tell whether he had none."""
        table = KINDS[ref.type].table
        nobodys = sa.select(table.c.id).where(table.c.id == ref.id, table.c.owner.is_(None))
        if self._connection.execute(nobodys).first() is None:
            return False
        self.change(ref.type, ref.id, {"owner": owner}, is_checked=False)
        return True

    def log_activity(self, activity: Activity) -> Ref:
        """Write an activity. A call has one: logging it again brings that one up to date.

        What people have written on it since stays: comment, tags, result and due date, and of
        what the call says every field that somebody has changed. One with an ``id`` that is not
        there any more was removed by somebody, and stays so.
        """
        if activity.status is ActivityStatus.COMPLETED and activity.completed_at is None:
            activity = replace(activity, completed_at=self.now)
        known_id = self._activity_id_of(*activity.call) if activity.call is not None else None
        known = self.get(ACTIVITY.name, known_id) if known_id is not None else None
        if known is None:
            if activity.id is not None and activity.call is not None:
                return Ref(type="activity", id=activity.id)
            return Ref(type="activity", id=int(self.add(activity, is_checked=False)))
        news = {name: getattr(activity, name) for name in _OF_A_CALL}
        if news["completed_at"] is not None:
            news["completed_at"] = known.completed_at or news["completed_at"]
        if known.case_id is None and known.opportunity_id is None:
            news |= {name: getattr(activity, name) for name in _HUNG_ON}
        for name in self.changed_by_hand(ACTIVITY.name, known.id):
            for each in (name, *_TOGETHER.get(name, ())):
                news.pop(each, None)
        self.change(ACTIVITY.name, known.id, news, is_checked=False)
        return Ref(type="activity", id=known.id)

    def changed_by_hand(self, kind_name: str, key: int) -> frozenset[str]:
        """The fields of a record that somebody has written, and not a call.

        A record that somebody made has all that he gave it among them.
        """
        values = {"object_type": kind_name, "object_key": str(key)}
        if _BY_HAND.run(self._connection, values).fetchone()[0] is None:
            return frozenset()
        entries = self.history_of(kind_name, key)
        return frozenset(
            name for entry in entries if is_by_hand(entry.via) for name in entry.changes
        )

    def complete_activity(
        self, activity_id: int, *, subject: str | None = None, call_type: CallType | None = None
    ) -> bool:
        """Mark an activity as done, now; tell whether it is there."""
        activity = self.get(ACTIVITY.name, activity_id)
        if activity is None:
            return False
        changes: dict[str, Any] = {
            "status": ActivityStatus.COMPLETED,
            "completed_at": activity.completed_at or self.now,
        }
        if subject is not None:
            changes["subject"] = subject
        if call_type is not None:
            changes["call_type"] = call_type
        self.change(ACTIVITY.name, activity_id, changes, action="completed", is_checked=False)
        return True

    def delete_activity(self, activity_id: int) -> bool:
        """Delete an activity, also from the call that became it; tell whether it was there."""
        self._connection.execute(
            sa.update(calls)
            .where(calls.c.record_type == "activity", calls.c.record_id == activity_id)
            .values(record_type=None, record_id=None)
        )
        if self.get(ACTIVITY.name, activity_id) is None:
            return False
        self.remove(ACTIVITY.name, activity_id)
        return True

    def _activity_id_of(self, pbx: str, linkedid: str) -> int | None:
        found = _ID_OF_CALL.run(self._connection, {"pbx": pbx, "linkedid": linkedid}).fetchone()
        return None if found is None else int(found[0])

    def _with_account(self, person: Person) -> Person:
        if isinstance(person, Contact) and person.account and person.account_id is None:
            return replace(person, account_id=self.account_id(person.account))
        return person

    def account_id(self, name: str) -> int:
        """The account of this name; an unknown one is made."""
        by_name = sa.select(accounts.c.id).where(accounts.c.name == name).order_by(accounts.c.id)
        found = self._connection.execute(by_name.limit(1)).scalar()
        return int(found) if found is not None else self.put(Account(name=name)).id


def _given(record: Any) -> dict[str, Any]:
    """The fields of a record that are not at their defaults."""
    return {
        field.name: value
        for field in fields(record)
        if (value := getattr(record, field.name))
        != (field.default_factory() if field.default_factory is not MISSING else field.default)
    }


def _natural_key(person: Person) -> str:
    if isinstance(person, Contact) and person.account:
        return f"{person.name} @ {person.account}"
    return person.name
