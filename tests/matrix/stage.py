"""The stage of a column: its lanes, and the rows that they play side by side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.matrix.lane import Lane, Played
from tests.matrix.phones import NotAsScriptedError
from tests.matrix.row import ROWS, Column

LANES = int(os.environ.get("MATRIX_LANES", "2"))
"""Of each column."""
TRIES = 3
"""How often a row is played at most whose records differ in nothing but late times, or whose scene
did not come about: Asterisk 16 now and then gives up a recall in the moment in which it begins."""
_FIRST_CALLER = 491570200


class Stage:
    """Plays rows on several lanes, in their order, and hands each out when it is over."""

    def __init__(self, column: Column, names: Iterable[str]) -> None:
        self._column = column
        self._names = list(names)
        self._numbers = {name: f"0{_FIRST_CALLER + 10 * place}" for place, name in enumerate(ROWS)}
        self._played: dict[str, asyncio.Future[Played]] = {}
        self._lanes: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to play."""
        loop = asyncio.get_running_loop()
        self._played = {name: loop.create_future() for name in self._names}
        waiting = list(self._names)
        for _ in range(min(LANES, len(waiting))):
            self._lanes.append(asyncio.create_task(self._play_all(waiting)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def played(self, name: str) -> Played:
        """What came of a row, as soon as it is over; raises what went wrong with it."""
        return await self._played[name]

    async def _play_all(self, waiting: list[str]) -> None:
        try:
            async with Lane.open(self._column) as lane:
                while waiting:
                    await self._play(lane, waiting.pop(0))
        except Exception as error:
            for name in waiting:
                self._played[name].set_exception(error)
            waiting.clear()

    async def _play(self, lane: Lane, name: str) -> None:
        future = self._played[name]
        try:
            played = await self._play_again(lane, name)
        except Exception as error:
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(played)

    async def _play_again(self, lane: Lane, name: str) -> Played:
        number = int(self._numbers[name])
        *others, last = (number, *range(number + 5, number + 4 + TRIES))
        for caller in others:
            with suppress(NotAsScriptedError):
                played = await lane.play(ROWS[name], f"0{caller}")
                if not played.is_only_late:
                    return played
        return await lane.play(ROWS[name], f"0{last}")
