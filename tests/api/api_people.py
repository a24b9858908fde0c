"""Somebody who asks the API, and what he is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered."""

    status: int
    body: Any
    headers: Any

    @property
    def fields(self) -> dict[str, str]:
        """The fields that a problem document blames."""
        return {one["field"]: one["message"] for one in self.body["errors"]}


class Api:
    """Somebody who asks the API."""

    def __init__(self, url: str, token: str | None, http: aiohttp.ClientSession) -> None:
        self.url, self.token, self.http = url, token, http

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        url = f"{self.url}{path}"
        async with self.http.request(method, url, headers=headers, **more) as answer:
            text = await answer.read()
            kind = answer.headers.get("Content-Type", "")
            if answer.status != 204 and "json" in kind and method != "HEAD":
                assert answer.headers["Cache-Control"] == "no-store"
                return Reply(answer.status, await answer.json(content_type=kind), answer.headers)
            return Reply(answer.status, text, answer.headers)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who asks: an administrator, a manager, two agents of two groups, one who reads."""

    zoe: Api
    mia: Api
    ann: Api
    sue: Api
    guest: Api
    nobody: Api
