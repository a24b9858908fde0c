"""The tables of who is let in, and of who has listened to what."""

from __future__ import annotations

import sqlalchemy as sa

from crm_store.engines.column_types import StorableText
from crm_store.records.access import CredentialKind
from crm_store.tables.columns import instant, listing, maybe, metadata, text, word

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", StorableText, nullable=False, unique=True),
    *word("kind", CredentialKind),
    sa.Column(
        "user_name",
        StorableText,
        sa.ForeignKey("users.name", onupdate="CASCADE", ondelete="CASCADE"),
        nullable=False,
    ),
    text("name"),
    listing("scopes", tuple[str, ...]),
    text("address"),
    instant("created_at"),
    instant("expires_at", is_required=False),
    instant("last_used_at", is_required=False),
    sa.Index(None, "user_name"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("subject", StorableText, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    instant("last_at"),
)
"""``user NAME`` or ``address IP``: how often in a row signing in has failed, and when last."""

recording_looks = sa.Table(
    "recording_looks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    instant("at"),
    sa.Column("user_name", StorableText, nullable=False),
    sa.Column("pbx", StorableText, nullable=False),
    sa.Column("linkedid", StorableText, nullable=False),
    maybe("call_id"),
    sa.Column("path", StorableText, nullable=False),
    text("address"),
    sa.Index(None, "at", "id"),
    sa.Index(None, "pbx", "linkedid"),
)

erased_numbers = sa.Table(
    "erased_numbers",
    metadata,
    sa.Column("digest", StorableText, primary_key=True),
    instant("erased_at"),
)
"""Numbers that were erased, as hashes: a re-read journal tells their calls anonymously."""
