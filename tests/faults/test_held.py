"""No caller is ever held: by a bridge that died, that hangs, or that was thawed too late."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from bridge import Office, set_global
from bridge_command import BridgeCommand
from company import STRANGER, UNRECORDED
from holds import is_in_time, ring_delay
from links import ANOTHER, ask_metrics, wait_until_true
from wire import inbound

from crm_store.records import Enrichment
from pbx_bridge.asterisk.ari import basic_authorization
from pbx_bridge.lab import SippPhone
from tests.live.lags import hold_lag_of

_WHEN_LETTING_GO = """
import os, signal
from pbx_bridge.asterisk.ari import AriLink

go_on = AriLink.let_go

async def let_go(self, channel_id):
    os.kill(os.getpid(), signal.{signal})
    await go_on(self, channel_id)

AriLink.let_go = let_go
"""
FREEZES = _WHEN_LETTING_GO.format(signal="SIGSTOP")
DIES = _WHEN_LETTING_GO.format(signal="SIGKILL")
NO_ROUTE = "0299998888"
"""Not one of our numbers: the bridge has no route for it, so it takes the fallback."""
FREEZES_AT_THE_START = """
import os, signal
from pbx_bridge.asterisk.links import AsteriskLine

go_on = AsteriskLine._let_go

async def let_go(self, ari, channel_id):
    os.kill(os.getpid(), signal.SIGSTOP)
    await go_on(self, ari, channel_id)

AsteriskLine._let_go = let_go
"""
RESCUED = 'pbx_bridge_callers_rescued_total{pbx="lab"}'
SECOND = {"ari_app": "pbx-bridge-2"}
over_postgresql = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
"""What several bridges need: one that stands still in a write keeps SQLite's lock for good."""


@asynccontextmanager
async def two_bridges(
    office: Office, folder: Path, prelude: str
) -> AsyncIterator[tuple[BridgeCommand, BridgeCommand]]:
    """The first holds whoever it claims; the second only comes when the call has been claimed."""
    for name in ("first", "second"):
        (folder / name).mkdir()
    async with (
        BridgeCommand(office, folder / "first", prelude=prelude) as first,
        BridgeCommand(office, folder / "second", pbx=SECOND) as second,
    ):
        yield first, second


@pytest.mark.parametrize("prelude", [FREEZES, DIES], ids=["frozen", "killed"])
async def test_a_single_bridge_that_stops_between_claim_and_continue_holds_nobody(
    office: Office, tmp_path: Path, prelude: str
) -> None:
    """The dialplan lets him go by itself, in time and with the name that had been set."""
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
        BridgeCommand(office, tmp_path, prelude=prelude) as bridge,
    ):
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
        await bridge.kill()
        await bridge.start(prelude="import sys")
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert is_in_time(wire)
    assert ring_delay(wire) > 0.5
    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]}, candidates=())


@over_postgresql
@pytest.mark.parametrize(
    ("door", "prelude"),
    [("old-broadcast", FREEZES), ("old-stasis", DIES)],
    ids=["StasisBroadcast, frozen", "Stasis, killed"],
)
async def test_another_bridge_lets_the_held_caller_go(
    office: Office, tmp_path: Path, door: str, prelude: str
) -> None:
    """At a door without a limit of its own: the healthy bridge finds him within a second."""
    await set_global(office.pbx, "LAB_DOOR", door)
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
        two_bridges(office, tmp_path, prelude) as (_, second),
    ):
        if door == "old-broadcast":  # whoever claims first has him: it shall be the first
            second.freeze()
        async with office.trunk.dial(
            STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3, give_up_after_seconds=10
        ) as placed:
            await is_standing_in_stasis(office, "pbx-bridge")
            second.thaw()
            wire = await placed.wait_for_end()
            call = await office.wait_for_call(number=STRANGER)
            await desk.wait_for_end()
        metrics = await ask_metrics(second.web_port)

    assert ring_delay(wire) < 1.0 + hold_lag_of([wire])
    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert metrics[RESCUED] == 1.0


@over_postgresql
async def test_beside_a_frozen_bridge_the_other_greets(office: Office, tmp_path: Path) -> None:
    """With two bridges at one PBX nobody loses a name, nor a moment, to the one that hangs."""
    async with (
        SippPhone(office.pbx, "1001", reply=486) as desk,
        two_bridges(office, tmp_path, "import sys") as (first, _),
    ):
        first.freeze()
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw)
        call = await office.wait_for_call(number=STRANGER)

    assert ring_delay(wire) < 0.4 + hold_lag_of([wire])
    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"


async def test_a_bridge_that_comes_back_lets_go_whom_it_held(
    office: Office, tmp_path: Path
) -> None:
    """Killed with him in its hands, alone, at a door without a limit: its next life frees him."""
    await set_global(office.pbx, "LAB_DOOR", "old-stasis")
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
        BridgeCommand(office, tmp_path, prelude=DIES) as bridge,
        office.trunk.dial(
            STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3, give_up_after_seconds=15
        ) as placed,
    ):
        await bridge.wait()
        await asyncio.sleep(0.7)
        assert desk.calls == []
        await bridge.start(prelude="import sys")
        wire = await placed.wait_for_end()
        await office.wait_for_call(number=STRANGER)
        metrics = await ask_metrics(bridge.web_port)

    assert wire.final_status == 200
    assert metrics[RESCUED] == 1.0


async def test_the_administrators_own_application_keeps_its_callers(
    office: Office, tmp_path: Path
) -> None:
    """Who stands in his IVR stands there as long as it likes, whatever it is called."""
    await set_global(office.pbx, "LAB_DOOR", "own-ivr")
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
        own_ivr(office) as ivr,
        BridgeCommand(office, tmp_path) as bridge,
        office.trunk.dial(STRANGER, UNRECORDED.raw, hang_up_after_seconds=3.0) as placed,
    ):
        await placed.wait_for_answer()
        await asyncio.sleep(1.5)
        standing = await channels_in(office, "own-ivr")
        metrics = await ask_metrics(bridge.web_port)
        await placed.wait_for_end()

    assert standing == ivr
    assert len(ivr) == 1
    assert desk.calls == []
    assert metrics[RESCUED] == 0.0


async def test_a_thawed_bridge_does_nothing_late(office: Office, tmp_path: Path) -> None:
    """Broadcasts that it reads when their callers are elsewhere change nothing there.

    They took the fallback, which leads to an IVR of the administrator's: nobody is moved out of
    it, nobody gets a name there, and the next caller is greeted at once.
    """
    await set_global(office.pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", "own-ivr")
    async with (
        SippPhone(office.pbx, "1001", reply=486) as desk,
        own_ivr(office) as ivr,
        BridgeCommand(office, tmp_path) as bridge,
    ):
        bridge.freeze()
        crowd = asyncio.create_task(
            office.crowd(8, "049157020[call_number]", UNRECORDED.raw, hang_up_after_seconds=3.0)
        )
        await wait_until_true(lambda: has_come(ivr, 8), 5.0, "not everybody is in the IVR")
        bridge.thaw()
        await asyncio.sleep(1.0)
        standing = sorted(await channels_in(office, "own-ivr"))
        names = [await variable(office, each, "PBX_BRIDGE_CALL_ID") for each in standing]
        await set_global(office.pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", "")
        await office.trunk.call(ANOTHER, UNRECORDED.raw)
        wires = await crowd
        calls = await office.wait_for_calls(9)

    assert standing == sorted(ivr)
    assert names == [""] * 8
    assert [wire.final_status for wire in wires] == [200] * 8
    last = next(call for call in calls if call.caller_number == ANOTHER)
    assert desk.calls[0].display_name == f"Google Ads {last.call_id}"
    assert {call.enrichment for call in calls if call is not last} == {Enrichment.OVER_BUDGET}


async def test_a_bridge_thawed_with_a_caller_in_its_hands_leaves_him_where_he_is(
    office: Office, tmp_path: Path
) -> None:
    """Frozen between claim and continue, and thawed when he is in an IVR: he stays there."""
    await set_global(office.pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", "own-ivr")
    async with (
        own_ivr(office) as ivr,
        BridgeCommand(office, tmp_path, prelude=FREEZES_AT_THE_START) as bridge,
        office.trunk.dial(STRANGER, NO_ROUTE, hang_up_after_seconds=2.5) as placed,
    ):
        await placed.wait_for_answer()
        await wait_until_true(lambda: has_come(ivr, 1), 5.0, "he is not in the IVR")
        bridge.thaw()
        await asyncio.sleep(0.8)
        standing = await channels_in(office, "own-ivr")
        wire = await placed.wait_for_end()

    assert wire.final_status == 200
    assert standing == ivr


@asynccontextmanager
async def own_ivr(office: Office) -> AsyncIterator[list[str]]:
    """The administrator's own ARI application; yields the channels that have come to it."""
    headers = basic_authorization("pbx-bridge", office.pbx.secret)
    address = f"{office.pbx.ari_url}/ari/events?app=own-ivr"
    came: list[str] = []

    async def read(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            event = json.loads(message.data)
            if event["type"] == "StasisStart":
                came.append(event["channel"]["id"])

    async with (
        aiohttp.ClientSession(headers=headers) as web,
        web.ws_connect(address) as socket,
    ):
        reading = asyncio.create_task(read(socket))
        yield came
        reading.cancel()


async def has_come(ivr: list[str], count: int) -> bool:
    """Whether so many are in the IVR."""
    return len(ivr) >= count


async def ask_ari(office: Office, uri: str) -> Any:
    """Ask the PBX's ARI; None for what is not there."""
    headers = basic_authorization("pbx-bridge", office.pbx.secret)
    async with (
        aiohttp.ClientSession(headers=headers) as web,
        web.get(f"{office.pbx.ari_url}/ari/{uri}") as answer,
    ):
        return await answer.json() if answer.status == 200 else None


async def channels_in(office: Office, app: str) -> list[str]:
    """The channels that stand in an application."""
    found = await ask_ari(office, f"applications/{app}")
    return list(found["channel_ids"]) if found else []


async def is_standing_in_stasis(office: Office, app: str) -> None:
    """Wait until somebody stands in an application."""
    await wait_until_true(lambda: channels_in(office, app), 5.0, f"nobody is in {app}")


async def variable(office: Office, channel_id: str, name: str) -> str:
    """A variable of a channel; empty when it is not set."""
    found = await ask_ari(office, f"channels/{channel_id}/variable?variable={name}")
    return str(found["value"]) if found else ""
