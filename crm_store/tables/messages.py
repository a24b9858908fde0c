"""The tables of what is told to the outside: web hooks and their deliveries, mail."""

from __future__ import annotations

import sqlalchemy as sa

from crm_store.engines.column_types import StorableText
from crm_store.records import Attempt, DeliveryState, EmailState
from crm_store.tables.columns import (
    flag,
    instant,
    listing,
    maybe,
    metadata,
    text,
    version,
    word,
)

web_hooks = sa.Table(
    "web_hooks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("url", StorableText, nullable=False),
    listing("events", tuple[str, ...]),
    text("description"),
    flag("is_active"),
    sa.Column("secret", StorableText, nullable=False),
    instant("created_at"),
    instant("updated_at"),
    version(),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    instant("failing_since", is_required=False),
    maybe("problem"),
    instant("resting_until", is_required=False),
    maybe("served_by"),
    instant("served_until", is_required=False),
)
"""Only ``served_by`` delivers until ``served_until``; and nobody before ``resting_until``."""

web_hook_deliveries = sa.Table(
    "web_hook_deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "hook_id", sa.Integer, sa.ForeignKey("web_hooks.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column(
        "event_id",
        StorableText,
        sa.ForeignKey("events.event_id", ondelete="CASCADE"),
        nullable=False,
    ),
    *word("state", DeliveryState, default=DeliveryState.WAITING),
    instant("created_at"),
    instant("due_at"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    instant("delivered_at", is_required=False),
    listing("attempts", tuple[Attempt, ...]),
    sa.UniqueConstraint("hook_id", "event_id"),
    sa.Index(None, "hook_id", "state", "due_at", "id"),
    sa.Index(None, "event_id"),
)

email_templates = sa.Table(
    "email_templates",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("subject", StorableText, nullable=False),
    sa.Column("text", StorableText, nullable=False),
    text("html"),
    text("description"),
    instant("created_at"),
    instant("updated_at"),
    version(),
)

emails = sa.Table(
    "emails",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("dedupe_key", StorableText, nullable=False, unique=True),
    sa.Column("template", StorableText, nullable=False),
    sa.Column("address", StorableText, nullable=False),
    sa.Column("subject", StorableText, nullable=False),
    sa.Column("text", StorableText, nullable=False),
    text("html"),
    text("cause"),
    maybe("object_type"),
    sa.Column("object_id", sa.Integer),
    *word("state", EmailState, default=EmailState.WAITING),
    sa.Column("message_id", StorableText, nullable=False),
    instant("created_at"),
    instant("due_at"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    instant("sent_at", is_required=False),
    maybe("problem"),
    sa.Index(None, "state", "due_at", "id"),
    sa.Index(None, "address"),
    sa.Index(None, "object_type", "object_id"),
)

mail_addresses = sa.Table(
    "mail_addresses",
    metadata,
    sa.Column("address", StorableText, primary_key=True),
    sa.Column("token", StorableText, nullable=False, unique=True),
    instant("created_at"),
    instant("unsubscribed_at", is_required=False),
    maybe("unsubscribed_via"),
)
"""Every address that was ever written to, in small letters, and whether it still wants mail."""
