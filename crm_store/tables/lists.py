"""The tables of imported lists, of merged records, and of what makes two people look alike."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crm_store.engines.column_types import Json, StorableText
from crm_store.records.lists import ImportColumn, ImportOptions, ImportStatus, Moved
from crm_store.records.words import PersonType
from crm_store.tables.columns import flag, instant, listing, maybe, metadata, text, version, word

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", StorableText, nullable=False),
    *word("record_type", PersonType),
    sa.Column("file", StorableText, nullable=False),
    sa.Column("digest", StorableText, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    *word("status", ImportStatus, default=ImportStatus.DRAFT),
    flag("is_dry_run", default=False),
    text("encoding"),
    text("delimiter"),
    flag("has_header"),
    listing("notes", tuple[str, ...]),
    listing("columns", tuple[ImportColumn, ...]),
    sa.Column("options", Json(ImportOptions), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created", sa.Integer, nullable=False, server_default="0"),
    sa.Column("updated", sa.Integer, nullable=False, server_default="0"),
    sa.Column("skipped", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
    text("reason"),
    maybe("created_by"),
    instant("created_at"),
    instant("started_at", is_required=False),
    instant("ended_at", is_required=False),
    instant("updated_at"),
    version(),
    sa.Index(None, "status"),
)

import_problems = sa.Table(
    "import_problems",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "import_id", sa.Integer, sa.ForeignKey("imports.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("line", sa.Integer, nullable=False),
    text("column"),
    text("value"),
    sa.Column("message", StorableText, nullable=False),
    sa.Index(None, "import_id", "id"),
)

merges = sa.Table(
    "merges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *word("record_type", PersonType),
    sa.Column("winner_id", sa.Integer, nullable=False),
    sa.Column("loser_id", sa.Integer, nullable=False),
    text("winner_name"),
    text("loser_name"),
    instant("merged_at"),
    maybe("merged_by"),
    sa.Column("loser", Json(dict[str, Any]), nullable=False),
    sa.Column("changes", Json(dict[str, tuple[Any, Any]]), nullable=False),
    listing("moved", tuple[Moved, ...]),
    instant("undone_at", is_required=False),
    maybe("undone_by"),
    sa.Index(None, "record_type", "loser_id"),
    sa.Index(None, "record_type", "winner_id"),
)

not_duplicates = sa.Table(
    "not_duplicates",
    metadata,
    *word("record_type", PersonType, is_key=True),
    sa.Column("low_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("high_id", sa.Integer, primary_key=True, autoincrement=False),
    instant("said_at"),
    maybe("said_by"),
)
"""Pairs that look alike and are two: somebody has said so."""

match_keys = sa.Table(
    "match_keys",
    metadata,
    sa.Column("key", StorableText, primary_key=True),
    *word("person_type", PersonType, is_key=True),
    sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index(None, "person_type", "person_id"),
    sqlite_with_rowid=False,
)
"""What people have in common who may be one: an e-mail address, or how name and company sound."""

last_ids = sa.Table(
    "last_ids",
    metadata,
    sa.Column("table_name", StorableText, primary_key=True),
    sa.Column("id", sa.Integer, nullable=False),
)
"""The highest number that a removed record had: SQLite would give it out again."""
