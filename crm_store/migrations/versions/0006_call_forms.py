"""What agents do with a call while it is up: the incoming-call form."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "call_forms",
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("becomes", sa.Text(), nullable=True),
        sa.Column("is_customer_chosen", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("saved_by", sa.Text(), nullable=True),
        sa.Column("saved_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "becomes IN ('lead', 'contact', 'account', 'person_account', 'nothing')",
            name=op.f("ck_call_forms_becomes"),
        ),
        sa.ForeignKeyConstraint(
            ["pbx", "linkedid"],
            ["calls.pbx", "calls.linkedid"],
            name=op.f("fk_call_forms_pbx"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pbx", "linkedid", name=op.f("pk_call_forms")),
    )
