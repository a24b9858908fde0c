"""A PBX whose journal is out of reach: what AMI told is on our disk, and outlives us."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import pytest
from bridge import Office, ask_ready, on_both_engines, wait_until_ready
from bridge_command import BridgeCommand
from company import STRANGER, UNRECORDED
from test_hostile_trunk import ask_metrics
from wire import inbound

from crm_store.records import Enrichment
from pbx_bridge.asterisk import spool
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


async def test_a_full_disk_costs_the_spool_its_safety_and_no_call(
    quiet_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told from memory, whole, and `/readyz` says why; well again with the first row that fits."""
    office = quiet_office

    def write(_file: int, _row: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.3) as desk,
        office.bridged(**over_ami(tmp_path)) as config,
    ):
        with monkeypatch.context() as full:
            full.setattr(spool, "os", SimpleNamespace(**{**vars(os), "write": write}))
            wire = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.3)
            call = await office.wait_for_call(number=STRANGER)
            status, said = await ask_ready(config.web.port)
        metrics = await ask_metrics(config.web.port)
        await office.trunk.call("0491570110", UNRECORDED.raw, hang_up_after_seconds=0.3)
        await office.wait_for_calls(2)
        await wait_until_ready(config.web.port)
        [phone, _] = desk.calls

    late = {"enrichment": call.enrichment, "candidates": call.candidates}  # the machine's business
    assert call == inbound(wire, UNRECORDED, {"1001": phone}, **late)
    (problem,) = said["problems"]
    assert (status, "No space left on device" in problem) == (503, True)
    assert metrics['pbx_bridge_spool_events_total{how="in_memory_only",pbx="lab"}'] > 0
