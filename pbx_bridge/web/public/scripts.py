"""The scripts that other people's pages load from us."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from aiohttp import web

_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def script_response(name: str) -> web.Response:
    """One of our scripts, as any page may load it."""
    return web.Response(
        body=_read(name), content_type="text/javascript", charset="utf-8", headers=_HEADERS
    )


@cache
def _read(name: str) -> bytes:
    return files("pbx_bridge.web.public").joinpath(name).read_bytes()
