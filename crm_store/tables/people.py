"""The tables of people and companies, and of their numbers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crm_store.engines.column_types import Amount, Json, StorableText
from crm_store.records import Estimate, LeadState, PersonType, ProductInterest
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


def _person(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", StorableText, nullable=True, unique=True),
        sa.Column("name", StorableText, nullable=False),
        maybe("email"),
        user(),
        maybe("campaign"),
        maybe("source"),
        maybe("tracking_number"),
        maybe("first_call_pbx"),
        maybe("first_call_linkedid"),
        text("origin"),
        group(),
        *(maybe(each) for each in _ADDRESS),
        text("comment"),
        instant("created_at"),
        instant("updated_at"),
        version(),
        sa.Index(None, "email"),
        *columns,
    )


_ADDRESS = ("website", "street", "postal_code", "city", "region", "country")

accounts = _person("accounts", sa.Column("employees", sa.Integer), sa.Index(None, "name"))
person_accounts = _person("person_accounts")
contacts = _person(
    "contacts",
    sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", ondelete="SET NULL")),
    maybe("title"),
    sa.Index(None, "account_id"),
)
leads = _person(
    "leads",
    maybe("company"),
    maybe("title"),
    sa.Column("employees", sa.Integer),
    sa.Column("status", StorableText, nullable=False),
    *word("state", LeadState, default=LeadState.NEW),
    maybe("type"),
    sa.Column("attributes", Json(dict[str, Any]), nullable=False, server_default="{}"),
    maybe("category"),
    maybe("priority"),
    maybe("importance"),
    sa.Column("probability", sa.Integer),
    sa.Column("target_amount", Amount),
    maybe("currency"),
    maybe("lost_reason"),
    group("unit"),
    listing("team", tuple[str, ...]),
    listing("competitors", tuple[str, ...]),
    listing("products", tuple[ProductInterest, ...]),
    sa.Column("contact_id", sa.Integer),
    sa.Column("account_id", sa.Integer),
    sa.Column("opportunity_id", sa.Integer),
    maybe("response"),
    maybe("medium"),
    maybe("keyword"),
    maybe("landing_page"),
    maybe("click_id"),
    instant("started_at", is_required=False),
    sa.Column("estimate", Json(Estimate)),
    instant("expected_at", is_required=False),
    instant("completed_at", is_required=False),
    sa.CheckConstraint("probability BETWEEN 0 AND 100", name="probability"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "state", "owner"),
    sa.Index(None, "contact_id"),
    sa.Index(None, "account_id"),
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
    *word("person_type", PersonType),
    sa.Column("person_id", sa.Integer, nullable=False),
    maybe("e164"),
    sa.Column("raw", StorableText, nullable=False),
    text("label"),
    sa.Index(None, "e164", "person_type", "person_id"),
    sa.Index(None, "person_type", "person_id"),
)
