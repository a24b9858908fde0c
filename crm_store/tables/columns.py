"""What the tables are made of: the naming of constraints, and columns of a kind."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from crm_store.engines.column_types import Json, StorableText, UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def word(
    name: str,
    words: type[StrEnum],
    *more: str,
    is_required: bool = True,
    is_key: bool = False,
    default: StrEnum | None = None,
) -> tuple[sa.Column[Any], sa.CheckConstraint]:
    """A column that holds one of these words, and the constraint that sees to it."""
    listed = ", ".join(f"'{word}'" for word in (*(word.value for word in words), *more))
    column: sa.Column[Any] = sa.Column(
        name,
        StorableText,
        nullable=not is_required,
        primary_key=is_key,
        server_default=default.value if default is not None else None,
    )
    return column, sa.CheckConstraint(f"{name} IN ({listed})", name=name)


def text(name: str, *, default: str = "") -> sa.Column[str]:
    """A text that is never missing."""
    return sa.Column(name, StorableText, nullable=False, server_default=default)


def maybe(name: str) -> sa.Column[str | None]:
    """A text that may be missing."""
    return sa.Column(name, StorableText, nullable=True)


def instant(name: str, *, is_required: bool = True) -> sa.Column[object]:
    """An aware instant."""
    return sa.Column(name, UtcDateTime, nullable=not is_required)


def seconds(name: str) -> sa.Column[float]:
    """A duration."""
    return sa.Column(name, sa.Double, nullable=False, server_default="0")


def flag(name: str, *, default: bool = True) -> sa.Column[bool]:
    """Yes or no."""
    return sa.Column(
        name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false()
    )


def version() -> sa.Column[int]:
    """Counts the changes of a row."""
    return sa.Column("version", sa.Integer, nullable=False, server_default="1")


def listing(name: str, shape: Any) -> sa.Column[Any]:
    """A list of values of one shape; empty where there are none."""
    return sa.Column(name, Json(shape), nullable=False, server_default="[]")


def user(name: str = "owner") -> sa.Column[str | None]:
    """The name of a user."""
    return _named("users", name)


def group(name: str = "owner_group") -> sa.Column[str | None]:
    """The name of a group."""
    return _named("groups", name)


def _named(table: str, name: str) -> sa.Column[str | None]:
    return sa.Column(
        name,
        StorableText,
        sa.ForeignKey(f"{table}.name", onupdate="CASCADE", ondelete="SET NULL"),
        nullable=True,
    )
