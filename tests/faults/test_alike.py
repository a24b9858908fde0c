"""Two bridges with one name: one has the door, the other stands by, and takes over."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge import Office, ask_ready
from bridge_command import BridgeCommand
from company import STRANGER, UNRECORDED
from holds import is_in_time

from pbx_bridge.lab import SippPhone

TAKEN = "another bridge has taken over the application"


async def test_two_bridges_configured_alike_do_not_fight(office: Office, tmp_path: Path) -> None:
    """The one that came later has the door; the first says why it has not, once, and waits.

    When the other is gone, killed without a word, the first takes its place by itself.
    """
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    async with (
        SippPhone(office.pbx, "1001", reply=486) as desk,
        BridgeCommand(office, tmp_path / "first") as first,
        BridgeCommand(office, tmp_path / "second") as second,
    ):
        await asyncio.sleep(5.0)
        status, said = await ask_ready(first.web_port)
        served, _ = await ask_ready(second.web_port)
        complaints = [first.log.count(TAKEN), second.log.count(TAKEN)]
        await second.kill()
        await first.wait_until_ready()
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw)
        call = await office.wait_for_call(number=STRANGER)

    assert (status, served) == (503, 200)
    (problem,) = said["problems"]
    assert TAKEN in problem
    assert "ari_app" in problem
    assert complaints == [1, 0]
    assert is_in_time(wire)
    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
