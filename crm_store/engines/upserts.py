"""Insert, or bring up to date: statements that change nothing when there is nothing to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crm_store.engines.prepared import Prepared
from crm_store.tables import calls

Kept = Callable[[Any, Any], sa.ColumnElement[Any]]
"""From what is proposed and what stands there (both are column collections) to what to keep."""


def upsert(
    dialect: str,
    table: sa.Table,
    *,
    columns: Sequence[str],
    key: Sequence[str],
    fixed: Sequence[str] = (),
    kept: Mapping[str, Kept] | None = None,
) -> Any:
    """An INSERT that updates the row of the same key where a column would come to differ.

    ``columns`` are the parameters. ``fixed`` ones are written by the insert only (they say when
    or where a record was made); ``kept`` says what an update leaves of a column. ``updated_at``
    moves only when something else does.
    """
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values({name: sa.bindparam(name) for name in columns})
    proposed = statement.excluded
    updated = {
        name: (kept or {}).get(name, lambda new, _, name=name: new[name])(proposed, table.c)
        for name in columns
        if name not in key and name not in fixed
    }
    differs = [
        table.c[name].is_distinct_from(value)
        for name, value in updated.items()
        if name != "updated_at"
    ]
    if not differs:
        return statement.on_conflict_do_nothing(index_elements=list(key))
    return statement.on_conflict_do_update(
        index_elements=list(key), set_=updated, where=sa.or_(*differs)
    )


def _unless_none(name: str) -> Kept:
    """Keep what stands there when nothing is proposed."""
    return lambda new, old: sa.func.coalesce(new[name], old[name])


def _unless_empty(name: str) -> Kept:
    """Keep the list that stands there when an empty one is proposed."""
    return lambda new, old: sa.case(
        (new[name] == sa.literal_column("'[]'"), old[name]), else_=new[name]
    )


def _with(name: str, leader: str) -> Kept:
    """Columns that make one value: keep all of them when its leading column is not proposed."""
    return lambda new, old: sa.case((new[leader].is_(None), old[name]), else_=new[name])


def _when_asked(name: str) -> Kept:
    """Keep what an earlier look-up found when the new record never asked."""
    return lambda new, old: sa.case(
        (new.enrichment == sa.literal_column("'not_asked'"), old[name]), else_=new[name]
    )


CALL_COLUMNS = tuple(column.name for column in calls.c if column.name != "id")

_CALL_KEPT: dict[str, Kept] = {
    **{name: _unless_none(name) for name in ("call_id", "comment")},
    "tags": _unless_empty("tags"),
    **{name: _with(name, "record_id") for name in ("record_type", "record_id")},
    **{
        name: _with(name, "tracking_number")
        for name in ("tracking_number", "label", "campaign", "source")
    },
    **{
        name: _unless_none(name)
        for name in ("medium", "keyword", "landing_page", "click_id", "visitor_session")
    },
    **{name: _when_asked(name) for name in ("enrichment", "candidates")},
    **{name: _with(name, "matched_id") for name in ("matched_type", "matched_id", "matched_name")},
}


def _put_call(dialect: str) -> Any:
    """The call of (pbx, linkedid), with what only an earlier record knew kept."""
    return upsert(dialect, calls, columns=CALL_COLUMNS, key=("pbx", "linkedid"), kept=_CALL_KEPT)


PUT_CALL = Prepared(_put_call)


def _put_down_call() -> Any:
    """The same of whom a call is about and what it became, and of nothing else."""
    names = ("matched_type", "matched_id", "matched_name", "record_type", "record_id")
    kept = {
        name: sa.func.coalesce(sa.bindparam(name, type_=calls.c[name].type), calls.c[name])
        for name in names
    }
    return (
        sa.update(calls)
        .where(
            calls.c.pbx == sa.bindparam("call_pbx"),
            calls.c.linkedid == sa.bindparam("call_linkedid"),
        )
        .values(kept | {"updated_at": sa.bindparam("updated_at")})
    )


PUT_DOWN_CALL = Prepared(lambda _: _put_down_call())
