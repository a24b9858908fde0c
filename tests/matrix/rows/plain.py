"""A caller, a phone, and everything that keeps them from each other."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import inbound, rang, silent, spoke
from tests.matrix.numbers import DESK, EMPTY_DESK
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="One caller, one phone")


@row(inbound(DESK, spoke("1001")))
async def plain_answered(scene: LiveScene) -> None:
    """A stranger calls, Alice lifts, he hangs up."""
    alice = await scene.phone("1001", lifts_after=0.3)
    caller = await scene.call(DESK)
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(DESK, rang("1001"), reason=MissedReason.ABANDONED, cause=None))
async def plain_abandoned(scene: LiveScene) -> None:
    """A stranger calls and gives up while the phone rings."""
    alice = await scene.phone("1001")
    caller = await scene.call(DESK)
    await alice.rings()
    await scene.pause(0.5)
    await caller.hang_up()


@row(inbound(DESK, silent("1001"), reason=MissedReason.BUSY, cause=17))
async def plain_busy(scene: LiveScene) -> None:
    """Alice is on another line: 486 without ringing."""
    await scene.phone("1001", rings=False, refuses=486, refuses_after=0.05)
    caller = await scene.call(DESK)
    await caller.is_left()


@row(inbound(EMPTY_DESK, reason=MissedReason.UNAVAILABLE, cause=20))
async def plain_unregistered(scene: LiveScene) -> None:
    """Nobody is registered at the extension: no phone, no ring."""
    caller = await scene.call(EMPTY_DESK)
    await caller.is_left()
