"""Calls that we place, to the world and among ourselves, as both ends saw them."""

from __future__ import annotations

import asyncio

import pytest
from bridge import Office
from company import JANE
from wire import OF_JANE, internal, outbound

from crm_store.records import MissedReason
from pbx_bridge.lab import Phone, SippPhone

SOMEBODY = "0255501234"
REFUSALS = {
    486: MissedReason.BUSY,
    480: MissedReason.NO_ANSWER,
    603: MissedReason.REJECTED,
    404: MissedReason.FAILED,
}


async def subjects(office: Office) -> list[str]:
    return [activity.subject for activity in await office.activities()]


async def test_a_customer_who_is_called_back_and_answers(office: Office, alice: Phone) -> None:
    """Alice calls Jane: an activity on Jane, answered when Jane was."""
    async with office.trunk.outside(reply_after_seconds=0.4) as world:
        await alice.dial(JANE)
        await alice.wait_for_answer()
        await asyncio.sleep(0.5)
        await alice.hang_up()
        far = await world.wait_for_end()
        call = await office.wait_for_call(number=JANE)

    of_jane = {"matched": OF_JANE["matched"]}
    assert call == outbound(alice.calls[0], JANE, far, **of_jane)
    assert await subjects(office) == ["Outbound answered call to Jane Doe by Alice"]


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refused_call_to_the_world(office: Office, alice: Phone, status: int) -> None:
    """Busy, not there, declined, no such number: unanswered, for that reason; no lead."""
    async with office.trunk.outside(reply=status, reply_after_seconds=0.4) as world:
        await alice.dial(SOMEBODY)
        far = await world.wait_for_end()
        call = await office.wait_for_call(number=SOMEBODY)

    assert call == outbound(alice.calls[0], SOMEBODY, far, missed_reason=REFUSALS[status])
    assert (await office.leads(), await subjects(office)) == ([], [])


async def test_an_agent_gives_up_ringing_a_customer(office: Office, alice: Phone) -> None:
    """Jane does not answer and Alice hangs up: an unanswered call, abandoned by us."""
    async with office.trunk.outside(reply=None) as world:
        await alice.dial(JANE)
        await asyncio.sleep(0.6)
        await alice.hang_up()
        far = await world.wait_for_end()
        call = await office.wait_for_call(number=JANE)

    of_jane = {"matched": OF_JANE["matched"], "missed_reason": MissedReason.ABANDONED}
    assert call == outbound(alice.calls[0], JANE, far, **of_jane)
    assert await subjects(office) == ["Outbound unanswered call to Jane Doe by Alice (abandoned)"]


async def test_colleagues_among_themselves(office: Office, alice: Phone) -> None:
    """An internal call is a call, and nothing of the CRM's."""
    async with SippPhone(office.pbx, "1003", reply_after_seconds=0.4) as colleague:
        await alice.dial("1003")
        await alice.wait_for_answer()
        await asyncio.sleep(0.4)
        await alice.hang_up()
        far = await colleague.wait_for_end()
        call = await office.wait_for_call()

    assert call == internal(alice.calls[0], "1003", far)
    assert (await office.leads(), await subjects(office)) == ([], [])
