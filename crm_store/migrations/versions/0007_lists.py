"""Lists that were imported, records that were merged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
TYPES = "'contact', 'lead', 'account', 'person_account'"


def upgrade() -> None:
    """Add the tables, and what makes people look alike who are on file already."""
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, server_default="draft"),
        sa.Column("is_dry_run", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("encoding", sa.Text(), nullable=False, server_default=""),
        sa.Column("delimiter", sa.Text(), nullable=False, server_default=""),
        sa.Column("has_header", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("notes", JSON, nullable=False, server_default="[]"),
        sa.Column("columns", JSON, nullable=False, server_default="[]"),
        sa.Column("options", JSON, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False, server_default="0"),
        *(
            sa.Column(count, sa.Integer(), nullable=False, server_default="0")
            for count in ("created", "updated", "skipped", "failed")
        ),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.CheckConstraint(f"record_type IN ({TYPES})", name=op.f("ck_imports_record_type")),
        sa.CheckConstraint(
            "status IN ('draft', 'running', 'done', 'cancelled', 'failed')",
            name=op.f("ck_imports_status"),
        ),
    )
    op.create_index(op.f("ix_imports_status"), "imports", ["status"])
    op.create_table(
        "import_problems",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False, server_default=""),
        sa.Column("value", sa.Text(), nullable=False, server_default=""),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problems")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
            name=op.f("fk_import_problems_import_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_import_problems_import_id_id"), "import_problems", ["import_id", "id"])
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("winner_id", sa.Integer(), nullable=False),
        sa.Column("loser_id", sa.Integer(), nullable=False),
        sa.Column("winner_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("loser_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("merged_at", INSTANT, nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=True),
        sa.Column("loser", JSON, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("moved", JSON, nullable=False, server_default="[]"),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sa.CheckConstraint(f"record_type IN ({TYPES})", name=op.f("ck_merges_record_type")),
    )
    op.create_index(op.f("ix_merges_record_type_loser_id"), "merges", ["record_type", "loser_id"])
    op.create_index(op.f("ix_merges_record_type_winner_id"), "merges", ["record_type", "winner_id"])
    op.create_table(
        "not_duplicates",
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("low_id", sa.Integer(), nullable=False),
        sa.Column("high_id", sa.Integer(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("said_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("record_type", "low_id", "high_id", name=op.f("pk_not_duplicates")),
        sa.CheckConstraint(f"record_type IN ({TYPES})", name=op.f("ck_not_duplicates_record_type")),
    )
    op.create_table(
        "match_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_type", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "person_type", "person_id", name=op.f("pk_match_keys")),
        sa.CheckConstraint(f"person_type IN ({TYPES})", name=op.f("ck_match_keys_person_type")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_match_keys_person_type_person_id"), "match_keys", ["person_type", "person_id"]
    )
    op.create_table(
        "last_ids",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_last_ids")),
    )
    for name, columns in (
        ("ix_calls_matched", ["matched_type", "matched_id"]),
        ("ix_calls_record", ["record_type", "record_id"]),
    ):
        is_one = sa.text(f"{columns[1]} IS NOT NULL")
        op.create_index(name, "calls", columns, sqlite_where=is_one, postgresql_where=is_one)
    _write_match_keys(op.get_bind())


_COMPANIES = {
    "lead": ("leads", "p.company", ""),
    "contact": (
        "contacts",
        "a.name",
        " LEFT JOIN accounts a ON a.id = p.account_id",
    ),
    "account": ("accounts", "NULL", ""),
    "person_account": ("person_accounts", "p.street", ""),
}


def _write_match_keys(connection: sa.Connection) -> None:
    from crm_store.matching.likeness import keys_of

    insert = sa.text(
        "INSERT INTO match_keys (key, person_type, person_id) VALUES (:key, :type, :id)"
    )
    for person_type, (table, company, join) in _COMPANIES.items():
        last = 0
        while True:
            some = connection.execute(
                sa.text(
                    f"SELECT p.id, p.name, p.email, {company} FROM {table} p{join}"  # noqa: S608
                    " WHERE p.id > :last ORDER BY p.id LIMIT 5000"
                ),
                {"last": last},
            ).all()
            if not some:
                break
            last = some[-1][0]
            rows = [
                {"key": key, "type": person_type, "id": person_id}
                for person_id, name, email, its_company in some
                for key in keys_of(person_type, name, email, its_company)
            ]
            if rows:
                connection.execute(insert, rows)
