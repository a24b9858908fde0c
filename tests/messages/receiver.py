"""A receiver of web hooks: a real server that answers as it is told, and checks signatures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from standardwebhooks.webhooks import Webhook

Answer = Callable[["Received", int], Awaitable[web.StreamResponse]]
"""What is answered to a request, and to the how-manieth it is (from 1)."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    id: str
    path: str
    headers: dict[str, str]
    text: str

    @property
    def event(self) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    def verify(self, secret: str) -> Any:
        """What the library says of it: the body, or WebhookVerificationError."""
        return Webhook(secret).verify(self.text, self.headers)


async def take(_received: Received, _number: int) -> web.StreamResponse:
    """Answer that all is well."""
    return web.Response(status=204)


def always(status: int, **more: Any) -> Answer:
    """Answer with one status."""

    async def answer(_received: Received, _number: int) -> web.StreamResponse:
        return web.Response(status=status, **more)

    return answer


def failing(times: int, status: int = 500) -> Answer:
    """Fail so often, then take everything."""

    async def answer(_received: Received, number: int) -> web.StreamResponse:
        return web.Response(status=status if number <= times else 200)

    return answer


async def hang(_received: Received, _number: int) -> web.StreamResponse:
    """Never answer."""
    await asyncio.sleep(3600)
    return web.Response()


@dataclass(slots=True)
class Receiver:
    """A server on a port of its own."""

    port: int = 0
    answer: Answer = take
    received: list[Received] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """The ids of what was answered with 2xx."""

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        """Serve for the length of a block."""
        self = cls()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids of what was received, doubles and all."""
        return [one.id for one in self.received]

    async def wait_for(self, count: int, *, within: float = 10.0) -> list[Received]:
        """So many requests, as soon as they are there; never more."""
        await until(lambda: len(self.received) >= count, within)
        assert len(self.received) == count, [one.event["type"] for one in self.received]
        return self.received

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        headers = dict(request.headers)
        one = Received(request.headers.get("webhook-id", ""), request.path, headers, text)
        self.received.append(one)
        answer = await self.answer(one, len(self.received))
        if 200 <= answer.status < 300:
            self.taken.append(one.id)
        return answer


async def until(is_so: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until something is so; return all the same after a time."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        if is_so() or asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(0.01)
