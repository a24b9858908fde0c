"""What each kind of record can be asked for by, and sorted by: made from its fields and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import sqlalchemy as sa

from crm_store import queries, rows
from crm_store.access.holding import holds
from crm_store.engines.column_types import AMOUNT_LIMIT, storable
from crm_store.filters import CallFilter
from crm_store.kinds import KINDS, Kind
from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import CallRecord, PersonType
from crm_store.search.words import LAST, split_words
from crm_store.tables import activities, calls, phone_numbers, search_words

_LARGEST = 2**31 - 1
_SCALARS = (str, int, float, bool, Decimal, datetime, date)
_SEARCHED = ("name", "subject", "label", "e164", "comment", "title", "description")
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a list. ``make`` makes the condition of a field that is no column."""

    name: str
    column: Any = None
    type: Any = str
    is_nullable: bool = False
    is_list: bool = False
    make: Callable[[str], Condition] | None = None

    @property
    def is_sortable(self) -> bool:
        """Whether a list can be in its order."""
        return self.column is not None and not self.is_list

    def value(self, text: str) -> Any:
        """What a text says; ValueError in words when it says nothing of this type."""
        if self.type is bool:
            return self.flag(text)
        if issubclass(self.type, StrEnum) and text not in list(self.type):
            raise ValueError(f"{text!r} is none of {', '.join(self.type)}")
        try:
            value = msgspec.convert(text, self.type, strict=self.type not in _NUMBERS)
        except msgspec.ValidationError:
            raise ValueError(f"{text!r} is no {_A_WORD_FOR.get(self.type, 'value')}") from None
        return _checked(value)

    def flag(self, text: str) -> bool:
        """``true`` or ``false``; ValueError otherwise."""
        if text not in ("true", "false"):
            raise ValueError("has to be true or false")
        return text == "true"

    def from_cursor(self, value: Any) -> Any:
        """The value of a column from its plain form."""
        if value is None:
            if not self.is_nullable:
                raise ValueError("it is damaged")
            return None
        converted = msgspec.convert(value, self.type, strict=False)
        return _checked(converted)

    def holds(self, value: Any) -> Condition:
        """Whether the list holds this."""
        return holds(self.column, value)


_NUMBERS = (int, float)
_A_WORD_FOR = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    Decimal: "amount",
    datetime: "instant such as 2026-11-22T09:30:00Z",
    date: "date such as 2026-11-22",
}


def _checked(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone, such as Z")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError("is out of range") from None
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("is too large")
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise ValueError("is not finite")
    if isinstance(value, Decimal) and (
        not value.is_finite() or abs(value) >= AMOUNT_LIMIT or value != round(value, 4)
    ):
        raise ValueError("is no amount with four decimals at most")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How the records of one kind are listed. ``tie`` decides between rows that sort alike."""

    kind: str
    record: Any
    query: sa.Select[Any]
    fields: Mapping[str, Field]
    tie: tuple[str, ...]
    sort: str
    search: Callable[[str], list[Condition]]
    read: Callable[[Reader, Sequence[Any]], list[Any]]


@cache
def listing_of(kind_name: str) -> Listing:
    """The listing of a kind, or of ``call``; KeyError for what there is not."""
    if kind_name == "call":
        return _calls()
    kind = KINDS[kind_name]
    query = kind.select()
    fields = {
        one.name: one
        for one in (*_plain_fields(kind.record, kind.table, query), *_more_fields(kind))
    }
    for name in kind.secret:
        fields.pop(name, None)
    tie = kind.key
    return Listing(
        kind=kind_name,
        record=kind.record,
        query=query,
        fields=fields,
        tie=(tie,),
        sort=tie,
        search=lambda text: _search(kind, text),
        read=lambda reader, found: kind.read(reader.connection, found),
    )


def _calls() -> Listing:
    query = queries.find_calls(CallFilter()).order_by(None)
    more = (
        Field(name="tracking_number", column=calls.c.tracking_number, is_nullable=True),
        Field(name="campaign", column=calls.c.campaign, is_nullable=True),
        Field(name="source", column=calls.c.source, is_nullable=True),
        Field(name="number", make=_calls_of_number),
        Field(name="matched.type", column=calls.c.matched_type, type=PersonType, is_nullable=True),
        Field(name="matched.id", column=calls.c.matched_id, type=int, is_nullable=True),
        Field(name="record.type", column=calls.c.record_type, is_nullable=True),
        Field(name="record.id", column=calls.c.record_id, type=int, is_nullable=True),
    )
    fields = {one.name: one for one in (*_plain_fields(CallRecord, calls, query), *more)}
    return Listing(
        kind="call",
        record=CallRecord,
        query=query,
        fields=fields,
        tie=("pbx", "linkedid"),
        sort="-started_at",
        search=_search_calls,
        read=lambda _, found: [rows.call_from_row(row) for row in found],
    )


def _plain_fields(record: Any, own: sa.Table, query: sa.Select[Any]) -> Iterable[Field]:
    columns = {str(column.key): column for column in query.selected_columns}
    for name, hint in get_type_hints(record).items():
        column = columns.get("call_missed_reason") if name == "missed_reason" else None
        column = columns.get(name) if column is None else column
        if column is None:
            continue
        options = [one for one in get_args(hint) if one is not type(None)] or [hint]
        plain = options[0] if type(None) in get_args(hint) else hint
        if isinstance(plain, type) and issubclass(plain, (*_SCALARS, StrEnum)):
            nullable = type(None) in get_args(hint) and (
                getattr(column, "table", None) is not own or column.nullable
            )
            yield Field(name=name, column=column, type=plain, is_nullable=nullable)
        elif get_origin(plain) in (tuple, frozenset) and get_args(plain)[0] in (str, date):
            yield Field(name=name, column=column, type=get_args(plain)[0], is_list=True)


def _more_fields(kind: Kind[Any]) -> Iterable[Field]:
    if kind.name in set(PersonType):
        yield Field(name="phone_number", make=lambda text: _with_number(kind, text))
    if kind.name == "activity":
        yield Field(
            name="about.type", column=activities.c.person_type, type=PersonType, is_nullable=True
        )
        yield Field(name="about.id", column=activities.c.person_id, type=int, is_nullable=True)
        yield Field(name="pbx", column=activities.c.pbx, is_nullable=True)
        yield Field(name="linkedid", column=activities.c.linkedid, is_nullable=True)


def _with_number(kind: Kind[Any], text: str) -> Condition:
    number = phone_numbers.c.e164 == to_e164(text)
    theirs = sa.select(phone_numbers.c.person_id).where(
        phone_numbers.c.person_type == kind.name, sa.or_(number, phone_numbers.c.raw == text)
    )
    return kind.table.c.id.in_(theirs)


def _calls_of_number(text: str) -> Condition:
    return queries.number_matches(text, None)


def _search(kind: Kind[Any], text: str) -> list[Condition]:
    if kind.name in set(PersonType):
        return [
            kind.table.c.id.in_(
                sa.select(search_words.c.id).where(
                    search_words.c.type == kind.name,
                    search_words.c.word >= word,
                    search_words.c.word < word + LAST,
                )
            )
            for word in split_words(text)
        ] or [sa.false()]
    columns = [kind.table.c[name] for name in _SEARCHED if name in kind.table.c]
    return _contain(columns, text)


def _search_calls(text: str) -> list[Condition]:
    columns = [calls.c.call_id, calls.c.caller_number, calls.c.caller_name, calls.c.matched_name]
    return _contain([*columns, calls.c.comment], text)


def _contain(columns: Sequence[sa.Column[Any]], text: str) -> list[Condition]:
    words = (storable(text) or "").lower().split()[:8]
    return [
        sa.or_(*(sa.func.lower(column).contains(word, autoescape=True) for column in columns))
        for word in words
    ]
