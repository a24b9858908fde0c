"""The tables of web forms, visitors and the numbers they are shown, and response rules."""

from __future__ import annotations

import sqlalchemy as sa

from crm_store.engines.column_types import Json, StorableText
from crm_store.records.capture import (
    Actions,
    Conditions,
    FormField,
    SpamReason,
    SubmissionStatus,
    Visit,
    WebFormKind,
)
from crm_store.tables.columns import (
    flag,
    group,
    instant,
    listing,
    maybe,
    metadata,
    text,
    version,
    word,
)

web_forms = sa.Table(
    "web_forms",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    *word("kind", WebFormKind),
    sa.Column("title", StorableText, nullable=False),
    listing("fields", tuple[FormField, ...]),
    maybe("campaign"),
    maybe("source"),
    maybe("product"),
    maybe("event"),
    group(),
    maybe("auto_response"),
    text("thank_you"),
    maybe("redirect_url"),
    listing("allowed_origins", tuple[str, ...]),
    maybe("country"),
    flag("is_active"),
    version(),
    instant("updated_at", is_required=False),
)

form_submissions = sa.Table(
    "form_submissions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("form", StorableText, nullable=False),
    *word("status", SubmissionStatus),
    *word("reason", SpamReason, is_required=False),
    sa.Column("token", StorableText, nullable=True),
    sa.Column("values", Json(dict[str, str]), nullable=False),
    sa.Column("visit", Json(Visit), nullable=False),
    maybe("page_url"),
    maybe("record_type"),
    sa.Column("record_id", sa.Integer, nullable=True),
    maybe("email"),
    maybe("e164"),
    text("address"),
    text("user_agent"),
    instant("received_at"),
    maybe("accepted_by"),
    sa.Index(None, "form", "received_at"),
    sa.Index(None, "address", "received_at"),
    sa.Index(None, "token"),
    sa.Index(None, "e164"),
    sa.Index(None, "email"),
)
"""What strangers sent: accepted, or kept as spam with its reason."""

number_pools = sa.Table(
    "number_pools",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    listing("numbers", tuple[str, ...]),
    sa.Column("session_minutes", sa.Integer, nullable=False, server_default="30"),
    maybe("fallback"),
    listing("allowed_origins", tuple[str, ...]),
    flag("is_active"),
    version(),
    instant("updated_at", is_required=False),
)

number_leases = sa.Table(
    "number_leases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", StorableText, nullable=False),
    sa.Column("pool", StorableText, nullable=False),
    sa.Column("session", StorableText, nullable=False),
    sa.Column("visit", Json(Visit), nullable=False),
    instant("started_at"),
    instant("ends_at"),
    instant("seen_at"),
    flag("is_shared", default=False),
    sa.Index(None, "number", "ends_at"),
    sa.Index(None, "session", "started_at"),
)
"""Who was shown which number, and when: what a call to it is put down to, also years later."""

response_rules = sa.Table(
    "response_rules",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False, server_default="1000"),
    sa.Column("conditions", Json(Conditions), nullable=False),
    sa.Column("actions", Json(Actions), nullable=False),
    text("comment"),
    flag("is_active"),
    version(),
    instant("updated_at", is_required=False),
)

response_turns = sa.Table(
    "response_turns",
    metadata,
    sa.Column("rule", StorableText, primary_key=True),
    sa.Column("last_user", StorableText, nullable=False),
)
"""Whose turn it was last, for rules that let a group's users take turns."""

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("value", StorableText, nullable=False),
    instant("created_at"),
)
"""What the store signs with, made on first use."""
