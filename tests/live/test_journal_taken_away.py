"""The journal is a file, and files are rotated, truncated and deleted while the bridge runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from bridge import Office
from bridge_command import BridgeCommand
from company import STRANGER, UNRECORDED
from wire import AWAY, inbound

from pbx_bridge.lab import SippPhone


def rotate(journal: Path) -> None:
    """As logrotate does it."""
    journal.rename(journal.with_name(f"{journal.name}.1"))


def truncate(journal: Path) -> None:
    """As ``copytruncate`` leaves it."""
    journal.write_bytes(b"")


WAYS: dict[str, Callable[[Path], None]] = {
    "rotated": rotate,
    "truncated": truncate,
    "deleted": Path.unlink,
}


@pytest.mark.parametrize("way", WAYS)
async def test_calls_go_on_being_told(office: Office, way: str) -> None:
    """The call before and the one after are in the store, each once."""
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.1) as desk:
        wires = [await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)]
        await office.wait_for_calls(1)
        WAYS[way](office.pbx.journal)
        wires.append(await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2))
        calls = await office.wait_for_calls(2)

    assert calls == [
        inbound(
            wire,
            UNRECORDED,
            {"1001": phone},
            matched=call.matched,
            candidates=call.candidates,
        )
        for wire, phone, call in zip(wires, desk.calls, calls, strict=True)
    ]


@pytest.mark.parametrize("way", WAYS)
async def test_a_call_that_is_up_meanwhile_is_told(office: Office, way: str) -> None:
    """The journal goes in the middle of a call, and the call is whole nevertheless."""
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.1) as desk,
        office.trunk.dial(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.6) as placed,
    ):
        await placed.wait_for_answer()
        await asyncio.sleep(0.2)  # what is not yet read is lost with a truncated file
        WAYS[way](office.pbx.journal)
        wire = await placed.wait_for_end()
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]})


async def test_a_journal_rotated_while_the_bridge_is_away_is_read(
    quiet_office: Office, tmp_path: Path
) -> None:
    """Calls before and after the rotation are both told by the next life."""
    office = quiet_office
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.1) as desk,
        BridgeCommand(office, tmp_path) as bridge,
    ):
        await bridge.stop()
        first = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        await desk.wait_for_end()
        rotate(office.pbx.journal)
        second = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        await bridge.start()
        calls = await office.wait_for_calls(2)

    assert calls == [
        inbound(wire, UNRECORDED, {"1001": phone}, matched=call.matched, **AWAY)
        for wire, phone, call in zip([first, second], desk.calls, calls, strict=True)
    ]
