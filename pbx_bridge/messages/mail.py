"""Sending the mail that is queued: one after the other, never knowingly twice.

A mail is marked before it is handed over and again when the server has taken it. Should the
bridge die between the two, nobody can know whether the server has it: it is sent again, with the
same Message-ID, by which servers and readers know it for the same.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from crm_store.errors import StoreError
from crm_store.messages import mail
from crm_store.records import Email
from crm_store.store import Store
from pbx_bridge.messages.composing import Letterhead, compose
from pbx_bridge.messages.counts import MessageCounts
from pbx_bridge.messages.patience import MAIL_WAITS, rest_after, wait_before
from pbx_bridge.messages.smtp import Refused, SmtpLine, SmtpServer

_log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
_TROUBLE_SECONDS: Final = 2.0
_FAREWELL_SECONDS: Final = 8.0


class MailTask:
    """Sends what is queued, until it is cancelled."""

    def __init__(
        self,
        store: Store,
        server: SmtpServer,
        head: Letterhead,
        counts: MessageCounts,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._head, self._counts, self._clock = store, head, counts, clock
        self._line = SmtpLine(server)
        self._most_seconds = 2 * server.timeout_seconds
        self._lease_seconds = self._most_seconds + 10
        self._failures = 0

    async def run(self) -> None:
        """Send one mail after the other; a mail that is under way at the end is seen through."""
        try:
            while True:
                email = await self._claim()
                if email is None:
                    await self._line.hang_up()
                    await asyncio.sleep(_LOOK_SECONDS)
                    continue
                sending = asyncio.ensure_future(self._send(email))
                try:
                    await asyncio.shield(sending)
                except asyncio.CancelledError:
                    await asyncio.wait([sending], timeout=_FAREWELL_SECONDS)
                    sending.cancel()
                    raise
                if self._failures:
                    await asyncio.sleep(rest_after(self._failures, _chance()))
        finally:
            self._line.drop()

    async def _claim(self) -> Email | None:
        try:
            return await self._store.write(
                lambda w: mail.claim_email(w, seconds=self._lease_seconds)
            )
        except StoreError as error:
            _log.warning("mail not looked for", reason=str(error))
            await asyncio.sleep(_TROUBLE_SECONDS)
            return None

    async def _send(self, email: Email) -> None:
        try:
            message = compose(email, self._head, self._clock())
            async with asyncio.timeout(self._most_seconds):
                await self._line.send(message)
        except TimeoutError:
            await self._put_off(email, "the server took too long", is_final=False)
        except Refused as refused:
            await self._put_off(email, str(refused), is_final=refused.is_final)
        except Exception as defect:
            _log.exception("mail cannot be written", email=email.id)
            await self._put_off(email, f"cannot be written: {defect}", is_final=True)
        else:
            self._failures = 0
            await self._settle(email)
            self._counts.emails["sent"] += 1
            _log.info("mail sent", email=email.id, template=email.template)

    async def _put_off(self, email: Email, reason: str, *, is_final: bool) -> None:
        wait = None if is_final else wait_before(MAIL_WAITS, email.tries, _chance())
        self._failures = 0 if is_final else self._failures + 1
        await self._settle(email, problem=reason, retry_seconds=wait)
        self._counts.emails["given_up" if wait is None else "put_off"] += 1
        tell = _log.error if wait is None else _log.warning
        tell(
            "mail given up" if wait is None else "mail put off",
            email=email.id,
            template=email.template,
            tries=email.tries,
            reason=reason,
        )

    async def _settle(
        self, email: Email, *, problem: str | None = None, retry_seconds: float | None = None
    ) -> None:
        """Write down what became of a mail, however long the store is away: it was sent."""
        while True:
            try:
                await self._store.write(
                    lambda w: mail.settle_email(
                        w, email, problem=problem, retry_seconds=retry_seconds
                    )
                )
            except StoreError as error:
                _log.warning("mail not marked", email=email.id, reason=str(error))
                await asyncio.sleep(_TROUBLE_SECONDS)
            else:
                return


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads load, keeps no secret
