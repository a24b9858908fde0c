"""The statement of a list, made once for each shape of a question.

Lists are asked for again and again with other values: another page, another owner, another day.
The statement stays, with parameters in their places, so that SQLite's driver is handed a text it
knows. What is no plain comparison (``q``, ``[in]``, ``[has]``) is built each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from crm_store.engines.prepared import Prepared
from crm_store.search.listings import Condition, Field, listing_of

_MOST_KEPT = 500
_COMPARISONS = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__", "ne": "__ne__"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a list is asked for, but for the values.

    ``conditions`` are (field, operator, what the statement itself says: a list of words for
    ``in``, None where a parameter ``value_0`` stands). ``after`` says which values of the row
    that the page goes on from are missing; the others are ``after_0`` and so on. ``most`` is how
    many rows. ``seen`` is the condition of those whom the user sees: the same object for the
    same user.
    """

    kind: str
    conditions: tuple[tuple[str, str, Any], ...]
    q: str
    order: tuple[tuple[str, bool], ...]
    after: tuple[bool, ...] | None
    seen: Condition | None

    @property
    def is_kept(self) -> bool:
        """Whether it is worth keeping: others ask the same with other values."""
        return not self.q and all(
            fixed is None or operator == "null" for _, operator, fixed in self.conditions
        )


def run(
    connection: sa.Connection,
    statement: Statement,
    values: Mapping[str, Any],
    *,
    are_instants_read: bool,
) -> Sequence[Mapping[Any, Any]]:
    """The rows, by the names of their columns."""
    if not statement.is_kept:
        return connection.execute(_listing(statement), dict(values)).mappings().all()
    return _kept(statement).rows(connection, values, are_instants_read=are_instants_read)


@lru_cache(maxsize=_MOST_KEPT)
def _kept(statement: Statement) -> Prepared:
    return Prepared(lambda _: _listing(statement))


def counting(statement: Statement) -> sa.Select[Any]:
    """How many rows there are on all pages."""
    every = _matching(statement).order_by(None)
    return sa.select(sa.func.count()).select_from(every.subquery())


def _matching(statement: Statement) -> sa.Select[Any]:
    listing = listing_of(statement.kind)
    conditions = [
        _condition(listing.fields[name], operator, fixed, f"value_{place}")
        for place, (name, operator, fixed) in enumerate(statement.conditions)
    ]
    if statement.seen is not None:
        conditions.append(statement.seen)
    if statement.q:
        conditions += listing.search(statement.q)
    return listing.query.where(*conditions)


def _listing(statement: Statement) -> sa.Select[Any]:
    fields = listing_of(statement.kind).fields
    order = [(fields[name], is_down) for name, is_down in statement.order]
    query = _matching(statement)
    if statement.after is not None:
        query = query.where(_behind(order, statement.after))
    ordered = [_sorted_by(one, is_down) for one, is_down in order]
    return query.order_by(*ordered).limit(sa.bindparam("most", type_=sa.Integer, required=False))


def _condition(one: Field, operator: str, fixed: Any, name: str) -> Condition:
    if one.make is not None:
        return one.make(fixed)
    column: sa.ColumnElement[Any] = one.column
    if operator == "null":
        return column.is_(None) if fixed else column.is_not(None)
    if operator == "has":
        return one.holds(fixed)
    if operator == "in":
        return column.in_(fixed)
    compare = _COMPARISONS.get(operator, "__eq__")
    condition: Condition = getattr(column, compare)(_parameter(column, name))
    if operator == "ne" and one.is_nullable:
        return sa.or_(condition, column.is_(None))
    return condition


def _parameter(column: sa.ColumnElement[Any], name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=column.type, required=False)


def _sorted_by(one: Field, is_down: bool) -> sa.ColumnElement[Any]:
    ordered: sa.ColumnElement[Any] = one.column.desc() if is_down else one.column.asc()
    return ordered.nulls_last() if one.is_nullable else ordered


def _behind(order: Sequence[tuple[Field, bool]], are_missing: Sequence[bool]) -> Condition:
    """The condition that a row comes behind the one that the cursor names."""
    return sa.or_(sa.false(), *_branches(order, are_missing))


def _branches(order: Sequence[tuple[Field, bool]], are_missing: Sequence[bool]) -> Iterator[Any]:
    same: list[Condition] = []
    for place, ((one, is_down), is_missing) in enumerate(zip(order, are_missing, strict=True)):
        value = _parameter(one.column, f"after_{place}")
        if not is_missing:
            beyond = one.column < value if is_down else one.column > value
            if one.is_nullable:
                beyond = sa.or_(beyond, one.column.is_(None))
            yield sa.and_(*same, beyond)
        same.append(one.column.is_(None) if is_missing else one.column == value)
