"""The tables about us: people, groups, products, campaigns, published numbers, opening hours."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from crm_store.engines.column_types import Json, StorableText
from crm_store.records import ListName, OpenInterval, ProductKind, Role, RouteKind
from crm_store.tables.columns import flag, instant, listing, maybe, metadata, text, version, word

users = sa.Table(
    "users",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("email", StorableText, nullable=True, unique=True),
    sa.Column("is_active", sa.Boolean, nullable=False),
    *word("role", Role, default=Role.AGENT),
    maybe("password_hash"),
    version(),
    instant("updated_at", is_required=False),
)

user_extensions = sa.Table(
    "user_extensions",
    metadata,
    sa.Column("extension", StorableText, primary_key=True),
    sa.Column(
        "user_name",
        StorableText,
        sa.ForeignKey("users.name", onupdate="CASCADE", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("position", sa.Integer, nullable=False),
    sa.UniqueConstraint("user_name", "position"),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    listing("areas", tuple[str, ...]),
    text("comment"),
    flag("is_active"),
    version(),
    instant("updated_at", is_required=False),
)

group_members = sa.Table(
    "group_members",
    metadata,
    sa.Column(
        "user_name",
        StorableText,
        sa.ForeignKey("users.name", onupdate="CASCADE", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column(
        "group_name",
        StorableText,
        sa.ForeignKey("groups.name", onupdate="CASCADE", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index(None, "group_name"),
)

products = sa.Table(
    "products",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    *word("kind", ProductKind, default=ProductKind.PHYSICAL),
    text("comment"),
    flag("is_active"),
    version(),
    instant("updated_at", is_required=False),
)

listed_numbers = sa.Table(
    "listed_numbers",
    metadata,
    sa.Column("e164", StorableText, primary_key=True),
    *word("list", ListName, is_key=True),
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=True),
    sa.Column("ends_on", sa.Date, nullable=True),
    text("comment"),
    version(),
    instant("updated_at", is_required=False),
)

business_hours = sa.Table(
    "business_hours",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("time_zone", StorableText, nullable=False),
    sa.Column("weekly", Json(tuple[OpenInterval, ...]), nullable=False),
    maybe("country"),
    maybe("subdivision"),
    sa.Column("closed_on", Json(frozenset[date]), nullable=False),
    sa.Column("open_on", Json(frozenset[date]), nullable=False),
    version(),
    instant("updated_at", is_required=False),
)

tracking_numbers = sa.Table(
    "tracking_numbers",
    metadata,
    sa.Column("e164", StorableText, primary_key=True),
    sa.Column("raw", StorableText, nullable=False),
    sa.Column("label", StorableText, nullable=False),
    sa.Column("campaign", StorableText, sa.ForeignKey("campaigns.name", onupdate="CASCADE")),
    maybe("source"),
    maybe("medium"),
    *word("route", RouteKind),
    sa.Column("targets", Json(tuple[str, ...]), nullable=False),
    sa.Column("ring_seconds", sa.Integer, nullable=False),
    maybe("voicemail_box"),
    sa.Column("is_recorded", sa.Boolean, nullable=False),
    maybe("announcement"),
    sa.Column("hours", StorableText, sa.ForeignKey("business_hours.name", onupdate="CASCADE")),
    sa.Column("owner_first", sa.Boolean, nullable=False),
    version(),
    instant("updated_at", is_required=False),
)
