"""ARI: the door through which a ringing call comes to us, and goes on.

One WebSocket carries the events and, on Asterisk 22, the requests as well (a third faster than
HTTP, half the CPU); an older Asterisk is asked over HTTP. Nothing is ever *set* through ARI:
that would block ``DB()`` and its like for the rest of the call (docs/adr/0003).
"""

from __future__ import annotations

import asyncio
import itertools
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlencode

import aiohttp
import msgspec

from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.asterisk.door import Channel, Place, RingingChannel, read_caller
from pbx_bridge.errors import LinkError

_REQUEST_SECONDS = 5.0
_PROBE_SECONDS = 1.5
_HEARTBEAT_SECONDS = 4.0
_ALIVE_SECONDS = 2.0
_CLOSE_SECONDS = 0.2
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Message(msgspec.Struct):
    """The parts of an ARI message that we read; Asterisk sends many more."""

    type: str = ""
    request_id: str = ""
    status_code: int = 0
    message_body: str = ""
    timestamp: str = ""
    channel: Channel | None = None
    args: list[str] = msgspec.field(default_factory=list)


class LinkReplacedError(LinkError):
    """Another connection has taken over the application: two bridges are configured alike."""


class Application(msgspec.Struct):
    """A Stasis application that Asterisk knows, connected or not, and who stands in it."""

    name: str = ""
    channel_ids: list[str] = msgspec.field(default_factory=list)


class AriLink:
    """One live connection to one Asterisk's ARI."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        socket: aiohttp.ClientWebSocketResponse,
        url: str,
        app: str,
        counts: MessageCounts,
    ) -> None:
        self._session = session
        self._socket = socket
        self._url = url
        self._app = app
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[_Message]] = {}
        self._is_rest_over_socket = False
        self._decoder = msgspec.json.Decoder(_Message)
        self._counts = counts

    async def events(self) -> AsyncIterator[RingingChannel]:
        """Yield the channels that come to the door, until the connection ends.

        Raises:
            LinkError: the connection broke or Asterisk closed it.
        """
        async for raw in self._socket:
            if raw.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                break
            try:
                message = self._decoder.decode(raw.data)
            except _UNREADABLE:
                self._counts.unreadable += 1
                continue
            if message.type == "RESTResponse":
                waiting = self._waiting.pop(message.request_id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
            elif message.type == "ApplicationReplaced":
                raise LinkReplacedError(
                    f"ARI: another bridge has taken over the application {self._app!r}",
                    hint="Give each bridge an ari_app of its own (pbx-bridge-2, …). "
                    "This one stands by until the other is gone.",
                )
            elif message.channel is not None and message.type in {"CallBroadcast", "StasisStart"}:
                yield read_caller(
                    message.channel,
                    args=message.args,
                    is_claimed=message.type == "StasisStart",
                    timestamp=message.timestamp,
                )
        raise LinkError("ARI: the connection was closed")

    async def claim(self, channel_id: str) -> bool:
        """Claim a broadcast channel; False when another instance was faster or it is too late."""
        status, _ = await self._request(
            "POST", "events/claim", {"channelId": channel_id, "application": self._app}
        )
        return status == 204

    async def let_go(self, channel_id: str) -> None:
        """Let a channel in our hands go on in its dialplan; it may have hung up meanwhile."""
        await self._request("POST", f"channels/{channel_id}/continue", {})

    async def applications(self) -> list[Application]:
        """Every Stasis application with the channels in it, also of a bridge that has died.

        Raises:
            LinkError: Asterisk does not answer within 2 s.
        """
        try:
            async with asyncio.timeout(_ALIVE_SECONDS):
                status, body = await self._request("GET", "applications", {})
        except TimeoutError:
            raise LinkError(f"ARI: no answer for {_ALIVE_SECONDS:.0f} s") from None
        with suppress(*_UNREADABLE):
            return msgspec.json.decode(body, type=list[Application]) if status == 200 else []
        self._counts.unreadable += 1
        return []

    async def find_place(self, channel_id: str) -> Place | None:
        """Where in the dialplan a channel is; None when it is gone."""
        status, body = await self._request("GET", f"channels/{channel_id}", {})
        with suppress(*_UNREADABLE):
            return msgspec.json.decode(body, type=Channel).dialplan if status == 200 else None
        self._counts.unreadable += 1
        return None

    async def probe_rest_over_socket(self) -> None:
        """Find out whether requests may go over the WebSocket; must run beside :meth:`events`."""
        self._is_rest_over_socket = True
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                status, _ = await self._request("GET", "asterisk/ping", {})
            self._is_rest_over_socket = status == 200
        except (TimeoutError, LinkError):
            self._is_rest_over_socket = False

    async def _request(
        self, method: Literal["GET", "POST"], uri: str, query: Mapping[str, str]
    ) -> tuple[int, str]:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                if self._is_rest_over_socket:
                    return await self._request_over_socket(method, uri, query)
                url = f"{self._url}/ari/{uri}"
                async with self._session.request(method, url, params=query) as response:
                    return response.status, await response.text()
        except (aiohttp.ClientError, ConnectionError) as error:
            raise LinkError(f"ARI: {method} {uri}: {error}") from error

    async def _request_over_socket(
        self, method: str, uri: str, query: Mapping[str, str]
    ) -> tuple[int, str]:
        number = str(next(self._numbers))
        waiting: asyncio.Future[_Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            await self._socket.send_str(
                msgspec.json.encode(
                    {
                        "type": "RESTRequest",
                        "request_id": number,
                        "method": method,
                        "uri": f"{uri}?{urlencode(query)}" if query else uri,
                    }
                ).decode()
            )
            response = await waiting
        finally:
            self._waiting.pop(number, None)
        return response.status_code, response.message_body


def basic_authorization(user: str, password: str) -> dict[str, str]:
    """The header with which ARI wants to be asked (RFC 7617)."""
    credentials = b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


@asynccontextmanager
async def connect_ari(
    *, url: str, user: str, password: str, app: str, counts: MessageCounts | None = None
) -> AsyncIterator[AriLink]:
    """Connect to one Asterisk's ARI as the application ``app``; ``counts`` is added to.

    Raises:
        LinkError: no connection, or the password is wrong (the message says which).
    """
    async with aiohttp.ClientSession(headers=basic_authorization(user, password)) as session:
        try:
            socket = await session.ws_connect(
                f"{url}/ari/events",
                params={"app": app},
                heartbeat=_HEARTBEAT_SECONDS,
                max_msg_size=_MAX_MESSAGE_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
            )
        except aiohttp.WSServerHandshakeError as error:
            raise _explain(error, url, user) from None
        except (aiohttp.ClientError, OSError) as error:
            raise LinkError(
                f"ARI: {url} cannot be reached: {error}",
                hint="Is http.conf enabled and res_ari loaded? asterisk -rx 'http show status'",
            ) from None
        try:
            yield AriLink(session, socket, url, app, counts or MessageCounts())
        finally:
            await socket.close()


async def is_application_taken(*, url: str, user: str, password: str, app: str) -> bool:
    """Whether Asterisk knows an application of this name: somebody is, or was, on the line.

    Raises:
        LinkError: Asterisk does not answer.
    """
    timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
    headers = basic_authorization(user, password)
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
            session.get(f"{url}/ari/applications/{app}") as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise LinkError(f"ARI: {url} cannot be reached: {error}") from None


def _explain(error: aiohttp.WSServerHandshakeError, url: str, user: str) -> LinkError:
    if error.status in {401, 403}:
        return LinkError(
            f"ARI: {url} refuses the password of user {user!r}",
            hint=f"Compare ari_password with the [{user}] section of ari.conf.",
        )
    if error.status == 404:
        return LinkError(
            f"ARI: {url} has no /ari/events",
            hint="Load res_ari and its modules, and set enabled=yes in ari.conf.",
        )
    return LinkError(f"ARI: {url} answered {error.status} {error.message}")
