"""The tables. Alembic creates them (``migrations/``); a test holds the two together.

Users and campaigns are referred to by name. Calls, leads and activities keep campaign, source
and label as they were when the call came: what brought a call does not change afterwards.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from crm_store.column_types import Json, StorableText, UtcDateTime
from crm_store.records import (
    ActivityStatus,
    CallType,
    Candidate,
    Direction,
    Enrichment,
    LeadStatus,
    ListName,
    MissedReason,
    OpenInterval,
    Outcome,
    Party,
    PersonType,
    Recording,
    RouteKind,
    Transfer,
)

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _word(
    name: str, words: type[StrEnum], *more: str, is_required: bool = True, is_key: bool = False
) -> tuple[sa.Column[Any], sa.CheckConstraint]:
    """A column that holds one of these words, and the constraint that sees to it."""
    listed = ", ".join(f"'{word}'" for word in (*(word.value for word in words), *more))
    column: sa.Column[Any] = sa.Column(
        name, StorableText, nullable=not is_required, primary_key=is_key
    )
    return column, sa.CheckConstraint(f"{name} IN ({listed})", name=name)


def _text(name: str, *, default: str = "") -> sa.Column[str]:
    return sa.Column(name, StorableText, nullable=False, server_default=default)


def _maybe(name: str) -> sa.Column[str | None]:
    return sa.Column(name, StorableText, nullable=True)


def _instant(name: str, *, is_required: bool = True) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime, nullable=not is_required)


def _seconds(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False, server_default="0")


def _user(name: str = "owner") -> sa.Column[str | None]:
    return sa.Column(
        name,
        StorableText,
        sa.ForeignKey("users.name", onupdate="CASCADE", ondelete="SET NULL"),
        nullable=True,
    )


def _person(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", StorableText, nullable=True, unique=True),
        sa.Column("name", StorableText, nullable=False),
        _maybe("email"),
        _user(),
        _maybe("campaign"),
        _maybe("source"),
        _maybe("tracking_number"),
        _maybe("first_call_pbx"),
        _maybe("first_call_linkedid"),
        _text("comment"),
        _instant("created_at"),
        _instant("updated_at"),
        *columns,
    )


users = sa.Table(
    "users",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("email", StorableText, nullable=True, unique=True),
    sa.Column("is_active", sa.Boolean, nullable=False),
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

accounts = _person("accounts", sa.Index(None, "name"))
person_accounts = _person("person_accounts")
contacts = _person(
    "contacts",
    sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", ondelete="SET NULL")),
    _maybe("title"),
    sa.Index(None, "account_id"),
)
leads = _person(
    "leads",
    _maybe("company"),
    *_word("status", LeadStatus),
    sa.Index(None, "created_at", "id"),
)

PERSON_TABLES = {
    PersonType.CONTACT: contacts,
    PersonType.LEAD: leads,
    PersonType.ACCOUNT: accounts,
    PersonType.PERSON_ACCOUNT: person_accounts,
}

phone_numbers = sa.Table(
    "phone_numbers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *_word("person_type", PersonType),
    sa.Column("person_id", sa.Integer, nullable=False),
    _maybe("e164"),
    sa.Column("raw", StorableText, nullable=False),
    _text("label"),
    sa.Index(None, "e164", "person_type", "person_id"),
    sa.Index(None, "person_type", "person_id"),
)

listed_numbers = sa.Table(
    "listed_numbers",
    metadata,
    sa.Column("e164", StorableText, primary_key=True),
    *_word("list", ListName, is_key=True),
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=True),
    sa.Column("ends_on", sa.Date, nullable=True),
    _text("comment"),
)

business_hours = sa.Table(
    "business_hours",
    metadata,
    sa.Column("name", StorableText, primary_key=True),
    sa.Column("time_zone", StorableText, nullable=False),
    sa.Column("weekly", Json(tuple[OpenInterval, ...]), nullable=False),
    _maybe("country"),
    _maybe("subdivision"),
    sa.Column("closed_on", Json(frozenset[date]), nullable=False),
    sa.Column("open_on", Json(frozenset[date]), nullable=False),
)

tracking_numbers = sa.Table(
    "tracking_numbers",
    metadata,
    sa.Column("e164", StorableText, primary_key=True),
    sa.Column("raw", StorableText, nullable=False),
    sa.Column("label", StorableText, nullable=False),
    sa.Column("campaign", StorableText, sa.ForeignKey("campaigns.name", onupdate="CASCADE")),
    _maybe("source"),
    _maybe("medium"),
    *_word("route", RouteKind),
    sa.Column("targets", Json(tuple[str, ...]), nullable=False),
    sa.Column("ring_seconds", sa.Integer, nullable=False),
    _maybe("voicemail_box"),
    sa.Column("is_recorded", sa.Boolean, nullable=False),
    _maybe("announcement"),
    sa.Column("hours", StorableText, sa.ForeignKey("business_hours.name", onupdate="CASCADE")),
    sa.Column("owner_first", sa.Boolean, nullable=False),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pbx", StorableText, nullable=False),
    sa.Column("linkedid", StorableText, nullable=False),
    sa.Column("call_id", StorableText, nullable=True, unique=True),
    *_word("direction", Direction),
    *_word("outcome", Outcome, is_required=False),
    *_word("missed_reason", MissedReason, is_required=False),
    sa.Column("caller_number", StorableText, nullable=False),
    _maybe("caller_e164"),
    sa.Column("caller_name", StorableText, nullable=False),
    sa.Column("is_withheld", sa.Boolean, nullable=False),
    sa.Column("dialled_number", StorableText, nullable=False),
    _maybe("dialled_e164"),
    _maybe("redirected_from"),
    _maybe("tracking_number"),
    _maybe("label"),
    _maybe("campaign"),
    _maybe("source"),
    _instant("started_at"),
    _instant("answered_at", is_required=False),
    _instant("ended_at", is_required=False),
    _seconds("ring_seconds"),
    _seconds("wait_seconds"),
    _seconds("talk_seconds"),
    sa.Column("is_estimated", sa.Boolean, nullable=False),
    _maybe("answered_by"),
    _maybe("agent"),
    sa.Column("hangup_cause", sa.Integer, nullable=True),
    sa.Column("parties", Json(tuple[Party, ...]), nullable=False),
    sa.Column("transfers", Json(tuple[Transfer, ...]), nullable=False),
    sa.Column("recordings", Json(tuple[Recording, ...]), nullable=False),
    *_word("enrichment", Enrichment),
    *_word("matched_type", PersonType, is_required=False),
    sa.Column("matched_id", sa.Integer, nullable=True),
    _maybe("matched_name"),
    sa.Column("candidates", Json(tuple[Candidate, ...]), nullable=False),
    *_word("record_type", PersonType, "activity", is_required=False),
    sa.Column("record_id", sa.Integer, nullable=True),
    sa.Column("tags", Json(tuple[str, ...]), nullable=False),
    _maybe("comment"),
    _instant("updated_at"),
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
)

activities = sa.Table(
    "activities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", StorableText, nullable=False),
    *_word("status", ActivityStatus),
    *_word("call_type", CallType, is_required=False),
    *_word("person_type", PersonType, is_required=False),
    sa.Column("person_id", sa.Integer, nullable=True),
    _maybe("person_name"),
    _user(),
    _maybe("campaign"),
    _maybe("pbx"),
    _maybe("linkedid"),
    _text("comment"),
    _instant("created_at"),
    _instant("completed_at", is_required=False),
    _instant("updated_at"),
    sa.UniqueConstraint("pbx", "linkedid"),
    sa.ForeignKeyConstraint(
        ["pbx", "linkedid"], ["calls.pbx", "calls.linkedid"], ondelete="CASCADE"
    ),
    sa.Index(None, "person_type", "person_id"),
    sa.Index(None, "created_at", "id"),
)

journal_positions = sa.Table(
    "journal_positions",
    metadata,
    sa.Column("pbx", StorableText, primary_key=True),
    sa.Column("path", StorableText, nullable=False),
    sa.Column("inode", sa.BigInteger, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    _text("mark"),
    _instant("updated_at"),
)

unfinished_calls = sa.Table(
    "unfinished_calls",
    metadata,
    sa.Column("pbx", StorableText, primary_key=True),
    sa.Column("linkedid", StorableText, primary_key=True),
    sa.Column("story", StorableText, nullable=False),
    _instant("updated_at"),
)
"""What its reader knows of a call whose beginning or end was not seen; opaque to the store."""
