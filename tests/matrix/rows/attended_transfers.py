"""Calls that are handed on after a word on a second line, or while it rings (REFER)."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    attended,
    blonde,
    inbound,
    internal,
    leaves,
    lifts,
    rang,
    refers,
    silent,
    spoke,
)
from tests.matrix.numbers import DESK
from tests.matrix.rows.handing_on import OUTSIDE, picked_up
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Transfers")


@row(inbound(DESK, spoke("1001"), spoke("1002"), transfers=[attended("1001", "1002")]))
async def attended_refer_answered(scene: LiveScene) -> None:
    """Alice asks Bob on a second line, then joins him and her caller (REFER with Replaces)."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001"), spoke("1002"), transfers=[attended("1001", "1002")]))
async def attended_refer_queue(scene: LiveScene) -> None:
    """Alice asks in a queue on a second line, Bob lifts, and she joins him and her caller."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("501")
    await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001"), spoke(OUTSIDE), transfers=[attended("1001", OUTSIDE)]))
async def attended_refer_outside(scene: LiveScene) -> None:
    """Alice asks a number outside on a second line, then joins it and her caller."""
    mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial(OUTSIDE)
    await mobile.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", spoke("1002"), ask=1),
)
async def attended_refer_refused(scene: LiveScene) -> None:
    """Alice asks Bob on a second line, Bob will not and hangs up, and she goes on with her caller."""  # noqa: E501
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    alice.dial("1002")
    await bob.talks(seconds=0.4)
    await bob.hang_up()
    await alice.is_left()
    await scene.pause(0.3)
    await caller.hang_up()
    await alice.is_left(first)


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", silent("1002"), reason=MissedReason.BUSY, ask=1, cause=None),
)
async def attended_refer_busy(scene: LiveScene) -> None:
    """Alice would ask Bob on a second line, who is busy; she goes on with her caller."""
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    alice.dial("1002")
    await alice.is_left()
    await scene.pause(0.3)
    await caller.hang_up()
    await alice.is_left(first)


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", rang("1002"), reason=MissedReason.ABANDONED, ask=1, cause=None),
)
async def attended_refer_cancelled(scene: LiveScene) -> None:
    """Alice rings Bob on a second line, thinks better of it, and goes on with her caller."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.4)
    await alice.hang_up(second)
    await scene.pause(0.3)
    await caller.hang_up()
    await alice.is_left(first)


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", spoke("1002"), ask=1),
)
async def attended_refer_caller_gone(scene: LiveScene) -> None:
    """Alice is asking Bob on a second line when her caller hangs up: two calls that never met."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    second = alice.dial("1002")
    await bob.talks(seconds=0.3)
    await caller.hang_up()
    await scene.pause(0.3)
    await alice.hang_up(second)


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[blonde("1001", "1002")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
    )
)
async def blonde_refer_answered(scene: LiveScene) -> None:
    """Alice rings Bob on a second line and hands over while it rings (REFER with Replaces); Bob lifts."""  # noqa: E501
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.refer_into(second, first)
    await scene.pause(0.4)
    await bob.lift()
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        transfers=[blonde("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blonde_refer_no_answer(scene: LiveScene) -> None:
    """Alice hands over while Bob's phone rings (REFER with Replaces); he never lifts, and the caller is dropped."""  # noqa: E501
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.refer_into(second, first)
    await caller.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        transfers=[blonde("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blonde_refer_abandoned(scene: LiveScene) -> None:
    """Alice hands over while Bob's phone rings (REFER with Replaces), and the caller gives up."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.refer_into(second, first)
    await scene.pause(0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        spoke("1003"),
        transfers=[attended("1001", "1002"), attended("1002", "1003")],
    )
)
async def attended_refer_twice(scene: LiveScene) -> None:
    """Alice asks Bob and joins him and her caller; Bob asks Carol and joins her and him."""
    bob = await scene.phone("1002", lifts_after=0.3)
    carol = await scene.phone("1003", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    bobs_first = await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    bobs_second = bob.dial("1003")
    await carol.talks(seconds=0.4)
    await bob.refer_into(bobs_second, bobs_first)
    await bob.is_left(bobs_first)
    await scene.pause(0.4)
    await caller.hang_up()
