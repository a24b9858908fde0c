"""The query of a list, ``?state=new&created_at[gte]=…&sort=-name&limit=50``, as a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from multidict import MultiMapping

from crm_store.errors import Problem
from crm_store.search.finding import DEFAULT_LIMIT, MOST, OPERATORS, Question, operators_of
from crm_store.search.listings import Field, listing_of
from pbx_bridge.web.api.problems import ApiProblem

_OWN = ("q", "sort", "cursor", "limit", "total")
_LONGEST, _LONGEST_TEXT = 2_000, 200


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The query parameters of the list of one kind."""

    kind: str

    def read_query(self, values: MultiMapping[str]) -> Question:
        """The question that the parameters ask; ApiProblem 422 for what they cannot be."""
        problems = [
            Problem(name, "is given twice")
            for name in dict.fromkeys(values)
            if _is_twice(values, name)
        ]
        problems += [
            Problem(name, "is too long")
            for name, value in values.items()
            if len(value) > (_LONGEST_TEXT if name == "q" else _LONGEST)
        ]
        limit = values.get("limit", str(DEFAULT_LIMIT))
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 9):
            problems.append(Problem("limit", f"has to be from 1 to {MOST}"))
        if values.get("total", "false") not in ("true", "false"):
            problems.append(Problem("total", "has to be true or false"))
        if problems:
            raise ApiProblem.unprocessable(problems)
        return Question(
            kind=self.kind,
            conditions={name: value for name, value in values.items() if name not in _OWN},
            q=values.get("q"),
            sort=values.get("sort"),
            cursor=values.get("cursor"),
            limit=int(limit),
            total=values.get("total") == "true",
        )

    def parameters(self) -> Iterator[dict[str, Any]]:
        """The parameters as OpenAPI describes them."""
        listing = listing_of(self.kind)
        sortable = [one.name for one in listing.fields.values() if one.is_sortable]
        yield _parameter("q", {"type": "string", "maxLength": _LONGEST_TEXT}, "Text to search for.")
        order = "|".join(map(_escaped, sortable))
        yield _parameter(
            "sort",
            {"type": "string", "pattern": f"^-?({order})(,-?({order}))*$"},
            "Fields to sort by, the most important first; `-` for descending. Missing values "
            f"come last. Without it: `{listing.sort}`.",
        )
        yield _parameter(
            "cursor", {"type": "string"}, "`next` of the page before; the other parameters stay."
        )
        limits = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
        yield _parameter("limit", limits, "How many at most.")
        flag = {"type": "boolean", "default": False}
        yield _parameter("total", flag, "Whether to count all that match, which takes a while.")
        for one in listing.fields.values():
            if "" in operators_of(one):
                yield _parameter(one.name, _schema(one, ""), _said(one))
        yield {
            "name": "operators",
            "in": "query",
            "description": "Fields with an operator, each a parameter of its own, such as "
            "`created_at[gte]=2026-11-01T00:00:00Z`. " + _OPERATORS,
            "style": "form",
            "explode": True,
            "schema": {
                "type": "object",
                "patternProperties": _patterns(listing.fields.values()),
                "additionalProperties": False,
            },
        }


_OPERATORS = "; ".join(f"`[{name}]` {said}" for name, said in OPERATORS.items() if name) + "."


def _patterns(fields: Iterable[Field]) -> dict[str, Any]:
    """The names of parameters as patterns, by what each may hold."""
    groups: dict[tuple[str, str], tuple[dict[str, Any], list[str]]] = {}
    for one in fields:
        by_schema: dict[str, tuple[dict[str, Any], list[str]]] = {}
        for operator in filter(None, operators_of(one)):
            schema = _schema(one, operator)
            by_schema.setdefault(repr(schema), (schema, []))[1].append(operator)
        for said, (schema, operators) in by_schema.items():
            groups.setdefault((said, "|".join(operators)), (schema, []))[1].append(one.name)
    return {
        rf"^({'|'.join(map(_escaped, names))})\[({operators})\]$": schema
        for (_, operators), (schema, names) in groups.items()
    }


def _escaped(name: str) -> str:
    return name.replace(".", r"\.")


def _said(one: Field) -> str:
    return f"`{one.name}`, written in any form." if one.make is not None else ""


def _schema(one: Field, operator: str) -> dict[str, Any]:
    if operator == "null":
        return {"type": "boolean"}
    if operator == "in":
        return {"type": "string"}
    if issubclass(one.type, bool):
        return {"type": "boolean"}
    if issubclass(one.type, int):
        return {"type": "integer", "minimum": -(2**31) + 1, "maximum": 2**31 - 1}
    if issubclass(one.type, float):
        return {"type": "number"}
    if issubclass(one.type, Decimal):
        return {"type": "string", "pattern": r"^-?[0-9]{1,10}(\.[0-9]{1,4})?$"}
    if issubclass(one.type, StrEnum):
        return {"type": "string", "enum": [word.value for word in one.type]}
    if issubclass(one.type, datetime):
        return {"type": "string", "format": "date-time"}
    if issubclass(one.type, date):
        return {"type": "string", "format": "date"}
    return {"type": "string"}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    said = {"description": description} if description else {}
    return {"name": name, "in": "query", "schema": schema, **said}


def _is_twice(values: MultiMapping[str], name: str) -> bool:
    return len(values.getall(name)) > 1
