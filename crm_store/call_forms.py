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
from crm_store.errors import VersionConflict
from crm_store.prepared import Prepared
from crm_store.reader import Reader
from crm_store.tables import activities, call_forms, calls, history, leads, notes


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


def is_unused_lead(reader: Reader, lead_id: int, pbx: str, linkedid: str) -> bool:
    """Whether a lead is nothing but what this call made of a stranger.

    Nobody has changed it, noted anything about it or given it anything to do, and no other call
    was put down to it.
    """
    lead = reader.get("lead", lead_id)
    if lead is None or lead.first_call != (pbx, linkedid):
        return False
    other_call = sa.or_(calls.c.pbx != pbx, calls.c.linkedid != linkedid)
    of_another = sa.or_(activities.c.pbx.is_(None), activities.c.pbx != pbx)
    of_another = sa.or_(of_another, activities.c.linkedid != linkedid)
    traces = (
        sa.select(history.c.id).where(
            history.c.object_type == "lead",
            history.c.object_key == str(lead_id),
            history.c.via.not_in(("call", "system")),
        ),
        sa.select(notes.c.id).where(notes.c.object_type == "lead", notes.c.object_id == lead_id),
        sa.select(activities.c.id).where(
            activities.c.person_type == "lead", activities.c.person_id == lead_id, of_another
        ),
        sa.select(calls.c.id).where(
            calls.c.matched_type == "lead", calls.c.matched_id == lead_id, other_call
        ),
        sa.select(leads.c.id).where(leads.c.id == lead_id, leads.c.contact_id.is_not(None)),
    )
    return not any(reader._connection.execute(one.limit(1)).first() for one in traces)


def _of(pbx: str, linkedid: str) -> tuple[sa.ColumnElement[bool], ...]:
    return call_forms.c.pbx == pbx, call_forms.c.linkedid == linkedid
