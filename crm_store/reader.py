"""What can be asked of the store, inside one unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, cast

import sqlalchemy as sa

from crm_store import queries, rows
from crm_store.filters import ActivityFilter, CallFilter, LeadFilter
from crm_store.records import (
    NOBODY,
    Activity,
    BusinessHours,
    CallerFacts,
    CallRecord,
    Campaign,
    JournalPosition,
    Lead,
    Person,
    PersonType,
    PhoneNumber,
    Ref,
    TrackingNumber,
    User,
)
from crm_store.tables import (
    PERSON_TABLES,
    accounts,
    activities,
    business_hours,
    calls,
    campaigns,
    journal_positions,
    phone_numbers,
    tracking_numbers,
    unfinished_calls,
    user_extensions,
    users,
)

_ROWS_AT_A_TIME = 500

_LOOK_UP = queries.look_up()
_CALL = sa.select(calls).where(
    calls.c.pbx == sa.bindparam("pbx"), calls.c.linkedid == sa.bindparam("linkedid")
)
_CALL_ID = sa.select(calls.c.pbx, calls.c.linkedid).where(
    calls.c.call_id == sa.bindparam("call_id")
)
_USERS = (
    sa.select(users, user_extensions.c.extension)
    .outerjoin(user_extensions, user_extensions.c.user_name == users.c.name)
    .order_by(users.c.name, user_extensions.c.position)
)


class Reader:
    """Questions to the store; one consistent view of it while the unit of work lasts.

    Iterators end with the unit of work: read what you need inside it, or use ``Store.stream``.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def look_up(self, e164: str | None) -> CallerFacts:
        """Who is on file under exactly this number, best first, and the lists it is on.

        Contacts, then leads, accounts and person accounts; the newest updated first within a
        type; a hundred at most. None is a withheld number: nobody.
        """
        if e164 is None:
            return NOBODY
        return rows.facts_from_rows(self._connection.execute(_LOOK_UP, {"e164": e164}).all())

    def call(self, pbx: str, linkedid: str) -> CallRecord | None:
        """One call by its key."""
        row = self._one(_CALL, {"pbx": pbx, "linkedid": linkedid})
        return None if row is None else rows.call_from_row(row)

    def free_call_id(self, candidates: Iterable[str], *, pbx: str = "", linkedid: str = "") -> str:
        """The first of these call IDs that no other call has; LookupError when all are taken.

        ``pbx`` and ``linkedid`` say for which call: its own ID is free for it.
        """
        for candidate in candidates:
            owner = self._connection.execute(_CALL_ID, {"call_id": candidate}).first()
            if owner is None or tuple(owner) == (pbx, linkedid):
                return candidate
        raise LookupError("every proposed call ID is taken")

    def find_calls(self, wanted: CallFilter | None = None) -> Iterator[CallRecord]:
        """The calls that match, by (started_at, pbx, linkedid); read as they are asked for."""
        for row in self._stream(queries.find_calls(wanted or CallFilter())):
            yield rows.call_from_row(row)

    def open_calls(self, pbx: str) -> list[CallRecord]:
        """The calls of one PBX that have not ended as far as the store knows."""
        return list(self.find_calls(CallFilter(pbx=pbx, is_open=True)))

    def find_leads(self, wanted: LeadFilter | None = None) -> Iterator[Lead]:
        """The leads that match, by (created_at, id), with what their first calls say."""
        result = self._stream(queries.find_leads(wanted or LeadFilter()))
        for some in _in_chunks(result):
            numbers = self._phone_numbers(PersonType.LEAD, [row["id"] for row in some])
            for row in some:
                lead = rows.person_from_row(PersonType.LEAD, row, numbers.get(row["id"], ()))
                yield cast(Lead, lead)

    def find_activities(self, wanted: ActivityFilter | None = None) -> Iterator[Activity]:
        """The activities that match, by (created_at, id), with what their calls say."""
        for row in self._stream(queries.find_activities(wanted or ActivityFilter())):
            yield rows.activity_from_row(row)

    def activity_of(self, pbx: str, linkedid: str) -> Activity | None:
        """The activity that tells of this call."""
        query = queries.find_activities(ActivityFilter()).where(
            activities.c.pbx == pbx, activities.c.linkedid == linkedid
        )
        row = self._one(query)
        return None if row is None else rows.activity_from_row(row)

    def person(self, ref: Ref) -> Person | None:
        """The lead, contact, account or person account that a reference names."""
        if ref.type == "activity":
            raise TypeError("an activity is not a person: use find_activities")
        kind = PersonType(ref.type)
        row = self._one(_person_query(kind).where(PERSON_TABLES[kind].c.id == ref.id))
        if row is None:
            return None
        numbers = self._phone_numbers(kind, [ref.id])
        return rows.person_from_row(kind, row, numbers.get(ref.id, ()))

    def people(self, kind: PersonType) -> Iterator[Person]:
        """Everybody of one type, in the order in which they were made."""
        query = _person_query(kind).order_by(PERSON_TABLES[kind].c.id)
        for some in _in_chunks(self._stream(query)):
            numbers = self._phone_numbers(kind, [row["id"] for row in some])
            for row in some:
                yield rows.person_from_row(kind, row, numbers.get(row["id"], ()))

    def users(self) -> tuple[User, ...]:
        """Everybody who answers calls, by name."""
        found = self._connection.execute(_USERS).mappings().all()
        return tuple(
            _user(list(theirs)) for _, theirs in groupby(found, key=lambda row: row["name"])
        )

    def user_by_extension(self, extension: str) -> User | None:
        """Whose extension this is."""
        owner = sa.select(user_extensions.c.user_name).where(
            user_extensions.c.extension == extension
        )
        theirs = self._connection.execute(
            _USERS.where(users.c.name == owner.scalar_subquery())
        ).mappings()
        found = list(theirs)
        return _user(found) if found else None

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, by name."""
        query = sa.select(campaigns).order_by(campaigns.c.name)
        return tuple(
            rows.campaign_from_row(row) for row in self._connection.execute(query).mappings()
        )

    def business_hours(self) -> tuple[BusinessHours, ...]:
        """All business hours, by name."""
        query = sa.select(business_hours).order_by(business_hours.c.name)
        return tuple(
            rows.business_hours_from_row(row) for row in self._connection.execute(query).mappings()
        )

    def tracking_numbers(self) -> tuple[TrackingNumber, ...]:
        """Every tracking number with its business hours, by number."""
        hours = {one.name: one for one in self.business_hours()}
        query = sa.select(tracking_numbers).order_by(tracking_numbers.c.e164)
        return tuple(
            rows.tracking_number_from_row(row, hours)
            for row in self._connection.execute(query).mappings()
        )

    def journal_position(self, pbx: str) -> JournalPosition | None:
        """How far this PBX's journal has been read."""
        row = self._one(sa.select(journal_positions).where(journal_positions.c.pbx == pbx))
        return None if row is None else rows.journal_position_from_row(row)

    def unfinished_stories(self, pbx: str) -> list[str]:
        """What was kept of this PBX's calls whose beginning or end was not seen."""
        query = (
            sa.select(unfinished_calls.c.story)
            .where(unfinished_calls.c.pbx == pbx)
            .order_by(unfinished_calls.c.linkedid)
        )
        return list(self._connection.execute(query).scalars())

    def _one(self, query: sa.Select[Any], values: dict[str, Any] | None = None) -> rows.Row | None:
        return self._connection.execute(query, values or {}).mappings().one_or_none()

    def _stream(self, query: sa.Select[Any]) -> Iterator[rows.Row]:
        result = self._connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME})
        try:
            yield from result.mappings()
        finally:
            result.close()

    def _phone_numbers(
        self, kind: PersonType, person_ids: Sequence[int]
    ) -> dict[int, tuple[PhoneNumber, ...]]:
        query = (
            sa.select(phone_numbers)
            .where(phone_numbers.c.person_type == kind, phone_numbers.c.person_id.in_(person_ids))
            .order_by(phone_numbers.c.person_id, phone_numbers.c.id)
        )
        found = self._connection.execute(query).mappings().all()
        return {
            person_id: tuple(
                PhoneNumber(raw=row["raw"], e164=row["e164"], label=row["label"]) for row in theirs
            )
            for person_id, theirs in groupby(found, key=lambda row: row["person_id"])
        }


def _person_query(kind: PersonType) -> sa.Select[Any]:
    table = PERSON_TABLES[kind]
    if kind is PersonType.CONTACT:
        return sa.select(table, accounts.c.name.label("account")).outerjoin(
            accounts, accounts.c.id == table.c.account_id
        )
    if kind is PersonType.LEAD:
        return queries.find_leads(LeadFilter())
    return sa.select(table)


def _in_chunks(found: Iterator[rows.Row]) -> Iterator[list[rows.Row]]:
    some: list[rows.Row] = []
    for row in found:
        some.append(row)
        if len(some) == _ROWS_AT_A_TIME:
            yield some
            some = []
    if some:
        yield some


def _user(their_rows: Sequence[rows.Row]) -> User:
    first = their_rows[0]
    return User(
        name=first["name"],
        email=first["email"],
        is_active=first["is_active"],
        extensions=tuple(row["extension"] for row in their_rows if row["extension"] is not None),
    )
