"""Web hooks, their deliveries; outgoing mail and who wants none."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    _create_web_hooks()
    _create_mail()
    now = datetime.now(UTC)
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    stamp = now if is_postgresql else now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    templates = sa.table(
        "email_templates",
        *(sa.column(n) for n in ("name", "subject", "text", "html", "description")),
        sa.column("created_at", INSTANT),
        sa.column("updated_at", INSTANT),
    )
    stamps = {"created_at": stamp, "updated_at": stamp}
    op.bulk_insert(templates, [{**one, **stamps} for one in _TEMPLATES])


def _create_web_hooks() -> None:
    op.create_table(
        "web_hooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", JSON, nullable=False, server_default="[]"),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("resting_until", INSTANT, nullable=True),
        sa.Column("served_by", sa.Text(), nullable=True),
        sa.Column("served_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_hooks")),
    )
    op.create_table(
        "web_hook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hook_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("attempts", JSON, nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_hook_deliveries")),
        sa.UniqueConstraint(
            "hook_id", "event_id", name=op.f("uq_web_hook_deliveries_hook_id_event_id")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_web_hook_deliveries_state")
        ),
        sa.ForeignKeyConstraint(
            ["hook_id"],
            ["web_hooks.id"],
            name=op.f("fk_web_hook_deliveries_hook_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.event_id"],
            name=op.f("fk_web_hook_deliveries_event_id"),
            ondelete="CASCADE",
        ),
    )
    _index("web_hook_deliveries", "hook_id", "state", "due_at", "id")
    _index("web_hook_deliveries", "event_id")


def _create_mail() -> None:
    op.create_table(
        "email_templates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False, server_default=""),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_email_templates")),
    )
    op.create_table(
        "emails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False, server_default=""),
        sa.Column("cause", sa.Text(), nullable=False, server_default=""),
        sa.Column("object_type", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_emails_dedupe_key")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'unsubscribed')",
            name=op.f("ck_emails_state"),
        ),
    )
    _index("emails", "state", "due_at", "id")
    _index("emails", "address")
    _index("emails", "object_type", "object_id")
    op.create_table(
        "mail_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("unsubscribed_at", INSTANT, nullable=True),
        sa.Column("unsubscribed_via", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_mail_addresses")),
        sa.UniqueConstraint("token", name=op.f("uq_mail_addresses_token")),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


_TEMPLATES = (
    {
        "name": "thank_you",
        "description": "Thanks for a message left on a form",
        "subject": "Thank you for your message, {name|dear customer}",
        "text": """\
Dear {name|customer},

thank you for your message.
It is about: {product}
One of us will call you or write to you soon.
Your contact is {owner}.

Kind regards
{our_company}
""",
        "html": """\
<p>Dear {name|customer},</p>
<p>thank you for your message. One of us will call you or write to you soon.</p>
<p>It is about: {product}</p>
<p>Your contact is {owner}.</p>
<p>Kind regards</p>
<p>{our_company}</p>
""",
    },
    {
        "name": "trial_access",
        "description": "How to sign in to a free trial",
        "subject": "Your free trial of {product|our product}",
        "text": """\
Dear {name|customer},

your free trial of {product|our product} is ready.

Sign in at: {login_url}
Your user name: {login_name}
It runs until {trial_until}.

If you have a question, just answer this mail.

Kind regards
{our_company}
""",
        "html": """\
<p>Dear {name|customer},</p>
<p>your free trial of {product|our product} is ready.</p>
<p><a href="{login_url}">Sign in here</a></p>
<p>Your user name: {login_name}</p>
<p>It runs until {trial_until}.</p>
<p>If you have a question, just answer this mail.</p>
<p>Kind regards</p>
<p>{our_company}</p>
""",
    },
    {
        "name": "event_details",
        "description": "When and where an event takes place, for those who have registered",
        "subject": "Your place at {event|our event}",
        "text": """\
Dear {name|guest},

we have kept a place for you at {event|our event}.

When: {event_date}
Where: {event_place}
More about it: {event_url}

Kind regards
{our_company}
""",
        "html": """\
<p>Dear {name|guest},</p>
<p>we have kept a place for you at {event|our event}.</p>
<p>When: {event_date}</p>
<p>Where: {event_place}</p>
<p><a href="{event_url}">More about it</a></p>
<p>Kind regards</p>
<p>{our_company}</p>
""",
    },
)
