"""A thousand mutated INVITEs: nothing crashes, nothing is evaluated, every call is told once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import ANY

import aiohttp
from bridge import Office, ask_ready, set_global
from company import STRANGER, UNRECORDED
from hostile_trunk import HostileTrunk, mutated_invites
from wire import inbound

from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.lab import SippPhone
from pbx_bridge.lab.trunk import TRUNK_ADDRESS

INVITES = 1000
SEED = 20261128
LOST = (
    'pbx_bridge_writes_failed_total{how="given_up"',
    'pbx_bridge_callers_total{how="failed"',
    "pbx_bridge_link_messages_lost_total",
    'pbx_bridge_journal_rows_total{how="unreadable"',
    "pbx_bridge_anomalies_total",
)
"""Of all these there must be none."""
SHOWN_NEVER = set('\r\n\0`"\\$;,|&<>{}\x01\x02\x07\x1b\x7f')


async def test_a_thousand_mutated_invites(quiet_office: Office, tmp_path: Path) -> None:
    """What the PBX takes for a call is one record; the rest is refused or let fall.

    No command ran, each phone was shown harmless text, no event was beyond the bridge, the links
    never broke, and the next caller is served as ever.
    """
    office = quiet_office
    await set_global(office.pbx, "PBX_BRIDGE_BUDGET_MS", "3000")
    try:
        async with office.bridged(mid_call={"budget_ms": 3000}) as config:
            await _send_and_judge(office, config.web.port, tmp_path / "ran")
            await _serve_the_next(office)
    finally:
        await set_global(office.pbx, "PBX_BRIDGE_BUDGET_MS", "500")


async def _send_and_judge(office: Office, port: int, mark: Path) -> None:
    begins_at = office.pbx.journal.stat().st_size if office.pbx.journal.exists() else 0
    async with SippPhone(office.pbx, "1001", reply=486) as desk:
        trunk = HostileTrunk(office.pbx.sip_port)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: trunk, local_addr=(TRUNK_ADDRESS, 0)
        )
        await trunk.send_all(mutated_invites(INVITES, str(mark), SEED))
        transport.close()
        journaled = await journaled_calls(office, begins_at)
        calls = await office.wait_for_calls(len(journaled), within=60.0)
        shown = {character for call in desk.calls for character in call.display_name}
    metrics = await ask_metrics(port)

    assert not mark.exists()  # noqa: ASYNC240 - a stat
    assert sum(trunk.ends.values()) == INVITES
    assert trunk.ends[486] > INVITES / 2, f"too few came through to prove anything: {trunk.ends}"
    assert sorted(call.linkedid for call in calls) == sorted(journaled)
    assert len({call.call_id for call in calls}) == len(calls)
    assert shown & SHOWN_NEVER == set()
    assert await ask_ready(port) == (200, {"status": "ready", "problems": []})
    lost = {name: value for name, value in metrics.items() if name.startswith(LOST) and value}
    assert lost == {}


async def _serve_the_next(office: Office) -> None:
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]}, recordings=ANY)


async def journaled_calls(office: Office, begins_at: int) -> set[str]:
    """The trunk's calls in Asterisk's own book since then, once all of them have ended there."""
    async with asyncio.timeout(30):
        while True:
            rows = [
                row.fields
                for row in split_rows(
                    office.pbx.journal.read_bytes()[begins_at:].splitlines(keepends=True)
                )
            ]
            begun = {r[3] for r in rows if r[0] == "CHAN_START" and r[5].startswith("PJSIP/trunk-")}
            ended = {r[3] for r in rows if r[0] == "CHAN_END"}
            if begun <= ended:
                return begun
            await asyncio.sleep(0.1)


async def ask_metrics(port: int) -> dict[str, float]:
    """``/metrics``: every sample's value by its name and labels."""
    async with (
        aiohttp.ClientSession() as web,
        web.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}
