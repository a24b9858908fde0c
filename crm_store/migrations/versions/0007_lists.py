"""Lists that were imported, records that were merged."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables."""
