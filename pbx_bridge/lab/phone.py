"""A real softphone on a desk: baresip, registered as one of the PBX's extensions."""

from __future__ import annotations

import asyncio
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pbx_bridge.lab.asterisk_config import PHONE_PASSWORD
from pbx_bridge.lab.baresip import (
    RemoteControl,
    SoftphoneAccount,
    follow_sip_trace,
    write_baresip_config,
)
from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.installation import find_program
from pbx_bridge.lab.pbx import LabPbx
from pbx_bridge.lab.ports import free_port
from pbx_bridge.lab.programs import end_program, start_program
from pbx_bridge.lab.sip import SipMessage, WireCall, parse_display_name, read_wire_calls
from pbx_bridge.lab.speech import repeat_speech, speak

_POLL_SECONDS = 0.01
_Found = TypeVar("_Found")
_GREETING = "Hello, thank you for calling. How can I help you?"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCall:
    """What the handset shows: name and number exactly as the INVITE brought them.

    A P-Asserted-Identity, where there is one, goes before From, as on a real handset.
    """

    sip_call_id: str
    display_name: str
    number: str
    at: datetime


def read_incoming_call(call: WireCall) -> IncomingCall:
    """Return what a handset shows for ``call``."""
    asserted = call.messages[0].header("P-Asserted-Identity")
    name = parse_display_name(asserted) if asserted else call.display_name
    return IncomingCall(
        sip_call_id=call.sip_call_id,
        display_name=name,
        number=call.from_number,
        at=call.invited_at,
    )


class Phone:
    """A registered softphone, for as long as a block lasts.

    It rings until told otherwise, or answers by itself ``answers_after_seconds`` after the INVITE.
    From the answer on it says ``speech`` (a WAV, 8 kHz mono) over and over.
    """

    def __init__(
        self,
        pbx: LabPbx,
        extension: str,
        *,
        answers_after_seconds: float | None = None,
        speech: Path | None = None,
    ) -> None:
        self._pbx = pbx
        self._speech = speech
        self._messages: list[SipMessage] = []
        self._screen = bytearray()
        self._announced: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._process: Process | None = None
        self._control: RemoteControl | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.extension = extension
        self.answers_after_seconds = answers_after_seconds

    async def __aenter__(self) -> Self:
        """Start and register; LabError when the PBX does not accept the registration."""
        self._folder = tempfile.TemporaryDirectory(prefix="pbx-bridge-phone-")
        try:
            await self._start(Path(self._folder.name))
            await self._wait("register", lambda: self._has_registered or None, 5.0)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def _start(self, directory: Path) -> None:
        speech = await asyncio.to_thread(repeat_speech, self._speech or speak(_GREETING))
        account = SoftphoneAccount(
            extension=self.extension,
            name=self._pbx.phones.get(self.extension, self.extension),
            password=PHONE_PASSWORD,
            sip_port=self._pbx.sip_port,
        )
        control_port = free_port()
        write_baresip_config(directory, account, control_port=control_port, speech=speech)
        self._process = await start_program(
            find_program("baresip"), "-s", "-4", "-f", str(directory), output="pipe"
        )
        if self._process.stdout is None:
            raise LabError("baresip's output is not piped")
        self._spawn(
            follow_sip_trace(self._process.stdout, self._pbx.sip_port, self._receive, self._screen)
        )
        try:
            self._control = await RemoteControl.connect(control_port)
        except LabError as error:
            screen = self._screen.decode("utf-8", "replace")
            raise LabError(f"{error}; it says:\n{screen[-2000:]}") from error

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up, unregister and end."""
        if self._control is not None:
            await self._control.close()
        if self._process is not None:
            await end_program(self._process, patience_seconds=3.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def calls(self) -> list[WireCall]:
        """Every call this phone received or placed so far, oldest first, as its own wire saw it."""
        return read_wire_calls(self._messages)

    async def wait_for_ring(self, timeout_seconds: float = 5.0) -> IncomingCall:
        """Return the next incoming call, each once; LabError when none rings in time."""
        call = await self._wait("ring", self._unannounced_call, timeout_seconds)
        self._announced.add(call.sip_call_id)
        return read_incoming_call(call)

    async def wait_for_answer(self, timeout_seconds: float = 5.0) -> WireCall:
        """Return the latest call once it is answered, by whichever side."""
        return await self._wait_for_latest(
            "be answered", lambda call: call.answered_at is not None, timeout_seconds
        )

    async def wait_for_end(self, timeout_seconds: float = 30.0) -> WireCall:
        """Return the latest call once it is over."""
        return await self._wait_for_latest(
            "end a call", lambda call: call.ended_at is not None, timeout_seconds
        )

    async def answer(self) -> None:
        """Pick up the ringing call."""
        await self._remote.send("accept")

    async def hang_up(self) -> None:
        """Hang up the current call; one that still rings is declined with 486 Busy Here."""
        await self._remote.send("hangup")

    async def dial(self, number: str) -> None:
        """Call a number of the PBX's context ``internal``."""
        await self._remote.send("dial", f"sip:{number}@127.0.0.1:{self._pbx.sip_port}")

    async def transfer(self, number: str) -> None:
        """Hand the current call on without waiting for an answer (blind transfer, REFER)."""
        await self._remote.send("transfer", f"sip:{number}@127.0.0.1:{self._pbx.sip_port}")

    @property
    def _remote(self) -> RemoteControl:
        if self._control is None:
            raise LabError(f"phone {self.extension} is not switched on")
        return self._control

    @property
    def _has_registered(self) -> bool:
        return any(m.method == "REGISTER" and m.status == 200 for m in self._messages)

    def _unannounced_call(self) -> WireCall | None:
        for call in self.calls:
            if not call.messages[0].is_sent and call.sip_call_id not in self._announced:
                return call
        return None

    def _receive(self, message: SipMessage) -> None:
        self._messages.append(message)
        is_new_call = message.start_line.startswith("INVITE ") and ";tag=" not in message.header(
            "To"
        )
        if is_new_call and not message.is_sent and self.answers_after_seconds is not None:
            self._spawn(self._answer_later(self.answers_after_seconds))

    async def _answer_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(LabError):  # the caller may have given up by now
            await self.answer()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait_for_latest(
        self, what: str, is_reached: Callable[[WireCall], bool], timeout_seconds: float
    ) -> WireCall:
        def look() -> WireCall | None:
            calls = self.calls
            return calls[-1] if calls and is_reached(calls[-1]) else None

        return await self._wait(what, look, timeout_seconds)

    async def _wait(
        self, what: str, look: Callable[[], _Found | None], timeout_seconds: float
    ) -> _Found:
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while (found := look()) is None:
            if asyncio.get_running_loop().time() > deadline:
                heard = self._messages[-1].start_line if self._messages else "nothing"
                raise LabError(
                    f"phone {self.extension} did not {what} in {timeout_seconds} s; last: {heard}"
                )
            await asyncio.sleep(_POLL_SECONDS)
        return found
