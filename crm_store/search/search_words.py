"""The words that records are found by, kept beside them in the transaction that writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from crm_store.engines.prepared import driver
from crm_store.search.words import words_of
from crm_store.tables import search_words

_INSERT = sa.insert(search_words)
_INSERT_SQLITE = "INSERT INTO search_words (word, type, id) VALUES (?, ?, ?)"
_SEARCHED = {
    "lead": ("name", "email", "company"),
    "contact": ("name", "email"),
    "account": ("name", "email"),
    "person_account": ("name", "email"),
}
"""The fields whose words a record is found by."""


def words_of_record(kind_name: str, record: Any | None) -> frozenset[str]:
    """The words that this record is found by; of none, none."""
    searched = _SEARCHED.get(kind_name)
    if record is None or searched is None:
        return frozenset()
    return words_of(getattr(record, name) for name in searched)


def write_words(
    connection: sa.Connection, kind_name: str, key: int | str, after: Any | None, before: Any | None
) -> None:
    """Bring the words of one record up to date; None is a record that is not there."""
    if kind_name not in _SEARCHED:
        return
    new, old = words_of_record(kind_name, after), words_of_record(kind_name, before)
    if old - new:
        connection.execute(
            sa.delete(search_words).where(
                search_words.c.type == kind_name,
                search_words.c.id == key,
                search_words.c.word.in_(old - new),
            )
        )
    insert_words(connection, [(word, kind_name, int(key)) for word in new - old])


def insert_words(connection: sa.Connection, rows: Iterable[tuple[str, str, int]]) -> None:
    """Write many (word, type, id) at once, as an import does; none of them is there yet."""
    rows = list(rows)
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        driver(connection).executemany(_INSERT_SQLITE, rows)
    else:
        connection.execute(_INSERT, [{"word": w, "type": t, "id": i} for w, t, i in rows])
