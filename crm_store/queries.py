"""The questions as SQL: built from Core expressions, so that both engines get their own text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from crm_store.call_ids import read_call_id
from crm_store.engines.column_types import StorableText, UtcDateTime
from crm_store.filters import ActivityFilter, CallFilter, LeadFilter
from crm_store.numbers import digits_of, to_e164
from crm_store.records import ListName, PersonType
from crm_store.tables import (
    PERSON_TABLES,
    accounts,
    activities,
    calls,
    leads,
    listed_numbers,
    phone_numbers,
    user_extensions,
    users,
)

_SHORTEST_ENDING = 6
"""Fewer digits than this are an extension or a short code: they match whole numbers only."""

MOST_CANDIDATES = 100
"""A number shared by more people than this names nobody; the look-up stops there."""

LISTS_RANK = -1


def look_up() -> sa.Select[Any]:
    """Everybody on file under ``:e164``, best first, and the lists it is on, in one query.

    Columns: rank (``LISTS_RANK``, or the person type's place), id, name (of the person or of
    the list), account_name, owner_name, owner_extension, updated_at. Lists come first, so that
    the limit never cuts them off.
    """
    e164 = sa.bindparam("e164", type_=StorableText())
    branches = [_people_of(rank, kind, e164) for rank, kind in enumerate(PersonType)]
    lists = sa.select(
        sa.literal_column(str(LISTS_RANK), sa.Integer).label("rank"),
        sa.literal_column("0", sa.Integer).label("id"),
        listed_numbers.c.list.label("name"),
        *(_nothing(name) for name in ("account_name", "owner_name", "owner_extension")),
        sa.cast(sa.null(), UtcDateTime()).label("updated_at"),
    ).where(listed_numbers.c.e164 == e164)
    found = sa.union_all(*branches, lists).subquery("found")
    return (
        sa.select(found)
        .order_by(found.c.rank, found.c.updated_at.desc(), found.c.id.desc())
        .limit(sa.literal_column(str(MOST_CANDIDATES + len(ListName))))
    )


def _people_of(rank: int, kind: PersonType, e164: sa.BindParameter[Any]) -> sa.Select[Any]:
    person = PERSON_TABLES[kind]
    source: sa.FromClause = phone_numbers.join(person, person.c.id == phone_numbers.c.person_id)
    source = source.outerjoin(
        users, sa.and_(users.c.name == person.c.owner, users.c.is_active)
    ).outerjoin(
        user_extensions,
        sa.and_(user_extensions.c.user_name == users.c.name, user_extensions.c.position == 0),
    )
    account_name: sa.ColumnElement[Any] = _nothing("account_name")
    if kind is PersonType.CONTACT:
        source = source.outerjoin(accounts, accounts.c.id == person.c.account_id)
        account_name = accounts.c.name.label("account_name")
    elif kind is PersonType.LEAD:
        account_name = person.c.company.label("account_name")
    return (
        sa.select(
            sa.literal_column(str(rank), sa.Integer).label("rank"),
            person.c.id,
            person.c.name,
            account_name,
            person.c.owner.label("owner_name"),
            user_extensions.c.extension.label("owner_extension"),
            person.c.updated_at,
        )
        .select_from(source)
        .where(
            phone_numbers.c.e164 == e164,
            phone_numbers.c.person_type == sa.literal_column(f"'{kind.value}'"),
        )
    )


def _nothing(name: str) -> sa.Label[Any]:
    return sa.cast(sa.null(), sa.Text()).label(name)


def find_calls(wanted: CallFilter) -> sa.Select[Any]:
    """The calls that match, in the order of (started_at, pbx, linkedid)."""
    query = sa.select(calls).where(*_call_conditions(wanted))
    order = (calls.c.started_at, calls.c.pbx, calls.c.linkedid)
    return _ordered(query, order, wanted.newest_first, wanted.limit)


def _call_conditions(wanted: CallFilter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.since is not None:
        yield calls.c.started_at >= wanted.since
    if wanted.until is not None:
        yield calls.c.started_at < wanted.until
    if wanted.number is not None:
        yield number_matches(wanted.number, wanted.country)
    if wanted.call_id is not None:
        yield _call_id_matches(wanted.call_id)
    if wanted.agent is not None:
        yield sa.or_(_same_words(calls.c.agent, wanted.agent), calls.c.answered_by == wanted.agent)
    if wanted.campaign is not None:
        yield _same_words(calls.c.campaign, wanted.campaign)
    for column, value in (
        (calls.c.pbx, wanted.pbx),
        (calls.c.outcome, wanted.outcome),
        (calls.c.direction, wanted.direction),
    ):
        if value is not None:
            yield column == value
    if wanted.is_open is not None:
        yield calls.c.ended_at.is_(None) if wanted.is_open else calls.c.ended_at.is_not(None)


def number_matches(number: str, country: str | None) -> sa.ColumnElement[bool]:
    """Match caller or dialled number with a number in any form.

    E.164 is exact and indexed. A national form without a country cannot be completed, so that
    its digits, less the trunk prefix 0, have to end a number.
    """
    if (e164 := to_e164(number, country)) is not None:
        return sa.or_(calls.c.caller_e164 == e164, calls.c.dialled_e164 == e164)
    digits = digits_of(number)
    texts = {number.strip(), digits, f"+{digits}"} if digits else {number.strip()}
    found = [calls.c.caller_number.in_(texts), calls.c.dialled_number.in_(texts)]
    ending = digits.lstrip("0")
    if len(ending) >= _SHORTEST_ENDING:
        found += [
            column.like(f"%{ending}") for column in (calls.c.caller_e164, calls.c.dialled_e164)
        ]
    return sa.or_(*found)


def _call_id_matches(text: str) -> sa.ColumnElement[bool]:
    return calls.c.call_id.in_({text.strip().upper(), read_call_id(text)})


def _same_words(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(column) == sa.func.lower(sa.literal(text, StorableText()))


def _ordered(
    query: sa.Select[Any],
    order: tuple[sa.ColumnElement[Any], ...],
    newest_first: bool,
    limit: int | None,
) -> sa.Select[Any]:
    columns = [column.desc() for column in order] if newest_first else order
    return query.order_by(*columns).limit(limit)


_CALL_COLUMNS = (
    calls.c.call_id,
    calls.c.wait_seconds,
    calls.c.talk_seconds,
    calls.c.recordings,
    calls.c.missed_reason.label("call_missed_reason"),
)


def find_leads(wanted: LeadFilter) -> sa.Select[Any]:
    """The leads that match, with what their first call says, in the order of (created_at, id)."""
    query = (
        sa.select(leads, *_CALL_COLUMNS)
        .outerjoin(
            calls,
            sa.and_(
                calls.c.pbx == leads.c.first_call_pbx,
                calls.c.linkedid == leads.c.first_call_linkedid,
            ),
        )
        .where(*_lead_conditions(wanted))
    )
    return _ordered(query, (leads.c.created_at, leads.c.id), wanted.newest_first, wanted.limit)


def _lead_conditions(wanted: LeadFilter) -> Iterator[sa.ColumnElement[bool]]:
    yield from _work_conditions(leads, wanted)
    if wanted.state is not None:
        yield leads.c.state == wanted.state
    if wanted.number is not None:
        e164 = to_e164(wanted.number, wanted.country)
        theirs = sa.select(phone_numbers.c.person_id).where(
            phone_numbers.c.person_type == PersonType.LEAD,
            phone_numbers.c.e164 == e164
            if e164 is not None
            else phone_numbers.c.raw == wanted.number.strip(),
        )
        yield leads.c.id.in_(theirs)


def find_activities(wanted: ActivityFilter) -> sa.Select[Any]:
    """The activities that match, with what their call says, in the order of (created_at, id)."""
    query = (
        sa.select(activities, *_CALL_COLUMNS)
        .outerjoin(
            calls,
            sa.and_(calls.c.pbx == activities.c.pbx, calls.c.linkedid == activities.c.linkedid),
        )
        .where(*_activity_conditions(wanted))
    )
    order = (activities.c.created_at, activities.c.id)
    return _ordered(query, order, wanted.newest_first, wanted.limit)


def _activity_conditions(wanted: ActivityFilter) -> Iterator[sa.ColumnElement[bool]]:
    yield from _work_conditions(activities, wanted)
    if wanted.call_type is not None:
        yield activities.c.call_type == wanted.call_type
    if wanted.about is not None:
        yield activities.c.person_type == wanted.about.type
        yield activities.c.person_id == wanted.about.id


def _work_conditions(
    table: sa.Table, wanted: LeadFilter | ActivityFilter
) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.since is not None:
        yield table.c.created_at >= wanted.since
    if wanted.until is not None:
        yield table.c.created_at < wanted.until
    if wanted.call_id is not None:
        yield _call_id_matches(wanted.call_id)
    if wanted.campaign is not None:
        yield _same_words(table.c.campaign, wanted.campaign)
    if wanted.owner is not None:
        yield _same_words(table.c.owner, wanted.owner)
    if wanted.status is not None:
        yield table.c.status == wanted.status
