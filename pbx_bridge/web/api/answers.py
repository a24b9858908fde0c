"""Answering: values as JSON, in the words of ``documents.plain``, and quickly.

What a kind keeps secret (a user's password) is in no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from aiohttp import web

from crm_store.documents import plain, rfc3339
from crm_store.kinds import KINDS
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
    names = [one.name for one in fields(kind) if one.name not in hidden_fields(kind)]
    if len(names) < 2:
        return lambda value: {name: document(getattr(value, name)) for name in names}
    read = attrgetter(*names)

    def convert(value: Any) -> dict[str, Any]:
        return {
            name: each if type(each) in _AS_THEY_ARE else document(each)
            for name, each in zip(names, read(value), strict=True)
        }

    return convert


def _listed(value: Any) -> list[Any]:
    return [document(each) for each in value]


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    **{kind: lambda value: value for kind in _AS_THEY_ARE},
    datetime: rfc3339,
    list: _listed,
    tuple: _listed,
    dict: lambda value: {str(key): document(each) for key, each in value.items()},
}
