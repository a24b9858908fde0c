"""Writing until it is written: a store that is away is waited for, and what is lost on us is kept.

What an operator can mend (a server that is down, a full disk, a lock, a table that is gone) is
waited for, however long. What would fail for ever (a defect of ours) is given up, so that the
calls behind it are not held up; the events of a call that is given up are put aside in the
store, where `pbx-bridge backfill` finds them when the defect is mended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import Any, Generic, TypeVar

import structlog

from crm_store.errors import CallIdTaken, StoreLocked, StoreUnreachable
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.errors import LeaseLapsed
from pbx_bridge.flow_settings import FlowCounts

_log = structlog.get_logger(__name__)

_RETRY_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
_SAY_AGAIN_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """A unit of work for one call; ``story`` gives its events, to be put aside when it fails."""

    linkedid: str
    unit: Callable[[Writer], T]
    story: Callable[[], str] | None = None


class PatientWrites:
    """Writes one PBX's calls, as often as it takes; each time only where it ``may_write``."""

    def __init__(
        self,
        store: Store,
        pbx: str,
        counts: FlowCounts,
        may_write: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._pbx = pbx
        self._counts = counts
        self._may_write = may_write
        self._said_at: float | None = None

    async def write_each(self, works: Sequence[Work[Any]]) -> list[Any]:
        """Run many at once, in this order; those that do not succeed as :meth:`write` does."""
        units = [partial(self._run, work.unit) for work in works]
        outcomes = await self._store.write_each(units)
        return [
            await self.write(work.linkedid, work.unit, story=work.story)
            if isinstance(outcome, Exception)
            else outcome
            for work, outcome in zip(works, outcomes, strict=True)
        ]

    async def write(
        self,
        linkedid: str,
        unit: Callable[[Writer], T],
        *,
        story: Callable[[], str] | None = None,
    ) -> T | None:
        """Run a unit of work until it is done; None when it had to be given up.

        ``story`` gives the events of the call, to be put aside when it is given up.
        """
        value, defect = await self._try(linkedid, unit)
        if defect is None:
            return value
        self._counts.unwritten += 1
        is_kept = story is not None and await self._put_aside(linkedid, story)
        _log.error(
            "call cannot be written",
            pbx=self._pbx,
            linkedid=linkedid,
            kept="its events; pbx-bridge backfill tells it again" if is_kept else "nothing",
            exc_info=defect,
        )
        return None

    async def _put_aside(self, linkedid: str, story: Callable[[], str]) -> bool:
        try:
            text = story()
        except Exception:
            _log.exception("events cannot be put aside", pbx=self._pbx, linkedid=linkedid)
            return False
        _, defect = await self._try(linkedid, lambda w: w.keep_story(self._pbx, linkedid, text))
        return defect is None

    async def _try(
        self, linkedid: str, unit: Callable[[Writer], T]
    ) -> tuple[T | None, Exception | None]:
        """What the unit returned, or the defect for which it was given up."""
        is_waiting = False
        try:
            for seconds in chain(_RETRY_SECONDS, repeat(_RETRY_SECONDS[-1])):
                try:
                    value = await self._store.write(lambda writer: self._run(unit, writer))
                except LeaseLapsed:
                    await asyncio.sleep(seconds)
                except (StoreUnreachable, StoreLocked, CallIdTaken) as error:
                    self._counts.write_retries += 1
                    self._counts.waiting += not is_waiting
                    is_waiting = True
                    self._say_away(linkedid, error)
                    await asyncio.sleep(seconds)
                except Exception as defect:
                    return None, defect
                else:
                    self._say_back()
                    return value, None
        finally:
            self._counts.waiting -= is_waiting
        return None, None

    def _run(self, unit: Callable[[Writer], T], writer: Writer) -> T:
        """Not by a bridge that stood still for so long that another may be writing by now."""
        if not self._may_write():
            raise LeaseLapsed(f"{self._pbx}: another bridge may be writing its calls")
        return unit(writer)

    def _say_away(self, linkedid: str, error: Exception) -> None:
        """Say that the store is away: once, and each minute that it lasts; not for each call."""
        self._counts.waits_for = str(error)
        now = asyncio.get_running_loop().time()
        if self._said_at is None or now - self._said_at >= _SAY_AGAIN_SECONDS:
            self._said_at = now
            _log.warning(
                "store is away, will try again",
                pbx=self._pbx,
                linkedid=linkedid,
                waiting=self._counts.waiting,
                reason=str(error),
            )

    def _say_back(self) -> None:
        if self._said_at is not None:
            self._said_at = None
            _log.info("store is back", pbx=self._pbx, waiting=self._counts.waiting)
