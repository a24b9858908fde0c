"""Several bridges on one PBX, several PBXs on one bridge: each call once, each caller greeted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from bridge import (
    PATIENT_MS,
    SETTINGS,
    Office,
    ask_ready,
    office_settings,
    set_global,
    wait_until_ready,
)
from bridge_command import BridgeCommand
from company import STRANGER, UNRECORDED
from test_bridge_away import tell, tell_wire

from crm_store.records import CallRecord, Enrichment, WebHook
from pbx_bridge import app
from pbx_bridge.config import Config
from pbx_bridge.lab import LabPbx, SippPhone, Trunk, WireCall, office_files
from tests.messages.receiver import Receiver, until

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@pytest_asyncio.fixture
async def hooked_office(quiet_office: Office) -> AsyncIterator[tuple[Office, Receiver]]:
    """The office with patient callers, and somebody who is told of every call."""
    async with Receiver.open() as receiver:
        hook = WebHook(url=receiver.url, events=("call.*",))
        await quiet_office.store.write(lambda writer: writer.add(hook))
        await set_global(quiet_office.pbx, "PBX_BRIDGE_BUDGET_MS", str(PATIENT_MS))
        yield quiet_office, receiver
        await set_global(quiet_office.pbx, "PBX_BRIDGE_BUDGET_MS", "500")


def a_bridge(office: Office, folder: Path, name: str) -> BridgeCommand:
    """One of several, with an application of its own."""
    (folder / name).mkdir()
    return BridgeCommand(
        office,
        folder / name,
        pbx={"ari_app": f"pbx-bridge-{name}"},
        mid_call={"budget_ms": PATIENT_MS},
        web_hooks={"allow_private": True},
    )


async def writes_calls(bridge: BridgeCommand) -> bool:
    """Whether it is this one that writes the calls down."""
    url = f"http://127.0.0.1:{bridge.web_port}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return 'pbx_bridge_writes_calls{pbx="lab"} 1.0' in await answer.text()


async def wait_until_writing(bridge: BridgeCommand) -> None:
    """Return once it writes the calls down: its lease may have to be renewed first."""
    async with asyncio.timeout(20):
        while not await writes_calls(bridge):  # noqa: ASYNC110 - a program's
            await asyncio.sleep(0.1)


async def crowd(office: Office, ending: str, count: int = 20) -> list[WireCall]:
    """Callers, ten a second, each with a number of his own."""
    return await office.crowd(
        count,
        f"0491572{ending}[call_number]",
        UNRECORDED.raw,
        hang_up_after_seconds=0.3,
        per_second=10,
    )


def told(receiver: Receiver) -> Counter[tuple[str, str]]:
    """How often each event of each call came, one delivery tried twice counted once."""
    events = {one.id: one.event for one in receiver.received}
    return Counter((e["type"], e["data"]["object"]["call_id"]) for e in events.values())


async def told_of_all(receiver: Receiver, calls: list[CallRecord]) -> Counter[tuple[str, str]]:
    """The same, as soon as the end of every call has been told."""
    ends = {("call.ended", call.call_id or "") for call in calls}
    await until(lambda: ends <= set(told(receiver)), 20)
    return told(receiver)


async def test_bridges_are_killed_added_and_replaced_one_at_a_time(
    hooked_office: tuple[Office, Receiver], tmp_path: Path
) -> None:
    """Under load: every call in the store once, every caller greeted, nobody told twice."""
    office, receiver = hooked_office
    first, second, third = (a_bridge(office, tmp_path, name) for name in "abc")
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2),
        first,
        second,
        third,
    ):
        await third.stop()
        assert (await writes_calls(first), await writes_calls(second)) == (True, False)
        during_kill = asyncio.create_task(crowd(office, "0"))
        await asyncio.sleep(1)
        await first.kill()
        wires = await during_kill
        adding = asyncio.create_task(crowd(office, "1"))
        await third.start()
        wires += await adding
        assert (await writes_calls(second), await writes_calls(third)) == (True, False)
        upgrading = asyncio.create_task(crowd(office, "2"))
        await asyncio.sleep(1)
        assert await second.stop() == 0
        await second.start()
        wires += await upgrading
        calls = await office.wait_for_calls(60)
        hooks = await told_of_all(receiver, calls)
        assert (await writes_calls(second), await writes_calls(third)) == (False, True)

    assert [wire.final_status for wire in wires] == [200] * 60
    assert tell(calls) == tell_wire(wires)
    assert set(hooks.values()) == {1}
    assert {kind for kind, _ in hooks} <= {"call.started", "call.answered", "call.ended"}
    assert sum(kind == "call.ended" for kind, _ in hooks) == 60
    greeted = Counter(call.enrichment for call in calls)
    # Whom the first bridge had claimed in the instant of its death, it may not have answered.
    assert greeted[Enrichment.ENRICHED] >= 58
    later = [call.enrichment for call in calls if not call.caller_number.startswith("04915720")]
    assert set(later) == {Enrichment.ENRICHED}


async def test_a_frozen_bridge_loses_its_calls_to_another_and_overwrites_nothing(
    hooked_office: tuple[Office, Receiver], tmp_path: Path
) -> None:
    """It stood still for longer than its lease: what it had in mind is history."""
    office, receiver = hooked_office
    first, second = a_bridge(office, tmp_path, "a"), a_bridge(office, tmp_path, "b")
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.2), first, second:
        talking = asyncio.create_task(
            office.crowd(10, "04915730[call_number]", UNRECORDED.raw, hang_up_after_seconds=2)
        )
        await office.wait_for_calls(10, is_open=True)
        first.freeze()
        wires = await talking
        await office.wait_for_calls(10, within=30)
        await wait_until_writing(second)
        calls = await office.calls()
        before = await told_of_all(receiver, calls)
        first.thaw()
        await wait_until_ready(first.web_port)
        await asyncio.sleep(1.5)
        await wait_until_writing(second)
        assert not await writes_calls(first)
        again = await office.calls()

    assert tell(calls) == tell_wire(wires)
    assert again == calls
    assert told(receiver) == before
    assert set(before.values()) == {1}


@asynccontextmanager
async def serving(*pbxs: LabPbx, store_url: str) -> AsyncIterator[int]:
    """One bridge for several PBXs, ``lab``, ``lab-1`` …; yields its port."""
    settings = [
        office_settings(pbx, store_url, pbx={"name": f"lab-{n}" if n else "lab"})
        for n, pbx in enumerate(pbxs)
    ]
    whole: dict[str, Any] = {**settings[0], "pbx": [one["pbx"][0] for one in settings]}
    config = Config.model_validate(whole)
    bridge = asyncio.create_task(app.run_bridge(config))
    try:
        await wait_until_ready(config.web.port, lambda: not bridge.done())
        yield config.web.port
    finally:
        bridge.cancel()
        with suppress(asyncio.CancelledError):
            await bridge


async def test_one_bridge_serves_two_asterisks_and_one_of_them_may_die(
    quiet_office: Office, store_url: str
) -> None:
    """Each call is that of its PBX; what is down is named, and the other notices nothing."""
    office = quiet_office
    async with (
        LabPbx(office_files(SETTINGS)) as other,
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2),
        SippPhone(other, "1001", reply_after_seconds=0.2),
        serving(office.pbx, other, store_url=store_url) as port,
    ):
        here = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
        there = await Trunk(other).call("0491570233", UNRECORDED.raw, hang_up_after_seconds=0.3)
        await office.wait_for_calls(2)
        await other.kill()
        async with asyncio.timeout(20):
            while (ready := await ask_ready(port))[0] == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        still = await office.trunk.call("0491570244", UNRECORDED.raw, hang_up_after_seconds=0.3)
        calls = await office.wait_for_calls(3)

    assert [(call.pbx, call.caller_number, call.enrichment) for call in calls] == [
        ("lab", STRANGER, Enrichment.ENRICHED),
        ("lab-1", "0491570233", Enrichment.ENRICHED),
        ("lab", "0491570244", Enrichment.ENRICHED),
    ]
    assert tell(calls) == tell_wire([here, there, still])
    assert {problem.split(":")[0] for problem in ready[1]["problems"]} <= {"lab-1 AMI", "lab-1 ARI"}
