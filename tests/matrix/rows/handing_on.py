"""What scenes of calls that are handed on have in common."""

from __future__ import annotations

from tests.matrix.expected import (
    marked,
)
from tests.matrix.numbers import DESK
from tests.matrix.phones import Handset
from tests.matrix.scene import LiveScene

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
