"""Lists of records: which, in which order, and from where on.

A question is made of texts, as they stand in a URL, so that a page, a script and the API ask
alike::

    page = find(reader, Question(
        kind="lead", conditions={"state": "new", "created_at[gte]": "2026-11-01T00:00:00Z"},
        sort="-updated_at,name", limit=50))

A page goes on from the last record of the one before (its cursor holds what that one was sorted
by), so that nothing is told twice or left out when records are made in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from crm_store.errors import InvalidRecord, Problem
from crm_store.reader import Reader
from crm_store.search.cursors import cursor_of, read_cursor
from crm_store.search.listings import Field, Listing, listing_of

DEFAULT_LIMIT, MOST = 50, 500

_COMPARISONS = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__", "ne": "__ne__"}
OPERATORS: Mapping[str, str] = {
    "": "is exactly this",
    "ne": "is not this",
    "in": "is one of these, parted by commas",
    "gt": "is more, or later, than this",
    "gte": "is this or more",
    "lt": "is less, or earlier, than this",
    "lte": "is this or less",
    "null": "is missing (true) or not (false)",
    "has": "a list that holds this",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which records of one kind.

    ``conditions`` are ``{"field": value}`` or ``{"field[operator]": value}``; all have to hold.
    ``sort`` lists fields, the most important first, ``-`` for descending; missing values come
    last either way. ``q`` is text that is searched for. ``total`` asks for how many match.
    """

    kind: str
    conditions: Mapping[str, str] = field(default_factory=dict)
    q: str | None = None
    sort: str | None = None
    cursor: str | None = None
    limit: int = DEFAULT_LIMIT
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the records that match, and where the next ones begin (None: these were the last)."""

    items: Sequence[Any]
    next: str | None
    total: int | None = None


def find(reader: Reader, question: Question, *, seen: sa.ColumnElement[bool] | None = None) -> Page:
    """The page that a question asks for, of what meets the condition ``seen``.

    Raises InvalidRecord for fields, operators, sort keys and values that there are not.
    """
    listing = listing_of(question.kind)
    problems: list[Problem] = []
    conditions = list(_conditions(listing, question.conditions, problems))
    sort = listing.sort if question.sort is None else question.sort
    order = _order(listing, sort, problems)
    after = _after(listing, question, order, problems)
    if not 1 <= question.limit <= MOST:
        problems.append(Problem("limit", f"has to be from 1 to {MOST}"))
    if problems:
        raise InvalidRecord(problems)
    if seen is not None:
        conditions.append(seen)
    if question.q:
        conditions += listing.search(question.q)
    query = listing.query.where(*conditions)
    total = None
    if question.total:
        counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
        total = reader.connection.execute(counted).scalar_one()
    if after is not None:
        query = query.where(after)
    ordered = [each for one, is_down in order for each in _sorted_by(one, is_down)]
    query = query.order_by(*ordered).limit(question.limit + 1)
    found = reader.connection.execute(query).mappings().all()
    some = found[: question.limit]
    following = None
    if len(found) > question.limit:
        last = [some[-1][one.column] for one, _ in order]
        following = cursor_of(_said(question.kind, order), last)
    return Page(items=listing.read(reader, some), next=following, total=total)


Order = list[tuple[Field, bool]]


def _conditions(
    listing: Listing, wanted: Mapping[str, str], problems: list[Problem]
) -> Iterator[sa.ColumnElement[bool]]:
    for name, text in wanted.items():
        field_name, _, rest = name.partition("[")
        operator = rest.removesuffix("]")
        if rest and not rest.endswith("]"):
            problems.append(Problem(name, "has a bracket that is not closed"))
            continue
        one = listing.fields.get(field_name)
        if one is None:
            problems.append(Problem(name, f"is no field; there are {_listed(listing.fields)}"))
            continue
        try:
            if operator not in operators_of(one):
                raise ValueError(
                    f"cannot be asked for with [{operator}]; there are "
                    f"{_listed(each for each in operators_of(one) if each)}"
                )
            yield _condition(one, operator, text)
        except ValueError as error:
            problems.append(Problem(name, str(error)))


def operators_of(one: Field) -> tuple[str, ...]:
    """The operators that a field understands."""
    if one.make is not None:
        return ("",)
    if one.is_list:
        return ("has",)
    if one.type is bool:
        return ("",)
    is_text = issubclass(one.type, str)
    found = ("", "ne", "in") if is_text else ("", "ne", "in", "gt", "gte", "lt", "lte")
    return (*found, "null") if one.is_nullable else found


def _condition(one: Field, operator: str, text: str) -> sa.ColumnElement[bool]:
    if one.make is not None:
        return one.make(text)
    column: sa.ColumnElement[Any] = one.column
    if operator == "null":
        return column.is_(None) if one.flag(text) else column.is_not(None)
    if operator == "has":
        return one.holds(one.value(text))
    if operator == "in":
        return column.in_([one.value(part) for part in text.split(",")])
    value = one.value(text)
    compare = _COMPARISONS.get(operator, "__eq__")
    condition: sa.ColumnElement[bool] = getattr(column, compare)(value)
    if operator == "ne" and one.is_nullable:
        return sa.or_(condition, column.is_(None))
    return condition


def _order(listing: Listing, sort: str, problems: list[Problem]) -> Order:
    order: Order = []
    for part in [*sort.split(","), *listing.tie]:
        name = part.strip().removeprefix("-")
        one = listing.fields.get(name)
        if one is None or not one.is_sortable:
            sortable = _listed(each.name for each in listing.fields.values() if each.is_sortable)
            problems.append(Problem("sort", f"{name!r} cannot be sorted by; there are {sortable}"))
        elif all(one is not known for known, _ in order):
            order.append((one, part.strip().startswith("-")))
    return order


def _sorted_by(one: Field, is_down: bool) -> list[sa.ColumnElement[Any]]:
    ordered = one.column.desc() if is_down else one.column.asc()
    return [ordered.nulls_last() if one.is_nullable else ordered]


def _said(kind: str, order: Order) -> str:
    return kind + ":" + ",".join(("-" if is_down else "") + one.name for one, is_down in order)


def _after(
    listing: Listing, question: Question, order: Order, problems: list[Problem]
) -> sa.ColumnElement[bool] | None:
    """The condition that a row comes behind the one that the cursor names."""
    if question.cursor is None or problems:
        return None
    try:
        said = read_cursor(question.cursor, _said(question.kind, order))
        values = [one.from_cursor(value) for (one, _), value in zip(order, said, strict=True)]
    except (ValueError, msgspec.MsgspecError) as error:
        problems.append(Problem("cursor", f"is not of this question: {error}"))
        return None
    branches: list[sa.ColumnElement[bool]] = []
    same: list[sa.ColumnElement[bool]] = []
    for (one, is_down), value in zip(order, values, strict=True):
        if value is not None:
            beyond = one.column < value if is_down else one.column > value
            if one.is_nullable:
                beyond = sa.or_(beyond, one.column.is_(None))
            branches.append(sa.and_(*same, beyond))
        same.append(one.column.is_(None) if value is None else one.column == value)
    return sa.or_(sa.false(), *branches)


def _listed(names: Any) -> str:
    return ", ".join(names)
