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
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
import msgspec
import structlog

from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.calls.plot import is_withheld_number
from pbx_bridge.errors import LinkError

_log = structlog.get_logger(__name__)

_REQUEST_SECONDS = 5.0
_PROBE_SECONDS = 1.5
_HEARTBEAT_SECONDS = 10.0
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024


class _CallerId(msgspec.Struct):
    number: str = ""
    name: str = ""


class _Place(msgspec.Struct):
    context: str = ""
    exten: str = ""
    app_data: str = ""


class _Channel(msgspec.Struct):
    id: str = ""
    name: str = ""
    caller: _CallerId = msgspec.field(default_factory=_CallerId)
    dialplan: _Place = msgspec.field(default_factory=_Place)


class _Message(msgspec.Struct):
    """The parts of an ARI message that we read; Asterisk sends many more."""

    type: str = ""
    request_id: str = ""
    status_code: int = 0
    message_body: str = ""
    channel: _Channel | None = None
    args: list[str] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingingChannel:
    """A caller's channel that waits at the door.

    ``is_claimed`` is False for a broadcast (claim it when the answer is ready) and True when the
    channel is in our hands already (``Stasis``, or after the claim): it must be continued.
    Texts are a stranger's.
    """

    channel_id: str
    channel: str
    caller_number: str
    caller_name: str
    dialled_number: str
    context: str
    is_claimed: bool
    is_withheld: bool


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
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                self._counts.unreadable += 1
                continue
            if message.type == "RESTResponse":
                waiting = self._waiting.pop(message.request_id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
            elif message.type == "ApplicationReplaced":
                raise LinkError(
                    f"ARI: another connection took over the application {self._app!r}",
                    hint="Give each bridge instance its own ari_app (pbx-bridge-2, …).",
                )
            elif message.channel is not None and message.type in {"CallBroadcast", "StasisStart"}:
                yield _ringing(message, message.channel)
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

    async def held_channels(self) -> list[str]:
        """The channels that Asterisk believes to be in our hands: from an earlier life of ours."""
        status, body = await self._request("GET", f"applications/{self._app}", {})
        if status != 200:
            return []
        with suppress(msgspec.MsgspecError):
            found = msgspec.json.decode(body, type=dict[str, Any]).get("channel_ids", [])
            return [each for each in found if isinstance(each, str)]
        return []

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


def _ringing(message: _Message, channel: _Channel) -> RingingChannel:
    """Read a channel and what the dialplan said at the door: ``inbound:NUMBER:PRESENTATION``.

    A broadcast has the words in the running application's data, a start in its own arguments,
    which Asterisk may have split at the colons.
    """
    is_claimed = message.type == "StasisStart"
    data = channel.dialplan.app_data.split(",")
    said = ":".join(message.args) if is_claimed else next(iter(data[2:]), "")
    _, number, presentation = [*said.split(":"), "", ""][:3]
    return RingingChannel(
        channel_id=channel.id,
        channel=channel.name,
        caller_number=channel.caller.number,
        caller_name=channel.caller.name,
        dialled_number=number or channel.dialplan.exten,
        context=channel.dialplan.context,
        is_claimed=is_claimed,
        is_withheld=presentation.startswith("prohib") or is_withheld_number(channel.caller.number),
    )


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
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
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
