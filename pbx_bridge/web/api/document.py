"""The OpenAPI document over the API itself: open to everybody, as it tells of nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from aiohttp import web

from pbx_bridge.web.api.endpoint import ApiCall, Endpoint, endpoint
from pbx_bridge.web.api.openapi import openapi_document


def document_endpoint(all_endpoints: Callable[[], Iterable[Endpoint]]) -> Endpoint:
    """The endpoint that answers with the document of all of them."""

    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(document_of(all_endpoints()))

    @endpoint(
        "GET",
        "/openapi.json",
        returns=dict[str, Any],
        scope=None,
        tag="Document",
        summary="This document",
        name="openapi",
    )
    async def openapi(call: ApiCall) -> web.Response:
        """The OpenAPI 3.1 document of this API."""
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=encoded(), content_type="application/json", headers=headers)

    return openapi


def document_of(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The document of these endpoints, as plain values."""
    return openapi_document(endpoints, version=version("pbx-bridge"))
