"""The numbers of records: none is given out twice, also when its record is gone.

History, calls and merges speak of records by their numbers. PostgreSQL's sequences never look
back; SQLite takes the highest number that is there and adds one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crm_store.tables import last_ids


def next_id(dialect: str, table: sa.Table) -> dict[str, Any]:
    """The value of ``id`` for an INSERT; empty where the engine sees to it."""
    if dialect != "sqlite":
        return {}
    highest = sa.select(
        sa.func.coalesce(sa.func.max(table.c.id), sa.literal_column("0"))
    ).scalar_subquery()
    retired = sa.select(last_ids.c.id).where(
        last_ids.c.table_name == sa.literal_column(f"'{table.name}'")
    )
    before = sa.func.coalesce(retired.scalar_subquery(), sa.literal_column("0"))
    return {"id": sa.func.max(highest, before) + sa.literal_column("1")}


def retire(connection: sa.Connection, table: sa.Table, number: int) -> None:
    """Remember the number of a record that is removed."""
    if connection.dialect.name != "sqlite":
        return
    insert = sqlite.insert(last_ids).values(table_name=table.name, id=number)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["table_name"],
            set_={"id": insert.excluded.id},
            where=insert.excluded.id > last_ids.c.id,
        )
    )


def reserve(connection: sa.Connection, table: sa.Table, many: int) -> list[int]:
    """Numbers for so many records that are about to be inserted."""
    if connection.dialect.name == "sqlite":
        first = connection.execute(sa.select(next_id("sqlite", table)["id"])).scalar_one()
        return list(range(first, first + many))
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    query = sa.select(
        sa.func.nextval(sa.cast(sequence, postgresql.REGCLASS)).label("id")
    ).select_from(sa.func.generate_series(1, many))
    return [row[0] for row in connection.execute(query)]
