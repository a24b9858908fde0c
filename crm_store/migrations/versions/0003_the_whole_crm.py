"""The whole CRM: groups, products, cases, opportunities, notes, history, settings, events.

A lead's status is configured from now on; its state is what the program knows. New columns are
added as text that both engines read: SQLite takes a constraint with the column or not at all.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
AMOUNT: sa.types.TypeEngine[Any] = sa.Double().with_variant(sa.Numeric(18, 4), "postgresql")

CALL_REPORT = """
CREATE VIEW call_report AS
SELECT
    c.call_id,
    c.pbx,
    c.linkedid,
    c.direction,
    c.outcome,
    c.missed_reason,
    c.started_at,
    c.answered_at,
    c.ended_at,
    c.ring_seconds,
    c.wait_seconds,
    c.talk_seconds,
    c.is_estimated,
    c.caller_number,
    c.caller_e164,
    c.caller_name,
    c.is_withheld,
    c.dialled_number,
    c.dialled_e164,
    c.tracking_number,
    c.label,
    c.campaign,
    c.source,
    COALESCE(c.medium, t.medium) AS medium,
    c.answered_by,
    c.agent,
    c.hangup_cause,
    c.enrichment,
    c.matched_type,
    c.matched_id,
    c.matched_name,
    c.record_type,
    c.record_id,
    a.subject AS activity_subject,
    a.status AS activity_status,
    l.status AS lead_status,
    {parties} AS party_count,
    {transfers} AS transfer_count,
    {recordings} AS recording_count,
    {recording} AS recording_path,
    c.comment,
    c.keyword,
    c.landing_page,
    c.click_id,
    l.state AS lead_state
FROM calls c
LEFT JOIN tracking_numbers t ON t.e164 = c.tracking_number
LEFT JOIN activities a ON a.pbx = c.pbx AND a.linkedid = c.linkedid
LEFT JOIN leads l ON c.record_type = 'lead' AND l.id = c.record_id
"""

_GROUP = "TEXT CONSTRAINT fk_{}_{} REFERENCES groups (name) ON DELETE SET NULL ON UPDATE CASCADE"

STATE_OF_STATUS = {
    "new": "new",
    "qualified": "in_progress",
    "converted": "won",
    "won": "won",
    "lost": "lost",
}


def upgrade() -> None:
    """Add what is new, and let a lead's status be any of the administrator's words."""
    op.execute("DROP VIEW call_report")
    _create_tables()
    _let_any_status_be()
    _add_columns()
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    leads = sa.table("leads", sa.column("status"), sa.column("state"))
    for status, state in STATE_OF_STATUS.items():
        op.execute(leads.update().where(leads.c.status == status).values(state=state))
    _create_call_report()


def _let_any_status_be() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_leads_status"), "leads", type_="check")
        return
    op.create_table(
        "leads_without_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("first_call_pbx", sa.Text(), nullable=True),
        sa.Column("first_call_linkedid", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_leads_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("key", name=op.f("uq_leads_key")),
    )
    op.execute("INSERT INTO leads_without_check SELECT * FROM leads")
    op.drop_table("leads")
    op.rename_table("leads_without_check", "leads")
    op.create_index(op.f("ix_leads_created_at_id"), "leads", ["created_at", "id"])


def _add_columns() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    types = (
        {"INSTANT": "TIMESTAMPTZ", "JSON": "JSONB", "AMOUNT": "NUMERIC(18, 4)"}
        if is_postgresql
        else {"INSTANT": "TEXT", "JSON": "TEXT", "AMOUNT": "DOUBLE"}
    )
    for table, columns in _COLUMNS.items():
        for column in columns:
            name, kind, *rest = column.split(" ")
            written = _GROUP.format(table, name) if kind == "GROUP" else types.get(kind, kind)
            definition = " ".join([name, written, *rest])
            op.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")


def _create_call_report() -> None:
    if op.get_bind().dialect.name == "postgresql":
        length, first_path = "jsonb_array_length(c.{0})", "c.recordings #>> '{0,path}'"
    else:
        length, first_path = "json_array_length(c.{0})", "json_extract(c.recordings, '$[0].path')"
    counts = {part: length.format(part) for part in ("parties", "transfers", "recordings")}
    op.execute(CALL_REPORT.format(**counts, recording=first_path))


def _create_tables() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_events_event_id")),
    )
    op.create_index(op.f("ix_events_at"), "events", ["at"])
    op.create_table(
        "groups",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("areas", JSON, nullable=False, server_default="[]"),
        sa.Column("comment", sa.Text(), nullable=False, server_default=""),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_groups")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False, server_default=""),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("changes", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(
        op.f("ix_history_object_type_object_key_id"), "history", ["object_type", "object_key", "id"]
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_object_type_object_id"), "notes", ["object_type", "object_id"])
    op.create_table(
        "products",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, server_default="physical"),
        sa.Column("comment", sa.Text(), nullable=False, server_default=""),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_products")),
        sa.CheckConstraint("kind IN ('physical', 'service')", name=op.f("ck_products_kind")),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "group_members",
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_name", "group_name", name=op.f("pk_group_members")),
        sa.ForeignKeyConstraint(
            ["group_name"],
            ["groups.name"],
            name=op.f("fk_group_members_group_name"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_name"],
            ["users.name"],
            name=op.f("fk_group_members_user_name"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_group_members_group_name"), "group_members", ["group_name"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, server_default="open"),
        sa.Column("priority", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("origin", sa.Text(), nullable=False, server_default=""),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owner_group", sa.Text(), nullable=True),
        sa.Column("first_call_pbx", sa.Text(), nullable=True),
        sa.Column("first_call_linkedid", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_cases_status")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_cases_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_cases_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_group"],
            ["groups.name"],
            name=op.f("fk_cases_owner_group"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
    )
    op.create_index(op.f("ix_cases_contact_id_status"), "cases", ["contact_id", "status"])
    op.create_table(
        "opportunities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("amount", AMOUNT, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("probability", sa.Integer(), nullable=True),
        sa.Column("expected_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owner_group", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("products", JSON, nullable=False, server_default="[]"),
        sa.Column("comment", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
        sa.CheckConstraint(
            "probability BETWEEN 0 AND 100", name=op.f("ck_opportunities_probability")
        ),
        sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f("ck_opportunities_state")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_opportunities_account_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_opportunities_contact_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.id"], name=op.f("fk_opportunities_lead_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_opportunities_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_group"],
            ["groups.name"],
            name=op.f("fk_opportunities_owner_group"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
    )
    op.create_index(
        op.f("ix_opportunities_account_id_state"), "opportunities", ["account_id", "state"]
    )
    op.create_index(
        op.f("ix_opportunities_contact_id_state"), "opportunities", ["contact_id", "state"]
    )


_COLUMNS = {
    "users": (
        "role TEXT NOT NULL DEFAULT 'agent'"
        " CONSTRAINT ck_users_role CHECK (role IN ('agent', 'manager', 'administrator'))",
        "password_hash TEXT",
        "version INTEGER NOT NULL DEFAULT '1'",
        "updated_at INSTANT",
    ),
    "campaigns": (
        "version INTEGER NOT NULL DEFAULT '1'",
        "updated_at INSTANT",
    ),
    "business_hours": (
        "version INTEGER NOT NULL DEFAULT '1'",
        "updated_at INSTANT",
    ),
    "tracking_numbers": (
        "version INTEGER NOT NULL DEFAULT '1'",
        "updated_at INSTANT",
    ),
    "accounts": (
        "origin TEXT NOT NULL DEFAULT ''",
        "owner_group GROUP",
        "website TEXT",
        "street TEXT",
        "postal_code TEXT",
        "city TEXT",
        "region TEXT",
        "country TEXT",
        "version INTEGER NOT NULL DEFAULT '1'",
        "employees INTEGER",
    ),
    "person_accounts": (
        "origin TEXT NOT NULL DEFAULT ''",
        "owner_group GROUP",
        "website TEXT",
        "street TEXT",
        "postal_code TEXT",
        "city TEXT",
        "region TEXT",
        "country TEXT",
        "version INTEGER NOT NULL DEFAULT '1'",
    ),
    "contacts": (
        "origin TEXT NOT NULL DEFAULT ''",
        "owner_group GROUP",
        "website TEXT",
        "street TEXT",
        "postal_code TEXT",
        "city TEXT",
        "region TEXT",
        "country TEXT",
        "version INTEGER NOT NULL DEFAULT '1'",
    ),
    "leads": (
        "origin TEXT NOT NULL DEFAULT ''",
        "owner_group GROUP",
        "website TEXT",
        "street TEXT",
        "postal_code TEXT",
        "city TEXT",
        "region TEXT",
        "country TEXT",
        "version INTEGER NOT NULL DEFAULT '1'",
        "title TEXT",
        "employees INTEGER",
        "state TEXT NOT NULL DEFAULT 'new'"
        " CONSTRAINT ck_leads_state CHECK (state IN ('new', 'in_progress', 'won', 'lost'))",
        "type TEXT",
        "attributes JSON NOT NULL DEFAULT '{}'",
        "category TEXT",
        "priority TEXT",
        "importance TEXT",
        "probability INTEGER CONSTRAINT ck_leads_probability CHECK (probability BETWEEN 0 AND 100)",
        "target_amount AMOUNT",
        "currency TEXT",
        "lost_reason TEXT",
        "unit GROUP",
        "team JSON NOT NULL DEFAULT '[]'",
        "competitors JSON NOT NULL DEFAULT '[]'",
        "products JSON NOT NULL DEFAULT '[]'",
        "contact_id INTEGER",
        "account_id INTEGER",
        "opportunity_id INTEGER",
        "response TEXT",
        "medium TEXT",
        "keyword TEXT",
        "landing_page TEXT",
        "click_id TEXT",
        "started_at INSTANT",
        "estimate JSON",
        "expected_at INSTANT",
        "completed_at INSTANT",
    ),
    "calls": (
        "medium TEXT",
        "keyword TEXT",
        "landing_page TEXT",
        "click_id TEXT",
        "visitor_session TEXT",
    ),
    "activities": (
        "kind TEXT NOT NULL DEFAULT 'call'"
        " CONSTRAINT ck_activities_kind CHECK (kind IN ('call', 'task', 'email', 'meeting'))",
        "result TEXT",
        "tags JSON NOT NULL DEFAULT '[]'",
        "due_at INSTANT",
        "case_id INTEGER CONSTRAINT fk_activities_case_id REFERENCES cases (id) ON DELETE SET NULL",
        "opportunity_id INTEGER"
        " CONSTRAINT fk_activities_opportunity_id REFERENCES opportunities (id) ON DELETE SET NULL",
        "owner_group GROUP",
        "version INTEGER NOT NULL DEFAULT '1'",
    ),
}

_INDEXES = (
    ("accounts", ["email"]),
    ("person_accounts", ["email"]),
    ("contacts", ["email"]),
    ("leads", ["account_id"]),
    ("leads", ["contact_id"]),
    ("leads", ["email"]),
    ("leads", ["state", "owner"]),
    ("activities", ["status", "owner", "due_at"]),
    ("activities", ["case_id"]),
    ("activities", ["opportunity_id"]),
)
