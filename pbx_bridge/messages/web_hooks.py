"""Delivering events to web hooks: one task for each hook that is owed something.

So a receiver that hangs keeps nobody waiting but himself. What he is owed goes out oldest first;
an event that he refuses waits its turn apart from the others; a receiver who is down is left in
peace for a while, and told everything in order once he is back.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import aiohttp
import structlog

from crm_store.errors import StoreError
from crm_store.messages import deliveries
from crm_store.messages.deliveries import Owed, Round
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.messages.counts import MessageCounts
from pbx_bridge.messages.patience import WEB_HOOK_WAITS, rest_after, wait_before
from pbx_bridge.messages.posting import Posted, open_session, post

_log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 0.25
_TROUBLE_SECONDS: Final = 2.0
_ROUND: Final = 50
_FAREWELL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How web hooks are delivered to."""

    timeout_seconds: float = 10.0
    allow_private: bool = False

    @property
    def lease_seconds(self) -> float:
        """How long a hook is one bridge's: longer than an attempt and writing it down take."""
        return 2 * self.timeout_seconds + 5


class WebHookTask:
    """Delivers what is owed, until it is cancelled."""

    def __init__(
        self,
        store: Store,
        settings: DeliverySettings,
        counts: MessageCounts,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._settings, self._counts = store, settings, counts
        self._clock = clock
        self._name = uuid4().hex
        self._served: set[int] = set()

    async def run(self) -> None:
        """Look for hooks that are owed something, and serve each in a task of its own."""
        settings = self._settings
        async with (
            open_session(
                timeout_seconds=settings.timeout_seconds, allow_private=settings.allow_private
            ) as session,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                for hook_id in await self._find_work():
                    if hook_id not in self._served:
                        self._served.add(hook_id)
                        tasks.create_task(self._serve(session, hook_id))
                await asyncio.sleep(_LOOK_SECONDS)

    async def _find_work(self) -> list[int]:
        try:
            return await self._store.read(lambda r: deliveries.hooks_with_work(r, self._clock()))
        except StoreError as error:
            _log.warning("web hooks not looked for", reason=str(error))
            await asyncio.sleep(_TROUBLE_SECONDS)
            return []

    async def _serve(self, session: aiohttp.ClientSession, hook_id: int) -> None:
        try:
            while (round_ := await self._start_round(hook_id)) is not None:
                if not await self._deliver(session, round_):
                    return
        except StoreError as error:
            _log.warning("web hook put off", hook=hook_id, reason=str(error))
            await asyncio.sleep(_TROUBLE_SECONDS)
        except asyncio.CancelledError:
            await self._leave(hook_id)
            raise
        except Exception:
            _log.exception("web hook put off", hook=hook_id)
            await asyncio.sleep(_TROUBLE_SECONDS)
        finally:
            self._served.discard(hook_id)

    async def _leave(self, hook_id: int) -> None:
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._store.write(lambda w: deliveries.leave_hook(w, hook_id, by=self._name))

    async def _start_round(self, hook_id: int) -> Round | None:
        return await self._store.write(
            lambda w: deliveries.start_round(
                w, hook_id, by=self._name, seconds=self._settings.lease_seconds, limit=_ROUND
            )
        )

    async def _deliver(self, session: aiohttp.ClientSession, round_: Round) -> bool:
        """Deliver one round; False once the hook is to be left."""
        for owed in round_.owed:
            posted = await post(session, round_.hook, owed)
            if not await self._settle(owed, posted):
                return False
        return True

    async def _settle(self, owed: Owed, posted: Posted) -> bool:
        chance = random.random()  # noqa: S311 - spreads load, keeps no secret
        retry = None if posted.is_gone else wait_before(WEB_HOOK_WAITS, owed.tries + 1, chance)
        if retry is not None and posted.retry_after is not None:
            retry = max(retry, posted.retry_after)
        is_down = not posted.is_delivered and posted.is_down

        def unit(writer: Writer) -> tuple[bool, bool]:
            failures = deliveries.failures_of(writer, owed.hook_id)
            serves = deliveries.settle_delivery(
                writer,
                owed,
                posted.attempt,
                by=self._name,
                is_delivered=posted.is_delivered,
                retry_seconds=retry,
                rest_seconds=rest_after(failures + 1, chance) if is_down else None,
                seconds=self._settings.lease_seconds,
            )
            if posted.is_gone:
                is_off = deliveries.deactivate_hook(writer, owed.hook_id, "answered 410 Gone")
            else:
                is_off = deliveries.deactivate_if_dead(writer, owed.hook_id)
            return serves and not is_off, is_off

        serves, is_off = await self._store.write(unit)
        self._tell(owed, posted, is_given_up=retry is None, is_off=is_off)
        return serves

    def _tell(self, owed: Owed, posted: Posted, *, is_given_up: bool, is_off: bool) -> None:
        about = {"hook": owed.hook_id, "event_id": owed.event_id, "type": owed.event_type}
        if posted.is_delivered:
            self._counts.deliveries["delivered"] += 1
            return
        self._counts.deliveries["failed"] += 1
        _log.warning(
            "web hook not delivered", tries=owed.tries + 1, reason=posted.attempt.error, **about
        )
        if is_given_up:
            self._counts.deliveries["given_up"] += 1
            _log.error("web hook given up", reason=posted.attempt.error, **about)
        if is_off:
            self._counts.deactivated += 1
            _log.error("web hook switched off", hook=owed.hook_id, reason=posted.attempt.error)
