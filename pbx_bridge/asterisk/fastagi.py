"""FastAGI: the door for those who want no ARI, on any Asterisk.

The dialplan's ``AGI(agi://HOST:PORT/inbound)`` connects to us for each call, waits, and goes on
when the connection ends. So the caller is in our hands all the while, and every way out of here
ends the connection; the dialplan's own limit is there for a bridge that hangs.

Whoever may connect is told who calls: only addresses that belong to a configured PBX may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import structlog

from pbx_bridge.asterisk.agi import (
    COMPLETE,
    DONE,
    MOST_COMMAND_BYTES,
    PATH,
    UnreadableEnvironmentError,
    compose_set,
    parse_environment,
    read_caller,
    read_request,
)
from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.asterisk.joining import join_variables
from pbx_bridge.asterisk.keeping import LinkState, keep
from pbx_bridge.errors import LinkError
from pbx_bridge.ports import Switchboard

_log = structlog.get_logger(__name__)

_MOST_BYTES = 16 * 1024
"""Longer than any environment or answer of Asterisk's."""
_MOST_CONNECTIONS = 500
"""At once: 1,000 calls a second, each half a second at the door."""
_BACKLOG = 1024
"""Connections that the kernel keeps while we are busy; one more would wait a second."""
_MOST_STRANGERS = 100
"""Addresses that are remembered, each to be complained about once."""

Network = IPv4Network | IPv6Network
Greet = Callable[[RingingChannel, Switchboard], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class FastAgiCounts:
    """What became of connections, for metrics.

    ``refused`` came from nobody's address or named no PBX, ``unreadable`` said nothing that
    Asterisk says, ``too_many`` came while all places were taken, ``too_late`` had not been
    answered when their time was up.
    """

    taken: int = 0
    refused: int = 0
    unreadable: int = 0
    too_many: int = 0
    too_late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FastAgiDoor:
    """One PBX's door: which addresses it calls from, who greets its callers, and what is told
    when the door opens and shuts.
    """

    pbx: str
    addresses: tuple[Network, ...]
    greet: Greet
    mark: Callable[[bool], None]


class FastAgiListener:
    """The one listener, behind which every PBX that uses FastAGI has its door.

    ``patience_seconds`` is the longest that a connection may last, whatever happens on it.
    """

    def __init__(
        self, *, host: str, port: int, doors: Sequence[FastAgiDoor], patience_seconds: float
    ) -> None:
        self.state = LinkState(name="FastAGI")
        self.counts = FastAgiCounts()
        self._host, self._port = host, port
        self._doors = tuple(doors)
        self._patience_seconds = patience_seconds
        self._open = 0
        self._strangers: set[str] = set()

    async def keep(self) -> None:
        """Listen, and try again when the address is taken."""
        await keep(self.state, self._listen)

    async def _listen(self) -> None:
        async with asyncio.TaskGroup() as calls:

            def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                calls.create_task(self._serve(reader, writer))

            try:
                server = await asyncio.start_server(
                    take, self._host, self._port, limit=_MOST_BYTES, backlog=_BACKLOG
                )
            except OSError as error:
                raise LinkError(
                    f"cannot listen on {self._host}:{self._port}: {error.strerror}",
                    hint="Does another program use the port? Change [fastagi] port, and the "
                    "dialplan's PBX_BRIDGE_FASTAGI with it.",
                ) from None
            self.state.mark_up()
            self._mark(is_open=True)
            try:
                await server.serve_forever()
            finally:
                self._mark(is_open=False)

    def _mark(self, *, is_open: bool) -> None:
        for door in self._doors:
            door.mark(is_open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        doors = self._doors_of(writer)
        if not doors or self._open >= _MOST_CONNECTIONS:
            self.counts.too_many += bool(doors)
            writer.transport.abort()
            return
        self._open += 1
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._answer(doors, _Session(reader, writer))
        except TimeoutError:
            self.counts.too_late += 1
        except OSError as error:
            _log.warning("FastAGI connection broke", reason=str(error))
        except Exception:
            # A defect in serving this connection must not cost the next one the listener.
            _log.exception("FastAGI connection given up")
        finally:
            self._open -= 1
            writer.transport.abort()

    async def _answer(self, doors: Sequence[FastAgiDoor], session: _Session) -> None:
        try:
            environment = parse_environment(await session.read_environment())
            door = _choose(doors, environment)
        except UnreadableEnvironmentError as problem:
            self.counts.unreadable += 1
            _log.warning("FastAGI call not understood", reason=str(problem))
        except _NoDoorError as problem:
            self.counts.refused += 1
            _log.warning("FastAGI call refused", reason=str(problem))
        else:
            self.counts.taken += 1
            await door.greet(read_caller(environment), session)

    def _doors_of(self, writer: asyncio.StreamWriter) -> list[FastAgiDoor]:
        """The doors of whoever connects; a stranger is counted, and told of in the log once."""
        peer = writer.get_extra_info("peername")
        address = _address(str(peer[0])) if peer else None
        doors = [
            door
            for door in self._doors
            if address is not None and any(address in network for network in door.addresses)
        ]
        if not doors:
            self.counts.refused += 1
            if str(address) not in self._strangers and len(self._strangers) < _MOST_STRANGERS:
                self._strangers.add(str(address))
                _log.warning(
                    "FastAGI connection refused",
                    peer=str(address),
                    hint="If this is a PBX of yours, name its address in [[pbx]] fastagi_from.",
                )
        return doors


class _NoDoorError(Exception):
    """The call is for none of the doors; the message says why."""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address without its zone; IPv4 is IPv4 also where it comes to an IPv6 socket."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _choose(doors: Sequence[FastAgiDoor], environment: Mapping[str, str]) -> FastAgiDoor:
    """The door that a call names, or the only one that its address may use."""
    path, name = read_request(environment)
    if path != PATH:
        raise _NoDoorError(f"{path[:40]!r} was asked for; expected agi://HOST:PORT/{PATH}")
    if name is None and len(doors) > 1:
        names = ", ".join(door.pbx for door in doors)
        raise _NoDoorError(f"several PBXs have this address: write /{PATH}?pbx= and one of {names}")
    for door in doors:
        if name in {None, door.pbx}:
            return door
    raise _NoDoorError(f"no PBX with this address is named {name[:64] if name else ''!r}")


def _commands(variables: Mapping[str, str]) -> list[bytes]:
    """As few as will do, the last variable in the last.

    Raises:
        LinkError: a value is longer than AGI takes.
    """
    *first, last = variables.items()
    commands = [compose_set(*item) for item in join_variables(dict(first)).items()]
    if any(len(command) > MOST_COMMAND_BYTES for command in commands):
        commands = [compose_set(*item) for item in first]
    if any(len(command) > MOST_COMMAND_BYTES for command in commands):
        raise LinkError(
            f"a value is longer than {MOST_COMMAND_BYTES} bytes",
            hint="Does a tracking number ring very many phones at once? Let it ring a queue.",
        )
    return [*commands, compose_set(*last)]


class _Session:
    """One call's connection, which is also all that may be asked of its PBX meanwhile."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read_environment(self) -> bytes:
        """Everything up to the empty line, without it.

        Raises:
            UnreadableEnvironmentError: too long, or it ended before.
        """
        try:
            return (await self._reader.readuntil(b"\n\n"))[:-1]
        except asyncio.LimitOverrunError:
            raise UnreadableEnvironmentError(f"longer than {_MOST_BYTES} bytes") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise UnreadableEnvironmentError("the connection ended within it") from None

    async def set_variables(self, channel: str, variables: Mapping[str, str]) -> bool:
        """Set variables, and then that they are complete; False when the caller is gone.

        One by one: Asterisk does not see a command that comes before it has answered the last.
        """
        for command in _commands({**variables, COMPLETE: "yes"}):
            if not await self._carry_out(command):
                return False
        return True

    async def _carry_out(self, command: bytes) -> bool:
        """Another answer than expected: he hung up, or it is not Asterisk who speaks."""
        self._writer.write(command)
        try:
            return (await self._reader.readuntil(b"\n")).rstrip() == DONE
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return False

    async def is_waiting(self, channel_id: str) -> bool:
        """Whether the caller still stands at the door; by FastAGI he is in our hands at once."""
        return True

    async def claim(self, channel_id: str) -> bool:
        """The caller is ours while he is connected."""
        return True

    async def let_go(self, channel_id: str) -> None:
        """End the connection: the dialplan goes on."""
        self._writer.close()
