"""What can be asked of the store, inside one unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from crm_store import queries, rows
from crm_store.engines.prepared import Prepared
from crm_store.errors import MergedInto, RecordNotFound
from crm_store.filters import ActivityFilter, CallFilter, LeadFilter
from crm_store.kinds import (
    ACTIVITY,
    BUSINESS_HOURS,
    CAMPAIGN,
    KINDS,
    LEAD,
    TRACKING_NUMBER,
    USER,
    Key,
    Kind,
)
from crm_store.matching.merged import merged_into
from crm_store.records import (
    NOBODY,
    Activity,
    BusinessHours,
    CallerFacts,
    CallRecord,
    Campaign,
    HistoryEntry,
    JournalPosition,
    Lead,
    Note,
    Person,
    PersonType,
    Ref,
    TrackingNumber,
    User,
)
from crm_store.settings import S
from crm_store.tables import (
    activities,
    calls,
    history,
    journal_positions,
    notes,
    settings,
    unfinished_calls,
    user_extensions,
)

_ROWS_AT_A_TIME = 500

_LOOK_UP = Prepared(lambda _: queries.look_up())
_CALL = Prepared(
    lambda _: sa.select(calls).where(
        calls.c.pbx == sa.bindparam("pbx"), calls.c.linkedid == sa.bindparam("linkedid")
    )
)
_CALL_ID = Prepared(
    lambda _: sa.select(calls.c.pbx, calls.c.linkedid).where(
        calls.c.call_id == sa.bindparam("call_id")
    )
)
_SECTION = Prepared(
    lambda _: sa.select(settings.c.value, settings.c.version).where(
        settings.c.name == sa.bindparam("section")
    )
)


class Reader:
    """Questions to the store; one consistent view of it while the unit of work lasts.

    Iterators end with the unit of work: read what you need inside it, or use ``Store.stream``.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> sa.Connection:
        """The transaction, for the store's own modules that ask what no method here does."""
        return self._connection

    def look_up(self, e164: str | None) -> CallerFacts:
        """Who is on file under exactly this number, best first, and the lists it is on.

        Contacts, then leads, accounts and person accounts; the newest updated first within a
        type; a hundred at most. None is a withheld number: nobody.
        """
        if e164 is None:
            return NOBODY
        return rows.facts_from_rows(_LOOK_UP.rows(self._connection, {"e164": e164}))

    def call(self, pbx: str, linkedid: str) -> CallRecord | None:
        """One call by its key."""
        found = _CALL.rows(self._connection, {"pbx": pbx, "linkedid": linkedid})
        return rows.call_from_row(found[0]) if found else None

    def free_call_id(self, candidates: Iterable[str], *, pbx: str = "", linkedid: str = "") -> str:
        """The first of these call IDs that no other call has; LookupError when all are taken.

        ``pbx`` and ``linkedid`` say for which call: its own ID is free for it.
        """
        for candidate in candidates:
            owner = _CALL_ID.run(self._connection, {"call_id": candidate}).fetchone()
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

    def get(self, kind_name: str, key: Key) -> Any | None:
        """The record of one kind with this id or name; None where there is none."""
        return self._get(kind_name, key)

    def missing(self, kind_name: str, key: Key) -> RecordNotFound:
        """The error that says why there is no such record: there never was, or it was merged."""
        into = merged_into(self._connection, kind_name, key)
        return RecordNotFound(kind_name, key) if into is None else MergedInto(kind_name, key, into)

    def find_leads(self, wanted: LeadFilter | None = None) -> Iterator[Lead]:
        """The leads that match, by (created_at, id), with what their first calls say."""
        yield from self._read(LEAD, queries.find_leads(wanted or LeadFilter()))

    def find_activities(self, wanted: ActivityFilter | None = None) -> Iterator[Activity]:
        """The activities that match, by (created_at, id), with what their calls say."""
        yield from self._read(ACTIVITY, queries.find_activities(wanted or ActivityFilter()))

    def activity_of(self, pbx: str, linkedid: str) -> Activity | None:
        """The activity that tells of this call."""
        its_call = activities.c.pbx == pbx, activities.c.linkedid == linkedid
        return next(self._read(ACTIVITY, ACTIVITY.select().where(*its_call)), None)

    def person(self, ref: Ref) -> Person | None:
        """The lead, contact, account or person account that a reference names."""
        return cast(Person | None, self._get(PersonType(ref.type), ref.id))

    def people(self, kind: PersonType) -> Iterator[Person]:
        """Everybody of one type, in the order in which they were made."""
        return self.all_of(kind)

    def all_of(self, kind_name: str) -> Iterator[Any]:
        """Every record of one kind, by id or name; read as they are asked for."""
        kind = KINDS[kind_name]
        yield from self._read(kind, kind.select().order_by(kind.table.c[kind.key]))

    def matching(
        self,
        kind_name: str,
        *conditions: sa.ColumnElement[bool],
        order: tuple[sa.ColumnElement[Any], ...] = (),
        limit: int | None = None,
    ) -> Iterator[Any]:
        """The records of one kind of which all conditions are true; in the order asked for."""
        kind = KINDS[kind_name]
        yield from self._read(kind, kind.select().where(*conditions).order_by(*order).limit(limit))

    def ask(self, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """The rows that a question of one's own has."""
        return [tuple(row) for row in self._connection.execute(query)]

    def users(self) -> tuple[User, ...]:
        """Everybody who works here, by name."""
        return tuple(self.all_of(USER.name))

    def user_by_extension(self, extension: str) -> User | None:
        """Whose extension this is."""
        owner = sa.select(user_extensions.c.user_name).where(
            user_extensions.c.extension == extension
        )
        name = self._connection.execute(owner).scalar()
        return None if name is None else cast(User, self._get(USER.name, name))

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, by name."""
        return tuple(self.all_of(CAMPAIGN.name))

    def business_hours(self) -> tuple[BusinessHours, ...]:
        """All business hours, by name."""
        return tuple(self.all_of(BUSINESS_HOURS.name))

    def tracking_numbers(self) -> tuple[TrackingNumber, ...]:
        """Every tracking number with its business hours, by number."""
        return tuple(self.all_of(TRACKING_NUMBER.name))

    def history_of(self, object_type: str, key: Key) -> Iterator[HistoryEntry]:
        """Every change of one record, oldest first; also of one that is gone."""
        query = (
            sa.select(history)
            .where(history.c.object_type == object_type, history.c.object_key == str(key))
            .order_by(history.c.id)
        )
        for row in self._stream(query):
            yield HistoryEntry(**row)

    def notes_about(self, about: Ref) -> list[Note]:
        """What was written down about a record, oldest first."""
        query = (
            sa.select(notes)
            .where(notes.c.object_type == about.type, notes.c.object_id == about.id)
            .order_by(notes.c.id)
        )
        return [
            Note(
                about=about,
                text=row["text"],
                author=row["author"],
                id=row["id"],
                created_at=row["created_at"],
            )
            for row in self._connection.execute(query).mappings()
        ]

    def settings(self, section: type[S]) -> S:
        """One section of the settings, with its defaults where nobody has written any."""
        return self.settings_with_version(section)[0]

    def settings_with_version(self, section: type[S]) -> tuple[S, int]:
        """One section, and how often it was written: 0 for never."""
        found = _SECTION.rows(self._connection, {"section": section.name})
        if not found:
            return section(), 0
        return msgspec.convert(found[0]["value"], section), int(found[0]["version"])

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

    def _get(self, kind_name: str, key: Key, *, is_locked: bool = False) -> Any | None:
        kind = KINDS[kind_name]
        wanted = {"wanted_key": key}
        if is_locked and self._connection.dialect.name == "postgresql":
            query = _by_key(kind).with_for_update(of=kind.table)
            found: Any = self._connection.execute(query, wanted).mappings().all()
        else:
            found = _BY_KEY[kind.name].rows(self._connection, wanted)
        return next(iter(kind.read(self._connection, found)), None)

    def _read(self, kind: Kind[Any], query: sa.Select[Any]) -> Iterator[Any]:
        for some in _in_chunks(self._stream(query)):
            yield from kind.read(self._connection, some)


def _by_key(kind: Kind[Any]) -> sa.Select[Any]:
    return kind.select().where(kind.table.c[kind.key] == sa.bindparam("wanted_key"))


def _prepared(kind: Kind[Any]) -> Prepared:
    return Prepared(lambda _: _by_key(kind))


_BY_KEY = {kind.name: _prepared(kind) for kind in KINDS.values()}


def _in_chunks(found: Iterator[rows.Row]) -> Iterator[list[rows.Row]]:
    some: list[rows.Row] = []
    for row in found:
        some.append(row)
        if len(some) == _ROWS_AT_A_TIME:
            yield some
            some = []
    if some:
        yield some
