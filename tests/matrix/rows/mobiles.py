"""Phones elsewhere: an agent's mobile that rings along, and calls that a computer places."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import (
    inbound,
    lifts,
    marked,
    outbound,
    rang,
    rings,
    silent,
    spoke,
)
from tests.matrix.numbers import own_way
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Mobiles and click-to-call")

BOTH = own_way(71, "Desk and mobile")
CONFIRMED = own_way(72, "Mobile that takes with 1")
FOLLOWED = own_way(73, "Follow me")
CUSTOMER = "0491570124"


@row(inbound(BOTH, rang("1001"), spoke("0491570121")))
async def follow_me_simultaneous(scene: LiveScene) -> None:
    """Desk phone and mobile ring together; the mobile is lifted."""
    await scene.phone("1001")
    mobile = await scene.outside("0491570121", lifts_after=0.6)
    caller = await scene.call(BOTH)
    await mobile.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(CONFIRMED, spoke("0491570122"), answered=marked("taken")))
async def follow_me_confirmed(scene: LiveScene) -> None:
    """The mobile is lifted and asked; with 1 it takes the call, and only now does he speak."""
    mobile = await scene.outside("0491570122", lifts_after=0.3)
    caller = await scene.call(CONFIRMED)
    await mobile.talks(seconds=0.6)
    await scene.press(mobile, "1", mark="taken")
    await scene.pause(0.6)
    await caller.hang_up()


@row(
    inbound(
        CONFIRMED,
        rang("0491570122"),
        reason=MissedReason.NO_ANSWER,
        ringing=[(rings("0491570122"), lifts("0491570122"))],
        cause=None,
    )
)
async def follow_me_not_confirmed(scene: LiveScene) -> None:
    """The mobile's own answering machine lifts and presses nothing: it does not take the call."""
    await scene.outside("0491570122", lifts_after=0.3)
    caller = await scene.call(CONFIRMED)
    await caller.is_left()


@row(inbound(FOLLOWED, spoke("0491570123"), answered=marked("taken")))
async def follow_me_application(scene: LiveScene) -> None:
    """FollowMe() asks the mobile with its own menu, while the caller hears music."""
    mobile = await scene.outside("0491570123", lifts_after=0.3)
    caller = await scene.call(FOLLOWED)
    await mobile.talks(seconds=3.0)
    await scene.press(mobile, "1", mark="taken")
    await scene.pause(0.6)
    await caller.hang_up()


@row(outbound("1001", CUSTOMER, spoke(CUSTOMER)))
async def click_to_call_answered(scene: LiveScene) -> None:
    """A click rings Alice's own phone first; then the customer's, and he lifts."""
    alice = await scene.phone("1001", lifts_after=0.4)
    customer = await scene.outside(CUSTOMER, lifts_after=0.5)
    await scene.originate("PJSIP/1001", CUSTOMER)
    await customer.talks(seconds=0.5)
    await alice.hang_up()


@row(outbound("1001", CUSTOMER, reason=MissedReason.REJECTED, cause=21, ringing=()))
async def click_to_call_agent_declines(scene: LiveScene) -> None:
    """She declines her own phone's ring, which shows the customer: he is never called."""
    alice = await scene.phone("1001", refuses=603, refuses_after=0.4)
    await scene.originate("PJSIP/1001", CUSTOMER)
    await alice.is_left()


@row(outbound("1001", CUSTOMER, silent(CUSTOMER), reason=MissedReason.BUSY, cause=None))
async def click_to_call_customer_busy(scene: LiveScene) -> None:
    """Alice lifts, and the customer is busy."""
    alice = await scene.phone("1001", lifts_after=0.4)
    await scene.outside(CUSTOMER, rings=False, refuses=486, refuses_after=0.1)
    await scene.originate("PJSIP/1001", CUSTOMER)
    await alice.is_left()


@row(outbound("1001", CUSTOMER, rang(CUSTOMER), reason=MissedReason.ABANDONED, cause=None))
async def click_to_call_given_up(scene: LiveScene) -> None:
    """Alice lifts, the customer's phone rings, and she gives up."""
    alice = await scene.phone("1001", lifts_after=0.3)
    customer = await scene.outside(CUSTOMER)
    await scene.originate("PJSIP/1001", CUSTOMER)
    await customer.rings()
    await scene.pause(0.6)
    await alice.hang_up()
