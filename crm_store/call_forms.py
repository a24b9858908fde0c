"""The incoming-call form: what somebody has decided about a call while it was up, or later.

Whom the call is about and what was said of it stand where they always do, on the call and its
activity. Kept here is only that somebody has decided: the version that two agents' saving is
checked against, and what a stranger is to become.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa

from crm_store.call_logging import UnknownNumber
from crm_store.changes import RecordWriter
from crm_store.engines.prepared import Prepared
from crm_store.errors import VersionConflict
from crm_store.people import by_hand
from crm_store.reader import Reader
from crm_store.records import PersonType
from crm_store.tables import activities, call_forms, calls, history, notes


class OpensAt(StrEnum):
    """When the form of a call opens for an agent: as his phone rings, as he answers, never."""

    RING = "ring"
    ANSWER = "answer"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFormSettings:
    """When forms open: of a customer's call, and of one between colleagues."""

    name: ClassVar[str] = "call_forms"

    opens_at: OpensAt = OpensAt.RING
    internal_opens_at: OpensAt = OpensAt.NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """What somebody has decided about a call; version 0: nobody has."""

    pbx: str
    linkedid: str
    becomes: UnknownNumber | None = None
    """What a stranger is to become, where that is another thing than the rules say."""
    is_customer_chosen: bool = False
    saved_by: str | None = None
    saved_at: datetime | None = None
    version: int = 0


_BECOMES = Prepared(
    lambda _: sa.select(call_forms.c.becomes).where(
        call_forms.c.pbx == sa.bindparam("pbx"), call_forms.c.linkedid == sa.bindparam("linkedid")
    )
)


def form_state(reader: Reader, pbx: str, linkedid: str, *, is_locked: bool = False) -> FormState:
    """What was decided about a call; ``is_locked`` lets nobody else decide until the end."""
    query = sa.select(call_forms).where(*_of(pbx, linkedid))
    if is_locked and reader._connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = reader._connection.execute(query).mappings().one_or_none()
    if row is None:
        return FormState(pbx=pbx, linkedid=linkedid)
    return FormState(
        pbx=pbx,
        linkedid=linkedid,
        becomes=UnknownNumber(row["becomes"]) if row["becomes"] else None,
        is_customer_chosen=row["is_customer_chosen"],
        saved_by=row["saved_by"],
        saved_at=row["saved_at"],
        version=row["version"],
    )


def chosen_creation(reader: Reader, pbx: str, linkedid: str) -> UnknownNumber | None:
    """What somebody chose for a stranger to become; None: what the rules say."""
    found = _BECOMES.run(reader._connection, {"pbx": pbx, "linkedid": linkedid}).fetchone()
    return UnknownNumber(found[0]) if found is not None and found[0] is not None else None


def put_form_state(
    writer: RecordWriter, before: FormState, after: FormState, *, version: int | None = None
) -> FormState:
    """Write what was decided; return it with its new version.

    ``version`` is the one that the decision was made for. Raises VersionConflict.
    """
    if version is not None and version != before.version:
        name = f"{after.pbx} {after.linkedid}"
        raise VersionConflict("call form", name, expected=version, current=before.version)
    after = replace(after, version=before.version + 1)
    values: dict[str, Any] = {
        "becomes": after.becomes,
        "is_customer_chosen": after.is_customer_chosen,
        "saved_by": after.saved_by,
        "saved_at": after.saved_at,
        "version": after.version,
        "updated_at": writer.now,
    }
    if before.version:
        own = sa.update(call_forms).where(*_of(after.pbx, after.linkedid))
        writer._connection.execute(own.values(values))
    else:
        key = {"pbx": after.pbx, "linkedid": after.linkedid, "created_at": writer.now}
        writer._connection.execute(sa.insert(call_forms), values | key)
    return after


def lock_call(writer: RecordWriter, pbx: str, linkedid: str) -> None:
    """Let nobody else write this call until the unit of work is committed."""
    if writer._connection.dialect.name == "postgresql":
        own = calls.c.pbx == pbx, calls.c.linkedid == linkedid
        writer._connection.execute(sa.select(calls.c.id).where(*own).with_for_update())


def forget_record(writer: RecordWriter, pbx: str, linkedid: str) -> None:
    """Let a call have become nothing."""
    own = sa.update(calls).where(calls.c.pbx == pbx, calls.c.linkedid == linkedid)
    writer._connection.execute(own.values(record_type=None, record_id=None))


def write_on_call(
    writer: RecordWriter, pbx: str, linkedid: str, comment: str | None, tags: tuple[str, ...]
) -> None:
    """Write what somebody said of a call, also where he takes it away."""
    own = calls.c.pbx == pbx, calls.c.linkedid == linkedid
    values = {"comment": comment, "tags": tags}
    differs = sa.or_(*(calls.c[name].is_distinct_from(value) for name, value in values.items()))
    written = sa.update(calls).where(*own, differs)
    writer._connection.execute(written.values(**values, updated_at=writer.now))


def move_form(writer: RecordWriter, pbx: str, linkedid: str, into: str) -> None:
    """Let a form go on with the call that its own became a part of, unless that has one."""
    is_there = sa.exists(sa.select(calls.c.id).where(calls.c.pbx == pbx, calls.c.linkedid == into))
    other = call_forms.alias()
    has_one = sa.exists(sa.select(other.c.pbx).where(other.c.pbx == pbx, other.c.linkedid == into))
    moved = sa.update(call_forms).where(*_of(pbx, linkedid), is_there, ~has_one)
    writer._connection.execute(moved.values(linkedid=into))


def is_unused(reader: Reader, kind: PersonType, person_id: int, pbx: str, linkedid: str) -> bool:
    """Whether a person on file is nothing but what this call made of a stranger.

    Nobody has changed him, noted anything about him or given him anything to do, he was not
    converted, and no other call was put down to him.
    """
    person = reader.get(kind, person_id)
    if person is None or person.first_call != (pbx, linkedid):
        return False
    if getattr(person, "contact_id", None) or getattr(person, "account_id", None):
        return False
    other_call = sa.or_(calls.c.pbx != pbx, calls.c.linkedid != linkedid)
    of_another = sa.or_(activities.c.pbx.is_(None), activities.c.pbx != pbx)
    of_another = sa.or_(of_another, activities.c.linkedid != linkedid)
    traces = (
        sa.select(history.c.id).where(
            history.c.object_type == kind,
            history.c.object_key == str(person_id),
            by_hand(),
        ),
        sa.select(notes.c.id).where(notes.c.object_type == kind, notes.c.object_id == person_id),
        sa.select(activities.c.id).where(
            activities.c.person_type == kind, activities.c.person_id == person_id, of_another
        ),
        sa.select(calls.c.id).where(
            calls.c.matched_type == kind, calls.c.matched_id == person_id, other_call
        ),
    )
    return not any(reader._connection.execute(one.limit(1)).first() for one in traces)


def _of(pbx: str, linkedid: str) -> tuple[sa.ColumnElement[bool], ...]:
    return call_forms.c.pbx == pbx, call_forms.c.linkedid == linkedid
