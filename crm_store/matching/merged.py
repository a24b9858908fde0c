"""Where a reference leads that names a record which was merged into another one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crm_store.tables import merges

_MOST_STEPS = 1_000


def merged_into(connection: sa.Connection, kind_name: str, key: Any) -> int | None:
    """The id of the record that this one became part of, to the end of the chain; None: none.

    Ask only for a record that is not there. Whether the one it leads to is still there is
    another question.
    """
    if not isinstance(key, int) or isinstance(key, bool):
        return None
    found: int | None = None
    seen = {key}
    step: int | None = key
    for _ in range(_MOST_STEPS):
        step = _winner_over(connection, kind_name, step)
        if step is None or step in seen:
            break
        seen.add(step)
        found = step
    return found


def _winner_over(connection: sa.Connection, kind_name: str, loser_id: int | None) -> int | None:
    query = (
        sa.select(merges.c.winner_id)
        .where(
            merges.c.record_type == kind_name,
            merges.c.loser_id == loser_id,
            merges.c.undone_at.is_(None),
        )
        .order_by(merges.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()
