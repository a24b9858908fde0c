"""Which pages may send to us from a browser, and what their browsers are told (CORS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web


def is_allowed(request: web.Request, allowed: Sequence[str]) -> bool:
    """Whether the page that sends this may: ours, one that is allowed, or no browser at all."""
    origin = request.headers.get("Origin")
    if origin is None or "*" in allowed:
        return True
    return origin.lower() in allowed or _is_ours(request, origin)


def cors(request: web.Request, allowed: Sequence[str]) -> Mapping[str, str]:
    """The headers by which a browser lets its page read our answer."""
    origin = request.headers.get("Origin")
    headers = {"Vary": "Origin"}
    if "*" in allowed:
        headers["Access-Control-Allow-Origin"] = "*"
    elif origin is not None and origin.lower() in allowed:
        headers["Access-Control-Allow-Origin"] = origin
    if request.method == "OPTIONS":
        headers |= {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Content-Type, Accept",
            "Access-Control-Max-Age": "3600",
        }
    return headers


def _is_ours(request: web.Request, origin: str) -> bool:
    """A proxy in front of us may speak https where we hear http: the host is what counts."""
    return origin.lower().partition("://")[2] == request.host.lower()
