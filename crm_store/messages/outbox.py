"""The outbox: what happened, and whom it is to be told, in the transaction of what happened.

An event is written where a web hook wants its type, and nowhere else. A hook that is switched
off is owed nothing, but what it would have wanted is kept, so that it can be told afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any
from uuid import uuid4

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crm_store.documents import plain
from crm_store.engines.column_types import storable
from crm_store.engines.prepared import driver
from crm_store.tables import events, web_hook_deliveries

_HOOKS = "SELECT id, is_active, events FROM web_hooks"


@dataclass(frozen=True, slots=True)
class Listener:
    """A web hook, as far as an event concerns it."""

    hook_id: int
    is_active: bool
    globs: tuple[str, ...]

    def wants(self, event_type: str) -> bool:
        """Whether it is to be told of events of this type."""
        return any(fnmatchcase(event_type, glob) for glob in self.globs)


def read_listeners(connection: sa.Connection) -> tuple[Listener, ...]:
    """Every web hook there is."""
    if connection.dialect.name == "sqlite":
        rows: Any = driver(connection).execute(_HOOKS).fetchall()
    else:
        rows = connection.exec_driver_sql(_HOOKS).all()
    return tuple(Listener(row[0], bool(row[1]), _globs(row[2])) for row in rows)


def write_event(
    connection: sa.Connection,
    now: datetime,
    listeners: tuple[Listener, ...],
    event_type: str,
    data: Mapping[str, Any],
    event_id: str,
) -> bool:
    """Write an event and what is owed for it; tell whether it is new.

    ``listeners`` are those that want it.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    payload = {"type": event_type, "timestamp": plain(now), "data": data}
    row = {
        "event_id": event_id,
        "type": event_type,
        "at": now,
        "payload": _json(payload),
    }
    written = connection.execute(
        insert(events).on_conflict_do_nothing(index_elements=["event_id"]), row
    )
    if written.rowcount == 0:
        return False
    owed = [
        {"hook_id": one.hook_id, "event_id": event_id, "created_at": now, "due_at": now}
        for one in listeners
        if one.is_active
    ]
    if owed:
        connection.execute(sa.insert(web_hook_deliveries), owed)
    return True


def event_payload(connection: sa.Connection, event_id: str) -> Any | None:
    """What was told under this id; None for nothing, or for what is forgotten by now."""
    query = sa.select(events.c.payload).where(events.c.event_id == event_id)
    payload = connection.execute(query).scalar()
    return None if payload is None else msgspec.json.decode(payload)


def new_event_id() -> str:
    """An id for something that happens."""
    return f"evt_{uuid4().hex}"


def event_id_of(*what: str) -> str:
    """The id of something that can happen once only, from what it is: it is never told twice."""
    return f"evt_{hashlib.sha256(chr(0).join(what).encode()).hexdigest()[:32]}"


def _json(payload: Any) -> str:
    try:
        return msgspec.json.encode(payload).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(payload)).decode()


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {key: _without_surrogates(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(one) for one in value]
    return value


def _globs(value: Any) -> tuple[str, ...]:
    return tuple(msgspec.json.decode(value) if isinstance(value, str) else value)
