"""What a database driver says, as one of our errors."""

from __future__ import annotations

import re
import sqlite3

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import sqlalchemy as sa

from crm_store.errors import (
    CallIdTaken,
    InvalidRecord,
    Problem,
    RecordExists,
    StoreLocked,
    StoreUnreachable,
    UnknownReference,
)

FAILURES = (
    sa.exc.DBAPIError,
    sa.exc.TimeoutError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that breaks while something is asked
    OSError,
)
"""What opening or using a store can raise when the store is the reason."""

_UNIQUE = re.compile(
    r"UNIQUE constraint failed: \w+\.(?P<column>\w+)|unique constraint \"(?P<name>\w+)\""
)
_CHECK = re.compile(r"(?:CHECK constraint failed: |check constraint \")(?P<name>\w+)")
_MISSING = re.compile(
    r"(?:NOT NULL constraint failed: \w+\.|null value in column \")(?P<column>\w+)"
)


_AWAY_STATES = (
    *("08", "53", "57P", "58", "25006"),
    *("28", "3D", "3F", "42501", "42P01", "42703", "XX"),
)
"""How the SQLSTATEs of a PostgreSQL begin that cannot serve now: connection lost, no room or
memory, starting up or shutting down, files unreadable, a standby that only reads; a password, a
database, a schema, a right, a table or a column that was taken away; data that is damaged."""

_BUSY_STATES = ("40", "55P03", "57014")
"""A transaction that lost to another one, a lock that was not had, a statement cut short."""

_AWAY_WORDS = (
    "unable to open database file",
    "file is not a database",
    "readonly database",
    "disk I/O error",
    "database or disk is full",
    "database disk image is malformed",
    "no such table",
    "no such column",
    "has no column named",
    "connection is closed",
)
"""What SQLite and the drivers say of a store that cannot be used."""


def is_deadlock(failure: BaseException) -> bool:
    """Whether PostgreSQL chose this transaction to break a deadlock."""
    return isinstance(failure, sa.exc.DBAPIError) and "deadlock detected" in str(failure.orig)


def is_broken_rule(failure: BaseException) -> bool:
    """Whether a constraint of the tables refused the change."""
    return isinstance(failure, (sa.exc.IntegrityError, sqlite3.IntegrityError))


def translated(failure: Exception, url: sa.URL) -> Exception:
    """The failure as an error that says what to do; one that is not the store's as it is."""
    where = url.render_as_string(hide_password=True)
    said = str(failure.orig if isinstance(failure, sa.exc.DBAPIError) else failure)
    if is_broken_rule(failure):
        return _broken_rule(failure, said)
    if _is_busy(failure, said):
        error: Exception = StoreLocked(
            f"the store {where} is locked by another program",
            hint="end the other program's transaction; nothing of this was written",
        )
    elif _is_unreachable(failure, said):
        error = StoreUnreachable(
            f"the store {where} cannot be used: {said}",
            hint="check the URL, that the folder or the server is there, and its permissions",
        )
    else:
        return failure
    error.__cause__ = failure
    return error


def _broken_rule(failure: Exception, said: str) -> Exception:
    if "call_id" in said:
        error: Exception = CallIdTaken(f"another call has this call ID: {said}")
    elif "foreign key" in said.lower():
        error = UnknownReference(
            f"a record names one that is not in the store: {said}",
            hint="write users and campaigns before what names them",
        )
    elif (rule := _UNIQUE.search(said)) is not None:
        error = RecordExists(f"there is one with the same {rule['column'] or rule['name']} already")
    elif (rule := _CHECK.search(said)) is not None:
        error = InvalidRecord([Problem("", f"does not meet the rule {rule['name']}")])
    elif (rule := _MISSING.search(said)) is not None:
        error = InvalidRecord([Problem(rule["column"], "is required")])
    else:
        return failure
    error.__cause__ = failure
    return error


def _is_busy(failure: Exception, said: str) -> bool:
    is_sqlite = isinstance(getattr(failure, "orig", failure), sqlite3.Error)
    return "is locked" in said if is_sqlite else _state_of(failure).startswith(_BUSY_STATES)


def _state_of(failure: Exception) -> str:
    """PostgreSQL's SQLSTATE; empty where there is none."""
    orig = getattr(failure, "orig", None)
    return str(getattr(orig, "sqlstate", None) or getattr(failure, "sqlstate", None) or "")


def _is_unreachable(failure: Exception, said: str) -> bool:
    if not isinstance(failure, (sa.exc.DBAPIError, sqlite3.Error)):
        return isinstance(failure, FAILURES)
    if getattr(failure, "connection_invalidated", False):
        return True
    is_away = _state_of(failure).startswith(_AWAY_STATES)
    return is_away or any(words in said for words in _AWAY_WORDS)
