"""Running SIPp: one process, one scenario, and what it saw on the wire."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.installation import find_program
from pbx_bridge.lab.ports import free_media_port, free_port, is_udp_port_taken
from pbx_bridge.lab.programs import end_program, start_program
from pbx_bridge.lab.sip import WireCall, parse_sipp_trace, read_wire_calls

_POLL_SECONDS = 0.02


def has_ended(call: WireCall) -> bool:
    """Whether a call was hung up, cancelled or refused."""
    return call.ended_at is not None


class Sipp:
    """One SIPp process for as long as a block lasts.

    ``keys`` fill the scenario's own ``[keywords]`` with verbatim texts. ``is_traced`` keeps every
    message with its time, which costs too much under load.
    """

    def __init__(
        self,
        scenario: str,
        *,
        remote: tuple[str, int],
        address: str,
        port: int | None = None,
        keys: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        is_traced: bool = True,
    ) -> None:
        self._scenario = scenario
        self._remote = remote
        self._keys = dict(keys or {})
        self._options = options
        self._is_traced = is_traced
        self._process: Process | None = None
        self._past_calls: list[WireCall] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.address = address
        self.port = port or free_port(address)
        self.directory = Path()

    async def __aenter__(self) -> Self:
        """Write the scenario and start SIPp."""
        self._folder = tempfile.TemporaryDirectory(prefix="pbx-bridge-sipp-")
        self.directory = Path(self._folder.name)
        (self.directory / "scenario.xml").write_text(self._scenario, "utf-8")
        self._process = await start_program(
            *self._command(), output=self.directory / "screen.log", directory=self.directory
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End SIPp and forget its files, but not the calls."""
        if self._process is not None:
            await end_program(self._process, ask_with=signal.SIGKILL)
        self._past_calls = self.wire_calls()
        if self._folder is not None:
            self._folder.cleanup()

    def _command(self) -> tuple[str, ...]:
        media_port = free_media_port()
        tracing = ("-trace_msg", "-message_file", "messages.log") if self._is_traced else ()
        keys = (word for name, text in self._keys.items() for word in ("-key", name, text))
        return (
            *(find_program("sipp"), f"{self._remote[0]}:{self._remote[1]}"),
            *("-sf", "scenario.xml", "-nostdin", "-aa"),
            *("-i", self.address, "-p", str(self.port)),
            *("-mi", "127.0.0.1", "-mp", str(media_port), "-ci", "127.0.0.1"),
            *("-trace_err", "-error_file", "errors.log", *tracing),
            *keys,
            *self._options,
        )

    async def wait(self) -> int:
        """Wait until SIPp has played its calls; return its status: 0 all went well, 1 some failed.

        LabError when SIPp itself could not work.
        """
        if self._process is None:
            raise LabError("SIPp was not started")
        status = await self._process.wait()
        if status not in (0, 1):
            raise self.failure(f"ended with status {status}")
        return status

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def wait_until_listening(self, timeout_seconds: float = 5.0) -> None:
        """Return once SIPp holds its SIP port; LabError when it does not in time."""
        for _ in range(round(timeout_seconds / 0.01)):
            if is_udp_port_taken(self.address, self.port):
                return
            if not self.is_running:
                break
            await asyncio.sleep(0.01)
        raise self.failure(f"does not listen on {self.address}:{self.port}")

    def wire_calls(self) -> list[WireCall]:
        """Return the calls seen so far, while SIPp runs and afterwards."""
        trace = self.directory / "messages.log"
        if not trace.exists():
            return self._past_calls
        return read_wire_calls(parse_sipp_trace(trace.read_bytes()))

    async def wait_for_call(
        self, what: str, is_reached: Callable[[WireCall], bool], timeout_seconds: float
    ) -> WireCall:
        """Return the latest call as soon as it ``is_reached``; LabError when it is not in time."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while True:
            # Asked before the trace is read: what the last moments brought is not missed.
            is_last_look = not self.is_running or asyncio.get_running_loop().time() > deadline
            calls = self.wire_calls()
            if calls and is_reached(calls[-1]):
                return calls[-1]
            if is_last_look:
                heard = calls[-1].messages[-1].start_line if calls else "nothing"
                raise self.failure(f"saw no call {what} in {timeout_seconds} s; last: {heard}")
            await asyncio.sleep(_POLL_SECONDS)

    def failure(self, what: str) -> LabError:
        """Return an error that carries SIPp's own last words."""
        words = []
        for log in ("errors.log", "screen.log"):
            path = self.directory / log
            if path.exists():
                words += path.read_text("utf-8", "replace").strip().splitlines()[:6]
        return LabError("\n  ".join([f"SIPp {what}", *words]))
