"""Calls by their call IDs, and what people write on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from crm_store.checking.person_checks import listing_problems
from crm_store.documents import call_document, plain
from crm_store.errors import InvalidRecord, RecordNotFound
from crm_store.filters import CallFilter
from crm_store.reader import Reader
from crm_store.records import CallRecord
from crm_store.tables import calls
from crm_store.writer import Writer

_WRITTEN = ("tags", "comment")


def find_call(reader: Reader, call_id: str) -> CallRecord:
    """The call with this call ID, whose look-alikes are forgiven; RecordNotFound without one."""
    found = next(reader.find_calls(CallFilter(call_id=call_id, limit=1)), None)
    if found is None:
        raise RecordNotFound("call", call_id)
    return found


def change_call(writer: Writer, call: CallRecord, changes: Mapping[str, Any]) -> CallRecord:
    """Write tags and comment on a call; the history says who did. InvalidRecord for bad tags."""
    after = replace(call, **{name: changes[name] for name in _WRITTEN if name in changes})
    after = replace(after, comment=after.comment or None)
    differences = {
        name: (plain(getattr(call, name)), plain(getattr(after, name)))
        for name in _WRITTEN
        if getattr(call, name) != getattr(after, name)
    }
    problems = list(listing_problems("tags", after.tags))
    if problems:
        raise InvalidRecord(problems)
    if not differences:
        return call
    own = sa.and_(calls.c.pbx == call.pbx, calls.c.linkedid == call.linkedid)
    values = {"tags": after.tags, "comment": after.comment, "updated_at": writer.now}
    writer.connection.execute(sa.update(calls).where(own).values(values))
    writer.write_history("call", call.call_id or call.linkedid, "updated", 1, differences)
    said = {"object": call_document(after), "changes": differences, "actor": writer.by.user}
    writer.announce("call.updated", said)
    return after
