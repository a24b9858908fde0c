"""One attempt: an event, signed, to the address of a web hook; what was answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import aiohttp
from standardwebhooks.webhooks import Webhook

from crm_store.messages.deliveries import Owed
from crm_store.records import Attempt, WebHook
from pbx_bridge.messages.addresses import any_socket, public_socket

_MOST_ANSWER_BYTES: Final = 1_000
_ANSWER_SECONDS: Final = 1.0
"""The status decides. What is said besides is waited for this long."""
_LONGEST_RETRY_AFTER: Final = 86_400.0
USER_AGENT: Final = "pbx-bridge (Standard Webhooks)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of one attempt. ``retry_after`` is what the receiver asked for, in seconds."""

    attempt: Attempt
    retry_after: float | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has taken it."""
        status = self.attempt.status
        return status is not None and 200 <= status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.attempt.status == 410

    @property
    def is_down(self) -> bool:
        """Whether it is the receiver that is in trouble, and not this one event."""
        status = self.attempt.status
        return status is None or status >= 500 or status == 429


def open_session(*, timeout_seconds: float, allow_private: bool) -> aiohttp.ClientSession:
    """A client that follows nothing, keeps no cookies, and by default reaches the internet only."""
    connector = aiohttp.TCPConnector(
        limit=200,
        limit_per_host=0,
        ttl_dns_cache=60,
        socket_factory=any_socket if allow_private else public_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        headers={"User-Agent": USER_AGENT, "Content-Type": "application/json"},
        auto_decompress=False,
        trust_env=False,
    )


def sign(hook: WebHook, owed: Owed, at: datetime) -> dict[str, str]:
    """The headers of the Standard Webhooks specification for one attempt."""
    return {
        "webhook-id": owed.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(hook.secret).sign(owed.event_id, at, owed.payload),
    }


async def post(session: aiohttp.ClientSession, hook: WebHook, owed: Owed) -> Posted:
    """Make one attempt; whatever goes wrong is what came of it."""
    at, began = datetime.now(UTC), time.monotonic()
    status: int | None = None
    error: str | None = None
    said, retry_after = "", None
    try:
        async with session.post(
            hook.url,
            data=owed.payload.encode(),
            headers=sign(hook, owed, at),
            allow_redirects=False,
        ) as response:
            status = response.status
            retry_after = _seconds(response.headers.get("Retry-After"))
            said = await _read_a_little(response)
    except TimeoutError:
        error = None if status is not None else "no answer in time"
    except (aiohttp.ClientError, OSError, ValueError) as failure:
        error = None if status is not None else _in_words(failure)
    if status is not None and 300 <= status < 400:
        error = f"answered {status}: redirects are not followed"
    elif status is not None and status >= 400:
        error = f"answered {status}"
    seconds = round(time.monotonic() - began, 6)
    attempt = Attempt(at=at, status=status, error=error, seconds=seconds, answer=said)
    return Posted(attempt=attempt, retry_after=retry_after)


async def _read_a_little(response: aiohttp.ClientResponse) -> str:
    """The beginning of the answer, as far as it comes at once."""
    read = b""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            while len(read) < _MOST_ANSWER_BYTES and not response.content.at_eof():
                read += await response.content.read(_MOST_ANSWER_BYTES - len(read))
    except TimeoutError:
        pass
    if not response.content.at_eof():
        response.close()
    return read.decode("utf-8", "replace").replace("\0", "\ufffd")


def _seconds(header: str | None) -> float | None:
    if header is None or not header.strip().isascii() or not header.strip().isdigit():
        return None
    return min(float(header.strip()[:9]), _LONGEST_RETRY_AFTER)


def _in_words(failure: Exception) -> str:
    if isinstance(failure, aiohttp.ClientConnectorError) and failure.os_error.args:
        return f"cannot connect: {failure.os_error.args[-1]}"[:500]
    return (str(failure) or type(failure).__name__)[:500]
