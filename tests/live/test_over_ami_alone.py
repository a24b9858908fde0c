"""A PBX whose journal is out of reach: what AMI told is on our disk, and outlives us."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import ANY

from bridge import Office, on_both_engines
from bridge_command import BridgeCommand
from company import STRANGER, UNRECORDED
from wire import inbound

from crm_store.records import Enrichment
from pbx_bridge.lab import SippPhone
from pbx_bridge.lab.postgres import PostgresServer


def over_ami(folder: Path, **sections: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Sections of a bridge that has no journal, and its spool in a folder."""
    return {"pbx": {"journal": None}, "spool": {"folder": str(folder / "spool")}, **sections}


@on_both_engines
async def test_a_call_that_is_up_outlives_the_bridge(quiet_office: Office, tmp_path: Path) -> None:
    """Killed while they speak, back before they part: the record is whole, the rings included."""
    office = quiet_office
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.3) as desk,
        BridgeCommand(office, tmp_path, **over_ami(tmp_path)) as bridge,
    ):
        talk = office.trunk.dial(STRANGER, UNRECORDED.raw, give_up_after_seconds=60)
        async with talk as placed:
            await placed.wait_for_answer()
            await asyncio.sleep(0.2)
            await bridge.kill()
            await bridge.start()
            await office.pbx.cli("channel request hangup all")
            wire = await placed.wait_for_end()
        call = await office.wait_for_call(number=STRANGER)

    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]}, hangup_cause=ANY)


async def test_calls_outlive_a_store_that_is_away_and_the_bridge_with_it(
    quiet_office: Office, tmp_path: Path
) -> None:
    """From first ring to last word without a database, then killed: told when both are back."""
    with PostgresServer() as server:
        url = server.new_database()
        async with (
            Office.open(quiet_office.pbx, url) as office,
            SippPhone(office.pbx, "1001", reply_after_seconds=0.2) as desk,
            BridgeCommand(office, tmp_path, **over_ami(tmp_path)) as bridge,
        ):
            server.stop()
            wire = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
            await asyncio.sleep(0.3)
            await bridge.kill()
            server.start()
            server.wait_until_ready()
            await bridge.start()
            call = await office.wait_for_call(number=STRANGER)
            [phone] = desk.calls

    expected = inbound(wire, UNRECORDED, {"1001": phone}, enrichment=call.enrichment)
    assert call == expected
    assert call.enrichment in {Enrichment.OVER_BUDGET, Enrichment.NOT_ASKED}
