"""Menus, voicemail and conferences: machines that answer, and are nobody."""

from __future__ import annotations

import shutil
from functools import partial

from crm_store.records import MissedReason, Outcome
from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    blind,
    inbound,
    internal,
    leaves,
    lifts,
    marked,
    message,
    rang,
    refers,
    spoke,
    stepped_in,
)
from tests.matrix.numbers import BOXED, DESK, own_way
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Menus, voicemail, conferences")

MENU = own_way(70, "Menu")
TO_THE_BOX = own_way(74, "Straight to the box")
EXTENSION_MENU = own_way(30, "Extension menu")
MEETING = own_way(31, "Meeting")
SECOND = "the second caller"


@row(inbound(MENU, spoke("1001")))
async def menu_then_agent(scene: LiveScene) -> None:
    """The menu answers; the caller presses 1, Alice lifts: only now is he answered."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(MENU)
    await caller.talks(seconds=0.5)
    await caller.press("1")
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(MENU, spoke("1001")))
async def menu_wrong_key_then_agent(scene: LiveScene) -> None:
    """He presses a key that leads nowhere, hears the menu again, and presses 1."""
    alice = await scene.phone("1001", lifts_after=0.4)
    caller = await scene.call(MENU)
    await caller.talks(seconds=0.5)
    await caller.press("7")
    await scene.pause(0.8)
    await caller.press("1")
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(EXTENSION_MENU, spoke("1002")))
async def menu_direct_extension(scene: LiveScene) -> None:
    """The caller knows Bob's extension and dials it in the menu: who was dialled is our number."""
    bob = await scene.phone("1002", lifts_after=0.4)
    caller = await scene.call(EXTENSION_MENU)
    await caller.talks(seconds=0.5)
    await caller.press("1002")
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(MENU, reason=MissedReason.ABANDONED, cause=None))
async def menu_abandoned(scene: LiveScene) -> None:
    """He hangs up in the menu; no phone ever rang."""
    caller = await scene.call(MENU)
    await caller.talks(seconds=0.7)
    await caller.hang_up()


@row(inbound(MENU, reason=MissedReason.FAILED, cause=None))
async def menu_timed_out(scene: LiveScene) -> None:
    """He presses nothing, and the menu ends the call."""
    caller = await scene.call(MENU)
    await caller.is_left()


@row(
    inbound(
        BOXED,
        rang("1001"),
        outcome=Outcome.VOICEMAIL,
        recordings=[message("1001", (marked("the beep"), leaves(CALLER)))],
        cause=None,
    )
)
async def voicemail_left(scene: LiveScene) -> None:
    """Nobody lifts, the box does; he hears its greeting and speaks after the beep."""
    await _empty_box(scene, "1001")
    await scene.phone("1001")
    caller = await scene.call(BOXED)
    await caller.talks(seconds=6.9)
    scene.mark("the beep")
    await scene.pause(2.5)
    await caller.hang_up()


@row(inbound(BOXED, rang("1001"), reason=MissedReason.NO_ANSWER, cause=None))
async def voicemail_hung_up_at_greeting(scene: LiveScene) -> None:
    """Nobody lifts, and he leaves during the greeting: no message, so he was just missed."""
    await scene.phone("1001")
    caller = await scene.call(BOXED)
    await caller.talks(seconds=0.8)
    await caller.hang_up()


@row(
    inbound(
        TO_THE_BOX,
        outcome=Outcome.VOICEMAIL,
        recordings=[message("1002", (marked("the beep"), leaves(CALLER)))],
        cause=None,
    )
)
async def voicemail_at_once(scene: LiveScene) -> None:
    """The number leads straight to Bob's box; no phone is rung."""
    await _empty_box(scene, "1002")
    caller = await scene.call(TO_THE_BOX)
    await caller.talks(seconds=1.2)
    scene.mark("the beep")
    await scene.pause(2.0)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        stepped_in("1002", left=leaves(CALLER)),
        transfers=[blind("1001", "600")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
    ),
    internal(
        "1002",
        "600",
        stepped_in(CALLER, met=lifts("1002")),
        answered=lifts("1002"),
        talk=[(lifts("1002"), leaves(CALLER))],
    ),
)
async def conference_by_transfer(scene: LiveScene) -> None:
    """Alice hands her caller into the conference room, and Bob dials in."""
    alice = await scene.phone("1001", lifts_after=0.3)
    bob = await scene.phone("1002")
    caller = await scene.call(DESK)
    await alice.talks(seconds=0.4)
    await alice.refer("600")
    await alice.is_left()
    await scene.pause(0.4)
    bob.dial("600")
    await bob.talks(seconds=0.6)
    await caller.hang_up()
    await scene.pause(0.3)
    await bob.hang_up()


@row(
    inbound(
        TO_THE_BOX,
        outcome=Outcome.VOICEMAIL,
        recordings=[message("1002", (marked("the beep"), leaves(CALLER)))],
        cause=None,
    )
)
async def voicemail_silent(scene: LiveScene) -> None:
    """He says nothing after the beep, and stays: the box keeps the silence, so it is a message."""
    await _empty_box(scene, "1002")
    caller = await scene.call(TO_THE_BOX, is_silent=True)
    await caller.talks(seconds=1.2)
    scene.mark("the beep")
    await scene.pause(2.0)
    await caller.hang_up()


@row(inbound(TO_THE_BOX, reason=MissedReason.ABANDONED, cause=None))
async def voicemail_too_short(scene: LiveScene) -> None:
    """He leaves as the beep ends: too short for the box, no message."""
    await _empty_box(scene, "1002")
    caller = await scene.call(TO_THE_BOX)
    await caller.talks(seconds=1.4)
    await caller.hang_up()


@row(
    inbound(MEETING, stepped_in("1001", left=leaves(CALLER))),
    internal(
        "1001",
        "601",
        stepped_in(CALLER, met=lifts("1001")),
        stepped_in(SECOND),
        answered=lifts("1001"),
        talk=[(lifts("1001"), leaves(SECOND))],
    ),
    inbound(
        MEETING,
        stepped_in("1001", met=lifts(SECOND), left=leaves(SECOND)),
        caller=SECOND,
    ),
)
async def conference_two_callers(scene: LiveScene) -> None:
    """Two callers and Alice meet in a room: three calls, each with whom it met; two callers stay two calls, and neither is a party of the other's."""  # noqa: E501
    alice = await scene.phone("1001")
    caller = await scene.call(MEETING)
    await caller.talks(seconds=0.5)
    alice.dial("601")
    await alice.talks(seconds=0.5)
    second = await scene.call(MEETING, who=SECOND)
    await second.talks(seconds=0.8)
    await caller.hang_up()
    await scene.pause(0.4)
    await second.hang_up()
    await scene.pause(0.3)
    await alice.hang_up()


async def _empty_box(scene: LiveScene, box: str) -> None:
    """No message of an earlier row stands before this one's."""
    shutil.rmtree(scene.pbx.voicemail / "default" / box / "INBOX", ignore_errors=True)
