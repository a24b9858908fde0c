"""Calls that were sent on before anybody lifted: by our phones, and by networks before ours."""

from __future__ import annotations

from functools import partial

from crm_store.records import MissedReason
from tests.matrix import row as table
from tests.matrix.expected import inbound, silent, spoke
from tests.matrix.numbers import DESK
from tests.matrix.rows.handing_on import OUTSIDE
from tests.matrix.scene import LiveScene

row = partial(table.row, subject="Call forwarding")
FIRST_DIALLED = "+61290001111"


@row(inbound(DESK, silent("1001"), spoke("1002")))
async def forward_302_to_colleague(scene: LiveScene) -> None:
    """Alice's phone sends calls on to Bob (302): it does not ring, and it is no transfer."""
    await scene.phone(
        "1001", rings=False, refuses=302, refuses_after=0.05, moved_to="sip:1002@127.0.0.1"
    )
    bob = await scene.phone("1002", lifts_after=0.3)
    caller = await scene.call(DESK)
    await bob.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(DESK, silent("1001"), spoke(OUTSIDE)))
async def forward_302_to_mobile(scene: LiveScene) -> None:
    """Alice's phone sends calls on to her mobile (302), which answers: in on the trunk and out again."""  # noqa: E501
    await scene.phone(
        "1001", rings=False, refuses=302, refuses_after=0.05, moved_to=f"sip:{OUTSIDE}@127.0.0.1"
    )
    mobile = await scene.outside(OUTSIDE, lifts_after=0.3)
    caller = await scene.call(DESK)
    await mobile.talks(seconds=0.5)
    await caller.hang_up()


@row(inbound(DESK, silent("1001"), silent("1002"), reason=MissedReason.BUSY, cause=None))
async def forward_302_to_busy(scene: LiveScene) -> None:
    """Alice's phone sends calls on to Bob (302), who is busy."""
    await scene.phone(
        "1001", rings=False, refuses=302, refuses_after=0.05, moved_to="sip:1002@127.0.0.1"
    )
    await scene.phone("1002", rings=False, refuses=486, refuses_after=0.05)
    caller = await scene.call(DESK)
    await caller.is_left()


@row(inbound(DESK, spoke("1001"), also={"redirected_from": FIRST_DIALLED}))
async def diverted_to_us(scene: LiveScene) -> None:
    """The caller dialled another number first, whose network sent him on to ours (Diversion): who called is he, who was dialled is ours, and where he came from is told."""  # noqa: E501
    alice = await scene.phone("1001", lifts_after=0.3)
    diversion = f"<sip:{FIRST_DIALLED}@carrier.example>;reason=unconditional"
    caller = await scene.call(DESK, headers={"Diversion": diversion})
    await alice.talks(seconds=0.5)
    await caller.hang_up()


@row(
    inbound(
        DESK,
        silent("1001"),
        spoke("1002"),
        also={"redirected_from": FIRST_DIALLED},
    )
)
async def diverted_and_forwarded(scene: LiveScene) -> None:
    """Diverted to us, and sent on once more by Alice's phone (302): the first diversion is what is told."""  # noqa: E501
    await scene.phone(
        "1001", rings=False, refuses=302, refuses_after=0.05, moved_to="sip:1002@127.0.0.1"
    )
    bob = await scene.phone("1002", lifts_after=0.3)
    diversion = f"<sip:{FIRST_DIALLED}@carrier.example>;reason=no-answer"
    caller = await scene.call(DESK, headers={"Diversion": diversion})
    await bob.talks(seconds=0.5)
    await caller.hang_up()
