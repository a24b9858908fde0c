"""Looking at an Asterisk without touching it: for ``pbx-bridge check``.

Nothing here changes anything. It opens no ARI WebSocket either: one under the bridge's own name
would throw a running bridge off its line, one under another name would be asked about callers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from pbx_bridge.asterisk.ami import AmiLink, AmiMessage, connect_ami
from pbx_bridge.asterisk.ari import basic_authorization
from pbx_bridge.errors import LinkError

_REQUEST_SECONDS = 5.0
_LISTEN_SECONDS = 0.5
_NO_CHANNEL = "pbx-bridge-check"
"""No channel has this name: channels are ``Technology/…``, their ids epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AriView:
    """What ARI says of its Asterisk. ``started_at`` is None where it does not say."""

    version: str
    started_at: datetime | None
    modules: frozenset[str]
    """Those of the modules asked for that are running."""
    is_app_connected: bool
    """Whether a bridge is on the line under the application's name."""
    may_write: bool
    """Whether the user may claim channels."""


async def look_at_ari(
    *, url: str, user: str, password: str, app: str, modules: Iterable[str]
) -> AriView:
    """Ask one Asterisk's ARI about itself.

    Raises:
        LinkError: no connection, a wrong password, or no ARI at that address.
    """
    async with _ari_requests(url, user, password) as request:
        status, text = await request("GET", "asterisk/info", {})
        if status != 200:
            raise _explain(status, url, user)
        info = _decode(text)
        running = [module for module in modules if await _is_running(request, module)]
        connected, _ = await request("GET", f"applications/{app}", {})
        claim = {"channelId": _NO_CHANNEL, "application": app}
        claimed, _ = await request("POST", "events/claim", claim)
    return AriView(
        version=str(info.get("system", {}).get("version", "")),
        started_at=_instant(info.get("status", {}).get("startup_time")),
        modules=frozenset(running),
        is_app_connected=connected == 200,
        may_write=claimed not in {401, 403},
    )


@asynccontextmanager
async def _ari_requests(url: str, user: str, password: str) -> AsyncIterator[Callable[..., Any]]:
    headers = basic_authorization(user, password)
    timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:

        async def request(method: str, uri: str, query: Mapping[str, str]) -> tuple[int, str]:
            try:
                address = f"{url}/ari/{uri}"
                async with session.request(method, address, params=query) as response:
                    return response.status, await response.text()
            except (aiohttp.ClientError, OSError, ValueError) as error:
                reason = str(error) or "no answer"
                raise LinkError(
                    f"{url} cannot be reached: {reason}",
                    hint="Is http.conf enabled? asterisk -rx 'http show status'; and ari_url?",
                ) from None

        yield request


async def _is_running(request: Callable[..., Any], module: str) -> bool:
    status, text = await request("GET", f"asterisk/modules/{module}", {})
    return status == 200 and _decode(text).get("status") == "Running"


def _explain(status: int, url: str, user: str) -> LinkError:
    if status in {401, 403}:
        return LinkError(
            f"{url} refuses the password of user {user!r}",
            hint=f"Compare ari_password with the [{user}] section of ari.conf.",
        )
    return LinkError(
        f"{url} answers {status}: no ARI there",
        hint="Load res_ari and its modules, and set enabled=yes in ari.conf.",
    )


def _decode(text: str) -> dict[str, Any]:
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(text, type=dict[str, Any])
    return {}


def _instant(text: object) -> datetime | None:
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(text)  # type: ignore[arg-type] # None is a TypeError
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiView:
    """What AMI says of its Asterisk, to this user."""

    actions: frozenset[str]
    """The actions that the user may send."""
    clock_skew_seconds: float | None
    """How far the PBX's clock is ahead of ours; None where it does not say."""
    values: Mapping[str, str]
    """What the dialplan expressions asked for came to; those that could not be read are absent."""
    events: tuple[AmiMessage, ...]
    """What came in half a second of listening."""


async def look_at_ami(
    *, host: str, port: int, user: str, secret: str, expressions: Iterable[str]
) -> AmiView:
    """Log in to one Asterisk's manager and ask about itself.

    ``expressions`` are global variables and dialplan functions that need no channel, such as
    ``DIALPLAN_EXISTS(from-trunk)``.

    Raises:
        LinkError: no connection, or the secret is wrong.
    """
    async with connect_ami(host=host, port=port, user=user, secret=secret) as ami:
        listening = asyncio.create_task(_listen(ami))
        try:
            actions = await ami.send("ListCommands")
            skew = await _clock_skew(ami)
            values = {name: await _read_value(ami, name) for name in expressions}
            events = await listening
        finally:
            listening.cancel()
    return AmiView(
        actions=frozenset(name for name, what in actions.items() if "(Priv: " in str(what)),
        clock_skew_seconds=skew,
        values={name: value for name, value in values.items() if value is not None},
        events=tuple(events),
    )


async def _listen(ami: AmiLink) -> list[AmiMessage]:
    heard: list[AmiMessage] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(_LISTEN_SECONDS):
            async for message in ami.events():
                heard.append(message)  # noqa: PERF401 - kept when the time is up
    return heard


async def _clock_skew(ami: AmiLink) -> float | None:
    asked_at = time.time()
    answer = await ami.send("Ping")
    answered_at = time.time()
    try:
        theirs = float(answer["Timestamp"])
    except (KeyError, TypeError, ValueError):
        return None
    return theirs - (asked_at + answered_at) / 2


async def _read_value(ami: AmiLink, expression: str) -> str | None:
    answer = await ami.send("Getvar", Variable=expression)
    if answer.get("Response") != "Success":
        return None
    return str(answer.get("Value", ""))
