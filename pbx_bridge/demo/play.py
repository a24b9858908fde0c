"""Placing one call and following it to its end, from all sides at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pbx_bridge.demo.errors import DemoError
from pbx_bridge.demo.office import Office
from pbx_bridge.demo.script import DemoCall
from pbx_bridge.demo.sighting import Sighting, look
from pbx_bridge.lab import LabError, Phone, TrunkCall, WireCall, speak
from pbx_bridge.lab.trunk import format_from

_LOOK_SECONDS = 0.1
_WRITTEN_SECONDS = 5.0
"""How long after the last BYE the store may take to say that the call is over."""
_LONGEST_SECONDS = 120.0
_ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
"""RFC 3323 section 4.1.1.3: the From of a caller who wants to stay one."""
_CALLER_VOICES = ("en+m2", "en+f2", "en+m5", "en+f5", "en+m6")


@dataclass(frozen=True, slots=True)
class _Line:
    """Whoever placed the call, and the number outside where one of us called it, on the wire."""

    caller: Callable[[], WireCall | None]
    outside: Callable[[], WireCall | None] = lambda: None


async def play(
    office: Office, call: DemoCall, watch: Callable[[Sighting], None] = lambda sighting: None
) -> Sighting:
    """Place a call, let ``watch`` see how it goes on, and return it when it is over.

    A call that the store never hears the end of comes back as it stood after 5 s.

    Raises:
        LabError: the call could not be placed or did not end by itself in two minutes.
    """
    async with _desks_ready(office, call), _placed(office, call) as line:
        office.lines.append(line.caller)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _LONGEST_SECONDS
        while True:
            seen = await _look(office, call, line)
            watch(seen)
            is_over = seen.caller is not None and seen.caller.ended_at is not None
            if is_over and seen.is_recorded_over:
                return await _settled(office, call, line, watch)
            if is_over:
                deadline = min(deadline, loop.time() + _WRITTEN_SECONDS)
            if loop.time() > deadline:
                if not is_over:
                    raise LabError(f"the call {call.title!r} did not end")
                return seen
            await asyncio.sleep(_LOOK_SECONDS)


async def _look(office: Office, call: DemoCall, line: _Line) -> Sighting:
    return await look(office, caller=line.caller(), outside=line.outside(), number=call.number)


async def _settled(
    office: Office, call: DemoCall, line: _Line, watch: Callable[[Sighting], None]
) -> Sighting:
    """Look once more when the phones have heard of the end, too."""
    seen = await _look(office, call, line)
    with suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            while any(handset.wire.ended_at is None for handset in seen.handsets):
                await asyncio.sleep(0.05)
                seen = await _look(office, call, line)
    watch(seen)
    return seen


@asynccontextmanager
async def _desks_ready(office: Office, call: DemoCall) -> AsyncIterator[None]:
    """Tell the desks what to do with this call, and what they did before when it is over."""
    before = {extension: phone.answers_after_seconds for extension, phone in office.phones.items()}
    if call.answers is not None:
        for extension, phone in office.phones.items():
            phone.answers_after_seconds = call.answers.get(extension)
    try:
        yield
    finally:
        for extension, seconds in before.items():
            office.phones[extension].answers_after_seconds = seconds


@asynccontextmanager
async def _placed(office: Office, call: DemoCall) -> AsyncIterator[_Line]:
    if call.is_outbound:
        async with _dialled_by_desk(office, call) as line:
            yield line
    else:
        async with await _dialled_from_outside(office, call) as placed:
            yield _Line(lambda: placed.so_far)


async def _dialled_from_outside(office: Office, call: DemoCall) -> TrunkCall:
    speech = None
    if call.says:
        voice = _CALLER_VOICES[sum(call.caller.encode()) % len(_CALLER_VOICES)]
        speech = await asyncio.to_thread(speak, call.says, voice=voice)
    headers = {}
    if call.hidden_number:  # RFC 3325 section 9: known to the network, and to be kept private
        asserted = format_from(call.hidden_number)
        headers = {"P-Asserted-Identity": asserted, "Privacy": "id"}
    return office.trunk.dial(
        call.caller,
        call.dials,
        call.caller_name,
        headers=headers,
        raw_from=_ANONYMOUS if call.is_withheld else None,
        hang_up_after_seconds=call.talks_seconds,
        cancel_after_seconds=call.gives_up_seconds,
        speech=speech,
    )


@asynccontextmanager
async def _dialled_by_desk(office: Office, call: DemoCall) -> AsyncIterator[_Line]:
    if (phone := office.phones.get(call.caller)) is None:
        raise DemoError(f"nobody calls out from {call.caller} in the demo")
    placed_before, arrived_before = len(phone.calls), len(office.outside.calls)
    line = _Line(
        lambda: next(iter(phone.calls[placed_before:]), None),
        lambda: next(iter(office.outside.calls[arrived_before:]), None),
    )
    await phone.dial(call.dials)
    hanging_up = asyncio.create_task(_hang_up_later(phone, call.talks_seconds))
    try:
        yield line
    finally:
        hanging_up.cancel()
        with suppress(asyncio.CancelledError):
            await hanging_up


async def _hang_up_later(phone: Phone, talks_seconds: float | None) -> None:
    await phone.wait_for_answer(_LONGEST_SECONDS)
    if talks_seconds is not None:
        await asyncio.sleep(talks_seconds)
        await phone.hang_up()
