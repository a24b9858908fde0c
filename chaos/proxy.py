"""A TCP proxy on loopback between a bridge and its Asterisk, to be cut and stalled."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from pbx_bridge.lab.ports import free_port

_CHUNK_BYTES = 65536


class Proxy:
    """Hands bytes on between who connects to ``port`` and ``target_port``, both on 127.0.0.1.

    It has its ``port`` from the moment it listens: one chosen earlier may be another lab's by then.
    """

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self._target_port = target_port
        self._is_flowing = asyncio.Event()
        self._is_flowing.set()
        self._sessions: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        self.port = free_port()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no more, and cut."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """End every connection there is; new ones are taken at once."""
        for session in self._sessions:
            session.cancel()

    def stall(self) -> None:
        """Keep every connection, and let nothing through."""
        self._is_flowing.clear()

    def flow(self) -> None:
        """Let through what came meanwhile, and what comes."""
        self._is_flowing.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.get_running_loop().create_task(self._join(reader, writer))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target_port)
            sides = [self._pump(reader, far), self._pump(far_reader, writer)]
            tasks = [asyncio.create_task(side) for side in sides]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # cut, or Asterisk is away: both ends see a broken connection
        finally:
            for side in (writer, far):
                if side is not None:
                    side.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._is_flowing.wait()
                writer.write(chunk)
                await writer.drain()
