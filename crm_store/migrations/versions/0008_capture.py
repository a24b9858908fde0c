"""Web forms, visitors and the numbers they are shown, response rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    _create_forms()
    _create_visitors()
    _create_rules()


def _create_forms() -> None:
    op.create_table(
        "web_forms",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fields", JSON, nullable=False, server_default="[]"),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("owner_group", sa.Text(), nullable=True),
        sa.Column("auto_response", sa.Text(), nullable=True),
        sa.Column("thank_you", sa.Text(), nullable=False, server_default=""),
        sa.Column("redirect_url", sa.Text(), nullable=True),
        sa.Column("allowed_origins", JSON, nullable=False, server_default="[]"),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_web_forms")),
        sa.CheckConstraint(
            "kind IN ('contact_me', 'free_trial', 'event_registration')",
            name=op.f("ck_web_forms_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_group"],
            ["groups.name"],
            name=op.f("fk_web_forms_owner_group"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
    )
    op.create_table(
        "form_submissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("values", JSON, nullable=False),
        sa.Column("visit", JSON, nullable=False),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("e164", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("user_agent", sa.Text(), nullable=False, server_default=""),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_submissions")),
        sa.CheckConstraint(
            "status IN ('accepted', 'spam')", name=op.f("ck_form_submissions_status")
        ),
        sa.CheckConstraint(
            "reason IN ('honeypot', 'no_token', 'too_fast', 'too_old', 'replayed', 'links',"
            " 'too_many')",
            name=op.f("ck_form_submissions_reason"),
        ),
    )
    for columns in (["form", "received_at"], ["address", "received_at"], ["token"]):
        _index("form_submissions", *columns)
    for column in ("e164", "email"):
        _index("form_submissions", column)
    op.create_table(
        "signing_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_signing_keys")),
    )


def _create_visitors() -> None:
    op.create_table(
        "number_pools",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("numbers", JSON, nullable=False, server_default="[]"),
        sa.Column("session_minutes", sa.Integer(), nullable=False, server_default="30"),
        sa.Column("fallback", sa.Text(), nullable=True),
        sa.Column("allowed_origins", JSON, nullable=False, server_default="[]"),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_pools")),
    )
    op.create_table(
        "number_leases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("visit", JSON, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_leases")),
    )
    _index("number_leases", "number", "ends_at")
    _index("number_leases", "session", "started_at")


def _create_rules() -> None:
    op.create_table(
        "response_rules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, server_default="1000"),
        sa.Column("conditions", JSON, nullable=False),
        sa.Column("actions", JSON, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False, server_default=""),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_response_rules")),
    )
    op.create_table(
        "response_turns",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("last_user", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_response_turns")),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
