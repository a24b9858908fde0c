"""A caller, a phone, and everything that keeps them from each other."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import CALLER, inbound, leaves, rang, silent, spoke
from tests.matrix.numbers import BLOCKED, BRIEF, DESK, EMPTY_DESK, HOLIDAY
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="One caller, one phone")
WITHHELD = {"caller_number": "anonymous", "caller_e164": None, "is_withheld": True}
HIDDEN = "+61491570006"


@row(inbound(DESK, spoke("1001")))
async def plain_answered(scene: LiveScene) -> None:
    """A stranger calls, Alice lifts, he hangs up."""
    alice = await scene.phone("1001", lifts_after=0.3)
    caller = await scene.call(DESK)
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001"), ended=leaves(CALLER)))
async def plain_answered_agent_ends(scene: LiveScene) -> None:
    """A stranger calls, Alice lifts and is the one who hangs up."""
    alice = await scene.phone("1001", lifts_after=0.3)
    caller = await scene.call(DESK)
    await alice.talks(seconds=0.5)
    await alice.hang_up()
    await caller.is_left()


@row(inbound(DESK, rang("1001"), reason=MissedReason.ABANDONED, cause=None))
async def plain_abandoned(scene: LiveScene) -> None:
    """A stranger calls and gives up while the phone rings."""
    alice = await scene.phone("1001")
    caller = await scene.call(DESK)
    await alice.rings()
    await scene.pause(0.5)
    await caller.hang_up()


@row(inbound(BRIEF, rang("1001"), reason=MissedReason.NO_ANSWER, cause=19))
async def plain_no_answer(scene: LiveScene) -> None:
    """The phone rings for the number's whole second, and the caller is turned away."""
    await scene.phone("1001")
    caller = await scene.call(BRIEF)
    await caller.is_left()


@row(inbound(DESK, silent("1001"), reason=MissedReason.BUSY, cause=17))
async def plain_busy(scene: LiveScene) -> None:
    """Alice is on another line: 486 without ringing."""
    await scene.phone("1001", rings=False, refuses=486, refuses_after=0.05)
    caller = await scene.call(DESK)
    await caller.is_left()


@row(inbound(DESK, rang("1001"), reason=MissedReason.REJECTED, cause=None))
async def plain_declined(scene: LiveScene) -> None:
    """Alice's phone rings, and she declines (603)."""
    await scene.phone("1001", refuses=603, refuses_after=0.4)
    caller = await scene.call(DESK)
    await caller.is_left()


@row(inbound(DESK, silent("1001"), reason=MissedReason.UNAVAILABLE, cause=None))
async def plain_do_not_disturb(scene: LiveScene) -> None:
    """Alice's phone says that she is not available (480), without ringing."""
    await scene.phone("1001", rings=False, refuses=480, refuses_after=0.05)
    caller = await scene.call(DESK)
    await caller.is_left()


@row(inbound(DESK, silent("1001"), reason=MissedReason.UNAVAILABLE, cause=None))
async def plain_phone_overloaded(scene: LiveScene) -> None:
    """Alice's phone cannot serve (503)."""
    await scene.phone("1001", rings=False, refuses=503, refuses_after=0.05)
    caller = await scene.call(DESK)
    await caller.is_left()


@row(inbound(EMPTY_DESK, reason=MissedReason.UNAVAILABLE, cause=20))
async def plain_unregistered(scene: LiveScene) -> None:
    """Nobody is registered at the extension: no phone, no ring."""
    caller = await scene.call(EMPTY_DESK)
    await caller.is_left()


@row(inbound(HOLIDAY, reason=MissedReason.CLOSED, cause=None))
async def plain_closed(scene: LiveScene) -> None:
    """It is a holiday: the caller hears so, and nothing rings."""
    await scene.phone("1001")
    caller = await scene.call(HOLIDAY)
    await caller.is_left()


@row(inbound(DESK, reason=MissedReason.REJECTED, cause=21, also={"record": None}))
async def plain_blocked(scene: LiveScene) -> None:
    """A caller on the blocked list is declined before anything rings, and becomes nothing."""
    await scene.phone("1001")
    caller = await scene.call(DESK, from_number=BLOCKED)
    await caller.is_left()


@row(inbound(DESK, spoke("1001"), also={**WITHHELD, "record": None}))
async def plain_withheld(scene: LiveScene) -> None:
    """The network sends the number and asks to keep it back (Privacy): it is in no record."""
    alice = await scene.phone("1001", lifts_after=0.3)
    asserted = {"P-Asserted-Identity": f"<sip:{HIDDEN}@carrier.example>", "Privacy": "id"}
    caller = await scene.call(DESK, from_number="anonymous", headers=asserted)
    await alice.talks(seconds=0.5)
    await caller.hang_up()
