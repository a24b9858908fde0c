"""Which of several bridges writes one PBX's calls down: exactly one, by a lease in the store.

Every bridge greets callers. One of them also follows the events of a PBX and writes its calls;
the others stand by, and one takes over where that one stopped when it has not renewed its lease
for some seconds, or at once when it gave it back or is a process of this machine that is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from crm_store.errors import StoreError
from crm_store.pbx_leases import PbxLease, give_back_lease, renew_lease, take_lease
from crm_store.records import JournalPosition
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.process_names import is_gone, name_of_this_process

_log = structlog.get_logger(__name__)

LEASE_SECONDS = 5.0
"""How long a bridge that says nothing more is still believed to be at work."""
_RENEW_SECONDS = 1.0
_GIVE_BACK_SECONDS = 2.0

Position = Callable[[], JournalPosition | None]


class LeaseKeeper:
    """This bridge's hold on one PBX, taken when it is free and renewed every second."""

    def __init__(self, store: Store, pbx: str, *, clock: Callable[[], float] | None = None) -> None:
        self._store = store
        self._pbx = pbx
        self._owner = name_of_this_process()
        self._clock = clock or _clock
        self._lease: PbxLease | None = None
        self._is_held_until = 0.0
        self.holder = ""
        """Who writes this PBX's calls down, as far as we know; empty until we have asked."""

    @property
    def is_mine(self) -> bool:
        """Whether it was ours when we last heard of it."""
        return self._lease is not None

    @property
    def is_ours(self) -> bool:
        """Whether nobody else can have it at this instant, as far as our own clock tells.

        A bridge that stood still (SIGSTOP, a sleeping machine) sees so before it does anything.
        """
        return self._lease is not None and self._clock() < self._is_held_until

    @property
    def is_anothers(self) -> bool:
        """Whether another bridge had it when we last asked."""
        return self._lease is None and self.holder not in ("", self._owner)

    async def obtain(self) -> None:
        """Wait until it is ours."""
        while not await self._try_to_take():  # noqa: ASYNC110 - the store has no event for it
            await asyncio.sleep(_RENEW_SECONDS)

    async def keep(self, position: Position) -> None:
        """Renew it, and keep the journal's mark under it; returns when it has become another's."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            if not await self._renew(position()):
                _log.warning("another bridge writes the calls now", pbx=self._pbx)
                return

    async def give_back(self, position: JournalPosition | None) -> None:
        """Let another bridge go on at once, from the mark."""
        lease, self._lease = self._lease, None
        self.holder = ""
        if lease is None:
            return
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_GIVE_BACK_SECONDS):
                if position is not None:
                    await self._store.write(lambda writer: _renew_and_mark(writer, lease, position))
                await self._store.write(lambda writer: give_back_lease(writer, lease))

    async def _try_to_take(self) -> bool:
        began = self._clock()
        try:
            taken = await self._store.write(
                lambda writer: take_lease(
                    writer, self._pbx, self._owner, seconds=LEASE_SECONDS, is_gone=is_gone
                )
            )
        except StoreError as error:
            _log.warning("store is away, will try again", pbx=self._pbx, reason=str(error))
            return False
        if isinstance(taken, str):
            if self.holder != taken:
                _log.info("another bridge writes the calls down", pbx=self._pbx, bridge=taken)
            self.holder = taken
            return False
        self._lease, self._is_held_until = taken, began + LEASE_SECONDS
        self.holder = self._owner
        return True

    async def _renew(self, position: JournalPosition | None) -> bool:
        """False when it is another's. A store that is away leaves it undecided."""
        lease, began = self._lease, self._clock()
        if lease is None:
            return False
        try:
            is_ours = await self._store.write(
                lambda writer: _renew_and_mark(writer, lease, position)
            )
        except StoreError as error:
            _log.warning("journal mark not kept", pbx=self._pbx, reason=str(error))
            return True
        if is_ours:
            self._is_held_until = began + LEASE_SECONDS
        else:
            self._lease = None
        return is_ours


def _renew_and_mark(writer: Writer, lease: PbxLease, position: JournalPosition | None) -> bool:
    is_ours = renew_lease(writer, lease, seconds=LEASE_SECONDS)
    if is_ours and position is not None:
        writer.set_journal_position(position)
    return is_ours


def _clock() -> float:
    """Seconds that go on while this process, or the whole machine, stands still."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
