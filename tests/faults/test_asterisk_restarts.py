"""Asterisk goes and comes back with calls up: they are closed, and the next ones work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from bridge import Office
from bridge_command import BridgeCommand
from company import JANE, STRANGER, UNRECORDED
from links import ANOTHER
from wire import near

from crm_store.records import Enrichment, Outcome
from pbx_bridge.lab import LabError, LabPbx, SippPhone
from tests.live.lags import lag_of


async def restart_now(pbx: LabPbx) -> None:
    """As the administrator does it on the command line.

    The lab's Asterisk, which does not live where it was built for, cannot start itself anew.
    """
    with suppress(LabError):
        await pbx.cli("core restart now")
    async with asyncio.timeout(20):
        while pbx.is_running:  # noqa: ASYNC110 - the lab has no event for it
            await asyncio.sleep(0.05)
    await pbx.start()


async def power_cut(pbx: LabPbx) -> None:
    """SIGKILL: nobody writes the calls' end."""
    await pbx.kill()
    await pbx.start()


WAYS: dict[str, Callable[[LabPbx], Awaitable[None]]] = {
    "core restart now": restart_now,
    "SIGTERM": LabPbx.restart,
    "SIGKILL": power_cut,
}


@pytest.mark.parametrize("way", WAYS)
async def test_calls_that_were_up_are_closed_and_the_next_are_greeted(
    office: Office, tmp_path: Path, way: str
) -> None:
    """Talking or ringing, each is told once; whose end nobody saw is marked as estimated.

    Links come back by themselves, and the channels of the next life, which are named as those of
    the last, are calls of their own.
    """
    pbx = office.pbx
    async with BridgeCommand(office, tmp_path) as bridge:
        async with (
            SippPhone(pbx, "1001", reply_after_seconds=0.1),
            SippPhone(pbx, "1002", reply=None),
            office.trunk.dial(STRANGER, UNRECORDED.raw) as talking,
            office.trunk.dial(JANE, UNRECORDED.raw),
        ):
            await talking.wait_for_answer()
            up = await office.wait_for_calls(2, is_open=True)
            await WAYS[way](pbx)
        await bridge.wait_until_ready()
        ended = await office.wait_for_call(number=STRANGER)
        missed = await office.wait_for_call(number=JANE)
        async with SippPhone(pbx, "1001", reply=486) as desk:
            wire = await office.trunk.call(ANOTHER, UNRECORDED.raw)
            later = await office.wait_for_call(number=ANOTHER)

    by_number = {call.caller_number: call for call in up}
    for call in (ended, missed):
        was = by_number[call.caller_number]
        assert (call.call_id, call.linkedid) == (was.call_id, was.linkedid)
        assert call.is_estimated is (way == "SIGKILL")
        assert call.ended_at is not None
        assert call.ended_at >= (call.answered_at or call.started_at)
    assert (ended.outcome, ended.answered_by) == (Outcome.ANSWERED, "1001")
    assert (missed.outcome, missed.answered_at) == (Outcome.MISSED, None)
    assert later.enrichment is Enrichment.ENRICHED
    assert desk.calls[0].display_name == f"Google Ads {later.call_id}"
    assert later.started_at == near(wire.invited_at, lag_of([wire]))
    assert later.linkedid not in {call.linkedid for call in up}
    assert later.call_id not in {call.call_id for call in up}
    assert len(await office.calls()) == 3
