"""Web hooks, their deliveries; outgoing mail and who wants none."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables."""
