"""Statements that run for every call: compiled once, and on SQLite handed straight to the driver.

SQLAlchemy's own execution costs more than SQLite's work on a row; ``docs/store.md`` has the
figures. On PostgreSQL the network costs more than either, and SQLAlchemy executes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol, cast

import sqlalchemy as sa

from crm_store.engines.column_types import UtcDateTime, storable


class Rows(Protocol):
    """What both a driver's cursor and SQLAlchemy's result can do."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> Any:
        """The rows that are left."""


class Prepared:
    """A statement all of whose parameters are named, built for a dialect when first run there."""

    def __init__(self, build: Callable[[str], sa.Executable]) -> None:
        self._build = build
        self._built: dict[str, sa.Executable] = {}
        self._compiled: _Compiled | None = None

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> Rows:
        """Execute with these values; the driver's own errors come out on SQLite."""
        if connection.dialect.name != "sqlite":
            statement = self._statement(connection.dialect.name)
            return cast(Rows, connection.execute(statement, dict(values)))
        compiled = self._for_sqlite(connection)
        return driver(connection).execute(compiled.text, compiled.row(values))

    def rows(
        self,
        connection: sa.Connection,
        values: Mapping[str, Any],
        *,
        are_instants_read: bool = True,
    ) -> Sequence[Mapping[Any, Any]]:
        """The rows of a question, each by the names of its columns, as their types read them.

        Instants may be left as SQLite keeps them: in RFC 3339.
        """
        if connection.dialect.name != "sqlite":
            statement = self._statement(connection.dialect.name)
            return connection.execute(statement, dict(values)).mappings().all()
        compiled = self._for_sqlite(connection)
        found = driver(connection).execute(compiled.text, compiled.row(values))
        return compiled.read(found, are_instants_read=are_instants_read)

    def _for_sqlite(self, connection: sa.Connection) -> _Compiled:
        if self._compiled is None:
            self._compiled = _Compiled(self._statement("sqlite"), connection.dialect)
        return self._compiled

    def _statement(self, dialect: str) -> sa.Executable:
        if dialect not in self._built:
            self._built[dialect] = self._build(dialect)
        return self._built[dialect]


class _Compiled:
    """SQLite's text of a statement, and how its values become the driver's."""

    def __init__(self, statement: sa.Executable, dialect: sa.Dialect) -> None:
        clause = cast(sa.ClauseElement, statement)
        compiled = cast(Any, clause.compile(dialect=dialect))
        if compiled.post_compile_params:
            lists_written_out = {"render_postcompile": True}
            compiled = clause.compile(dialect=dialect, compile_kwargs=lists_written_out)
        self.text: str = compiled.string
        self._constants = {n: v for n, v in compiled.params.items() if v is not None}
        self._pick = _picker(compiled.positiontup)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._texts: list[int] = []
        self._others: list[tuple[int, Callable[[Any], Any]]] = []
        for position, name in enumerate(compiled.positiontup):
            bind = binds[name if name in binds else _name_of_list(name)]
            kind = bind.type.dialect_impl(dialect)
            process = kind.bind_processor(dialect)
            if process is storable:
                self._texts.append(position)
            elif process is not None:
                self._others.append((position, process))
        selected = statement.selected_columns if isinstance(statement, sa.Select) else ()
        self._names = tuple(str(column.key) for column in selected)
        self._readers = [
            (str(column.key), process, isinstance(column.type, UtcDateTime))
            for column in selected
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

    def read(
        self, rows: Iterable[Sequence[Any]], *, are_instants_read: bool
    ) -> list[Mapping[str, Any]]:
        """Rows of the driver's by the names of its columns."""
        found = [dict(zip(self._names, row, strict=True)) for row in rows]
        for name, process, is_instant in self._readers:
            if is_instant and not are_instants_read:
                continue
            for row in found:
                if row[name] is not None:
                    row[name] = process(row[name])
        return cast(list[Mapping[str, Any]], found)

    def row(self, values: Mapping[str, Any]) -> list[Any]:
        """The driver's values, in order. Most texts are plain: they are let by at a glance."""
        row = list(self._pick({**self._constants, **values} if self._constants else values))
        for position in self._texts:
            text = row[position]
            if text is not None and not (type(text) is str and text.isalnum() and text.isascii()):
                row[position] = storable(text)
        for position, process in self._others:
            value = row[position]
            if value is not None:
                row[position] = process(value)
        return row


def _name_of_list(name: str) -> str:
    """Whose list a parameter was written out of: ``state_1_2`` is the second of ``state_1``."""
    return name.rpartition("_")[0]


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """What takes the values of these names out of a mapping, in order."""
    pick = itemgetter(*names)
    return pick if len(names) > 1 else lambda values: (pick(values),)


def driver(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's own connection to SQLite."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


def run_text(connection: sa.Connection, text: str) -> None:
    """Execute a statement that has no values."""
    if connection.dialect.name == "sqlite":
        driver(connection).execute(text)
    else:
        connection.exec_driver_sql(text)


def is_transaction_lost(connection: sa.Connection) -> bool:
    """Whether the engine ended the transaction by itself: no connection, or no disk, is left."""
    if connection.invalidated:
        return True
    return connection.dialect.name == "sqlite" and not driver(connection).in_transaction
