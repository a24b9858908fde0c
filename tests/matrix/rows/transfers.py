"""Calls that are handed on: without asking, after a word, and while the next phone still rings."""

from __future__ import annotations

from functools import partial

from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    attended,
    blind,
    inbound,
    leaves,
    lifts,
    refers,
    spoke,
)
from tests.matrix.numbers import DESK
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Transfers")


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[blind("1001", "1002")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
    )
)
async def blind_refer_answered(scene: LiveScene) -> None:
    """Alice hands her caller on to Bob without asking (REFER); Bob lifts."""
    alice = await scene.phone("1001", lifts_after=0.3)
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(DESK)
    await alice.talks(seconds=0.5)
    await alice.refer("1002")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[attended("1001", "1002")],
    )
)
async def attended_refer_answered(scene: LiveScene) -> None:
    """Alice asks Bob on a second line, then joins him and her caller (REFER with Replaces)."""
    alice = await scene.phone("1001", lifts_after=0.3)
    bob = await scene.phone("1002", lifts_after=0.3)
    caller = await scene.call(DESK)
    first = await alice.talks(seconds=0.3)
    second = alice.dial("1002")
    await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()
