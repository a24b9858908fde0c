"""What can be sent of a record: the shapes of a new one and of a change, made from its class."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NotRequired, Required, get_type_hints

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from crm_store.errors import InvalidRecord, Problem
from crm_store.kinds import BUSINESS_HOURS, Kind
from crm_store.reader import Reader
from crm_store.records import Matched, PersonType, PhoneNumber
from pbx_bridge.web.api.docstrings import attribute_docs
from pbx_bridge.web.api.shapes import Shape

_Name = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedNumber:
    """A phone number as somebody typed it; ``e164`` follows from it where it is left out."""

    raw: str
    label: str = ""
    e164: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom something is about; the name is that of the record."""

    type: PersonType
    id: int
    name: str = ""


_TYPED: Mapping[str, Any] = {
    "phone_numbers": tuple[TypedNumber, ...],
    "about": About | None,
    "hours": str | None,
    "key": Annotated[str, Field(min_length=1, max_length=500)] | None,
    "probability": Annotated[int, Field(ge=0, le=100)] | None,
    "target_amount": Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)] | None,
    "amount": Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)] | None,
}
"""Fields that are typed otherwise than they are kept, or of which more can be said."""

BY_ACTION: Mapping[str, Mapping[str, str]] = {
    "lead": {
        "first_call": "is set by the call that made the lead",
        "state": "changes by the actions start, win, lose, reopen, qualify and convert",
        "completed_at": "is set by the actions win, lose and convert",
        "opportunity_id": "is set by the action convert",
    },
    "contact": {
        "account": "follows from account_id",
        "first_call": "is set by the call that made the contact",
    },
    "account": {"first_call": "is set by the call that made the account"},
    "person_account": {"first_call": "is set by the call that made the person account"},
    "activity": {"call": "is set by the call that it tells of", "call_type": "is set by the call"},
    "case": {
        "first_call": "is set by the call that opened the case",
        "closed_at": "is set by the action close",
    },
    "opportunity": {
        "state": "changes by the actions win, lose and reopen",
        "closed_at": "is set by the actions win, lose and reopen",
    },
    "user": {"password_hash": "is set by PUT /users/{name}/password"},
}
"""Fields that nobody writes directly, and what does."""


@cache
def new_shape(kind: Kind[Any]) -> Shape:
    """What makes a new record: fields without a default are required."""
    return _shape(kind, f"New{kind.record.__name__}", is_new=True)


@cache
def change_shape(kind: Kind[Any]) -> Shape:
    """What changes a record: only what is sent; ``version`` is the one that was read."""
    return _shape(kind, f"{kind.record.__name__}Change", is_new=False)


def _shape(kind: Kind[Any], name: str, *, is_new: bool) -> Shape:
    fields: dict[str, Any] = {} if is_new else {"version": NotRequired[Annotated[int, Field(ge=1)]]}
    docs = attribute_docs(kind.record)
    for one, hint in _writable(kind, is_new=is_new):
        said = Annotated[hint, Field(description=docs[one])] if one in docs else hint
        is_required = is_new and (_has_no_default(kind.record, one) and one != "raw")
        fields[one] = Required[said] if is_required else NotRequired[said]
    make: Any = TypedDict
    made = make(name, fields)
    made.__pydantic_config__ = ConfigDict(extra="forbid", title=name)
    made.__doc__ = None
    refused = dict(BY_ACTION.get(kind.name, {}))
    for each in (*kind.derived, *kind.bookkeeping, kind.key):
        refused.setdefault(each, "is given by the store")
    if not is_new:
        refused.pop("version", None)
    return Shape(made, refused=refused)


def _writable(kind: Kind[Any], *, is_new: bool) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(kind.record, include_extras=True)
    names = kind.changeable - kind.secret - BY_ACTION.get(kind.name, {}).keys()
    if is_new and kind.key != "id":
        names |= {kind.key}
    for name in kind.fields:
        if name in names:
            hint = _Name if name in ("name", kind.key) else hints[name]
            yield name, _TYPED.get(name, hint) if (name, kind.key) != ("key", "key") else hint


def _has_no_default(record: Any, name: str) -> bool:
    (one,) = (each for each in dataclasses.fields(record) if each.name == name)
    return one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING


def as_fields(reader: Reader, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent as fields of a record; InvalidRecord where it names what is not there."""
    fields = dict(values)
    if "phone_numbers" in fields:
        fields["phone_numbers"] = tuple(
            PhoneNumber(raw=one.raw, e164=one.e164, label=one.label)
            for one in fields["phone_numbers"]
        )
    if isinstance(about := fields.get("about"), About):
        fields["about"] = Matched(type=about.type, id=about.id, name=about.name)
    if (name := fields.get("hours")) is not None:
        hours = reader.get(BUSINESS_HOURS.name, name)
        if hours is None:
            raise InvalidRecord([Problem("hours", f"no business hours are called {name!r}")])
        fields["hours"] = hours
    return fields


def as_record(reader: Reader, kind: Kind[Any], values: Mapping[str, Any]) -> Any:
    """The new record that was sent."""
    fields = as_fields(reader, values)
    if "raw" in kind.fields:
        fields.setdefault("raw", fields.get("e164", ""))
    return kind.record(**fields)
