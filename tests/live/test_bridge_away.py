"""A bridge that is stopped, killed, frozen or slow: callers do not notice, and no call is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import pytest
from bridge import Office, on_both_engines
from bridge_command import BridgeCommand
from company import MAILING, POSTER, STRANGER, UNRECORDED
from holds import is_in_time, ring_delay
from wire import AWAY, TOLERANCE_SECONDS, Near, inbound, near

from crm_store.records import CallRecord, Enrichment, Outcome
from crm_store.store import Store
from pbx_bridge.lab import SippPhone, WireCall
from tests.live.lags import hold_lag_of, lag_of

DIES_WITH_THE_CALLER = """
import os, signal
from pbx_bridge.asterisk.ari import AriLink

async def die(self, channel_id):
    os.kill(os.getpid(), signal.SIGKILL)

AriLink.let_go = die
"""


def tell(calls: list[CallRecord]) -> list[tuple[object, ...]]:
    """What each record says of its caller and his call, by his number."""
    return [
        (c.caller_number, c.outcome, c.started_at, c.answered_at, c.ended_at, c.talk_seconds)
        for c in sorted(calls, key=lambda call: call.caller_number)
    ]


def tell_wire(wires: list[WireCall]) -> list[tuple[object, ...]]:
    """What the callers' side saw; the phone's answer reaches it within the tolerance."""
    lag = lag_of(wires)
    return [
        (
            w.from_number,
            Outcome.ANSWERED if w.answered_at else Outcome.MISSED,
            near(w.invited_at, lag),
            near(w.answered_at, lag),
            near(w.ended_at, lag),
            Near(w.talk_seconds, TOLERANCE_SECONDS + lag),
        )
        for w in sorted(wires, key=lambda wire: wire.from_number)
    ]


async def test_a_bridge_that_has_just_started_greets_the_first_caller(
    quiet_office: Office, tmp_path: Path
) -> None:
    """Ready means ready: whoever calls next is looked up, also after an orderly stop."""
    async with (
        SippPhone(quiet_office.pbx, "1001", reply=486) as desk,
        BridgeCommand(quiet_office, tmp_path) as bridge,
    ):
        assert await bridge.stop() == 0
        await bridge.start()
        await quiet_office.trunk.call(STRANGER, POSTER.raw)
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert call.enrichment is Enrichment.ENRICHED


@on_both_engines
async def test_a_stopped_bridge_costs_callers_nothing_and_us_no_call(
    quiet_office: Office, tmp_path: Path
) -> None:
    """Calls ring through at once; after `run` again each is in the store once, told right."""
    office = quiet_office
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk:
        async with BridgeCommand(office, tmp_path) as bridge:
            greeted = [await place(office) for _ in range(3)]
            await bridge.stop()
            alone = [await place(office) for _ in range(5)]
            await bridge.start()
            calls = await office.wait_for_calls(8)
        phones = desk.calls

    extra_seconds = median(map(ring_delay, alone)) - median(map(ring_delay, greeted))
    assert extra_seconds < 0.05 + hold_lag_of(alone)
    told = [
        inbound(wire, UNRECORDED, {"1001": phone}, matched=call.matched, **words)
        for wire, phone, call, words in zip(
            [*greeted, *alone],
            phones,
            calls,
            [{"candidates": calls[i].candidates} for i in range(3)] + [as_away(office)] * 5,
            strict=True,
        )
    ]
    assert calls == told
    assert len(await office.leads()) == 1


def as_away(office: Office) -> dict[str, object]:
    """Without a bridge the fallback takes the call, which records."""
    return {**AWAY, "recordings": ()}


async def place(office: Office) -> WireCall:
    """One short call of the stranger's."""
    return await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)


@on_both_engines
async def test_a_bridge_killed_in_the_middle_of_twenty_calls(
    quiet_office: Office, tmp_path: Path
) -> None:
    """Talking, ringing or just arriving: nobody is stuck, and each call is told once, and right."""
    office = quiet_office
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.6),
        SippPhone(office.pbx, "1003", reply=None),
        BridgeCommand(office, tmp_path) as bridge,
    ):
        talking = asyncio.create_task(
            office.crowd(7, "049157020[call_number]", UNRECORDED.raw, hang_up_after_seconds=1.5)
        )
        await asyncio.sleep(1.0)
        ringing = asyncio.create_task(
            office.crowd(7, "049157021[call_number]", MAILING.raw, hang_up_after_seconds=0.8)
        )
        await asyncio.sleep(0.3)
        arriving = asyncio.create_task(
            office.crowd(
                6,
                "049157022[call_number]",
                POSTER.raw,
                hang_up_after_seconds=0.5,
                per_second=60,
            )
        )
        await asyncio.sleep(0.06)
        await bridge.kill()
        wires = [wire for crowd in (talking, ringing, arriving) for wire in await crowd]
        assert "0 active channels" in await office.pbx.cli("core show channels count")
        await bridge.start()
        calls = await office.wait_for_calls(20)
        await asyncio.sleep(0.3)

    assert [wire.final_status for wire in wires] == [200] * 20
    assert is_in_time(*wires)
    assert tell(await office.calls()) == tell_wire(wires)
    assert tell(calls) == tell_wire(wires)
    leads = await office.leads()
    assert Counter(lead.call_id for lead in leads) == Counter(call.call_id for call in calls)


async def test_a_caller_held_by_a_dead_bridge_is_let_go(
    quiet_office: Office, tmp_path: Path
) -> None:
    """Killed between claim and continue: the next life lets him go, and knows what he was shown."""
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
        BridgeCommand(quiet_office, tmp_path, prelude=DIES_WITH_THE_CALLER) as bridge,
        quiet_office.trunk.dial(
            STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2, give_up_after_seconds=10
        ) as placed,
    ):
        await bridge.wait()
        assert desk.calls == []
        await bridge.start(prelude="import sys")
        back_at = datetime.now(UTC)
        wire = await placed.wait_for_end()
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    rung = desk.calls[0]
    assert rung.ringing_at is not None
    assert (rung.ringing_at - back_at).total_seconds() < 1.0
    assert call == inbound(wire, UNRECORDED, {"1001": rung}, enrichment=Enrichment.ENRICHED)


async def test_a_frozen_bridge_holds_nobody(quiet_office: Office, tmp_path: Path) -> None:
    """A bridge that hangs costs a caller the budget; when it wakes, it tells his call."""
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.3) as desk,
        BridgeCommand(quiet_office, tmp_path) as bridge,
    ):
        bridge.freeze()
        wire = await quiet_office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
        bridge.thaw()
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert is_in_time(wire)
    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, enrichment=Enrichment.OVER_BUDGET
    )


async def test_a_slow_store_holds_nobody(
    quiet_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that takes too long is given up within the budget, and the record says so."""
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
        quiet_office.bridged() as _,
    ):
        read = Store.read

        async def read_slowly(self: Store, unit: Any, **how: Any) -> Any:
            if self is not quiet_office.store:
                await asyncio.sleep(2.0)
            return await read(self, unit, **how)

        with monkeypatch.context() as slow:
            slow.setattr(Store, "read", read_slowly)
            wire = await quiet_office.trunk.call(
                STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2
            )
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert is_in_time(wire)
    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, enrichment=Enrichment.OVER_BUDGET
    )


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_a_locked_database_holds_nobody(quiet_office: Office) -> None:
    """Somebody else's lock on a table costs the name, and the call is told afterwards."""
    address = quiet_office.store_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(address)
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
        quiet_office.bridged(),
    ):
        async with connection.transaction():
            await connection.execute("LOCK TABLE phone_numbers IN ACCESS EXCLUSIVE MODE")
            wire = await quiet_office.trunk.call(
                STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2
            )
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
    await connection.close()

    assert is_in_time(wire)
    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, enrichment=Enrichment.OVER_BUDGET
    )
