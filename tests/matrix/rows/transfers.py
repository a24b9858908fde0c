"""Calls that are handed on: without asking, after a word, and while the next phone still rings."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import (
    CALLER,
    attended,
    blind,
    blonde,
    inbound,
    internal,
    leaves,
    lifts,
    marked,
    rang,
    refers,
    silent,
    spoke,
)
from tests.matrix.numbers import DESK
from tests.matrix.phones import Handset
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Transfers")
OUTSIDE = "0491570110"
HANDED_ON = marked("1001 has dialled")
"""The last digit after a feature code."""


async def picked_up(scene: LiveScene, seconds: float = 0.4) -> tuple[Handset, Handset]:
    """A stranger is in a call with Alice: he and she."""
    alice = await scene.phone("1001", lifts_after=0.2)
    caller = await scene.call(DESK)
    await alice.talks(seconds=seconds)
    return caller, alice


async def by_feature(scene: LiveScene, phone: Handset, code: str, number: str) -> None:
    """Press a feature code and, after the prompt began, a number."""
    await phone.press(code)
    await scene.pause(0.4)
    await phone.press(number)
    scene.mark(HANDED_ON.who)


# ---------------------------------------------------------------------------- blind, by REFER
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


# ---------------------------------------------------------------------------- blind, by feature
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


# ---------------------------------------------------------------------------- attended, by REFER
@row(inbound(DESK, spoke("1001"), spoke("1002"), transfers=[attended("1001", "1002")]))
async def attended_refer_answered(scene: LiveScene) -> None:
    """Alice asks Bob on a second line, then joins him and her caller (REFER with Replaces)."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001"), spoke("1002"), transfers=[attended("1001", "1002")]))
async def attended_refer_queue(scene: LiveScene) -> None:
    """Alice asks in a queue on a second line, Bob lifts, and she joins him and her caller."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("501")
    await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()


@row(inbound(DESK, spoke("1001"), spoke(OUTSIDE), transfers=[attended("1001", OUTSIDE)]))
async def attended_refer_outside(scene: LiveScene) -> None:
    """Alice asks a number outside on a second line, then joins it and her caller."""
    mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial(OUTSIDE)
    await mobile.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", spoke("1002"), ask=1),
)
async def attended_refer_refused(scene: LiveScene) -> None:
    """Alice asks Bob on a second line, Bob will not and hangs up, and she goes on with her caller."""  # noqa: E501
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    alice.dial("1002")
    await bob.talks(seconds=0.4)
    await bob.hang_up()
    await alice.is_left()
    await scene.pause(0.3)
    await caller.hang_up()
    await alice.is_left(first)


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", silent("1002"), reason=MissedReason.BUSY, ask=1, cause=None),
)
async def attended_refer_busy(scene: LiveScene) -> None:
    """Alice would ask Bob on a second line, who is busy; she goes on with her caller."""
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    alice.dial("1002")
    await alice.is_left()
    await scene.pause(0.3)
    await caller.hang_up()
    await alice.is_left(first)


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", rang("1002"), reason=MissedReason.ABANDONED, ask=1, cause=None),
)
async def attended_refer_cancelled(scene: LiveScene) -> None:
    """Alice rings Bob on a second line, thinks better of it, and goes on with her caller."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.4)
    await alice.hang_up(second)
    await scene.pause(0.3)
    await caller.hang_up()
    await alice.is_left(first)


@row(
    inbound(DESK, spoke("1001")),
    internal("1001", "1002", spoke("1002"), ask=1),
)
async def attended_refer_caller_gone(scene: LiveScene) -> None:
    """Alice is asking Bob on a second line when her caller hangs up: two calls that never met."""
    bob = await scene.phone("1002", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    second = alice.dial("1002")
    await bob.talks(seconds=0.3)
    await caller.hang_up()
    await scene.pause(0.3)
    await alice.hang_up(second)


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        transfers=[blonde("1001", "1002")],
        talk=[(lifts("1001"), refers("1001")), (lifts("1002"), leaves(CALLER))],
    )
)
async def blonde_refer_answered(scene: LiveScene) -> None:
    """Alice rings Bob on a second line and hands over while it rings (REFER with Replaces); Bob lifts."""  # noqa: E501
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.refer_into(second, first)
    await scene.pause(0.4)
    await bob.lift()
    await scene.pause(0.4)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        transfers=[blonde("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blonde_refer_no_answer(scene: LiveScene) -> None:
    """Alice hands over while Bob's phone rings (REFER with Replaces); he never lifts, and the caller is dropped."""  # noqa: E501
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.refer_into(second, first)
    await caller.is_left()


@row(
    inbound(
        DESK,
        spoke("1001"),
        rang("1002"),
        transfers=[blonde("1001", "1002", completed=False)],
        talk=[(lifts("1001"), refers("1001"))],
        cause=None,
    )
)
async def blonde_refer_abandoned(scene: LiveScene) -> None:
    """Alice hands over while Bob's phone rings (REFER with Replaces), and the caller gives up."""
    bob = await scene.phone("1002")
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    await bob.rings()
    await scene.pause(0.3)
    await alice.refer_into(second, first)
    await scene.pause(0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        spoke("1001"),
        spoke("1002"),
        spoke("1003"),
        transfers=[attended("1001", "1002"), attended("1002", "1003")],
    )
)
async def attended_refer_twice(scene: LiveScene) -> None:
    """Alice asks Bob and joins him and her caller; Bob asks Carol and joins her and him."""
    bob = await scene.phone("1002", lifts_after=0.3)
    carol = await scene.phone("1003", lifts_after=0.3)
    caller, alice = await picked_up(scene)
    first = await alice.talks()
    second = alice.dial("1002")
    bobs_first = await bob.talks(seconds=0.4)
    await alice.refer_into(second, first)
    await alice.is_left(first)
    await scene.pause(0.4)
    bobs_second = bob.dial("1003")
    await carol.talks(seconds=0.4)
    await bob.refer_into(bobs_second, bobs_first)
    await bob.is_left(bobs_first)
    await scene.pause(0.4)
    await caller.hang_up()


# ---------------------------------------------------------------------------- attended, by feature
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


# ---------------------------------------------------------------------------- calls that meet
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
