"""Asterisk 16 and 22, each through FastAGI and through plain Stasis: the same promises hold.

What else a call may become is told from the same events on every version; the matrix plays it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from bridge import Office, ask_ready, set_global
from bridge_command import BridgeCommand
from company import JANE, MAILING, NOT_OURS, POSTER, STRANGER, UNRECORDED
from holds import is_in_time
from wire import OF_JANE, inbound

from crm_store.records import Enrichment, PersonType, Ref
from crm_store.store import Store
from pbx_bridge.lab import LabPbx, SippPhone

BUDGET_SECONDS = 0.55
"""The dialplan's half a second, and what leaving these doors may take."""
PATIENT_MS = 3000
DOORS = [(16, "fastagi"), (16, "stasis"), (22, "fastagi"), (22, "stasis")]


def _name(door: object) -> str:
    return "{}-{}".format(*door) if isinstance(door, tuple) else str(door)


by_fastagi = pytest.mark.parametrize(
    "quiet", [(16, "fastagi"), (22, "fastagi")], ids=_name, indirect=True
)
"""For what the version and the door have no part in but for FastAGI's."""
DIES_AT_THE_LOOK_UP = """
import os, signal
from pbx_bridge.call_flow import CallFlow

async def die(self, caller):
    os.kill(os.getpid(), signal.SIGKILL)

CallFlow._decide = die
"""


@pytest_asyncio.fixture(params=DOORS, ids=_name)
async def quiet(
    request: pytest.FixtureRequest, pbx: LabPbx, pbx16: LabPbx, store_url: str
) -> AsyncIterator[Office]:
    """An office behind one of the doors, before its bridge is started."""
    version, door = request.param
    chosen = pbx if version == 22 else pbx16
    has_broadcast = version == 22 and door == "stasis"
    if has_broadcast:
        await chosen.cli("module unload app_stasis_broadcast.so")
    async with Office.open(chosen, store_url, door=door.replace("stasis", "ari")) as office:
        yield office
    await set_global(chosen, "PBX_BRIDGE_SEEN_AT", "1")
    if has_broadcast:
        await chosen.cli("module load app_stasis_broadcast.so")


@pytest_asyncio.fixture
async def office(quiet: Office) -> AsyncIterator[Office]:
    """The same with its bridge running, and patient callers."""
    await set_global(quiet.pbx, "PBX_BRIDGE_BUDGET_MS", str(PATIENT_MS))
    async with quiet.bridged(mid_call={"budget_ms": PATIENT_MS}):
        yield quiet
    await set_global(quiet.pbx, "PBX_BRIDGE_BUDGET_MS", "500")


async def test_a_stranger_is_shown_recorded_and_becomes_a_lead(office: Office) -> None:
    """Campaign and call ID on the handset, a recording of that name, one lead, one record."""
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.4) as desk:
        wire = await office.trunk.call(
            STRANGER, POSTER.raw, "Sam Stranger", hang_up_after_seconds=0.6
        )
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
    (lead,) = await office.leads()

    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert (office.pbx.recordings / f"{call.call_id}.wav").exists()
    assert call == inbound(
        wire,
        POSTER,
        {"1001": desk.calls[0]},
        caller_name="Sam Stranger",
        record=Ref(type=PersonType.LEAD, id=lead.id or 0),
        recordings=lead.recordings,
    )


@by_fastagi
async def test_a_known_contact_rings_his_owner(office: Office) -> None:
    """Name and company on the handset, the owner first, and the record is about the contact."""
    async with SippPhone(office.pbx, "1002", reply_after_seconds=0.2) as desk:
        wire = await office.trunk.call(JANE, MAILING.raw, hang_up_after_seconds=0.3)
        call = await office.wait_for_call(number=JANE)
        await desk.wait_for_end()

    assert desk.calls[0].display_name == "Jane Doe - Acme"
    assert call == inbound(wire, MAILING, {"1002": desk.calls[0]}, **OF_JANE)


@by_fastagi
async def test_a_withheld_number_is_shown_to_nobody(office: Office) -> None:
    """The handset shows a call ID in the place of the number, and nobody is looked up by it."""
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk:
        await office.trunk.call(
            JANE, UNRECORDED.raw, hang_up_after_seconds=0.2, headers={"Privacy": "id"}
        )
        (call,) = await office.wait_for_calls(1)
        await desk.wait_for_end()

    shown = desk.calls[0]
    assert (shown.display_name, shown.from_number) == (f"Withheld {call.call_id}", "anonymous")
    assert (call.caller_number, call.candidates) == ("anonymous", ())


async def test_the_administrators_own_dialplan_still_reads_its_database(office: Office) -> None:
    """DB(), SHELL() and STAT() work behind either door: nothing was set in a way that bars them."""
    await office.pbx.cli("database put lab word database")
    await set_global(office.pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", "own-menu")
    try:
        async with SippPhone(office.pbx, "1001", reply=486) as desk:
            await office.trunk.call(STRANGER, NOT_OURS)
            await office.wait_for_call(number=STRANGER)
            await desk.wait_for_end()
    finally:
        await set_global(office.pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", '""')

    assert desk.calls[0].display_name == "database shell 1"


async def test_a_bridge_killed_while_it_looks_a_caller_up_holds_nobody(
    quiet: Office, tmp_path: Path
) -> None:
    """FastAGI's connection breaks, Stasis() is ended by the dialplan: within the budget.

    Whoever calls next, while the dialplan still believes in the bridge, rings through at once.
    Both calls are told by the next bridge.
    """
    async with SippPhone(quiet.pbx, "1001", reply_after_seconds=0.3) as desk:
        async with BridgeCommand(quiet, tmp_path, prelude=DIES_AT_THE_LOOK_UP):
            held = await quiet.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
            after = await quiet.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
            await desk.wait_for_end()
        async with quiet.bridged():
            calls = await quiet.wait_for_calls(2)

    assert is_in_time(held, budget_seconds=BUDGET_SECONDS)
    assert is_in_time(after, budget_seconds=0.2)
    is_fastagi = quiet.door == "fastagi"
    became = (Enrichment.FAILED if is_fastagi else Enrichment.OVER_BUDGET, Enrichment.NOT_ASKED)
    assert calls == [
        inbound(wire, UNRECORDED, {"1001": phone}, enrichment=how, matched=call.matched)
        for wire, phone, call, how in zip((held, after), desk.calls, calls, became, strict=True)
    ]


async def test_a_frozen_bridge_holds_nobody(quiet: Office, tmp_path: Path) -> None:
    """A bridge that hangs (SIGSTOP) costs a caller the budget; when it wakes, it tells his call."""
    async with (
        SippPhone(quiet.pbx, "1001", reply_after_seconds=0.3) as desk,
        BridgeCommand(quiet, tmp_path) as bridge,
    ):
        bridge.freeze()
        wire = await quiet.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
        bridge.thaw()
        call = await quiet.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert is_in_time(wire, budget_seconds=BUDGET_SECONDS)
    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, enrichment=Enrichment.OVER_BUDGET
    )


@by_fastagi
async def test_a_slow_store_holds_nobody(quiet: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up that takes too long is given up within the budget, and the record says so."""
    read = Store.read

    async def read_slowly(self: Store, unit: Any, **how: Any) -> Any:
        if self is not quiet.store:
            await asyncio.sleep(2.0)
        return await read(self, unit, **how)

    async with (
        SippPhone(quiet.pbx, "1001", reply_after_seconds=0.2) as desk,
        quiet.bridged() as _,
    ):
        with monkeypatch.context() as slow:
            slow.setattr(Store, "read", read_slowly)
            wire = await quiet.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        call = await quiet.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert is_in_time(wire, budget_seconds=BUDGET_SECONDS)
    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, enrichment=Enrichment.OVER_BUDGET
    )


@by_fastagi
async def test_readiness_and_metrics_tell_of_the_door(quiet: Office, tmp_path: Path) -> None:
    """A port that another program has is named until it is free; each connection is counted."""
    other = await asyncio.start_server(lambda r, w: None, "127.0.0.1", quiet.fastagi_port)
    async with (
        BridgeCommand(quiet, tmp_path, is_ready=False) as bridge,
        SippPhone(quiet.pbx, "1001", reply=486) as desk,
    ):
        status, said = await ask_ready(bridge.web_port)
        other.close()
        await bridge.wait_until_ready()
        await quiet.trunk.call(STRANGER, UNRECORDED.raw)
        await desk.wait_for_end()
        async with (
            aiohttp.ClientSession() as web,
            web.get(f"http://127.0.0.1:{bridge.web_port}/metrics") as answer,
        ):
            metrics = (await answer.text()).splitlines()

    assert status == 503
    (problem,) = (each for each in said["problems"] if each.startswith("FastAGI"))
    assert problem.startswith(f"FastAGI: cannot listen on 127.0.0.1:{quiet.fastagi_port}")
    assert 'pbx_bridge_link_up{link="FastAGI"} 1.0' in metrics
    assert 'pbx_bridge_fastagi_connections_total{how="taken"} 1.0' in metrics


@pytest.mark.parametrize("quiet", [(16, "stasis")], ids=_name, indirect=True)
async def test_a_caller_left_in_stasis_is_let_go_by_the_next_bridge(
    quiet: Office, tmp_path: Path
) -> None:
    """An old Asterisk is asked over HTTP who is held: he goes on within a second."""
    await set_global(quiet.pbx, "PBX_BRIDGE_BUDGET_MS", "60000")
    try:
        async with (
            SippPhone(quiet.pbx, "1001", reply_after_seconds=0.2) as desk,
            BridgeCommand(quiet, tmp_path, prelude=DIES_AT_THE_LOOK_UP) as bridge,
            quiet.trunk.dial(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2) as placed,
        ):
            await bridge.wait()
            async with quiet.bridged():
                back_at = datetime.now(UTC)
                await placed.wait_for_end()
                await quiet.wait_for_call(number=STRANGER)
                await desk.wait_for_end()
    finally:
        await set_global(quiet.pbx, "PBX_BRIDGE_BUDGET_MS", "500")

    rung = desk.calls[0]
    assert rung.ringing_at is not None
    assert (rung.ringing_at - back_at).total_seconds() < 1.0
