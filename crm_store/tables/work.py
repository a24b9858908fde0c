"""The tables of what is done about a customer, and the history of every record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crm_store.engines.column_types import Amount, Json, StorableText
from crm_store.records import (
    ActivityKind,
    ActivityStatus,
    CallType,
    CaseStatus,
    OpportunityState,
    PersonType,
    ProductInterest,
)
from crm_store.tables.columns import (
    group,
    instant,
    listing,
    maybe,
    metadata,
    text,
    user,
    version,
    word,
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", StorableText, nullable=False),
    sa.Column(
        "contact_id",
        sa.Integer,
        sa.ForeignKey("contacts.id", ondelete="CASCADE"),
        nullable=False,
    ),
    *word("status", CaseStatus, default=CaseStatus.OPEN),
    maybe("priority"),
    text("description"),
    text("origin"),
    user(),
    group(),
    maybe("first_call_pbx"),
    maybe("first_call_linkedid"),
    instant("created_at"),
    instant("closed_at", is_required=False),
    instant("updated_at"),
    version(),
    sa.Index(None, "contact_id", "status"),
)

opportunities = sa.Table(
    "opportunities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", StorableText, nullable=False),
    sa.Column("contact_id", sa.Integer, sa.ForeignKey("contacts.id", ondelete="SET NULL")),
    sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", ondelete="SET NULL")),
    sa.Column("lead_id", sa.Integer, sa.ForeignKey("leads.id", ondelete="SET NULL")),
    *word("state", OpportunityState, default=OpportunityState.OPEN),
    maybe("stage"),
    sa.Column("amount", Amount),
    maybe("currency"),
    sa.Column("probability", sa.Integer),
    instant("expected_at", is_required=False),
    instant("closed_at", is_required=False),
    maybe("lost_reason"),
    user(),
    group(),
    maybe("campaign"),
    maybe("source"),
    listing("products", tuple[ProductInterest, ...]),
    text("comment"),
    instant("created_at"),
    instant("updated_at"),
    version(),
    sa.CheckConstraint("probability BETWEEN 0 AND 100", name="probability"),
    sa.Index(None, "contact_id", "state"),
    sa.Index(None, "account_id", "state"),
)

activities = sa.Table(
    "activities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", StorableText, nullable=False),
    *word("kind", ActivityKind, default=ActivityKind.CALL),
    *word("status", ActivityStatus),
    *word("call_type", CallType, is_required=False),
    *word("person_type", PersonType, is_required=False),
    sa.Column("person_id", sa.Integer, nullable=True),
    maybe("person_name"),
    user(),
    maybe("campaign"),
    maybe("pbx"),
    maybe("linkedid"),
    text("comment"),
    maybe("result"),
    listing("tags", tuple[str, ...]),
    instant("due_at", is_required=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", ondelete="SET NULL")),
    sa.Column("opportunity_id", sa.Integer, sa.ForeignKey("opportunities.id", ondelete="SET NULL")),
    group(),
    instant("created_at"),
    instant("completed_at", is_required=False),
    instant("updated_at"),
    version(),
    sa.UniqueConstraint("pbx", "linkedid"),
    sa.ForeignKeyConstraint(
        ["pbx", "linkedid"], ["calls.pbx", "calls.linkedid"], ondelete="CASCADE"
    ),
    sa.Index(None, "person_type", "person_id"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "status", "owner", "due_at"),
    sa.Index(None, "case_id"),
    sa.Index(None, "opportunity_id"),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("object_type", StorableText, nullable=False),
    sa.Column("object_id", sa.Integer, nullable=False),
    sa.Column("text", StorableText, nullable=False),
    maybe("author"),
    instant("created_at"),
    sa.Index(None, "object_type", "object_id"),
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("object_type", StorableText, nullable=False),
    sa.Column("object_key", StorableText, nullable=False),
    instant("at"),
    maybe("actor"),
    text("via"),
    sa.Column("action", StorableText, nullable=False),
    version(),
    sa.Column("changes", Json(dict[str, tuple[Any, Any]]), nullable=False),
    sa.Index(None, "object_type", "object_key", "id"),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("value", Json(Any), nullable=False),
    version(),
    instant("updated_at"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("event_id", StorableText, nullable=False, unique=True),
    sa.Column("type", StorableText, nullable=False),
    instant("at"),
    sa.Column("payload", StorableText, nullable=False),
    sa.Index(None, "at"),
)
"""What happened, for whoever listens: written in the transaction of what happened."""
