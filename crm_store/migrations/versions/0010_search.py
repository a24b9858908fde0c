"""The words that people are found by, and the answers to requests that must not be run twice."""

from __future__ import annotations

from itertools import islice

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_store.search.words import words_of

revision = "0010"
down_revision = "0009"

_INSTANT = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AT_A_TIME = 2_000
_PEOPLE = {
    "lead": ("leads", ("name", "email", "company")),
    "contact": ("contacts", ("name", "email")),
    "account": ("accounts", ("name", "email")),
    "person_account": ("person_accounts", ("name", "email")),
}


def upgrade() -> None:
    """Add the tables, and the words of everybody who is on file."""
    op.create_table(
        "search_words",
        sa.Column("word", _WORD, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "type", "id", name=op.f("pk_search_words")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_name", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"])
    for kind, (table, columns) in _PEOPLE.items():
        _fill(kind, table, columns)
    op.create_index(op.f("ix_search_words_type_id"), "search_words", ["type", "id"])


def _fill(kind: str, table: str, columns: tuple[str, ...]) -> None:
    connection = op.get_bind()
    people = sa.table(table, sa.column("id"), *(sa.column(name) for name in columns))
    insert = sa.insert(sa.table("search_words", *map(sa.column, ("word", "type", "id"))))
    last = 0
    while True:
        query = sa.select(people).where(people.c.id > last).order_by(people.c.id)
        some = connection.execute(query.limit(_AT_A_TIME)).all()
        if not some:
            return
        last = some[-1][0]
        words = (
            {"word": word, "type": kind, "id": row[0]} for row in some for word in words_of(row[1:])
        )
        while chunk := list(islice(words, _AT_A_TIME)):
            connection.execute(insert, chunk)
