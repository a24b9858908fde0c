"""Who has listened to which recording: written down before the first byte goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_store.reader import Reader
from crm_store.records import CallRecord, RecordingLook
from crm_store.tables import recording_looks
from crm_store.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFilter:
    """Which looks, newest first. ``before`` is the id that the page before ended with."""

    user: str | None = None
    call_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50


def write_look(writer: Writer, call: CallRecord, path: str, *, address: str) -> None:
    """Write down that the user of this unit of work is given a recording, now."""
    writer._connection.execute(
        sa.insert(recording_looks),
        {
            "at": writer.now,
            "user_name": writer.by.user or writer.by.via,
            "pbx": call.pbx,
            "linkedid": call.linkedid,
            "call_id": call.call_id,
            "path": path,
            "address": address,
        },
    )


def find_looks(reader: Reader, wanted: LookFilter) -> list[RecordingLook]:
    """The looks that match, newest first."""
    columns = recording_looks.c
    query = sa.select(recording_looks).order_by(columns.id.desc()).limit(wanted.limit)
    if wanted.user is not None:
        query = query.where(columns.user_name == wanted.user)
    if wanted.call_id is not None:
        query = query.where(columns.call_id == wanted.call_id.upper())
    if wanted.since is not None:
        query = query.where(columns.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(columns.at < wanted.until)
    if wanted.before is not None:
        query = query.where(columns.id < wanted.before)
    rows = reader._connection.execute(query).mappings()
    return [
        RecordingLook(user=row["user_name"], **{k: v for k, v in row.items() if k != "user_name"})
        for row in rows
    ]
