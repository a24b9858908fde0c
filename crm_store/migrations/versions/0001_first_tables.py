"""The first tables, and the view for reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")

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
    t.medium,
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
    c.comment
FROM calls c
LEFT JOIN tracking_numbers t ON t.e164 = c.tracking_number
LEFT JOIN activities a ON a.pbx = c.pbx AND a.linkedid = c.linkedid
LEFT JOIN leads l ON c.record_type = 'lead' AND l.id = c.record_id
"""


def upgrade() -> None:
    """Create everything in an empty store."""
    _create_company()
    _create_people()
    _create_calls()
    _create_work()
    _create_call_report()


def _create_company() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "user_extensions",
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_name"],
            ["users.name"],
            name=op.f("fk_user_extensions_user_name"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("extension", name=op.f("pk_user_extensions")),
        sa.UniqueConstraint(
            "user_name", "position", name=op.f("uq_user_extensions_user_name_position")
        ),
    )
    op.create_table(
        "campaigns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "business_hours",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("weekly", JSON, nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("subdivision", sa.Text(), nullable=True),
        sa.Column("closed_on", JSON, nullable=False),
        sa.Column("open_on", JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_business_hours")),
    )
    op.create_table(
        "tracking_numbers",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("targets", JSON, nullable=False),
        sa.Column("ring_seconds", sa.Integer(), nullable=False),
        sa.Column("voicemail_box", sa.Text(), nullable=True),
        sa.Column("is_recorded", sa.Boolean(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("owner_first", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "route IN ('extension', 'ring_group', 'queue', 'voicemail')",
            name=op.f("ck_tracking_numbers_route"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaigns.name"],
            name=op.f("fk_tracking_numbers_campaign"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hours"],
            ["business_hours.name"],
            name=op.f("fk_tracking_numbers_hours"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("e164", name=op.f("pk_tracking_numbers")),
    )


def _create_people() -> None:
    op.create_table(
        "accounts",
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
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_accounts_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("key", name=op.f("uq_accounts_key")),
    )
    op.create_index(op.f("ix_accounts_name"), "accounts", ["name"], unique=False)
    op.create_table(
        "person_accounts",
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
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_person_accounts_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_accounts")),
        sa.UniqueConstraint("key", name=op.f("uq_person_accounts_key")),
    )
    op.create_table(
        "contacts",
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
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_contacts_account_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_contacts_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("key", name=op.f("uq_contacts_key")),
    )
    op.create_index(op.f("ix_contacts_account_id"), "contacts", ["account_id"], unique=False)
    op.create_table(
        "leads",
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
        sa.CheckConstraint(
            "status IN ('new', 'qualified', 'converted', 'won', 'lost')",
            name=op.f("ck_leads_status"),
        ),
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
    op.create_index(op.f("ix_leads_created_at_id"), "leads", ["created_at", "id"], unique=False)
    op.create_table(
        "phone_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_type", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "person_type IN ('contact', 'lead', 'account', 'person_account')",
            name=op.f("ck_phone_numbers_person_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_numbers")),
    )
    op.create_index(
        op.f("ix_phone_numbers_e164_person_type_person_id"),
        "phone_numbers",
        ["e164", "person_type", "person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_phone_numbers_person_type_person_id"),
        "phone_numbers",
        ["person_type", "person_id"],
        unique=False,
    )
    op.create_table(
        "listed_numbers",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.CheckConstraint("list IN ('vip', 'blocked')", name=op.f("ck_listed_numbers_list")),
        sa.PrimaryKeyConstraint("e164", "list", name=op.f("pk_listed_numbers")),
    )


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("missed_reason", sa.Text(), nullable=True),
        sa.Column("caller_number", sa.Text(), nullable=False),
        sa.Column("caller_e164", sa.Text(), nullable=True),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("is_withheld", sa.Boolean(), nullable=False),
        sa.Column("dialled_number", sa.Text(), nullable=False),
        sa.Column("dialled_e164", sa.Text(), nullable=True),
        sa.Column("redirected_from", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ring_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("wait_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("talk_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("hangup_cause", sa.Integer(), nullable=True),
        sa.Column("parties", JSON, nullable=False),
        sa.Column("transfers", JSON, nullable=False),
        sa.Column("recordings", JSON, nullable=False),
        sa.Column("enrichment", sa.Text(), nullable=False),
        sa.Column("matched_type", sa.Text(), nullable=True),
        sa.Column("matched_id", sa.Integer(), nullable=True),
        sa.Column("matched_name", sa.Text(), nullable=True),
        sa.Column("candidates", JSON, nullable=False),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "direction IN ('inbound', 'outbound', 'internal')", name=op.f("ck_calls_direction")
        ),
        sa.CheckConstraint(
            "enrichment IN ('enriched', 'over_budget', 'not_asked', 'failed')",
            name=op.f("ck_calls_enrichment"),
        ),
        sa.CheckConstraint(
            "matched_type IN ('contact', 'lead', 'account', 'person_account')",
            name=op.f("ck_calls_matched_type"),
        ),
        sa.CheckConstraint(
            "missed_reason IN ('abandoned', 'no_answer', 'busy', 'rejected', 'unavailable', "
            "'closed', 'failed')",
            name=op.f("ck_calls_missed_reason"),
        ),
        sa.CheckConstraint(
            "outcome IN ('answered', 'missed', 'voicemail')", name=op.f("ck_calls_outcome")
        ),
        sa.CheckConstraint(
            "record_type IN ('contact', 'lead', 'account', 'person_account', 'activity')",
            name=op.f("ck_calls_record_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("call_id", name=op.f("uq_calls_call_id")),
        sa.UniqueConstraint("pbx", "linkedid", name=op.f("uq_calls_pbx_linkedid")),
    )
    op.create_index(
        op.f("ix_calls_caller_e164_started_at"),
        "calls",
        ["caller_e164", "started_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_calls_dialled_e164_started_at"),
        "calls",
        ["dialled_e164", "started_at"],
        unique=False,
    )
    op.create_index(
        "ix_calls_open",
        "calls",
        ["pbx"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_calls_started_at_pbx_linkedid"),
        "calls",
        ["started_at", "pbx", "linkedid"],
        unique=False,
    )


def _create_work() -> None:
    op.create_table(
        "activities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("call_type", sa.Text(), nullable=True),
        sa.Column("person_type", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("pbx", sa.Text(), nullable=True),
        sa.Column("linkedid", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "call_type IN ('outbound_answered', 'outbound_unanswered', 'inbound_answered', "
            "'missed', 'voicemail')",
            name=op.f("ck_activities_call_type"),
        ),
        sa.CheckConstraint(
            "person_type IN ('contact', 'lead', 'account', 'person_account')",
            name=op.f("ck_activities_person_type"),
        ),
        sa.CheckConstraint(
            "status IN ('in_progress', 'completed')", name=op.f("ck_activities_status")
        ),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["users.name"],
            name=op.f("fk_activities_owner"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pbx", "linkedid"],
            ["calls.pbx", "calls.linkedid"],
            name=op.f("fk_activities_pbx_linkedid"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("pbx", "linkedid", name=op.f("uq_activities_pbx_linkedid")),
    )
    op.create_index(
        op.f("ix_activities_created_at_id"), "activities", ["created_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_activities_person_type_person_id"),
        "activities",
        ["person_type", "person_id"],
        unique=False,
    )
    op.create_table(
        "journal_positions",
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", name=op.f("pk_journal_positions")),
    )


def _create_call_report() -> None:
    if op.get_bind().dialect.name == "postgresql":
        length, first_path = "jsonb_array_length(c.{0})", "c.recordings #>> '{0,path}'"
    else:
        length, first_path = "json_array_length(c.{0})", "json_extract(c.recordings, '$[0].path')"
    counts = {part: length.format(part) for part in ("parties", "transfers", "recordings")}
    op.execute(CALL_REPORT.format(**counts, recording=first_path))
