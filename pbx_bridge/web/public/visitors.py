"""``/v.js`` and ``/v``: a visitor of a web page is shown the number of his campaign.

``POST /v`` takes what the script knows as JSON (of any media type, so that browsers need not ask
first) and answers ``{"number", "text", "is_shared", "renew_seconds"}``; ``number`` null leaves the
number that stands in the page.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from crm_store.capture.visitors import Shown, fallback_of, show_campaign_number, show_number
from crm_store.capture.visits import read_visit
from crm_store.errors import RecordNotFound
from crm_store.records import NumberPool
from crm_store.store import Store
from pbx_bridge.web.public.origins import cors, is_allowed
from pbx_bridge.web.public.scripts import script_response

MOST_BYTES = 64 * 1024
SESSIONS_PER_MINUTE = 60
"""How many sessions one address may begin within a minute; more are shown the fallback."""
_MOST_ADDRESSES = 10_000
_EVERYBODY = ("*",)


class VisitorPages:
    """The public side of tracking numbers on web pages, over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._begun = _Begun()

    def routes(self) -> list[web.RouteDef]:
        """What is to be served."""
        return [
            web.get("/v.js", self.script),
            web.post("/v", self.show),
            web.options("/v", self.preflight),
        ]

    async def script(self, _request: web.Request) -> web.Response:
        """The script."""
        return script_response("v.js")

    async def preflight(self, request: web.Request) -> web.Response:
        """The pool is named in the body: which page may ask is looked at then."""
        return web.Response(status=204, headers=cors(request, _EVERYBODY))

    async def show(self, request: web.Request) -> web.Response:
        """The number for a visitor."""
        try:
            told = await _read_body(request)
        except ValueError as error:
            return _answer({"title": str(error), "status": 400}, 400, cors(request, _EVERYBODY))
        visit, name = read_visit(told), told.get("pool")
        if not name:
            shown = await self._store.read(lambda r: show_campaign_number(r, visit))
            return _answer(_said(shown), 200, cors(request, _EVERYBODY))
        pool: NumberPool | None = await self._store.read(lambda r: r.get("number_pool", name))
        if pool is None:
            said = {"title": "There is no such pool", "status": 404}
            return _answer(said, 404, cors(request, _EVERYBODY))
        headers = cors(request, pool.allowed_origins)
        if not is_allowed(request, pool.allowed_origins):
            return _answer({"title": "Not for this origin", "status": 403}, 403, headers)
        if self._begun.is_too_many(request.remote or "", visit.session or ""):
            shown = await self._store.read(lambda r: fallback_of(r, pool))
            return _answer(_said(shown), 200, headers)
        try:
            shown = await self._store.write(lambda w: show_number(w, pool.name, visit))
        except RecordNotFound:
            return _answer({"title": "There is no such pool", "status": 404}, 404, headers)
        return _answer(_said(shown), 200, headers)


class _Begun:
    """The sessions that each address has begun within this minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._sessions: OrderedDict[str, set[str]] = OrderedDict()

    def is_too_many(self, address: str, session: str) -> bool:
        """Note that a session of an address asks; tell whether it is one too many."""
        minute = int(asyncio.get_running_loop().time() // 60)
        if minute != self._minute:
            self._minute = minute
            self._sessions.clear()
        theirs = self._sessions.setdefault(address, set())
        if len(self._sessions) > _MOST_ADDRESSES:
            self._sessions.popitem(last=False)
        if session not in theirs and len(theirs) >= SESSIONS_PER_MINUTE:
            return True
        theirs.add(session)
        return False


async def _read_body(request: web.Request) -> dict[str, str]:
    raw = bytearray()
    async for some in request.content.iter_chunked(16_384):
        raw += some
        if len(raw) > MOST_BYTES:
            raise ValueError(f"no longer than {MOST_BYTES} bytes")
    try:
        told = msgspec.json.decode(bytes(raw), type=dict[str, str | None])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"has to be a JSON object of texts: {error}") from None
    return {name: value for name, value in told.items() if value}


def _said(shown: Shown) -> dict[str, Any]:
    return {
        "number": shown.number,
        "text": shown.text,
        "is_shared": shown.is_shared,
        "renew_seconds": shown.renew_seconds,
    }


def _answer(said: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(said),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers},
    )
