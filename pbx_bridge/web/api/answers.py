"""Answering: values as JSON, with the instants and amounts of ``documents.plain``."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from crm_store.documents import plain
from pbx_bridge.web.api.endpoint import Answer, Endpoint

_encode = msgspec.json.Encoder().encode
_NO_STORE = {"Cache-Control": "no-store"}


def answer_with(endpoint: Endpoint, value: Any) -> web.StreamResponse:
    """The answer that an endpoint's value is."""
    if isinstance(value, web.StreamResponse):
        return value
    status, headers = endpoint.status, _NO_STORE
    if isinstance(value, Answer):
        status, headers = value.status or status, {**_NO_STORE, **value.headers}
        value = value.value
    if status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(
        body=_encode(plain(value)),
        status=status,
        content_type="application/json",
        headers=headers,
    )
