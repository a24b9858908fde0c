"""Calls that are handed on without asking."""

from __future__ import annotations

from functools import partial

from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    blind,
    inbound,
    leaves,
    lifts,
    rang,
    refers,
    silent,
    spoke,
)
from tests.matrix.numbers import DESK
from tests.matrix.rows.handing_on import HANDED_ON, OUTSIDE, by_feature, picked_up
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
    bob = await scene.phone("1002", lifts_after=0.4)
    caller, alice = await picked_up(scene)
    await alice.refer("1002")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001", left=refers("1001")),
        silent("1002"),
        transfers=[blind("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blind_refer_busy(scene: LiveScene) -> None:
    """Alice hands her caller on to Bob (REFER), who is busy: the caller is dropped."""
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    caller, alice = await picked_up(scene)
    await alice.refer("1002")
    await caller.is_left()
    await alice.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        transfers=[blind("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blind_refer_no_answer(scene: LiveScene) -> None:
    """Alice hands her caller on to Bob (REFER); nobody lifts there, and the caller is dropped."""
    await scene.phone("1002")
    caller, alice = await picked_up(scene)
    await alice.refer("1002")
    await caller.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        transfers=[blind("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blind_refer_abandoned(scene: LiveScene) -> None:
    """Alice hands her caller on to Bob (REFER); the caller hangs up while Bob's phone rings."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    await alice.refer("1002")
    await bob.rings()
    await scene.pause(0.5)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001")))
async def blind_refer_unknown(scene: LiveScene) -> None:
    """Alice hands her caller on to an extension that there is not (REFER, refused with 404): she keeps him. Asterisk tells nobody of the attempt."""  # noqa: E501
    caller, alice = await picked_up(scene)
    await alice.refer("nobody")
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[blind("1001", "501")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
    )
)
async def blind_refer_queue(scene: LiveScene) -> None:
    """Alice hands her caller on to a queue (REFER); Bob, its member, lifts."""
    bob = await scene.phone("1002", lifts_after=0.4)
    caller, alice = await picked_up(scene)
    await alice.refer("501")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke(OUTSIDE),
        transfers=[blind("1001", OUTSIDE)],
        talk=[(lifts("1001"), refers("1001")), (lifts(OUTSIDE), leaves(CALLER))],
    )
)
async def blind_refer_outside(scene: LiveScene) -> None:
    """Alice hands her caller on to a number outside (REFER), which answers: out on the trunk again."""  # noqa: E501
    mobile = await scene.outside(OUTSIDE, lifts_after=0.4)
    caller, alice = await picked_up(scene)
    await alice.refer(OUTSIDE)
    await mobile.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        spoke("1001", 1),
        transfers=[blind("1001", "1002"), blind("1002", "1001")],
        talk=[
            (lifts("1001"), refers("1001")),
            (lifts("1002"), refers("1002")),
            (lifts("1001", 1), leaves(CALLER)),
        ],
    )
)
async def blind_refer_and_back(scene: LiveScene) -> None:
    """Alice hands her caller on to Bob (REFER), and Bob hands him back to her (REFER)."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    await alice.refer("1002")
    await bob.talks(seconds=0.4)
    await bob.refer("1001")
    await alice.rings(1)
    await alice.talks(seconds=0.4)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[blind("1001", "1002", HANDED_ON)],
        talk=[(lifts("1001"), HANDED_ON), (lifts("1002"), leaves(CALLER))],
    )
)
async def blind_feature_answered(scene: LiveScene) -> None:
    """Alice presses #1 1002 and is out of the call; Bob lifts."""
    bob = await scene.phone("1002", lifts_after=0.4)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "#1", "1002")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        silent("1002"),
        transfers=[blind("1001", "1002", HANDED_ON, completed=False)],
        talk=[(lifts("1001"), HANDED_ON)],
        cause=None,
    )
)
async def blind_feature_busy(scene: LiveScene) -> None:
    """Alice presses #1 1002 while Bob is busy: the caller is dropped."""
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "#1", "1002")
    await caller.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke(OUTSIDE),
        transfers=[blind("1001", OUTSIDE, HANDED_ON)],
        talk=[(lifts("1001"), HANDED_ON), (lifts(OUTSIDE), leaves(CALLER))],
    )
)
async def blind_feature_outside(scene: LiveScene) -> None:
    """Alice presses #1 and a number outside, which answers."""
    mobile = await scene.outside(OUTSIDE, lifts_after=0.4)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "#1", OUTSIDE)
    await mobile.talks(seconds=0.5)
    await caller.hang_up()
