"""AMI or ARI breaks, in every way a wire can: callers go through, and the link comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from bridge import Office, ask_ready
from company import STRANGER, UNRECORDED
from holds import is_in_time
from link_proxy import LinkProxy
from links import ANOTHER, ask_metrics, wired
from wire import AWAY, inbound

from crm_store.records import Enrichment
from pbx_bridge.lab import SippPhone

WAYS = {"reset": LinkProxy.cut, "ended": LinkProxy.end, "half closed": LinkProxy.half_close}


@pytest.mark.parametrize(
    ("names", "way"),
    [
        ("AMI", "reset"),
        ("ARI", "reset"),
        ("AMI", "ended"),
        ("ARI", "half closed"),
        ("AMI and ARI", "ended"),
    ],
)
async def test_a_link_that_breaks_costs_one_name_at_most(
    office: Office, tmp_path: Path, names: str, way: str
) -> None:
    """Who calls in that moment gets through in time; the link is back by itself for the next."""
    async with (
        SippPhone(office.pbx, "1001", reply=486) as desk,
        wired(office, tmp_path) as line,
    ):
        for wire in line.wires(names):
            WAYS[way](wire)
        unlucky = await office.trunk.call(STRANGER, UNRECORDED.raw)
        await line.bridge.wait_until_ready()
        lucky = await office.trunk.call(ANOTHER, UNRECORDED.raw)
        first, second = await office.wait_for_calls(2)
        metrics = await ask_metrics(line.bridge.web_port)

    assert is_in_time(unlucky, lucky)
    assert [first.caller_number, second.caller_number] == [STRANGER, ANOTHER]
    assert second.enrichment is Enrichment.ENRICHED
    assert desk.calls[1].display_name == f"Google Ads {second.call_id}"
    broken = {
        name: metrics[f'pbx_bridge_link_breaks_total{{link="lab {name}"}}']
        for name in ("AMI", "ARI")
    }
    assert broken == {name: float(name in names) for name in ("AMI", "ARI")}


@pytest.mark.parametrize("names", ["AMI", "ARI", "AMI and ARI"])
async def test_a_link_that_falls_silent_is_noticed_in_seconds(
    office: Office, tmp_path: Path, names: str
) -> None:
    """No byte and no end: `/readyz` names the link, callers get through, and it comes back."""
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
        wired(office, tmp_path) as line,
    ):
        for wire in line.wires(names):
            wire.stall()
        unlucky = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        for name in names.split(" and "):
            await line.wait_for_problem(name, within=8.0)
        for wire in line.wires(names):
            wire.heal()
        await line.bridge.wait_until_ready()
        lucky = await office.trunk.call(ANOTHER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        first, second = await office.wait_for_calls(2)

    assert is_in_time(unlucky, lucky)
    assert first.enrichment is not Enrichment.ENRICHED
    assert second.enrichment is Enrichment.ENRICHED
    assert desk.calls[1].display_name == f"Google Ads {second.call_id}"


async def test_a_server_that_hangs_up_at_once_is_not_called_in_a_tight_loop(
    office: Office, tmp_path: Path
) -> None:
    """Closed in good order again and again: a few tries in three seconds, not thousands."""
    async with wired(office, tmp_path) as line:
        line.ami.is_refusing = line.ari.is_refusing = True
        line.ami.end()
        line.ari.end()
        before = line.ami.connections, line.ari.connections
        await asyncio.sleep(3.0)
        tries = (line.ami.connections - before[0], line.ari.connections - before[1])
        status, said = await ask_ready(line.bridge.web_port)

    assert all(2 <= each <= 10 for each in tries), tries
    assert status == 503
    assert len(said["problems"]) == 2


MOMENTS = {
    "before the broadcast is heard": lambda line: line.ari.cut_before_pbx_says(b"CallBroadcast"),
    "between broadcast and claim": lambda line: line.ari.cut_the_answer_to(b"CallBroadcast"),
    "before the variables": lambda line: line.ami.cut_before_bridge_says(b"Variable: ARRAY"),
    "between claim and continue": lambda line: line.ari.cut_before_pbx_says(b"StasisStart"),
    "before the continue": lambda line: line.ari.cut_the_answer_to(b"StasisStart"),
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_link_that_breaks_while_it_rings_holds_nobody(
    office: Office, tmp_path: Path, moment: str
) -> None:
    """Whatever had been said by then, the call goes on in time, and is told once and right."""
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
        wired(office, tmp_path) as line,
    ):
        MOMENTS[moment](line)
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
        await line.bridge.wait_until_ready()

    assert is_in_time(wire)
    told = {"enrichment": call.enrichment, "candidates": call.candidates}
    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]}, **(AWAY | told))
    assert len(await office.calls()) == 1


async def test_lost_events_are_visible(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that come faster than they are taken cost the ringing, not the call; both are seen."""
    monkeypatch.setattr("pbx_bridge.asterisk.ami._EVENTS_WAITING", 0)
    async with (
        SippPhone(office.pbx, "1001", reply=486, reply_after_seconds=0.2),
        office.bridged() as config,
    ):
        await office.trunk.call(STRANGER, UNRECORDED.raw)
        await office.wait_for_call(number=STRANGER)
        metrics = await ask_metrics(config.web.port)

    assert metrics['pbx_bridge_link_messages_lost_total{how="dropped",link="lab AMI"}'] >= 1.0
