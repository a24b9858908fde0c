"""Web forms, visitors and the numbers they are shown, response rules."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables."""
