"""What is older than it may be kept: which it is, and taking it away, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from crm_store.privacy.anonymous import is_anonymous
from crm_store.privacy.erasure import write_anonymously
from crm_store.reader import Reader
from crm_store.records import CallRecord, Direction, LeadState
from crm_store.rows import call_from_row
from crm_store.tables import calls, history, leads
from crm_store.writer import Writer

_EMPTY = "[]"


def recorded_calls(
    reader: Reader, until: datetime, *, after: int, limit: int
) -> list[tuple[int, CallRecord]]:
    """Calls from before then that have recordings, by their row's number."""
    return _some(reader, until, sa.cast(calls.c.recordings, sa.Text()) != _EMPTY, after, limit)


def named_calls(
    reader: Reader, until: datetime, *, after: int, limit: int
) -> list[tuple[int, CallRecord]]:
    """Calls with the outside from before then that still tell who it was."""
    its = calls.c
    says_who = sa.or_(
        sa.and_(its.direction == Direction.INBOUND, its.caller_number != ""),
        sa.and_(its.direction == Direction.OUTBOUND, its.dialled_number != ""),
        its.caller_name != "",
        *(one.is_not(None) for one in (its.matched_id, its.record_id, its.comment)),
        *(one.is_not(None) for one in (its.visitor_session, its.redirected_from)),
        sa.cast(its.recordings, sa.Text()) != _EMPTY,
    )
    is_outside = its.direction != Direction.INTERNAL
    return _some(reader, until, sa.and_(is_outside, says_who), after, limit)


def drop_recordings(writer: Writer, some: Sequence[CallRecord]) -> None:
    """Forget that these calls were recorded; the files are gone already."""
    for call in some:
        own = sa.and_(calls.c.pbx == call.pbx, calls.c.linkedid == call.linkedid)
        writer.connection.execute(sa.update(calls).where(own).values(recordings=()))


def forget_calls(writer: Writer, some: Sequence[CallRecord]) -> int:
    """Take out of these calls who it was; return how many there were to take it out of."""
    named = [call for call in some if not is_anonymous(call)]
    for call in named:
        write_anonymously(writer, call)
    return len(named)


def lost_leads(reader: Reader, until: datetime) -> list[int]:
    """The leads that were lost before then."""
    query = sa.select(leads.c.id).where(
        leads.c.state == LeadState.LOST,
        sa.func.coalesce(leads.c.completed_at, leads.c.updated_at) < until,
    )
    return [int(key) for key in reader.connection.execute(query.order_by(leads.c.id)).scalars()]


def drop_removed_history(writer: Writer, until: datetime) -> int:
    """Delete the history of records that were deleted or erased before then."""
    end = history.alias("the_end")
    is_over = sa.exists(
        sa.select(sa.literal_column("1")).where(
            end.c.object_type == history.c.object_type,
            end.c.object_key == history.c.object_key,
            end.c.action.in_(("deleted", "erased")),
            end.c.at < until,
        )
    )
    return writer.connection.execute(sa.delete(history).where(is_over)).rowcount


def _some(
    reader: Reader, until: datetime, condition: sa.ColumnElement[bool], after: int, limit: int
) -> list[tuple[int, CallRecord]]:
    query = (
        sa.select(calls)
        .where(calls.c.started_at < until, calls.c.ended_at.is_not(None))
        .where(condition, calls.c.id > after)
        .order_by(calls.c.id)
        .limit(limit)
    )
    rows = reader.connection.execute(query).mappings().all()
    return [(row["id"], call_from_row(row)) for row in rows]
