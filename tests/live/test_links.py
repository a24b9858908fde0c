"""When a part of the way to the PBX is missing: callers go through, and the bridge says which."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bridge import Office, ask_ready
from bridge_command import BridgeCommand
from company import MAILING, STRANGER, UNRECORDED
from wire import AWAY, inbound

from pbx_bridge.lab import SippPhone

BROKEN: dict[str, dict[str, Any]] = {
    "lab AMI": {"ami_port": 9},
    "lab ARI": {"ari_url": "http://127.0.0.1:9"},
}


async def test_a_bridge_with_every_link_is_ready(office: Office) -> None:
    """`/readyz` is 200 with nothing to complain of."""
    async with office.bridged(pbx={"ari_app": "pbx-bridge-2"}) as config:
        assert await ask_ready(config.web.port) == (200, {"status": "ready", "problems": []})


@pytest.mark.parametrize("link", BROKEN)
async def test_a_missing_link_costs_the_name_and_not_the_call(
    quiet_office: Office, tmp_path: Path, link: str
) -> None:
    """Without ARI, or without AMI, calls ring un-enriched, are told, and `/readyz` names it."""
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
        BridgeCommand(quiet_office, tmp_path, is_ready=False, pbx=BROKEN[link]) as bridge,
    ):
        wire = await quiet_office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
        status, said = await ask_ready(bridge.web_port)

    assert desk.calls[0].display_name == ""
    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]}, **AWAY)
    assert status == 503
    (problem,) = said["problems"]
    assert problem.startswith(f"{link}: {link.split()[1]}:")
    assert "cannot be reached" in problem


async def test_a_wrong_secret_is_told_once_and_in_words(
    quiet_office: Office, tmp_path: Path
) -> None:
    """The log names the link, the user and where to look; the call goes through."""
    async with (
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.2) as desk,
        BridgeCommand(
            quiet_office, tmp_path, is_ready=False, pbx={"ami_secret": "wrong"}
        ) as bridge,
    ):
        wire = await quiet_office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.2)
        call = await quiet_office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
        await asyncio.sleep(3.0)  # Asterisk thinks for a second about each wrong secret
        complaints = [line for line in bridge.log.splitlines() if 'link="lab AMI"' in line]

    assert call == inbound(wire, UNRECORDED, {"1001": desk.calls[0]}, **AWAY)
    (complaint,) = complaints
    assert "refuses the secret of user 'pbx-bridge'" in complaint
    assert "Compare ami_secret with the [pbx-bridge] section of manager.conf." in complaint
    assert "wrong" not in complaint


async def test_links_come_back_with_the_pbx(quiet_office: Office, tmp_path: Path) -> None:
    """After a restart of the PBX the bridge greets callers again, by itself."""
    async with BridgeCommand(quiet_office, tmp_path) as bridge:
        await quiet_office.pbx.restart()
        await bridge.wait_until_ready()
        async with SippPhone(quiet_office.pbx, "1001", reply=486) as desk:
            await quiet_office.trunk.call(STRANGER, UNRECORDED.raw)
            call = await quiet_office.wait_for_call(number=STRANGER)

    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"


async def test_without_a_journal_ami_tells_the_call(quiet_office: Office, tmp_path: Path) -> None:
    """A bridge on another host than the PBX has CEL over AMI alone: the record is the same."""
    spool = {"folder": str(tmp_path / "spool")}
    async with (
        quiet_office.bridged(pbx={"journal": None, "recordings": None}, spool=spool),
        SippPhone(quiet_office.pbx, "1001", reply=486, reply_after_seconds=0.3) as busy,
        SippPhone(quiet_office.pbx, "1003", reply_after_seconds=0.5) as free,
    ):
        wire = await quiet_office.trunk.call(STRANGER, MAILING.raw, hang_up_after_seconds=0.4)
        call = await quiet_office.wait_for_call(number=STRANGER)
        await busy.wait_for_end()
        await free.wait_for_end()
        phones = {"1001": busy.calls[0], "1003": free.calls[0]}

    assert call == inbound(wire, MAILING, phones)
    assert [lead.call_id for lead in await quiet_office.leads()] == [call.call_id]
