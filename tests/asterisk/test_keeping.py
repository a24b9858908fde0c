"""Trying again when a link breaks: with a fake clock, so that hours pass in a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pbx_bridge.asterisk.keeping import BackOff, LinkState, keep
from pbx_bridge.errors import LinkError

DOUBLING = [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


class FakeTime:
    """A clock that goes on when somebody sleeps, and when a session lasts."""

    def __init__(self, tries: int) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self._tries = tries

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if len(self.pauses) == self._tries:
            raise asyncio.CancelledError


async def pauses_of(
    end: Callable[[], None], *, lasting: float = 0.0, jitter: float = 1.0, tries: int = 8
) -> list[float]:
    """The pauses between sessions that last so long and end like this."""
    time = FakeTime(tries)

    async def session() -> None:
        time.now += lasting
        end()

    with pytest.raises(asyncio.CancelledError):
        await keep(
            LinkState(name="lab AMI"),
            session,
            back_off=BackOff(lambda: jitter),
            clock=time.clock,
            sleep=time.sleep,
        )
    return time.pauses


def refused() -> None:
    raise LinkError("cannot be reached")


def broken() -> None:
    raise ExceptionGroup("tasks", [LinkError("the connection was closed")])


def defective() -> None:
    raise KeyError("Uniqueid")


def closed_in_good_order() -> None:
    return


ENDINGS = [refused, broken, defective, closed_in_good_order]


@pytest.mark.parametrize("end", ENDINGS)
async def test_pauses_grow_up_to_a_cap_however_a_session_ends(end: Callable[[], None]) -> None:
    """Refused, broken, ended by a defect or closed in good order: never a tight loop."""
    assert await pauses_of(end) == DOUBLING


async def test_pauses_are_jittered() -> None:
    """Many bridges that lost one PBX do not come back as one."""
    assert await pauses_of(refused, jitter=0.5) == [each / 2 for each in DOUBLING]
    pauses = [BackOff().pause_after(0.0) for _ in range(1000)]
    assert 0.1 <= min(pauses) < 0.12
    assert 0.28 < max(pauses) <= 0.3


async def test_a_link_that_flaps_pauses_each_time() -> None:
    """Lost every 9 s it is tried ever less often; lost every 11 s, 5 times a minute at most."""
    assert await pauses_of(broken, lasting=9.0) == DOUBLING
    assert await pauses_of(broken, lasting=11.0) == [0.2] * 8


@pytest.mark.parametrize("end", ENDINGS)
async def test_a_link_that_ended_is_down_and_says_why(end: Callable[[], None]) -> None:
    """Readiness hears of it, whatever the reason; the break is counted once."""
    state, time = LinkState(name="lab AMI"), FakeTime(3)

    async def session() -> None:
        if not time.pauses:
            state.mark_up()
        end()

    with pytest.raises(asyncio.CancelledError):
        await keep(state, session, clock=time.clock, sleep=time.sleep)

    said = {
        refused: "cannot be reached",
        broken: "the connection was closed",
        defective: "broke: KeyError('Uniqueid')",
        closed_in_good_order: "the link was closed",
    }
    assert (state.is_up, state.problem, state.breaks) == (False, said[end], 1)
