"""A wire to the PBX that a test can break: cut, end, stall, and lose just what is said next."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True, eq=False)
class _Wire:
    """One connection: the bridge's side and the PBX's."""

    bridge: asyncio.StreamWriter
    pbx: asyncio.StreamWriter

    def cut(self) -> None:
        """As a cable that is pulled and a firewall that says so: RST on both sides."""
        for side in (self.bridge, self.pbx):
            end: Any = side.get_extra_info("socket")
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            side.transport.abort()

    def end(self) -> None:
        """As a server that closes in good order: FIN on both sides."""
        for side in (self.bridge, self.pbx):
            side.close()

    def half_close(self) -> None:
        """The PBX's side says no more (FIN to the bridge), and goes on listening."""
        if self.bridge.can_write_eof():
            self.bridge.write_eof()


@dataclass(slots=True)
class LinkProxy:
    """A TCP proxy on loopback before one port of the PBX."""

    pbx_port: int
    is_stalled: bool = False
    """Nothing passes any more, and nobody is told."""
    is_refusing: bool = False
    """Whoever connects is let in and sent away at once, in good order."""
    connections: int = 0
    port: int = 0
    _wires: set[_Wire] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _traps: list[tuple[bytes, str, Callable[[_Wire], bool]]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up on everybody."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection (RST)."""
        for wire in list(self._wires):
            wire.cut()

    def end(self) -> None:
        """Close every connection in good order (FIN)."""
        for wire in list(self._wires):
            wire.end()

    def half_close(self) -> None:
        """End what comes from the PBX, and leave the other way open."""
        for wire in list(self._wires):
            wire.half_close()

    def stall(self) -> None:
        """From now on not a byte passes."""
        self.is_stalled = True

    def heal(self) -> None:
        """Let new connections through; those that had stalled stay lost."""
        self.is_stalled = self.is_refusing = False
        self.cut()

    def cut_before_pbx_says(self, words: bytes) -> None:
        """Break the connection when the PBX says this next; the bridge never hears it."""
        self._traps.append((words, "pbx", _cut))

    def cut_before_bridge_says(self, words: bytes) -> None:
        """Break the connection when the bridge says this next; the PBX never hears it."""
        self._traps.append((words, "bridge", _cut))

    def cut_the_answer_to(self, words: bytes) -> None:
        """When the PBX says this next let it through, and cut at the bridge's next word."""

        def arm(wire: _Wire) -> bool:
            self._traps.append((b"", "bridge", _cut))
            return True

        self._traps.append((words, "pbx", arm))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.is_refusing:
            writer.close()
            return
        while self.is_stalled:  # noqa: ASYNC110 - a connection that is not answered
            await asyncio.sleep(0.05)
        try:
            pbx_reader, pbx_writer = await asyncio.open_connection("127.0.0.1", self.pbx_port)
        except OSError:
            writer.close()
            return
        wire = _Wire(writer, pbx_writer)
        self._wires.add(wire)
        ways = [
            asyncio.create_task(self._pass(reader, pbx_writer, wire, "bridge")),
            asyncio.create_task(self._pass(pbx_reader, writer, wire, "pbx")),
        ]
        self._tasks.update(ways)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wire.end()
            self._wires.discard(wire)
            for way in ways:
                way.cancel()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: _Wire, who: str
    ) -> None:
        try:
            while data := await reader.read(65536):
                while self.is_stalled:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
                if not self._spring_traps(data, wire, who):
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return

    def _spring_traps(self, data: bytes, wire: _Wire, who: str) -> bool:
        for trap in list(self._traps):
            words, side, spring = trap
            if side == who and words in data:
                self._traps.remove(trap)
                if not spring(wire):
                    return False
        return True


def _cut(wire: _Wire) -> bool:
    wire.cut()
    return False
