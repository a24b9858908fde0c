"""Whose visit a call is put down to: the numbers that visitors were shown, and when.

Leases are kept for good, so that a journal that is read again next year puts the same call down
to the same visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crm_store.capture.visits import call_of_visitor
from crm_store.reader import Reader
from crm_store.records import CallRecord, Direction, NumberLease, TrackingNumber, Visit
from crm_store.tables import number_leases

GRACE = timedelta(minutes=30)
"""How long after his lease a visitor's call is still put down to him, if nobody has it since."""


def visit_for_call(reader: Reader, dialled_e164: str | None, started_at: datetime) -> Visit | None:
    """The visit that a call to a pool's number is put down to; None without one.

    That of the visitor who was shown it last before the call began, and was on the page or had
    left it for no longer than the grace. ``is_shared`` says that it was shown to another too.
    """
    if dialled_e164 is None:
        return None
    query = (
        sa.select(number_leases)
        .where(
            number_leases.c.number == dialled_e164,
            number_leases.c.ends_at >= started_at - GRACE,
            number_leases.c.started_at <= started_at,
        )
        .order_by(number_leases.c.started_at.desc(), number_leases.c.id.desc())
        .limit(100)
    )
    found = [lease_from_row(row) for row in reader.connection.execute(query).mappings()]
    live = [lease for lease in found if lease.ends_at > started_at]
    if live:
        return replace(live[0].visit, is_shared=len({lease.visit.session for lease in live}) > 1)
    return max(found, key=lambda lease: lease.ends_at).visit if found else None


def put_down_to_visitor(reader: Reader, record: CallRecord) -> CallRecord:
    """The call, with what brought the visitor who was shown the number that it came in on."""
    number = record.tracking_number
    if record.direction is not Direction.INBOUND or number is None:
        return record
    return call_of_visitor(record, visit_for_call(reader, number.number, record.started_at))


def number_of_visitor(
    reader: Reader, number: TrackingNumber | None, at: datetime
) -> TrackingNumber | None:
    """The number that rings, with campaign and source of the visitor who was shown it."""
    visit = visit_for_call(reader, number.e164, at) if number is not None else None
    if number is None or visit is None:
        return number
    return replace(
        number,
        campaign=visit.campaign or number.campaign,
        source=visit.source or number.source,
    )


def visit_of_session(reader: Reader, session: str) -> Visit | None:
    """The last visit of a visitor who was shown a number."""
    query = (
        sa.select(number_leases)
        .where(number_leases.c.session == session)
        .order_by(number_leases.c.started_at.desc(), number_leases.c.id.desc())
        .limit(1)
    )
    row = reader.connection.execute(query).mappings().first()
    return None if row is None else lease_from_row(row).visit


def find_leases(
    reader: Reader,
    *,
    number: str | None = None,
    session: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[NumberLease]:
    """Who was shown which number, newest first; ``before`` is the id of the last one seen."""
    query = sa.select(number_leases).order_by(number_leases.c.id.desc()).limit(limit)
    for column, value in ((number_leases.c.number, number), (number_leases.c.session, session)):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(number_leases.c.id < before)
    return [lease_from_row(row) for row in reader.connection.execute(query).mappings()]


def lease_from_row(row: Mapping[Any, Any]) -> NumberLease:
    """A lease, from its row."""
    names = ("id", "number", "pool", "visit", "started_at", "ends_at", "seen_at", "is_shared")
    return NumberLease(**{name: row[name] for name in names})
