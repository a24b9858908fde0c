"""Callers who are parked and fetched, and ringing phones that a colleague picks up for."""

from __future__ import annotations

from functools import partial

from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    inbound,
    leaves,
    lifts,
    marked,
    rang,
    refers,
    spoke,
    stepped_in,
)
from tests.matrix.numbers import DESK, SALES
from tests.matrix.phones import Handset
from tests.matrix.rows.handing_on import picked_up
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Parking and pick-up")
PARKED = marked("1001 has parked him")


async def park_by_refer(scene: LiveScene, phone: Handset) -> None:
    """Hand a caller on to the parking extension, and hang up: nobody there will ever lift."""
    await phone.refer("700")
    await scene.pause(0.2)
    await phone.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        stepped_in("1002"),
        talk=[(lifts("1001"), PARKED), (lifts("1002"), leaves(CALLER))],
    )
)
async def park_feature(scene: LiveScene) -> None:
    """Alice parks her caller (#72) and hears the slot; Bob fetches him by dialling it."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    await alice.press("#72")
    scene.mark(PARKED.who)
    await scene.pause(0.8)
    bob.dial("701")
    await bob.talks(seconds=0.5)
    await caller.hang_up()
    await alice.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        stepped_in("1002"),
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
    )
)
async def park_refer(scene: LiveScene) -> None:
    """Alice parks her caller by a transfer to 700 (REFER): no transfer, for nobody is to take over; Bob fetches him."""  # noqa: E501
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    await park_by_refer(scene, alice)
    await scene.pause(0.8)
    bob.dial("701")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1001", 1),
        talk=[(lifts("1001"), refers("1001")), (lifts("1001", 1), leaves(CALLER))],
    )
)
async def park_back_to_parker(scene: LiveScene) -> None:
    """Nobody fetches the caller whom Alice parked (REFER): after three seconds her phone rings, and she has him again."""  # noqa: E501
    caller, alice = await picked_up(scene)
    await park_by_refer(scene, alice)
    await alice.rings(1)
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001"), talk=[(lifts("1001"), refers("1001"))]))
async def park_abandoned(scene: LiveScene) -> None:
    """Alice parks her caller (REFER), and he hangs up in the slot."""
    caller, alice = await picked_up(scene)
    await park_by_refer(scene, alice)
    await scene.pause(0.8)
    await caller.hang_up()


@row(inbound(DESK, rang("1001"), stepped_in("1002")))
async def pickup_directed(scene: LiveScene) -> None:
    """Alice's phone rings; Bob picks up for her with *9 1001."""
    alice = await scene.phone("1001")
    bob = await scene.phone("1002")
    caller = await scene.call(DESK)
    await alice.rings()
    await scene.pause(0.3)
    bob.dial("*91001")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(DESK, rang("1001"), stepped_in("1002")))
async def pickup_group(scene: LiveScene) -> None:
    """Alice's phone rings; Bob, of her pick-up group, dials *8."""
    alice = await scene.phone("1001")
    bob = await scene.phone("1002")
    caller = await scene.call(DESK)
    await alice.rings()
    await scene.pause(0.3)
    bob.dial("*8")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(SALES, rang("1001"), rang("1002"), stepped_in("1003"), any_order=True))
async def pickup_queue(scene: LiveScene) -> None:
    """The sales queue rings Alice and Bob; Carol, who is no member, dials *8."""
    alice = await scene.phone("1001")
    await scene.phone("1002")
    carol = await scene.phone("1003")
    caller = await scene.call(SALES)
    await alice.rings()
    await scene.pause(0.3)
    carol.dial("*8")
    await carol.talks(seconds=0.5)
    await caller.hang_up()
