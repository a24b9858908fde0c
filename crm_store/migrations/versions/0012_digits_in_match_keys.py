"""Match keys say the digits of names too: a chain of numbered shops shares no key any more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from crm_store.matching.likeness import keys_of

revision = "0012"
down_revision = "0011"

_AT_A_TIME = 2_000


def upgrade() -> None:
    """Write the keys of everybody anew whose name or company has a digit."""
    people = {
        "lead": ("leads", "p.company", ""),
        "contact": ("contacts", "a.name", "LEFT JOIN accounts a ON a.id = p.account_id"),
        "account": ("accounts", "NULL", ""),
        "person_account": ("person_accounts", "p.street", ""),
    }
    for kind, (table, company, join) in people.items():
        _rewrite(kind, table, company, join)


def _rewrite(kind: str, table: str, company: str, join: str) -> None:
    connection = op.get_bind()
    has_digit = "GLOB '*[0-9]*'" if connection.dialect.name == "sqlite" else "~ '[0-9]'"
    said = [f"{said} {has_digit}" for said in ("p.name", company) if said != "NULL"]
    query = sa.text(
        f"SELECT p.id, p.name, p.email, {company} FROM {table} p {join} "  # noqa: S608 - our names
        f"WHERE p.id > :last AND ({' OR '.join(said)}) ORDER BY p.id LIMIT {_AT_A_TIME}"
    )
    keys = sa.table("match_keys", *map(sa.column, ("key", "person_type", "person_id")))
    is_his = (keys.c.person_type == kind) & (keys.c.person_id == sa.bindparam("his_id"))
    forget = sa.delete(keys).where(is_his)
    last = 0
    while some := connection.execute(query, {"last": last}).all():
        last = some[-1][0]
        connection.execute(forget, [{"his_id": row[0]} for row in some])
        told: list[dict[str, Any]] = [
            {"key": key, "person_type": kind, "person_id": row[0]}
            for row in some
            for key in keys_of(kind, row[1], row[2], row[3])
        ]
        if told:
            connection.execute(sa.insert(keys), told)
