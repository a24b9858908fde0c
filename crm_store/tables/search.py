"""The tables behind the API: the words that people are found by, and answers to send again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from crm_store.engines.column_types import StorableText
from crm_store.tables.columns import instant, maybe, metadata


class Word(StorableText):
    """Text that is compared byte by byte, so that a beginning of it is a range of the index."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the engine's own type."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(sa.Text(collation=collation))


search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("word", Word, primary_key=True),
    sa.Column("type", StorableText, primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index(None, "type", "id"),
    sqlite_with_rowid=False,
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("user_name", StorableText, primary_key=True),
    sa.Column("key", StorableText, primary_key=True),
    sa.Column("fingerprint", StorableText, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    maybe("answer"),
    instant("created_at"),
    sa.Index(None, "created_at"),
)
"""What was answered to a request that made something. ``answer`` is NULL where it is a secret."""
