"""What is recorded: it follows the call, there may be several, and some are never written."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    attended,
    blind,
    file,
    inbound,
    leaves,
    lifts,
    marked,
    no_file,
    outbound,
    rang,
    refers,
    spoke,
)
from tests.matrix.numbers import DESK, RECORDED, own_way
from tests.matrix.rows.handing_on import OUTSIDE
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
    trunk = await scene.trunk_channel()
    await scene.pbx.cli(f"mixmonitor stop {trunk}")
    scene.mark("paused")
    await scene.pause(0.5)
    await scene.pbx.cli(f"mixmonitor start {trunk} matrix-resumed.wav")
    scene.mark("resumed")
    await scene.pause(0.8)
    await caller.hang_up()


@row(
    inbound(
        RECORDED,
        spoke("1001"),
        recordings=[file("{call_id}.wav", (lifts("1001"), leaves(CALLER)))],
    )
)
async def recording_muted(scene: LiveScene) -> None:
    """While he says his card's number the recorder is muted (MixMonitorMute): one file, of the whole length."""  # noqa: E501
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(RECORDED)
    await alice.talks(seconds=0.6)
    channel = await scene.trunk_channel()
    await scene.order("MixMonitorMute", Channel=channel, Direction="both", State="1")
    await scene.pause(0.5)
    await scene.order("MixMonitorMute", Channel=channel, Direction="both", State="0")
    await scene.pause(0.6)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        recordings=[file("auto-*.wav", (marked("recorded"), leaves(CALLER)))],
    )
)
async def recording_one_touch(scene: LiveScene) -> None:
    """Alice presses *3 in the middle of a call that nobody records: the file begins there."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(DESK)
    await alice.talks(seconds=0.6)
    await alice.press("*3")
    scene.mark("recorded")
    await scene.pause(1.5)
    await caller.hang_up()


@row(
    inbound(
        RECORDED,
        spoke("1001"),
        spoke("1002"),
        transfers=[attended("1001", "1002")],
        recordings=[file("{call_id}.wav", (lifts("1001"), leaves(CALLER)))],
    )
)
async def recording_follows_a_consultation(scene: LiveScene) -> None:
    """Alice asks Bob and joins him and her recorded caller: one file from her first word to his last."""  # noqa: E501
    bob = await scene.phone("1002", lifts_after=0.3)
    alice = await scene.phone("1001", lifts_after=0.3)
    caller = await scene.call(RECORDED)
    first = await alice.talks(seconds=0.4)
    second = alice.dial("1002")
    await bob.talks(seconds=0.5)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.6)
    await caller.hang_up()


@row(
    outbound(
        "1001",
        OUTSIDE,
        spoke(OUTSIDE),
        recordings=[file("*.wav", (lifts(OUTSIDE), leaves("1001")))],
    )
)
async def recording_outbound(scene: LiveScene) -> None:
    """The administrator records outbound calls: the file hangs on Alice's call to the outside."""
    await scene.pbx.cli("dialplan set global PBX_BRIDGE_OUTBOUND_RECORD yes")
    try:
        mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
        alice = await scene.phone("1001")
        alice.dial(OUTSIDE)
        await mobile.talks(seconds=1.0)
        await alice.hang_up()
    finally:
        await scene.pbx.cli("dialplan set global PBX_BRIDGE_OUTBOUND_RECORD no")


table.unplayable(
    "Recordings",
    "Recordings by Monitor(), paused with PauseMonitor",
    "Asterisk 21 removed the application; MixMonitor stopped and started, and muted, are above.",
)
