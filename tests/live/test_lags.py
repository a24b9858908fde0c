"""The tests' own allowance: records that are right pass however late a phone was, no others do."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import ANY

from bridge import Office
from company import POSTER, STRANGER
from wire import TOLERANCE_SECONDS, inbound

from pbx_bridge.lab import Phone
from tests.live.lags import lag_of


def send_to_softphones(number: int) -> None:
    """Send a signal to every softphone on this machine that this process started."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = int((path / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid()
            if is_ours and b"baresip" in (path / "cmdline").read_bytes():
                os.kill(int(path.name), number)
        except OSError:
            continue  # it has ended since


async def test_a_phone_that_nobody_read_is_late_by_as_much(
    quiet_office: Office, alice: Phone
) -> None:
    """This process stood still while the caller hung up."""
    alice.answers_after_seconds = 0.2
    async with (
        quiet_office.bridged(),
        quiet_office.trunk.dial(STRANGER, POSTER.raw, hang_up_after_seconds=0.5) as placed,
    ):
        await placed.wait_for_answer()
        time.sleep(1.2)  # noqa: ASYNC251 - this is what is tried
        wire = await placed.wait_for_end()
        call = await quiet_office.wait_for_call(number=STRANGER)
        inside = await alice.wait_for_end()

    assert call.parties[0].left_at is not None
    assert inside.ended_at is not None
    late = inside.ended_at - call.parties[0].left_at
    assert late > timedelta(seconds=2 * TOLERANCE_SECONDS), "it was not late: nothing is shown"
    assert 1.1 < lag_of([wire, inside]) < 2.0
    assert call == inbound(wire, POSTER, {"1001": inside}, recordings=ANY)


async def test_a_phone_that_stood_still_is_late_by_as_much(
    quiet_office: Office, alice: Phone
) -> None:
    """It read the BYE only when the PBX had said it three times."""
    alice.answers_after_seconds = 0.2
    async with quiet_office.bridged():
        async with quiet_office.trunk.dial(
            STRANGER, POSTER.raw, hang_up_after_seconds=0.3
        ) as placed:
            await placed.wait_for_answer()
            send_to_softphones(signal.SIGSTOP)
            try:
                wire = await placed.wait_for_end()
                call = await quiet_office.wait_for_call(number=STRANGER)
                assert call.ended_at is not None
                time.sleep(1.7 - (time.time() - call.ended_at.timestamp()))  # noqa: ASYNC251
            finally:
                send_to_softphones(signal.SIGCONT)
        inside = await alice.wait_for_end()

    assert len([m for m in inside.messages if m.start_line.startswith("BYE")]) == 3
    assert lag_of([inside]) >= 3.5
    assert call == inbound(wire, POSTER, {"1001": inside}, recordings=ANY)
