"""What is recorded: it follows the call, there may be several, and some are never written."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    blind,
    file,
    inbound,
    leaves,
    lifts,
    marked,
    no_file,
    rang,
    refers,
    spoke,
)
from tests.matrix.numbers import RECORDED, own_way
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Recordings")

TWICE = own_way(80, "Recorded twice")
NEVER = own_way(81, "Recorded to nowhere")


@row(
    inbound(
        RECORDED,
        spoke("1001"),
        recordings=[file("{call_id}.wav", (lifts("1001"), leaves(CALLER)))],
    )
)
async def recording_plain(scene: LiveScene) -> None:
    """A recorded number: the file is as long as the talk."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(RECORDED)
    await alice.talks(seconds=1.0)
    await caller.hang_up()


@row(
    inbound(
        RECORDED,
        spoke("1001"),
        spoke("1002"),
        transfers=[blind("1001", "1002")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
        recordings=[
            file(
                "{call_id}.wav",
                (lifts("1001"), refers("1001")),
                (lifts("1002"), leaves(CALLER)),
            )
        ],
    )
)
async def recording_follows_a_transfer(scene: LiveScene) -> None:
    """Alice hands the recorded caller on to Bob: one file holds both talks."""
    alice = await scene.phone("1001", lifts_after=0.4)
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(RECORDED)
    await alice.talks(seconds=0.8)
    await alice.refer("1002")
    await bob.talks(seconds=0.8)
    await caller.hang_up()


@row(
    inbound(
        RECORDED,
        rang("1001"),
        reason=MissedReason.ABANDONED,
        recordings=[file("{call_id}.wav")],
        cause=None,
    )
)
async def recording_of_nobody(scene: LiveScene) -> None:
    """He gives up before anybody lifts: the file has a head and no sound, and is left out."""
    alice = await scene.phone("1001")
    caller = await scene.call(RECORDED)
    await alice.rings()
    await scene.pause(0.5)
    await caller.hang_up()


@row(
    inbound(
        TWICE,
        spoke("1001"),
        recordings=[
            file("matrix-whole.wav", (lifts("1001"), leaves(CALLER))),
            file("matrix-talk.wav", (lifts("1001"), leaves(CALLER))),
        ],
    )
)
async def recording_twice(scene: LiveScene) -> None:
    """The administrator records twice, all of it and the talk alone; a ring makes no sound."""
    alice = await scene.phone("1001", lifts_after=0.6)
    caller = await scene.call(TWICE)
    await alice.talks(seconds=0.8)
    await caller.hang_up()


@row(inbound(NEVER, spoke("1001"), recordings=[no_file("/proc/matrix/never.wav")]))
async def recording_never_written(scene: LiveScene) -> None:
    """The folder can't be made: the call says what was asked for, and that it has no length."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(NEVER)
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        RECORDED,
        spoke("1001"),
        recordings=[
            file("{call_id}.wav", (lifts("1001"), marked("paused"))),
            file("matrix-resumed.wav", (marked("resumed"), leaves(CALLER))),
        ],
    )
)
async def recording_paused_and_resumed(scene: LiveScene) -> None:
    """While he says his card's number nothing is recorded; then a second file goes on."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(RECORDED)
    await alice.talks(seconds=0.8)
    channels = await scene.pbx.cli("core show channels concise")
    trunk = next(line.split("!")[0] for line in channels.splitlines() if "trunk" in line)
    await scene.pbx.cli(f"mixmonitor stop {trunk}")
    scene.mark("paused")
    await scene.pause(0.5)
    await scene.pbx.cli(f"mixmonitor start {trunk} matrix-resumed.wav")
    scene.mark("resumed")
    await scene.pause(0.8)
    await caller.hang_up()
