"""The bridge is killed again and again while callers come: everybody gets through, all is told."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from bridge import Office
from bridge_command import BridgeCommand
from company import UNRECORDED
from holds import is_in_time
from wire import TOLERANCE_SECONDS, Near, near

from crm_store.records import Outcome
from pbx_bridge.lab import SippPhone
from tests.live.lags import lag_of

CALLS, PER_SECOND, KILLS = 60, 6, 5


async def test_five_kills_under_load(office: Office, tmp_path: Path) -> None:
    """60 callers in 10 s: nobody waits longer than the budget, each call is told once and right."""
    moments = random.Random(4)
    async with (
        SippPhone(office.pbx, "1001", reply_after_seconds=0.2),
        BridgeCommand(office, tmp_path) as bridge,
    ):
        crowd = asyncio.create_task(
            office.crowd(
                CALLS,
                "04915702[call_number]",
                UNRECORDED.raw,
                hang_up_after_seconds=0.4,
                per_second=PER_SECOND,
            )
        )
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.0, 0.8))
            await bridge.kill()
            await bridge.start()
            if crowd.done():  # on a slow machine the bridge takes longer to start than they to call
                break
        wires = await crowd
        await bridge.wait_until_ready()
        calls = await office.wait_for_calls(CALLS, within=20.0)
        leads = await office.leads()

    lag = lag_of(wires)
    assert [wire.final_status for wire in wires] == [200] * CALLS
    assert is_in_time(*wires)
    by_number = {wire.from_number: wire for wire in wires}
    assert Counter(call.caller_number for call in calls) == Counter(list(by_number))
    for call in calls:
        wire = by_number[call.caller_number]
        told = (call.outcome, call.started_at, call.answered_at, call.ended_at, call.talk_seconds)
        assert told == (
            Outcome.ANSWERED,
            near(wire.invited_at, lag),
            near(wire.answered_at, lag),
            near(wire.ended_at, lag),
            Near(wire.talk_seconds, TOLERANCE_SECONDS + lag),
        )
    numbered = [call.call_id for call in calls if call.caller_e164 is not None]
    assert len(numbered) == CALLS - 9  # SIPp's first nine make numbers that are a digit short
    assert Counter(lead.call_id for lead in leads) == Counter(numbered)
