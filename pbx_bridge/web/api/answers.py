"""Answering: values as JSON, in the words of ``documents.plain``, and quickly.

What a kind keeps secret (a user's password) is in no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from aiohttp import web

from crm_store.documents import plain, rfc3339
from crm_store.kinds import KINDS
from crm_store.search.row_documents import Documents
from pbx_bridge.web.api.calculated import CALCULATED
from pbx_bridge.web.api.endpoint import Answer, Endpoint

_encode = msgspec.json.Encoder().encode
_HEADERS = {"Cache-Control": "no-store", "Content-Type": "application/json"}
_AS_THEY_ARE: frozenset[type] = frozenset({str, int, float, bool, type(None)})
_HIDDEN: Mapping[type, frozenset[str]] = {
    kind.record: kind.secret for kind in KINDS.values() if kind.secret
}


def answer_with(endpoint: Endpoint, value: Any) -> web.StreamResponse:
    """The answer that an endpoint's value is."""
    if isinstance(value, web.StreamResponse):
        value.headers.setdefault("Cache-Control", "no-store")
        return value
    status, headers = endpoint.status, _HEADERS
    if type(value) is Answer:
        status, headers = value.status or status, {**_HEADERS, **value.headers}
        value = value.value
    if status == 204:
        return web.Response(status=204, headers={"Cache-Control": "no-store"})
    return web.Response(body=_encode(document(value)), status=status, headers=headers)


def document(value: Any) -> Any:
    """The plain form of a value: as ``documents.plain``, without secrets."""
    convert = _CONVERTERS.get(type(value))
    if convert is None:
        convert = _CONVERTERS[type(value)] = _converter(type(value), value)
    return convert(value)


def hidden_fields(record: Any) -> frozenset[str]:
    """The fields of a class that are in no answer."""
    return _HIDDEN.get(record, frozenset())


def _converter(kind: type, value: Any) -> Callable[[Any], Any]:
    if is_dataclass(kind):
        stored, calculated = _dataclass_converter(kind), CALCULATED.get(kind)
        return stored if calculated is None else lambda one: stored(one) | calculated(one)
    return plain


def _dataclass_converter(kind: Any) -> Callable[[Any], Any]:
    """Most fields are plain already, and known to be: only the others are looked at."""
    names = [one.name for one in fields(kind) if one.name not in hidden_fields(kind)]
    if len(names) < 2:
        return lambda value: {name: document(getattr(value, name)) for name in names}
    read = attrgetter(*names)
    hints = get_type_hints(kind)
    others = [name for name in names if not _is_plain(hints[name])]

    def convert(value: Any) -> dict[str, Any]:
        found = dict(zip(names, read(value), strict=True))
        for name in others:
            each = found[name]
            if each is not None and each != ():
                found[name] = document(each)
        return found

    return convert


def _is_plain(hint: Any) -> bool:
    """Whether msgspec writes values of this type as ``documents.plain`` would."""
    parts = get_args(hint)
    if parts and (get_origin(hint) is tuple or get_origin(hint) in (Union, UnionType)):
        return all(part is Ellipsis or _is_plain(part) for part in parts)
    return isinstance(hint, type) and (hint in _AS_THEY_ARE or issubclass(hint, StrEnum))


def _listed(value: Any) -> list[Any]:
    return [document(each) for each in value]


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    **{kind: lambda value: value for kind in _AS_THEY_ARE},
    datetime: rfc3339,
    Documents: lambda value: value,
    list: _listed,
    tuple: _listed,
    dict: lambda value: {str(key): document(each) for key, each in value.items()},
}
