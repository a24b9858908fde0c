"""Whether a JSON list holds a value, in the words of each engine."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from crm_store.documents import plain
from crm_store.engines.column_types import StorableText


class _Holds(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True


def holds(column: sa.ColumnElement[Any], value: Any) -> sa.ColumnElement[bool]:
    """The condition that a list of texts (or dates) holds this one."""
    return _Holds(column, sa.literal(plain(value), StorableText()))


@compiles(_Holds, "sqlite")
def _in_sqlite(element: _Holds, compiler: Any, **options: Any) -> str:
    listed, value = (compiler.process(one, **options) for one in element.clauses)
    one = f"json_each({listed}) AS one"
    return f"EXISTS (SELECT 1 FROM {one} WHERE one.value = {value})"  # noqa: S608 - SQLAlchemy's


@compiles(_Holds, "postgresql")
def _in_postgresql(element: _Holds, compiler: Any, **options: Any) -> str:
    listed, value = (compiler.process(one, **options) for one in element.clauses)
    return f"{listed} @> jsonb_build_array(CAST({value} AS TEXT))"
