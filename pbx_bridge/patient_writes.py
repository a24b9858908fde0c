"""Writing calls until they are written, and only while it is ours to write them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import chain, repeat
from typing import TypeVar

import structlog

from crm_store.errors import CallIdTaken, StoreLocked, StoreUnreachable
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.errors import LeaseLapsed
from pbx_bridge.flow_settings import FlowCounts

_log = structlog.get_logger(__name__)

_RETRY_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)

T = TypeVar("T")


class PatientWrites:
    """Writes of one PBX's calls; ``may_write`` is asked in the moment of each."""

    def __init__(
        self, store: Store, pbx: str, counts: FlowCounts, may_write: Callable[[], bool]
    ) -> None:
        self._store = store
        self._pbx = pbx
        self._counts = counts
        self._may_write = may_write

    async def write(self, linkedid: str, unit: Callable[[Writer], T]) -> T | None:
        """Write until it is written; a store that is away is waited for, however long.

        What cannot be written for a reason of its own (a defect) is logged and counted, and does
        not hold up the calls behind it. Returns None then.
        """
        for seconds in chain(_RETRY_SECONDS, repeat(_RETRY_SECONDS[-1])):
            try:
                return await self._store.write(lambda writer: self._run(unit, writer))
            except LeaseLapsed:
                await asyncio.sleep(seconds)
            except (StoreUnreachable, StoreLocked, CallIdTaken) as error:
                self._counts.write_retries += 1
                _log.warning("store is away, will try again", linkedid=linkedid, reason=str(error))
                await asyncio.sleep(seconds)
            except Exception:
                self._counts.unwritten += 1
                _log.exception("call cannot be written", pbx=self._pbx, linkedid=linkedid)
                return None
        return None

    def _run(self, unit: Callable[[Writer], T], writer: Writer) -> T:
        """Not by a bridge that stood still for so long that another may be writing by now."""
        if not self._may_write():
            raise LeaseLapsed(f"{self._pbx}: another bridge may be writing its calls")
        return unit(writer)
