"""JSON Schema (2020-12, as OpenAPI 3.1 has it) of what comes in and of what is answered.

Two types of one name are told apart by a number; what is answered has the form of
``documents.plain``: amounts are texts, instants end in ``Z``, secrets are not there.
"""

from __future__ import annotations

from typing import Any, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import CoreSchema, core_schema

from pbx_bridge.web.api.answers import hidden_fields
from pbx_bridge.web.api.shapes import Shape

_REF = "#/components/schemas/{model}"


class Schemas:
    """The schemas of one document, each defined once."""

    def __init__(self) -> None:
        self._defined: dict[str, Any] = {}

    def defined(self) -> dict[str, Any]:
        """Every schema that was referred to, by name."""
        return dict(sorted(self._defined.items()))

    def of_request(self, shape: Shape) -> dict[str, Any]:
        """The schema of a body."""
        return self._add(_generate(shape.core_schema, "validation"), "Sent")

    def of_answer(self, returned: Any) -> dict[str, Any]:
        """The schema of an answer."""
        return self._add(_generate(TypeAdapter(returned).core_schema, "serialization"))

    def query_parameters(self, shape: Shape) -> list[dict[str, Any]]:
        """The fields of a shape as parameters of a query."""
        schema = _generate(shape.core_schema, "validation")
        own = {key: schema[key] for key in ("$defs",) if key in schema}
        schema["properties"] = {
            name: self._add(own | one, "Sent") for name, one in schema["properties"].items()
        }
        needed = schema.get("required", ())
        found = []
        for name, one in schema.get("properties", {}).items():
            said = {key: value for key, value in one.items() if key not in ("title", "description")}
            options = said.get("anyOf", [])
            plain = [each for each in options if each.get("type") != "null"]
            if len(plain) == 1 and len(options) == 2:
                said = {key: value for key, value in said.items() if key != "anyOf"} | plain[0]
            if said.get("default", 0) is None:
                del said["default"]
            parameter = {"name": name, "in": "query", "schema": said}
            if "description" in one:
                parameter["description"] = one["description"]
            if name in needed:
                parameter["required"] = True
            found.append(parameter)
        return found

    def _add(self, generated: dict[str, Any], suffix: str = "") -> dict[str, Any]:
        hoisting = _Hoisting(self._defined, generated.pop("$defs", {}), suffix)
        return cast(dict[str, Any], hoisting.hoist(generated))


class _Hoisting:
    """Moves every named object and list of words of one schema to those that are defined.

    What is inside comes first, so that two schemas that say the same are one. A type that says
    something else when it is sent than when it is answered has two names.
    """

    def __init__(self, defined: dict[str, Any], own: dict[str, Any], suffix: str) -> None:
        self._defined, self._own, self._suffix = defined, own, suffix
        self._names: dict[str, dict[str, Any]] = {}

    def hoist(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self.hoist(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        if isinstance(ref := schema.get("$ref"), str):
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return {**self._own_ref(ref.rpartition("/")[2]), **rest}
        inside = {key: self.hoist(value) for key, value in schema.items()}
        title = inside.get("title")
        is_object = inside.get("type") == "object" and "properties" in inside
        if isinstance(title, str) and (is_object or "enum" in inside):
            return {"$ref": _REF.format(model=self._define(title, inside))}
        return inside

    def _own_ref(self, name: str) -> dict[str, Any]:
        if name not in self._names:
            self._names[name] = {"$ref": _REF.format(model=name)}
            self._names[name] = self.hoist(self._own[name])
        return self._names[name]

    def _define(self, title: str, schema: dict[str, Any]) -> str:
        title = title.replace("[", "").replace("]", "").replace(" ", "")
        names = [title, title + self._suffix, *(f"{title}{self._suffix}{n}" for n in range(2, 99))]
        for name in names:
            if self._defined.setdefault(name, schema) == schema:
                return name
        raise LookupError(f"too many schemas are called {title}")


class _Generator(GenerateJsonSchema):
    """As pydantic has it, without the titles of fields, which say nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No."""
        return False

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        """An answer holds every field but the secret ones."""
        found: dict[str, Any] = super().dataclass_schema(schema)
        if self.mode == "serialization" and "properties" in found:
            hidden = hidden_fields(schema["cls"])
            found["properties"] = {
                name: {key: value for key, value in one.items() if key != "default"}
                for name, one in found["properties"].items()
                if name not in hidden
            }
            found["required"] = list(found["properties"])
        return found

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        """An amount is a text, in and out."""
        if self.mode == "serialization":
            return {"type": "string", "examples": ["1250.50"]}
        sign = "" if schema.get("ge") == 0 else "-?"
        pattern = rf"^{sign}(0|[1-9][0-9]{{0,9}})(\.[0-9]{{1,4}})?$"
        return {"type": "string", "pattern": pattern, "examples": ["1250.50"]}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> dict[str, Any]:
        """RFC 3339."""
        return {
            "type": "string",
            "format": "date-time",
            "examples": ["2026-11-22T09:30:00.000000Z"],
        }

    def time_schema(self, schema: core_schema.TimeSchema) -> dict[str, Any]:
        """A local time, which RFC 3339 has no name for."""
        return {
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
            "examples": ["09:00:00"],
        }

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Text; that it may not hold NUL is said once, in the introduction."""
        schema = {key: value for key, value in schema.items() if value != NO_NUL}  # type: ignore[assignment]
        return super().str_schema(schema)


NO_NUL = r"^[^\x00]*$"


def _generate(schema: CoreSchema, mode: JsonSchemaMode) -> dict[str, Any]:
    generator = _Generator(by_alias=True, ref_template=_REF)
    return cast(dict[str, Any], _without_noise(generator.generate(schema, mode=mode)))


def _without_noise(schema: Any) -> Any:
    """Docstrings that dataclasses make of themselves are left out."""
    if isinstance(schema, dict):
        return {
            key: _without_noise(value)
            for key, value in schema.items()
            if not (key == "description" and isinstance(value, str) and "(*, " in value)
        }
    if isinstance(schema, list):
        return [_without_noise(each) for each in schema]
    return schema
