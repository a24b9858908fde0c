"""The outside world: strangers who call in over the trunk, and numbers that can be called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.pbx import LabPbx
from pbx_bridge.lab.scenarios import callee_scenario, caller_scenario
from pbx_bridge.lab.sip import WireCall
from pbx_bridge.lab.sipp import Sipp, has_ended
from pbx_bridge.lab.speech import to_ulaw

#: The trunk's address; the PBX tells it from the phones, at 127.0.0.1, by this alone.
TRUNK_ADDRESS = "127.0.0.2"


def format_from(number: str, display_name: str | None = None, host: str = TRUNK_ADDRESS) -> str:
    """Return a From value (RFC 3261 section 25.1); quotes and backslashes of the name escaped."""
    address = f"<sip:{number}@{host}>"
    if display_name is None:
        return address
    quoted = display_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" {address}'


class TrunkCall:
    """One call into the PBX while it lasts: an asynchronous context manager."""

    def __init__(self, sipp: Sipp) -> None:
        self._sipp = sipp

    async def __aenter__(self) -> Self:
        """Send the INVITE."""
        await self._sipp.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Vanish; a call that is still up gets no BYE, as when a trunk breaks."""
        await self._sipp.__aexit__(kind, error, trace)

    @property
    def so_far(self) -> WireCall | None:
        """What was seen until now; None before the INVITE has left."""
        return next(iter(self._sipp.wire_calls()), None)

    async def wait_for_ringing(self, timeout_seconds: float = 5.0) -> WireCall:
        """Return once the far end rings (180, 183); LabError when it does not in time."""
        return await self._sipp.wait_for_call(
            "ring", lambda call: call.ringing_at is not None, timeout_seconds
        )

    async def wait_for_answer(self, timeout_seconds: float = 10.0) -> WireCall:
        """Return once the far end has answered; LabError when it does not in time."""
        return await self._sipp.wait_for_call(
            "answer", lambda call: call.answered_at is not None, timeout_seconds
        )

    async def wait_for_end(self) -> WireCall:
        """Return the whole call once it is over; LabError when the PBX did the unexpected."""
        status = await self._sipp.wait()
        call = self.so_far
        if status != 0 or call is None or call.ended_at is None:
            raise self._sipp.failure("did not play the call to its end")
        return call


class OutsideNumber:
    """What answers when the PBX calls out over the trunk; ``calls`` is what it saw so far."""

    def __init__(self, sipp: Sipp) -> None:
        self._sipp = sipp

    async def __aenter__(self) -> Self:
        """Start to listen at the trunk's port."""
        await self._sipp.__aenter__()
        await self._sipp.wait_until_listening()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Fall silent."""
        await self._sipp.__aexit__(kind, error, trace)

    @property
    def calls(self) -> list[WireCall]:
        """The calls that arrived, oldest first."""
        return self._sipp.wire_calls()

    async def wait_for_end(self, timeout_seconds: float = 10.0) -> WireCall:
        """Return the latest call once it is over."""
        return await self._sipp.wait_for_call("end", has_ended, timeout_seconds)


class Trunk:
    """The provider's end of ``pbx``'s trunk."""

    def __init__(self, pbx: LabPbx) -> None:
        self._pbx = pbx

    def dial(
        self,
        from_number: str,
        to_number: str,
        display_name: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw_from: str | None = None,
        hang_up_after_seconds: float | None = None,
        cancel_after_seconds: float | None = None,
        speech: Path | None = None,
        give_up_after_seconds: float = 120.0,
    ) -> TrunkCall:
        """Return a call into the PBX, placed on entering it.

        All texts are sent as they are; ``raw_from`` replaces the whole From value (it must hold a
        SIP URI; the tag is added). He hangs up so long after the answer, or waits for the other
        side to; he cancels so long after the last provisional response, or keeps waiting.
        ``speech`` is a WAV that he plays over and over from the answer on. ``headers`` are sent in
        their order, e.g. ``{"P-Asserted-Identity": "<sip:+61412345678@carrier>"}``.
        """
        lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
        header_keys = {f"lab_header{index}": line for index, line in enumerate(lines)}
        for text in (to_number, raw_from or "", display_name or "", *lines):
            if "\n" in text or "\r" in text or "\0" in text:
                raise LabError(f"a line break or NUL cannot be sent within a header: {text!r}")
        scenario = caller_scenario(
            headers=list(header_keys),
            speech=to_ulaw(speech) if speech else None,
            hang_up_after_seconds=hang_up_after_seconds,
            cancel_after_seconds=cancel_after_seconds,
        )
        keys = {
            "lab_to": to_number,
            "lab_from": raw_from or format_from(from_number, display_name),
            **header_keys,
        }
        options = ("-m", "1", "-timeout", f"{give_up_after_seconds:.0f}s", "-timeout_error")
        return TrunkCall(
            Sipp(
                scenario,
                remote=("127.0.0.1", self._pbx.sip_port),
                address=TRUNK_ADDRESS,
                keys=keys,
                options=options,
            )
        )

    async def call(
        self,
        from_number: str,
        to_number: str,
        display_name: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw_from: str | None = None,
        hang_up_after_seconds: float | None = None,
        cancel_after_seconds: float | None = None,
        speech: Path | None = None,
    ) -> WireCall:
        """Place a call as `dial` does, wait until it is over, and return all of it."""
        placed = self.dial(
            from_number,
            to_number,
            display_name,
            headers=headers,
            raw_from=raw_from,
            hang_up_after_seconds=hang_up_after_seconds,
            cancel_after_seconds=cancel_after_seconds,
            speech=speech,
        )
        async with placed:
            return await placed.wait_for_end()

    def outside(
        self,
        *,
        reply: int | None = 200,
        reply_after_seconds: float = 0.3,
        hang_up_after_seconds: float | None = None,
        speech: Path | None = None,
    ) -> OutsideNumber:
        """Return the world that the PBX calls over ``PJSIP/NUMBER@trunk``; at most one at a time.

        ``reply`` is the final status (200, 486, ...), None for a number that only rings.
        """
        scenario = callee_scenario(
            reply=reply,
            reply_after_seconds=reply_after_seconds,
            hang_up_after_seconds=hang_up_after_seconds,
            speech=to_ulaw(speech) if speech else None,
        )
        return OutsideNumber(
            Sipp(
                scenario,
                remote=("127.0.0.1", self._pbx.sip_port),
                address=TRUNK_ADDRESS,
                port=self._pbx.trunk_port,
            )
        )
