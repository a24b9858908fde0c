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
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from crm_store.errors import InvalidRecord, Problem
from crm_store.reader import Reader
from crm_store.search.cursors import cursor_of, read_cursor
from crm_store.search.listings import Condition, Field, Listing, listing_of
from crm_store.search.row_documents import documents_of
from crm_store.search.statements import Statement, counting, run

DEFAULT_LIMIT, MOST = 50, 500

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


def find(reader: Reader, question: Question, *, seen: Condition | None = None) -> Page:
    """The page that a question asks for, of what meets the condition ``seen``.

    Raises InvalidRecord for fields, operators, sort keys and values that there are not.
    """
    rows, page = _ask(reader, question, seen, are_instants_read=True)
    return replace(page, items=listing_of(question.kind).read(reader, rows))


def find_documents(reader: Reader, question: Question, *, seen: Condition | None = None) -> Page:
    """The same page with documents (``documents.plain``, no secrets) in place of records."""
    rows, page = _ask(reader, question, seen, are_instants_read=False)
    return replace(page, items=documents_of(question.kind).read(reader.connection, rows))


def _ask(
    reader: Reader, question: Question, seen: Condition | None, *, are_instants_read: bool
) -> tuple[Sequence[Any], Page]:
    """The rows of a page, and the page without them."""
    listing, problems = listing_of(question.kind), list[Problem]()
    wanted = tuple(_wanted(listing, question.conditions, problems))
    sort = listing.sort if question.sort is None else question.sort
    order = _order(listing, sort, problems)
    after = _after(question, order, problems)
    if not 1 <= question.limit <= MOST:
        problems.append(Problem("limit", f"has to be from 1 to {MOST}"))
    if problems:
        raise InvalidRecord(problems)
    statement = Statement(
        kind=question.kind,
        conditions=tuple((name, operator, fixed) for name, operator, fixed, _ in wanted),
        q=question.q or "",
        order=tuple((one.name, is_down) for one, is_down in order),
        after=None if after is None else tuple(value is None for value in after),
        seen=seen,
    )
    values = {f"value_{place}": value for place, (*_, value) in enumerate(wanted)}
    total = None
    if question.total:
        total = reader.connection.execute(counting(statement), values).scalar_one()
    values |= {f"after_{place}": value for place, value in enumerate(after or ())}
    values["most"] = question.limit + 1
    found = run(reader.connection, statement, values, are_instants_read=are_instants_read)
    some = found[: question.limit]
    following = None
    if len(found) > question.limit:
        last = [some[-1][str(one.column.key)] for one, _ in order]
        following = cursor_of(_said(question.kind, order), last)
    return some, Page(items=(), next=following, total=total)


Order = list[tuple[Field, bool]]


def _wanted(
    listing: Listing, wanted: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[str, str, Any, Any]]:
    """Each condition as field, operator, what of it is fixed in the statement, and its value."""
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
            yield field_name, operator, *_value(one, operator, text)
        except ValueError as error:
            problems.append(Problem(name, str(error)))


def _value(one: Field, operator: str, text: str) -> tuple[Any, Any]:
    """What a statement says itself, and the value that it is given."""
    if one.make is not None:
        return text, None
    if operator == "null":
        return one.flag(text), None
    if operator == "has":
        return one.value(text), None
    if operator == "in":
        return tuple(one.value(part) for part in text.split(",")), None
    return None, one.value(text)


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


def _said(kind: str, order: Order) -> str:
    return kind + ":" + ",".join(("-" if is_down else "") + one.name for one, is_down in order)


def _after(question: Question, order: Order, problems: list[Problem]) -> list[Any] | None:
    """What the row that the cursor names is sorted by."""
    if question.cursor is None or problems:
        return None
    try:
        said = read_cursor(question.cursor, _said(question.kind, order))
        return [one.from_cursor(value) for (one, _), value in zip(order, said, strict=True)]
    except (ValueError, msgspec.MsgspecError) as error:
        problems.append(Problem("cursor", f"is not of this question: {error}"))
        return None


def _listed(names: Any) -> str:
    return ", ".join(names)
