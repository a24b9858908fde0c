"""Who listened to a recording, what was erased."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables."""
