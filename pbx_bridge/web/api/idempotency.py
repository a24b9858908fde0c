"""``Idempotency-Key``: a request that is sent twice is run once, and answered alike.

The header is that of the IETF's draft; a key belongs to the user who sends it, and to one method,
path and body.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import msgspec
from aiohttp import web

from crm_store.access.idempotency import (
    NOT_ANSWERED,
    KeptAnswer,
    claim_key,
    keep_answer,
    kept_answer,
)
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.web.api.problems import ApiProblem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Replay(Exception):  # noqa: N818 - a way out, not an error
    """The request was run before: this is what was answered."""

    def __init__(self, kept: KeptAnswer) -> None:
        super().__init__()
        self.kept = kept


class _Kept(msgspec.Struct):
    headers: dict[str, str]
    body: msgspec.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One request by its key. ``is_secret`` keeps its answer out of the store."""

    user_name: str
    key: str
    fingerprint: str
    is_secret: bool

    async def look(self, store: Store) -> None:
        """Raise Replay when the request was run before."""
        self._check(await store.read(lambda r: kept_answer(r, self.user_name, self.key)))

    def take(self, writer: Writer) -> None:
        """Claim the key in the transaction of the work; Replay when somebody else has."""
        self._check(claim_key(writer, self.user_name, self.key, self.fingerprint))

    def keep(self, writer: Writer, response: web.Response) -> None:
        """Keep what is answered."""
        answer = None
        if not self.is_secret:
            headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
            body = response.body if isinstance(response.body, bytes) and response.body else b"null"
            answer = msgspec.json.encode(_Kept(headers, msgspec.Raw(body))).decode()
        keep_answer(writer, self.user_name, self.key, response.status, answer)

    def _check(self, kept: KeptAnswer | None) -> None:
        if kept is None:
            return
        if kept.fingerprint != self.fingerprint:
            raise ApiProblem(
                422,
                "idempotency-key-reused",
                "This key was used for another request",
                f"each request needs an {HEADER} of its own",
            )
        if kept.answer is None or kept.status == NOT_ANSWERED:
            raise ApiProblem(
                409,
                "done-before",
                "This was done before",
                "its answer held a secret, which is not kept",
            )
        raise Replay(kept)


_KEPT = ("ETag", "Location")


async def claim_of(request: web.Request, user_name: str, *, is_secret: bool) -> Claim | None:
    """The claim that a request makes; None without a key. ApiProblem 400 for a bad one."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise ApiProblem(
            400, "bad-header", f"{HEADER} cannot be read", "1 to 255 characters of ASCII, no spaces"
        )
    said = hashlib.sha256(f"{request.method} {request.path_qs}\n".encode())
    said.update(await request.read())
    return Claim(user_name=user_name, key=key, fingerprint=said.hexdigest(), is_secret=is_secret)


def replayed(kept: KeptAnswer) -> web.Response:
    """The answer of then, once more."""
    said = msgspec.json.decode(kept.answer or "{}", type=_Kept)
    headers = {"Cache-Control": "no-store", REPLAYED: "true", **said.headers}
    if kept.status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(
        body=bytes(said.body), status=kept.status, content_type="application/json", headers=headers
    )
