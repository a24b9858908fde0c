"""Which records a user sees: as a question about one record, and as a condition for lists.

A manager and an administrator see everything. An agent sees a record

- that he owns, or in whose team he is,
- that one of his groups owns, or that is assigned to one of them (its unit),
- that belongs to no group. An activity, a case or an opportunity without a group goes by the
  people it is about: it is seen by who sees them;
- a call that his extension had, or that was put down to a person, or became a record, that he
  sees.

Both forms say the same; a test with random records sees to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from crm_store.access.holding import holds
from crm_store.engines.column_types import StorableText
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    CallRecord,
    Case,
    Direction,
    Lead,
    Opportunity,
    Person,
    PersonType,
    Role,
    User,
)
from crm_store.tables import PERSON_TABLES, activities, calls, cases, leads, opportunities

Condition = sa.ColumnElement[bool]
_MOST_KEPT = 1_000


def sees(reader: Reader, user: User, record: Any) -> bool:
    """Whether a user sees this record or call; what belongs to no group at all everybody sees."""
    if user.role is not Role.AGENT:
        return True
    if isinstance(record, CallRecord):
        return _sees_call(reader, user, record)
    if not isinstance(record, Person | Activity | Case | Opportunity):
        return True
    if _is_his(user, record):
        return True
    if record.owner_group is not None:
        return False
    if isinstance(record, Person):
        return True
    return all(_sees_person(reader, user, *ref) for ref in _people_of(record))


def sees_object(reader: Reader, user: User, object_type: str, key: int | str) -> bool:
    """Whether a user sees the record of this type and key; one that is gone only managers."""
    if user.role is not Role.AGENT:
        return True
    record = reader.get(object_type, key)
    return record is not None and sees(reader, user, record)


@lru_cache(maxsize=_MOST_KEPT)
def visible_to(kind_name: str, user: User) -> Condition | None:
    """The condition on the rows of a kind (or of ``call``) that a user sees; None: on none.

    The same object for the same user, so that a statement with it is made once.
    """
    if user.role is not Role.AGENT:
        return None
    if kind_name in set(PersonType):
        return _person_condition(PersonType(kind_name), user)
    if kind_name == "activity":
        return _activity_condition(user)
    if kind_name == "case":
        return _of_people(cases, user, contact_id=PersonType.CONTACT)
    if kind_name == "opportunity":
        return _of_people(
            opportunities,
            user,
            contact_id=PersonType.CONTACT,
            account_id=PersonType.ACCOUNT,
            lead_id=PersonType.LEAD,
        )
    return _call_condition(user) if kind_name == "call" else None


def _is_his(user: User, record: Any) -> bool:
    is_assigned = isinstance(record, Lead) and (
        record.unit in user.groups or user.name in record.team
    )
    return is_assigned or record.owner == user.name or record.owner_group in user.groups


def _people_of(record: Any) -> list[tuple[str, int]]:
    if isinstance(record, Activity):
        return [(record.about.type, record.about.id)] if record.about is not None else []
    found: list[tuple[str, int | None]] = []
    if isinstance(record, Case | Opportunity):
        found.append((PersonType.CONTACT, record.contact_id))
    if isinstance(record, Opportunity):
        found.append((PersonType.ACCOUNT, record.account_id))
        found.append((PersonType.LEAD, record.lead_id))
    return [(kind, key) for kind, key in found if key is not None]


def _sees_person(reader: Reader, user: User, kind: str, key: int) -> bool:
    person = reader.get(kind, key)
    return person is not None and sees(reader, user, person)


def _sees_call(reader: Reader, user: User, call: CallRecord) -> bool:
    his = set(user.extensions)
    if call.agent == user.name or call.answered_by in his:
        return True
    if call.direction is not Direction.INBOUND and call.caller_number in his:
        return True
    if any(party.extension in his for party in call.parties):
        return True
    refs = [(ref.type, ref.id) for ref in (call.matched, call.record) if ref is not None]
    return any(sees_object(reader, user, kind, key) for kind, key in refs)


def _person_condition(kind: PersonType, user: User) -> Condition:
    table = PERSON_TABLES[kind]
    found = [table.c.owner_group.is_(None), *_ownership(table, user)]
    if kind is PersonType.LEAD:
        found += [leads.c.unit.in_(user.groups), holds(leads.c.team, user.name)]
    return sa.or_(*found)


def _ownership(table: sa.Table, user: User) -> list[Condition]:
    return [table.c.owner == user.name, table.c.owner_group.in_(user.groups)]


def _of_people(table: sa.Table, user: User, **columns: PersonType) -> Condition:
    people = [
        sa.or_(table.c[name].is_(None), _person_is_seen(kind, table.c[name], user))
        for name, kind in columns.items()
    ]
    by_people = sa.and_(table.c.owner_group.is_(None), *people)
    return sa.or_(*_ownership(table, user), by_people)


def _activity_condition(user: User) -> Condition:
    person_type, person_id = activities.c.person_type, activities.c.person_id
    about = sa.or_(
        person_id.is_(None),
        *(
            sa.and_(person_type == kind, _person_is_seen(kind, person_id, user))
            for kind in PersonType
        ),
    )
    return sa.or_(*_ownership(activities, user), sa.and_(activities.c.owner_group.is_(None), about))


def _person_is_seen(kind: PersonType, key: sa.ColumnElement[Any], user: User) -> Condition:
    table = PERSON_TABLES[kind]
    one: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(table)
    return sa.exists(
        one.where(table.c.id == key, _person_condition(kind, user)).correlate_except(table)
    )


def _call_condition(user: User) -> Condition:
    found: list[Condition] = [
        calls.c.agent == user.name,
        calls.c.answered_by.in_(user.extensions),
        sa.and_(calls.c.direction != Direction.INBOUND, calls.c.caller_number.in_(user.extensions)),
        *(_HasPart(calls.c.parties, _text(extension)) for extension in user.extensions),
    ]
    for type_, key in (
        (calls.c.matched_type, calls.c.matched_id),
        (calls.c.record_type, calls.c.record_id),
    ):
        found += [sa.and_(type_ == kind, _person_is_seen(kind, key, user)) for kind in PersonType]
    activity: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(activities)
    its_activity = activity.where(
        activities.c.id == calls.c.record_id, _activity_condition(user)
    ).correlate_except(activities)
    found.append(sa.and_(calls.c.record_type == "activity", sa.exists(its_activity)))
    return sa.or_(*found)


def _text(value: str) -> sa.BindParameter[str]:
    return sa.literal(value, StorableText())


class _HasPart(FunctionElement[bool]):
    """Whether a JSON list of parties has one with this extension."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_HasPart, "sqlite")
def _has_part_sqlite(element: _HasPart, compiler: Any, **options: Any) -> str:
    listed, value = (compiler.process(one, **options) for one in element.clauses)
    one, its = f"json_each({listed}) AS one", "json_extract(one.value, '$.extension')"
    return f"EXISTS (SELECT 1 FROM {one} WHERE {its} = {value})"  # noqa: S608 - SQLAlchemy's


@compiles(_HasPart, "postgresql")
def _has_part_postgresql(element: _HasPart, compiler: Any, **options: Any) -> str:
    listed, value = (compiler.process(one, **options) for one in element.clauses)
    part = f"jsonb_build_object('extension', CAST({value} AS TEXT))"
    return f"{listed} @> jsonb_build_array({part})"
