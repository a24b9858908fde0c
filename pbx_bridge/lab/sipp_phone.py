"""A scripted phone: SIPp, registered as an extension, for what no softphone can be told to do."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from pbx_bridge.lab.asterisk_config import PHONE_PASSWORD
from pbx_bridge.lab.pbx import LabPbx
from pbx_bridge.lab.scenarios import callee_scenario, register_scenario
from pbx_bridge.lab.sip import WireCall
from pbx_bridge.lab.sipp import Sipp, has_ended
from pbx_bridge.lab.speech import to_ulaw


class SippPhone:
    """An extension that gives every call the same ``reply``, many calls at once if need be.

    ``reply`` is the final status (200, 302, 404, 480, 486, 503, 603, ...) and comes
    ``reply_after_seconds`` after the INVITE; None rings until the caller gives up. ``contact`` is
    the SIP URI that a 302 names; ``refers_to`` the extension to which it hands each answered call
    on after a second (a blind transfer by REFER). ``is_traced`` keeps every message with its time,
    which costs too much under load; without it ``calls`` stays empty.
    """

    def __init__(
        self,
        pbx: LabPbx,
        extension: str,
        *,
        reply: int | None = 200,
        reply_after_seconds: float = 0.2,
        rings: bool = True,
        hang_up_after_seconds: float | None = None,
        speech: Path | None = None,
        contact: str | None = None,
        refers_to: str | None = None,
        is_traced: bool = True,
    ) -> None:
        scenario = callee_scenario(
            reply=reply,
            rings=rings,
            reply_after_seconds=reply_after_seconds,
            hang_up_after_seconds=hang_up_after_seconds,
            speech=to_ulaw(speech) if speech else None,
            contact=contact,
            refers_to=refers_to,
        )
        remote = ("127.0.0.1", pbx.sip_port)
        self._phone = Sipp(scenario, remote=remote, address="127.0.0.1", is_traced=is_traced)
        self._registration = Sipp(
            register_scenario(),
            remote=remote,
            address="127.0.0.1",
            keys={"lab_extension": extension, "lab_port": str(self._phone.port)},
            options=("-m", "1", "-au", extension, "-ap", PHONE_PASSWORD, "-timeout", "5s"),
        )
        self._stack = AsyncExitStack()
        self.extension = extension

    async def __aenter__(self) -> Self:
        """Listen and register; LabError when the PBX refuses."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._phone)
            await self._phone.wait_until_listening()
            async with self._registration:
                if await self._registration.wait() != 0:
                    raise self._registration.failure(f"could not register {self.extension}")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Vanish from the network; the PBX believes in the registration for an hour."""
        await self._stack.aclose()

    @property
    def calls(self) -> list[WireCall]:
        """The calls that arrived so far, oldest first."""
        return self._phone.wire_calls()

    async def wait_for_end(self, timeout_seconds: float = 10.0) -> WireCall:
        """Return the latest call once it is over."""
        return await self._phone.wait_for_call("end", has_ended, timeout_seconds)
