"""What is wrong with a company file, in words: the table, the entry, the key, what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from pbx_bridge.company_file import CompanyFile

_NAME_KEYS = ("name", "label", "number")
"""What an entry is called, by the first of these keys that it has."""


def name_entry(table: str, place: int, name: str, key: str) -> str:
    """``[[users]] number 2 (Bob) email``: places count from 1."""
    return f"[[{table}]] number {place} ({name}) {key}"


def explain(problem: Any, settings: Mapping[str, Any]) -> str:
    """One of pydantic's problems, with the table, the entry and the key that it is in."""
    keys = list(problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = f"unknown key; expected one of {', '.join(_known_keys(keys))}"
    if len(keys) < 2 or not isinstance(keys[1], int):
        return f"{'.'.join(map(str, keys))}: {message}"
    table, index, *rest = keys
    entry = settings[table][index]
    named = entry if isinstance(entry, Mapping) else {}
    name = next((str(named[key]) for key in _NAME_KEYS if key in named), "without a name")
    where = name_entry(table, index + 1, name, ".".join(map(str, rest)))
    return f"{where.rstrip()}: {message}"


def _known_keys(keys: Sequence[object]) -> list[str]:
    model: type[BaseModel] = CompanyFile
    for key in keys[:-1]:
        if isinstance(key, str) and key in model.model_fields:
            annotation = model.model_fields[key].annotation
            inner = (get_args(annotation) or (annotation,))[0]
            while not isinstance(inner, type):
                inner = get_args(inner)[0]
            if issubclass(inner, BaseModel):
                model = inner
    return list(model.model_fields)
