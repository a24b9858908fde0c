"""Calls that our phones place: to the outside, to each other, and out and back in."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import (
    attended,
    blind,
    inbound,
    internal,
    leaves,
    lifts,
    outbound,
    rang,
    silent,
    spoke,
)
from tests.matrix.numbers import BOBS_DESK
from tests.matrix.rows.handing_on import OUTSIDE
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Calls that we place")


@row(outbound("1001", OUTSIDE, spoke(OUTSIDE)))
async def outbound_answered(scene: LiveScene) -> None:
    """Alice calls a number outside, it is answered, she hangs up."""
    mobile = await scene.outside(OUTSIDE, lifts_after=0.4)
    alice = await scene.phone("1001")
    alice.dial(OUTSIDE)
    await mobile.talks(seconds=0.5)
    await alice.hang_up()


@row(outbound("1001", OUTSIDE, silent(OUTSIDE), reason=MissedReason.BUSY, cause=17))
async def outbound_busy(scene: LiveScene) -> None:
    """Alice calls a number outside, which is busy."""
    await scene.outside(OUTSIDE, rings=False, refuses=486, refuses_after=0.05)
    alice = await scene.phone("1001")
    alice.dial(OUTSIDE)
    await alice.is_left()


@row(outbound("1001", OUTSIDE, rang(OUTSIDE), reason=MissedReason.ABANDONED, cause=None))
async def outbound_given_up(scene: LiveScene) -> None:
    """Alice calls a number outside, nobody lifts, and she gives up."""
    mobile = await scene.outside(OUTSIDE)
    alice = await scene.phone("1001")
    alice.dial(OUTSIDE)
    await mobile.rings()
    await scene.pause(0.5)
    await alice.hang_up()


@row(outbound("1001", OUTSIDE, silent(OUTSIDE), reason=MissedReason.FAILED, cause=None))
async def outbound_no_such_number(scene: LiveScene) -> None:
    """Alice calls a number that the network does not know (404)."""
    await scene.outside(OUTSIDE, rings=False, refuses=404, refuses_after=0.05)
    alice = await scene.phone("1001")
    alice.dial(OUTSIDE)
    await alice.is_left()


@row(
    outbound(
        "1001",
        OUTSIDE,
        spoke(OUTSIDE),
        spoke("1002"),
        transfers=[blind("1001", "1002")],
        talk=[(lifts(OUTSIDE), leaves("1001")), (lifts("1002"), leaves(OUTSIDE))],
        ended=leaves(OUTSIDE),
    )
)
async def outbound_handed_on(scene: LiveScene) -> None:
    """Alice calls a number outside and hands it on to Bob (REFER), who lifts."""
    mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
    bob = await scene.phone("1002", lifts_after=0.3)
    alice = await scene.phone("1001")
    alice.dial(OUTSIDE)
    await mobile.talks(seconds=0.5)
    await alice.refer("1002")
    await bob.talks(seconds=0.5)
    await mobile.hang_up()


@row(
    outbound(
        "1001",
        OUTSIDE,
        spoke(OUTSIDE),
        spoke("1002"),
        transfers=[attended("1001", "1002")],
        talk=[(lifts(OUTSIDE), leaves(OUTSIDE))],
        ended=leaves(OUTSIDE),
    )
)
async def outbound_handed_on_attended(scene: LiveScene) -> None:
    """Alice calls a number outside, asks Bob on a second line, and joins them (REFER with Replaces)."""  # noqa: E501
    mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
    bob = await scene.phone("1002", lifts_after=0.3)
    alice = await scene.phone("1001")
    first = alice.dial(OUTSIDE)
    await mobile.talks(seconds=0.4)
    second = alice.dial("1002")
    await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await mobile.hang_up()


@row(internal("1001", "1002", spoke("1002")))
async def internal_answered(scene: LiveScene) -> None:
    """Alice calls Bob."""
    bob = await scene.phone("1002", lifts_after=0.4)
    alice = await scene.phone("1001")
    alice.dial("1002")
    await bob.talks(seconds=0.5)
    await alice.hang_up()


@row(internal("1001", "1002", silent("1002"), reason=MissedReason.BUSY, cause=None))
async def internal_busy(scene: LiveScene) -> None:
    """Alice calls Bob, who is busy."""
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    alice = await scene.phone("1001")
    alice.dial("1002")
    await alice.is_left()


@row(
    internal(
        "1001",
        "1002",
        spoke("1002"),
        spoke("1003"),
        transfers=[blind("1002", "1003")],
        talk=[(lifts("1002"), leaves("1002")), (lifts("1003"), leaves("1001"))],
    )
)
async def internal_handed_on(scene: LiveScene) -> None:
    """Alice calls Bob, and he hands her on to Carol (REFER)."""
    bob = await scene.phone("1002", lifts_after=0.3)
    carol = await scene.phone("1003", lifts_after=0.3)
    alice = await scene.phone("1001")
    alice.dial("1002")
    await bob.talks(seconds=0.4)
    await bob.refer("1003")
    await carol.talks(seconds=0.5)
    await alice.hang_up()


LOOPED = "the call that came back"


@row(
    outbound("1001", BOBS_DESK.raw, spoke(BOBS_DESK.raw)),
    inbound(BOBS_DESK, spoke("1002"), caller=LOOPED),
)
async def hairpin(scene: LiveScene) -> None:
    """Alice dials one of our own numbers, out over the trunk; the network sends the call back in, and Bob lifts: one call out, and one in."""  # noqa: E501
    network = await scene.outside(BOBS_DESK.raw)
    bob = await scene.phone("1002")
    alice = await scene.phone("1001")
    alice.dial(BOBS_DESK.raw)
    out = await network.rings()
    back = await scene.call(BOBS_DESK, who=LOOPED)
    await bob.rings()
    await scene.pause(0.3)
    await bob.lift()
    await back.talks()
    await network.lift(out)
    await scene.pause(0.5)
    await alice.hang_up()
    await network.is_left(out)
    await back.hang_up()
