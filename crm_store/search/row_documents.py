"""A list's rows as documents, past the records: what a page says, at the cost of a few dicts.

Making a record of a row and a document of the record costs more than SQLite's work on the row.
Most columns stand in a document as they stand in the row; the kind says what does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from crm_store.documents import plain
from crm_store.engines.column_types import StorableText
from crm_store.kinds import KINDS, Kind

_AS_THEY_ARE = (sa.Integer, sa.Boolean, sa.Float, sa.Text, StorableText)


class Documents(list[dict[str, Any]]):
    """Documents: plain values throughout, to be written as they are."""


class RowDocuments:
    """Makes documents of the rows of a kind: ``documents.plain`` of the records, no secrets."""

    def __init__(self, kind: Kind[Any]) -> None:
        self._kind = kind
        self._names = tuple(name for name in kind.fields if name not in kind.secret)
        self._pick: Callable[[Any], tuple[Any, ...]] = itemgetter(*self._names)
        types = {str(column.key): column.type for column in kind.select().selected_columns}
        as_they_are = {
            name for name in (*kind.columns, "id") if isinstance(types.get(name), _AS_THEY_ARE)
        }
        self._others = [name for name in self._names if name not in as_they_are]

    def read(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> Documents:
        """The documents of these rows; their instants may be texts already."""
        made, key, names, others = self._kind.made, self._kind.key, self._names, self._others
        joined = self._kind.joined(connection, rows)
        documents = Documents()
        for row in rows:
            fields = {**row, **made(row), **joined.get(row[key], {})}
            document = dict(zip(names, self._pick(fields), strict=True))
            for name in others:
                value = document[name]
                if value is not None and type(value) is not str:
                    document[name] = plain(value)
            documents.append(document)
        return documents


@cache
def documents_of(kind_name: str) -> RowDocuments:
    """What makes documents of the rows of a kind."""
    return RowDocuments(KINDS[kind_name])
