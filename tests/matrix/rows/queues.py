"""Callers who wait: the PBX has answered for the queue, and nobody has spoken with them yet."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import CALLER, blind, inbound, leaves, lifts, rang, refers, spoke
from tests.matrix.numbers import HURRIED, SALES, queue
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Queues")

LINEAR = queue(60, "Linear queue", "502")
WRAP_UP = queue(61, "Queue with wrap-up", "503")
LOCAL = queue(62, "Queue of Locals", "504")
LOCAL_N = queue(63, "Queue of lasting Locals", "505")
NOBODY = queue(64, "Empty queue", "506")
WITH_EXIT = queue(65, "Queue with an exit", "507")


@row(inbound(SALES, rang("1002"), spoke("1001"), any_order=True))
async def queue_answered(scene: LiveScene) -> None:
    """Both agents' phones ring; Alice lifts, and Bob's stops."""
    alice = await scene.phone("1001", lifts_after=0.5)
    await scene.phone("1002")
    caller = await scene.call(SALES)
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        SALES,
        rang("1002"),
        rang("1001"),
        reason=MissedReason.ABANDONED,
        cause=None,
        any_order=True,
    )
)
async def queue_abandoned(scene: LiveScene) -> None:
    """The caller has waited long enough while both phones ring."""
    alice = await scene.phone("1001")
    await scene.phone("1002")
    caller = await scene.call(SALES)
    await alice.rings()
    await scene.pause(0.6)
    await caller.hang_up()


@row(
    inbound(
        HURRIED,
        rang("1002"),
        rang("1001"),
        reason=MissedReason.NO_ANSWER,
        cause=None,
        any_order=True,
    ),
)
async def queue_timed_out(scene: LiveScene) -> None:
    """Nobody lifts within the second that this number waits: the PBX ends the call."""
    await scene.phone("1001")
    await scene.phone("1002")
    caller = await scene.call(HURRIED)
    await caller.is_left()


@row(inbound(LINEAR, rang("1001"), spoke("1002")))
async def queue_linear(scene: LiveScene) -> None:
    """One after the other: Alice lets it ring out, Bob lifts."""
    await scene.phone("1001")
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(LINEAR)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(LINEAR, rang("1001"), spoke("1002")))
async def queue_declined(scene: LiveScene) -> None:
    """Alice declines (603), so the next in line is rung."""
    await scene.phone("1001", refuses=603, refuses_after=0.3)
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(LINEAR)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(WRAP_UP, spoke("1001")),
    inbound(WRAP_UP, spoke("1002"), caller="the second caller"),
)
async def queue_wrap_up(scene: LiveScene) -> None:
    """Alice, first in line, has just hung up and writes her notes: the second caller is Bob's."""
    alice = await scene.phone("1001", lifts_after=0.3)
    bob = await scene.phone("1002", lifts_after=0.3)
    caller = await scene.call(WRAP_UP)
    await alice.talks(seconds=0.4)
    await caller.hang_up()
    await alice.is_left()
    second = await scene.call(WRAP_UP, who="the second caller")
    await bob.talks(seconds=0.4)
    await second.hang_up()


@row(inbound(LOCAL, spoke("1001")))
async def queue_local_member(scene: LiveScene) -> None:
    """The agent is behind a Local channel, which takes itself out once he speaks."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(LOCAL)
    await alice.talks(seconds=0.6)
    await caller.hang_up()


@row(inbound(LOCAL_N, spoke("1001")))
async def queue_lasting_local_member(scene: LiveScene) -> None:
    """The same with /n: caller and agent never share a bridge, only the Local's halves do."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(LOCAL_N)
    await alice.talks(seconds=0.6)
    await caller.hang_up()


@row(inbound(NOBODY, reason=MissedReason.UNAVAILABLE, cause=None))
async def queue_empty(scene: LiveScene) -> None:
    """No agent is logged in, and the queue lets nobody wait (JOINEMPTY)."""
    caller = await scene.call(NOBODY)
    await caller.is_left()


@row(inbound(WITH_EXIT, rang("1001"), spoke("1003")))
async def queue_left_by_key(scene: LiveScene) -> None:
    """The caller presses 0 while Alice's phone rings, and is put through to Carol."""
    alice = await scene.phone("1001")
    carol = await scene.phone("1003", lifts_after=0.3)
    caller = await scene.call(WITH_EXIT)
    await alice.rings()
    await scene.pause(0.4)
    await caller.press("0")
    await carol.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        LINEAR,
        spoke("1001"),
        spoke("1003"),
        transfers=[blind("1001", "1003")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1003"), leaves(CALLER))],
    )
)
async def queue_then_handed_on(scene: LiveScene) -> None:
    """Alice takes a caller out of the queue and hands him on to Carol (REFER), who lifts."""
    alice = await scene.phone("1001", lifts_after=0.4)
    carol = await scene.phone("1003", lifts_after=0.4)
    caller = await scene.call(LINEAR)
    await alice.talks(seconds=0.5)
    await alice.refer("1003")
    await carol.talks(seconds=0.5)
    await caller.hang_up()
