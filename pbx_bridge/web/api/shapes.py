"""What comes in, checked: JSON bodies, parameters in the path and in the query.

Any frozen dataclass is a shape. Unknown keys are refused, numbers have to be numbers and fit the
columns that they are for, instants have to have a time zone, and text must be storable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, time
from functools import cache, cached_property
from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, core_schema

from crm_store.errors import Problem
from pbx_bridge.web.api.problems import ApiProblem

_LARGEST = 2**31 - 1
"""What a whole number in a column can be."""

_NO_NUL = r"^[^\x00]*$"
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")


class Shape:
    """A type that values from outside are checked against.

    ``refused`` are keys that it does not have, and why: somebody may well try to send them.
    """

    def __init__(self, of: Any, refused: Mapping[str, str] | None = None) -> None:
        self.refused = refused or {}
        if is_dataclass(of) and "__pydantic_config__" not in vars(of):
            of.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[union-attr]
        self.of = of

    @cached_property
    def core_schema(self) -> CoreSchema:
        """What pydantic makes of the type, tightened; made when it is first needed."""
        return cast(CoreSchema, tightened(TypeAdapter(self.of).core_schema))

    @cached_property
    def _validator(self) -> SchemaValidator:
        return SchemaValidator(self.core_schema)

    def read_json(self, text: bytes) -> Any:
        """The value that a JSON text says; ApiProblem 400 or 422."""
        try:
            return self._validator.validate_json(text or b"{}", strict=True)
        except ValidationError as error:
            raise as_problem(error, self.refused) from None

    def read_texts(self, values: Mapping[str, Any]) -> Any:
        """The value that parameters, which are all texts, say; ApiProblem 422."""
        try:
            return self._validator.validate_strings(dict(values))
        except ValidationError as error:
            raise as_problem(error, self.refused) from None

    def read(self, values: Any) -> Any:
        """The value that parsed values say; ApiProblem 422."""
        try:
            return self._validator.validate_python(values)
        except ValidationError as error:
            raise as_problem(error, self.refused) from None


@cache
def shape_of(of: Any) -> Shape:
    """The shape of a type, made once."""
    return of if isinstance(of, Shape) else Shape(of)


def as_problem(error: ValidationError, refused: Mapping[str, str]) -> ApiProblem:
    """What pydantic found, field by field; a text that is no JSON at all is a bad request."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found and found[0]["type"] == "json_invalid":
        return ApiProblem(400, "malformed-json", "The body is not JSON", found[0]["msg"])
    return ApiProblem.unprocessable(
        Problem(
            _name(one["loc"]),
            (one["type"] in _UNKNOWN and refused.get(_name(one["loc"])))
            or _words(one["type"], one["msg"]),
        )
        for one in found
    )


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _words(kind: str, message: str) -> str:
    if kind in _UNKNOWN:
        return "is not known"
    if kind in ("missing", "missing_keyword_only_argument", "missing_argument"):
        return "is required"
    if kind == "string_pattern_mismatch":
        return "holds a character that cannot be stored (NUL)"
    return message[:1].lower() + message[1:]


_WRITTEN = {
    "datetime": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]"), "2026-11-22T09:30:00Z"),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}$"), "2026-11-22"),
    "time": (re.compile(r"[0-9]{2}:[0-9]{2}"), "09:30:00"),
}


def _written(kind: str, schema: dict[str, Any]) -> Any:
    """An instant, a date or a time as it is written; never a number of seconds."""
    form, example = _WRITTEN[kind]
    if kind == "datetime":
        schema = schema | {"tz_constraint": "aware", "ge": _EARLIEST, "le": _LATEST}
    parse = SchemaValidator(cast(CoreSchema, {"type": kind})).validate_python

    def read(value: Any) -> Any:
        if isinstance(value, str) and form.match(value):
            try:
                return parse(value)
            except ValidationError as error:
                said = error.errors()[0]["msg"]
                raise PydanticCustomError("written", "{said}", {"said": said}) from None
        if isinstance(value, (date, time)):
            return value
        raise PydanticCustomError("written", f"has to be written like {example}")

    return core_schema.no_info_before_validator_function(read, cast(CoreSchema, schema))


def tightened(schema: Any) -> Any:
    """The schema with bounds on every whole number, time zones on instants, and no NUL."""
    if isinstance(schema, list):
        return [tightened(part) for part in schema]
    if isinstance(schema, tuple):
        return tuple(tightened(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    tight = {
        key: part if key in ("metadata", "config", "default", "expected") else tightened(part)
        for key, part in schema.items()
    }
    if kind == "int":
        if not {"le", "lt"} & set(tight):
            tight["le"] = _LARGEST
        if not {"ge", "gt"} & set(tight):
            tight["ge"] = -_LARGEST
    elif isinstance(kind, str) and kind in _WRITTEN:
        return _written(kind, tight)
    elif kind == "str" and "pattern" not in tight:
        tight["pattern"] = _NO_NUL
    elif kind in ("float", "decimal"):
        tight["allow_inf_nan"] = False
    return tight
