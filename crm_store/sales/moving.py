"""What hangs on a person goes along to another: calls, activities, notes, e-mails."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from crm_store.changes import RecordWriter
from crm_store.kinds import ACTIVITY
from crm_store.records import Matched, PersonType, Ref
from crm_store.tables import activities, calls, emails, notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How much went along."""

    calls: int
    activities: int
    notes: int


def move_all(writer: RecordWriter, person: Ref, to: Matched) -> Moved:
    """Hang everything that hangs on ``person`` on ``to``, with the recordings of the calls.

    What a call became (its ``record``) stays what it was: its campaign is judged by that.
    """
    _move_emails(writer, person, to)
    return Moved(
        calls=_move_calls(writer, person, to),
        activities=_move_activities(writer, person, to),
        notes=_move_notes(writer, person, to),
    )


def _move_calls(writer: RecordWriter, person: Ref, to: Matched) -> int:
    was_matched = sa.and_(calls.c.matched_type == person.type, calls.c.matched_id == person.id)
    made_it = sa.and_(
        calls.c.record_type == person.type,
        calls.c.record_id == person.id,
        calls.c.matched_type.is_(None),
    )
    values = {
        "matched_type": to.type,
        "matched_id": to.id,
        "matched_name": to.name,
        "updated_at": writer.now,
    }
    return _count(writer, sa.update(calls).where(sa.or_(was_matched, made_it)).values(values))


def _move_activities(writer: RecordWriter, person: Ref, to: Matched) -> int:
    its = (
        activities.c.person_type == PersonType(person.type),
        activities.c.person_id == person.id,
    )
    found = list(writer.matching(ACTIVITY.name, *its, order=(activities.c.id,)))
    for each in found:
        writer.change(ACTIVITY.name, each.id, {"about": to}, action="moved", is_checked=False)
    return len(found)


def _move_notes(writer: RecordWriter, person: Ref, to: Matched) -> int:
    its = notes.c.object_type == person.type, notes.c.object_id == person.id
    values = {"object_type": to.type, "object_id": to.id}
    return _count(writer, sa.update(notes).where(*its).values(values))


def _move_emails(writer: RecordWriter, person: Ref, to: Matched) -> int:
    its = emails.c.object_type == person.type, emails.c.object_id == person.id
    values = {"object_type": to.type, "object_id": to.id}
    return _count(writer, sa.update(emails).where(*its).values(values))


def _count(writer: RecordWriter, statement: sa.Update) -> int:
    return int(writer.connection.execute(statement).rowcount)
