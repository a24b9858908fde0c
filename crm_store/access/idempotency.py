"""Requests that must not be run twice: each by its user and key, with what was answered.

The claim of a key is part of the transaction that does the work, so that of two requests with
one key, at once or one after the other, exactly one does anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crm_store.reader import Reader
from crm_store.tables import idempotency_keys
from crm_store.writer import Writer

KEPT_FOR = timedelta(days=7)
NOT_ANSWERED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered then. ``answer`` is None where it was a secret."""

    fingerprint: str
    status: int
    answer: str | None


def kept_answer(reader: Reader, user_name: str, key: str) -> KeptAnswer | None:
    """What was answered to the request of this user with this key; None: there was none."""
    table = idempotency_keys.c
    query = sa.select(table.fingerprint, table.status, table.answer)
    found = reader.connection.execute(query.where(*_own(user_name, key))).first()
    if found is None:
        return None
    return KeptAnswer(fingerprint=found[0], status=found[1], answer=found[2])


def claim_key(writer: Writer, user_name: str, key: str, fingerprint: str) -> KeptAnswer | None:
    """Claim a key for this unit of work; who had it before, None for nobody.

    On PostgreSQL this waits for another bridge that works on the same request.
    """
    is_old = idempotency_keys.c.created_at < writer.now - KEPT_FOR
    writer.connection.execute(sa.delete(idempotency_keys).where(is_old))
    dialect = postgresql if writer.connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(idempotency_keys).values(
        user_name=user_name,
        key=key,
        fingerprint=fingerprint,
        status=NOT_ANSWERED,
        answer=None,
        created_at=writer.now,
    )
    if writer.connection.execute(insert.on_conflict_do_nothing()).rowcount:
        return None
    return kept_answer(writer, user_name, key)


def keep_answer(writer: Writer, user_name: str, key: str, status: int, answer: str | None) -> None:
    """Keep what is answered to the request that claimed this key."""
    own = sa.update(idempotency_keys).where(*_own(user_name, key))
    writer.connection.execute(own.values(status=status, answer=answer))


def _own(user_name: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return idempotency_keys.c.user_name == user_name, idempotency_keys.c.key == key
