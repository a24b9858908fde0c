"""AMI: the way to set variables on a caller's channel, and CEL's live stream from a distance.

panoramisk speaks the protocol. Reconnecting is the composition root's business (one place
decides when to try again, for every kind of link), so its own is switched off here.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from panoramisk import Manager  # type: ignore[import-untyped]
from panoramisk.ami_protocol import AMIProtocol  # type: ignore[import-untyped]

from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.asterisk.joining import join_variables
from pbx_bridge.errors import LinkError

_LOGIN_SECONDS = 5.0
_ACTION_SECONDS = 5.0
_ALIVE_SECONDS = 2.0
_EVENTS_WAITING = 100_000
_END_OF_MESSAGE = b"\r\n\r\n"
_LONGEST_MESSAGE_BYTES = 4 * 1024 * 1024
"""A message that is longer never ends; it is thrown away up to the next end."""

_silent = logging.getLogger("pbx_bridge.asterisk.ami.panoramisk")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiMessage:
    """One AMI event: its name, its time (epoch text, empty without timestampevents), fields."""

    name: str
    timestamp: str
    fields: Mapping[str, Any]


class _PassingBy(AMIProtocol):  # type: ignore[misc]
    """Lets events by that nobody here wants: parsing one costs 30 times as much.

    What panoramisk cannot read (a caller's name with line breaks in it gives a message two
    ``Event`` fields) is counted, and costs no other message and no connection.
    """

    def __init__(self, unwanted: tuple[bytes, ...], counts: MessageCounts) -> None:
        self._unwanted = unwanted
        self._counts = counts
        self._unfinished = b""
        self._is_endless = False

    def data_received(self, data: bytes) -> None:
        *messages, self._unfinished = (self._unfinished + data).split(_END_OF_MESSAGE)
        if self._is_endless and messages:
            del messages[0]
            self._is_endless = False
        for message in messages:
            if not message.startswith(self._unwanted):
                self._read(message)
        if len(self._unfinished) > _LONGEST_MESSAGE_BYTES:
            self._counts.unreadable += not self._is_endless
            self._is_endless = True
            self._unfinished = self._unfinished[-len(_END_OF_MESSAGE) :]

    def _read(self, message: bytes) -> None:
        try:
            super().data_received(message + _END_OF_MESSAGE)
        except Exception:
            self._counts.unreadable += 1
            self.queue.clear()


class _OneConnection(Manager):  # type: ignore[misc]
    """A panoramisk manager that does not reconnect: what waits for an answer is told at once."""

    when_lost: Callable[[], None] = staticmethod(lambda: None)
    is_lost = False

    def connection_made(self, future: asyncio.Future[Any]) -> None:
        if not future.cancelled() and future.exception() is None:
            super().connection_made(future)

    def login(self, future: asyncio.Future[Any]) -> Any:
        return not future.cancelled() and future.exception() is None and super().login(future)

    def abort(self) -> None:
        """Wait for nothing that is still to be sent: the other side may have stopped reading."""
        if self.protocol is not None:
            self.protocol.transport.abort()

    def connection_lost(self, exc: object) -> None:
        self._connected = False
        self.is_lost = True
        if self.pinger is not None:
            self.pinger.cancel()
        if self.authenticated_future is not None and not self.authenticated_future.done():
            self.authenticated_future.set_exception(LinkError("AMI: hung up before the login"))
        while self.awaiting_actions:
            answer = self.awaiting_actions.popleft().future
            if not answer.done():
                answer.set_exception(LinkError("AMI: the connection was lost"))
        self.when_lost()


class AmiLink:
    """One live, logged-in connection to one Asterisk's manager."""

    def __init__(self, connection: _OneConnection, counts: MessageCounts) -> None:
        self._connection = connection
        self._counts = counts
        self._events: asyncio.Queue[AmiMessage | None] = asyncio.Queue()
        connection.register_event("*", self._take)
        connection.when_lost = lambda: self._events.put_nowait(None)

    async def set_variables(self, channel: str, variables: Mapping[str, str]) -> bool:
        """Set channel variables or functions, all in one write; False when the channel is gone.

        Raises:
            LinkError: the connection is lost, or Asterisk does not answer.
        """
        responses = [
            self._connection.send_action(
                {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": value}
            )
            for name, value in join_variables(variables).items()
        ]
        done = await self._wait(asyncio.gather(*responses))
        return all(response.success for response in done)

    async def set_global(self, name: str, value: str) -> None:
        """Set a global variable of the dialplan."""
        await self.send("Setvar", Variable=name, Value=value)

    async def get_global(self, name: str) -> str:
        """A global variable of the dialplan; empty when it is not set."""
        return str((await self.send("Getvar", Variable=name)).get("Value", ""))

    async def clock(self) -> float:
        """The PBX's own time: seconds since the epoch.

        Raises:
            LinkError: Asterisk does not answer within 2 s: an idle link has no other heartbeat.
        """
        try:
            async with asyncio.timeout(_ALIVE_SECONDS):
                answer = await self.send("Ping")
        except TimeoutError:
            raise LinkError(f"AMI: no answer for {_ALIVE_SECONDS:.0f} s") from None
        with suppress(ValueError):
            seconds = float(str(answer.get("Timestamp", "")))
            if math.isfinite(seconds):
                return seconds
        raise LinkError("AMI: Ping was answered without a time")

    async def send(self, action: str, **fields: str) -> Mapping[str, Any]:
        """Send one action with one response; return its fields."""
        response: Mapping[str, Any] = await self._wait(
            self._connection.send_action({"Action": action, **fields})
        )
        return response

    async def events(self) -> AsyncIterator[AmiMessage]:
        """Yield events until the connection ends.

        Raises:
            LinkError: the connection broke, or Asterisk shuts down.
        """
        while (message := await self._events.get()) is not None:
            yield message
        raise LinkError("AMI: the connection was closed")

    def _take(self, _manager: object, message: Any) -> None:
        if self._events.qsize() >= _EVENTS_WAITING:
            self._counts.dropped += 1
            return
        timestamp = message.get("Timestamp", "")
        self._events.put_nowait(
            AmiMessage(
                name=str(message.get("Event", "")),
                timestamp=timestamp if isinstance(timestamp, str) else "",
                fields=message,
            )
        )

    async def _wait(self, answer: asyncio.Future[Any]) -> Any:
        if self._connection.is_lost:
            answer.cancel()
            raise LinkError("AMI: the connection is lost")
        try:
            async with asyncio.timeout(_ACTION_SECONDS):
                return await answer
        except TimeoutError:
            raise LinkError("AMI: Asterisk does not answer") from None


@asynccontextmanager
async def connect_ami(
    *,
    host: str,
    port: int,
    user: str,
    secret: str,
    without: Collection[str] = (),
    counts: MessageCounts | None = None,
) -> AsyncIterator[AmiLink]:
    """Connect and log in to one Asterisk's manager; events named in ``without`` are let by.

    ``counts`` is added to, so that what one connection could not read is seen after the next.

    Raises:
        LinkError: no connection, or the secret is wrong (the message says which).
    """
    unwanted = tuple(f"Event: {name}\r\n".encode() for name in without)
    counts = counts if counts is not None else MessageCounts()
    connection = _OneConnection(
        host=host,
        port=port,
        username=user,
        secret=secret,
        encoding="utf-8",
        protocol_factory=lambda: _PassingBy(unwanted, counts),
        log=_silent,
        loop=asyncio.get_running_loop(),
    )
    link = AmiLink(connection, counts)
    try:
        await _log_in(connection, host, port, user)
        yield link
    finally:
        connection.close()
        connection.abort()


async def _log_in(connection: _OneConnection, host: str, port: int, user: str) -> None:
    try:
        async with asyncio.timeout(_LOGIN_SECONDS):
            await connection.connect()
            await asyncio.sleep(0)  # panoramisk sends the login in a callback of its own
            if connection.authenticated_future is not None:
                await connection.authenticated_future
                await asyncio.sleep(0)
    except TimeoutError:
        raise LinkError(f"AMI: {host}:{port} does not answer the login") from None
    except OSError as error:
        raise LinkError(
            f"AMI: {host}:{port} cannot be reached: {error}",
            hint="Is manager.conf enabled, and does bindaddr allow this host?",
        ) from None
    if not connection.authenticated:
        raise LinkError(
            f"AMI: {host}:{port} refuses the secret of user {user!r}",
            hint=f"Compare ami_secret with the [{user}] section of manager.conf.",
        )
