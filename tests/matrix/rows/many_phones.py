"""One call, several phones: groups, hunting, two devices on one extension, Local channels."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import inbound, rang, silent, spoke
from tests.matrix.numbers import (
    FIRST_DEVICE,
    GROUP,
    HUNT,
    KEPT_LOCAL,
    LOCAL,
    LOCAL_GROUP,
    TWO_DEVICES,
)
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Several phones")


@row(inbound(GROUP, rang("1001"), spoke("1002"), rang("1003")))
async def group_one_lifts(scene: LiveScene) -> None:
    """Three phones ring, Bob lifts, the other two are told that it was answered elsewhere."""
    await scene.phone("1001")
    bob = await scene.phone("1002", lifts_after=0.5)
    await scene.phone("1003")
    caller = await scene.call(GROUP)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(GROUP, rang("1001"), silent("1002"), spoke("1003")))
async def group_decline_and_busy(scene: LiveScene) -> None:
    """Alice declines, Bob is busy, Carol lifts."""
    await scene.phone("1001", refuses=603, refuses_after=0.3)
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    carol = await scene.phone("1003", lifts_after=0.7)
    caller = await scene.call(GROUP)
    await carol.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(GROUP, rang("1001"), silent("1002"), rang("1003"), reason=MissedReason.BUSY, cause=None)
)
async def group_nobody_free(scene: LiveScene) -> None:
    """Alice declines, Bob is busy, Carol declines: busy weighs more than declined."""
    await scene.phone("1001", refuses=603, refuses_after=0.3)
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    await scene.phone("1003", refuses=603, refuses_after=0.5)
    caller = await scene.call(GROUP)
    await caller.is_left()


@row(
    inbound(
        GROUP, rang("1001"), rang("1002"), rang("1003"), reason=MissedReason.ABANDONED, cause=None
    )
)
async def group_abandoned(scene: LiveScene) -> None:
    """Three phones ring, and the caller gives up."""
    alice = await scene.phone("1001")
    await scene.phone("1002")
    await scene.phone("1003")
    caller = await scene.call(GROUP)
    await alice.rings()
    await scene.pause(0.5)
    await caller.hang_up()


@row(inbound(GROUP, spoke("1002")))
async def group_one_registered(scene: LiveScene) -> None:
    """Of three phones only Bob's is registered: he is the only party."""
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(GROUP)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(HUNT, rang("1001"), spoke("1002")))
async def hunt_second_desk(scene: LiveScene) -> None:
    """Alice's phone rings for a second, then Bob's, and he lifts."""
    await scene.phone("1001")
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(HUNT)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(TWO_DEVICES, spoke("1007", phone="desk"), rang("1007", phone="app"), any_order=True))
async def two_devices_all(scene: LiveScene) -> None:
    """Gwen's extension has two devices (PJSIP_DIAL_CONTACTS): both ring, she lifts at the desk."""
    desk = await scene.phone("1007", device="desk", lifts_after=0.5)
    await scene.phone("1007", device="app")
    caller = await scene.call(TWO_DEVICES)
    await desk.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        TWO_DEVICES,
        silent("1007", phone="desk"),
        spoke("1007", phone="app"),
        any_order=True,
    )
)
async def two_devices_desk_busy(scene: LiveScene) -> None:
    """Gwen's desk phone is busy, her other device rings, and she lifts there."""
    await scene.phone("1007", device="desk", rings=False, refuses=486, refuses_after=0.05)
    app = await scene.phone("1007", device="app", lifts_after=0.5)
    caller = await scene.call(TWO_DEVICES)
    await app.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(FIRST_DEVICE, spoke("1007", phone="one of them")))
async def two_devices_one_alone(scene: LiveScene) -> None:
    """The same extension by its name alone (PJSIP/1007): Asterisk rings one device, one party."""
    desk = await scene.phone("1007", device="desk", lifts_after=0.4)
    app = await scene.phone("1007", device="app", lifts_after=0.4)
    caller = await scene.call(FIRST_DEVICE)
    await caller.talks(seconds=0.5)
    scene.name("one of them", desk if desk.lines else app)
    await caller.hang_up()


@row(inbound(LOCAL, spoke("1001")))
async def local_optimised(scene: LiveScene) -> None:
    """Through a Local channel that Asterisk takes out once both sides talk."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(LOCAL)
    await alice.talks(seconds=0.7)
    await caller.hang_up()


@row(inbound(KEPT_LOCAL, spoke("1001")))
async def local_kept(scene: LiveScene) -> None:
    """Through a Local channel that stays to the end (/n): caller and phone never share a bridge."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(KEPT_LOCAL)
    await alice.talks(seconds=0.7)
    await caller.hang_up()


@row(inbound(LOCAL_GROUP, rang("1001"), spoke("1002"), any_order=True))
async def local_group(scene: LiveScene) -> None:
    """Two Local channels at once, as FreePBX rings a group: Bob lifts."""
    await scene.phone("1001")
    bob = await scene.phone("1002", lifts_after=0.5)
    caller = await scene.call(LOCAL_GROUP)
    await bob.talks(seconds=0.6)
    await caller.hang_up()
