"""What agents do with a call while it is up: the incoming-call form."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables."""
