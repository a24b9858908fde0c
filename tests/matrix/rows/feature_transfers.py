"""Calls that are handed on after a word by a feature code; hold, panels, calls that meet."""

from __future__ import annotations

from functools import partial

from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    attended,
    blonde,
    inbound,
    leaves,
    lifts,
    marked,
    rang,
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
        transfers=[attended("1001", "1002", leaves("1001"))],
        talk=[(lifts("1001"), HANDED_ON), (leaves("1001"), leaves(CALLER))],
    )
)
async def attended_feature_answered(scene: LiveScene) -> None:
    """Alice presses *2 1002, asks Bob while her caller hears music, and hangs up: Bob has him."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", "1002")
    await bob.talks(seconds=0.5)
    await alice.hang_up()
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        talk=[(lifts("1001"), HANDED_ON), (leaves("1002"), leaves(CALLER))],
    )
)
async def attended_feature_refused(scene: LiveScene) -> None:
    """Alice presses *2 1002 and asks Bob, who will not and hangs up: she has her caller back."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", "1002")
    await bob.talks(seconds=0.5)
    await bob.hang_up()
    await scene.pause(0.6)
    await caller.hang_up()
    await alice.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        silent("1002"),
        talk=[(lifts("1001"), HANDED_ON), (leaves("1002"), leaves(CALLER))],
    )
)
async def attended_feature_busy(scene: LiveScene) -> None:
    """Alice presses *2 1002, Bob is busy, and she has her caller back."""
    bob = await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", "1002")
    await bob.is_left()
    await scene.pause(0.8)
    await caller.hang_up()
    await alice.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        talk=[(lifts("1001"), HANDED_ON)],
    )
)
async def attended_feature_caller_gone(scene: LiveScene) -> None:
    """Alice presses *2 1002 and asks Bob; her caller hangs up meanwhile."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", "1002")
    await bob.talks(seconds=0.4)
    await caller.hang_up()
    await scene.pause(0.4)
    await alice.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[blonde("1001", "1002", leaves("1001"))],
        talk=[(lifts("1001"), HANDED_ON), (lifts("1002"), leaves(CALLER))],
    )
)
async def blonde_feature_answered(scene: LiveScene) -> None:
    """Alice presses *2 1002 and hangs up while Bob's phone rings; Bob lifts."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", "1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.hang_up()
    await scene.pause(0.3)
    await bob.lift()
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        spoke("1001", 1),
        transfers=[blonde("1001", "1002", leaves("1001"), completed=False)],
        talk=[(lifts("1001"), HANDED_ON), (lifts("1001", 1), leaves(CALLER))],
    )
)
async def blonde_feature_back(scene: LiveScene) -> None:
    """Alice presses *2 1002 and hangs up; Bob does not lift, and the PBX rings her again: she has her caller back."""  # noqa: E501
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", "1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.hang_up()
    await alice.rings(1)
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke(OUTSIDE),
        transfers=[attended("1001", OUTSIDE, leaves("1001"))],
        talk=[(lifts("1001"), HANDED_ON), (leaves("1001"), leaves(CALLER))],
    )
)
async def attended_feature_outside(scene: LiveScene) -> None:
    """Alice presses *2 and a number outside, asks there, and hangs up: they talk."""
    mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
    caller, alice = await picked_up(scene)
    await by_feature(scene, alice, "*2", OUTSIDE)
    await mobile.talks(seconds=0.5)
    await alice.hang_up()
    await scene.pause(0.4)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001")))
async def on_hold(scene: LiveScene) -> None:
    """Alice puts her caller on hold and takes him back: he was with her all the time."""
    caller, alice = await picked_up(scene)
    await alice.hold()
    await scene.pause(0.6)
    await alice.hold(is_held=False)
    await scene.pause(0.3)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001", left=marked("redirected")),
        spoke("1002"),
        talk=[(lifts("1001"), marked("redirected")), (lifts("1002"), leaves(CALLER))],
    )
)
async def redirected_from_a_panel(scene: LiveScene) -> None:
    """An operator's panel moves the caller from Alice to Bob (AMI Redirect): nobody's phone handed him on."""  # noqa: E501
    bob = await scene.phone("1002", lifts_after=0.4)
    caller, _ = await picked_up(scene)
    channel = await scene.trunk_channel()
    target = {"Context": "internal", "Exten": "1002", "Priority": "1"}
    scene.mark("redirected")
    await scene.order("Redirect", Channel=channel, **target)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


SECOND = "the second caller"


@row(
    inbound(DESK, spoke("1001"), transfers=[attended("1001", SECOND)]),
    inbound(DESK, spoke("1001", 1), caller=SECOND),
)
async def attended_two_callers(scene: LiveScene) -> None:
    """Alice has two callers on two lines and joins them (REFER with Replaces): two calls, each of which rang her for a reason."""  # noqa: E501
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    other = await scene.call(DESK, who=SECOND)
    await alice.rings(1)
    second = await alice.talks(seconds=0.3)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()
    await other.is_left()
