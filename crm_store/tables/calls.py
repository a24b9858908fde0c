"""The tables of calls: what was told of them, and how far the telling has come."""

from __future__ import annotations

import sqlalchemy as sa

from crm_store.engines.column_types import Json, StorableText
from crm_store.records import (
    Candidate,
    Direction,
    Enrichment,
    MissedReason,
    Outcome,
    Party,
    PersonType,
    Recording,
    Transfer,
)
from crm_store.tables.columns import instant, maybe, metadata, seconds, text, word

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pbx", StorableText, nullable=False),
    sa.Column("linkedid", StorableText, nullable=False),
    sa.Column("call_id", StorableText, nullable=True, unique=True),
    *word("direction", Direction),
    *word("outcome", Outcome, is_required=False),
    *word("missed_reason", MissedReason, is_required=False),
    sa.Column("caller_number", StorableText, nullable=False),
    maybe("caller_e164"),
    sa.Column("caller_name", StorableText, nullable=False),
    sa.Column("is_withheld", sa.Boolean, nullable=False),
    sa.Column("dialled_number", StorableText, nullable=False),
    maybe("dialled_e164"),
    maybe("redirected_from"),
    maybe("tracking_number"),
    maybe("label"),
    maybe("campaign"),
    maybe("source"),
    instant("started_at"),
    instant("answered_at", is_required=False),
    instant("ended_at", is_required=False),
    seconds("ring_seconds"),
    seconds("wait_seconds"),
    seconds("talk_seconds"),
    sa.Column("is_estimated", sa.Boolean, nullable=False),
    maybe("answered_by"),
    maybe("agent"),
    sa.Column("hangup_cause", sa.Integer, nullable=True),
    sa.Column("parties", Json(tuple[Party, ...]), nullable=False),
    sa.Column("transfers", Json(tuple[Transfer, ...]), nullable=False),
    sa.Column("recordings", Json(tuple[Recording, ...]), nullable=False),
    maybe("medium"),
    maybe("keyword"),
    maybe("landing_page"),
    maybe("click_id"),
    maybe("visitor_session"),
    *word("enrichment", Enrichment),
    *word("matched_type", PersonType, is_required=False),
    sa.Column("matched_id", sa.Integer, nullable=True),
    maybe("matched_name"),
    sa.Column("candidates", Json(tuple[Candidate, ...]), nullable=False),
    *word("record_type", PersonType, "activity", is_required=False),
    sa.Column("record_id", sa.Integer, nullable=True),
    sa.Column("tags", Json(tuple[str, ...]), nullable=False),
    maybe("comment"),
    instant("updated_at"),
    sa.UniqueConstraint("pbx", "linkedid"),
    sa.Index(None, "started_at", "pbx", "linkedid"),
    sa.Index(None, "caller_e164", "started_at"),
    sa.Index(None, "dialled_e164", "started_at"),
    sa.Index(
        "ix_calls_open",
        "pbx",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index(
        "ix_calls_matched",
        "matched_type",
        "matched_id",
        sqlite_where=sa.text("matched_id IS NOT NULL"),
        postgresql_where=sa.text("matched_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_calls_record",
        "record_type",
        "record_id",
        sqlite_where=sa.text("record_id IS NOT NULL"),
        postgresql_where=sa.text("record_id IS NOT NULL"),
    ),
)

journal_positions = sa.Table(
    "journal_positions",
    metadata,
    sa.Column("pbx", StorableText, primary_key=True),
    sa.Column("path", StorableText, nullable=False),
    sa.Column("inode", sa.BigInteger, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    text("mark"),
    instant("updated_at"),
)

unfinished_calls = sa.Table(
    "unfinished_calls",
    metadata,
    sa.Column("pbx", StorableText, primary_key=True),
    sa.Column("linkedid", StorableText, primary_key=True),
    sa.Column("story", StorableText, nullable=False),
    instant("updated_at"),
)
"""What its reader knows of a call whose beginning or end was not seen; opaque to the store."""

pbx_leases = sa.Table(
    "pbx_leases",
    metadata,
    sa.Column("pbx", StorableText, primary_key=True),
    sa.Column("owner", StorableText, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    instant("until"),
)
"""Which of several bridges writes a PBX's calls down, and until when it may."""
