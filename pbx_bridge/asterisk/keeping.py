"""Keeping one link to a PBX: run its session, and try again when it breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

import structlog

from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.errors import LinkError

_log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 10.0
"""A link that held this long starts from the shortest pause again when it breaks."""
JITTER = (0.5, 1.5)
"""A pause is multiplied by something between these: many bridges do not come back as one."""


@dataclass(slots=True, kw_only=True)
class LinkState:
    """How one link is, for readiness, for metrics and for the administrator."""

    name: str
    is_up: bool = False
    problem: str = "not connected yet"
    hint: str = ""
    breaks: int = 0
    """How often it was up and broke."""
    counts: MessageCounts = field(default_factory=MessageCounts)

    def mark_up(self) -> None:
        """The link is made."""
        self.is_up, self.problem, self.hint = True, "", ""
        _log.info("link is up", link=self.name)

    def mark_down(self, error: LinkError) -> None:
        """The link could not be made, or broke."""
        is_news = self.is_up or self.problem != str(error)
        self.breaks += self.is_up
        self.is_up, self.problem, self.hint = False, str(error), error.hint
        if is_news:
            _log.warning("link is down", link=self.name, reason=str(error), hint=error.hint)


def _jitter() -> float:
    return random.uniform(*JITTER)  # noqa: S311 - no secret


class BackOff:
    """The pauses between the tries of one link: each twice as long as the last, up to a cap."""

    def __init__(self, jitter: Callable[[], float] = _jitter) -> None:
        self._jitter = jitter
        self._next = FIRST_PAUSE_SECONDS

    def pause_after(self, lasted_seconds: float) -> float:
        """Seconds to pause after a session that lasted so long; never zero."""
        if lasted_seconds > STEADY_SECONDS:
            self._next = FIRST_PAUSE_SECONDS
        pause, self._next = self._next, min(self._next * 2, LONGEST_PAUSE_SECONDS)
        return pause * self._jitter()


async def keep(
    state: LinkState,
    session: Callable[[], Awaitable[None]],
    *,
    back_off: BackOff | None = None,
    clock: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a link's session over and over, with a pause after each, however it ended.

    A session ends with LinkError. One that ends in good order has ended all the same, and a
    defect in it must not cost the bridge its other links.
    """
    back_off = back_off or BackOff()
    while True:
        began = clock()
        error = LinkError("the link was closed")
        try:
            await session()
        except* LinkError as group:
            error = _first(group)
        except* Exception as group:
            _log.exception("defect in a link", link=state.name, exc_info=group)
            error = LinkError(f"broke: {_first_of(group)!r}", hint="The log has the details.")
        state.mark_down(error)
        await sleep(back_off.pause_after(clock() - began))


def _first(group: BaseExceptionGroup[LinkError]) -> LinkError:
    error = _first_of(group)
    return error if isinstance(error, LinkError) else LinkError(str(error))


def _first_of(group: BaseException) -> BaseException:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group
