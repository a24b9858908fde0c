"""What is known of calls whose beginning or end nobody has seen yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "unfinished_calls",
        sa.Column("pbx", sa.Text(), primary_key=True),
        sa.Column("linkedid", sa.Text(), primary_key=True),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    )
