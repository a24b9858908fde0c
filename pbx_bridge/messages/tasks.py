"""What runs for web hooks and mail: delivering, sending, counting, forgetting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

import structlog

from crm_store.errors import StoreError
from crm_store.messages import deliveries, mail
from crm_store.reader import Reader
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.config import MailConfig, WebHooksConfig
from pbx_bridge.messages.composing import Letterhead
from pbx_bridge.messages.counts import MessageCounts
from pbx_bridge.messages.mail import MailTask
from pbx_bridge.messages.smtp import SmtpServer
from pbx_bridge.messages.web_hooks import DeliverySettings, WebHookTask

_log = structlog.get_logger(__name__)

_COUNT_SECONDS: Final = 5.0
_FORGET_SECONDS: Final = 600.0
_AT_ONCE: Final = 1_000
_EMAIL_DAYS: Final = 180.0
"""How long a mail is kept that was sent or given up: until then it is not sent twice."""


def start_messages(
    tasks: asyncio.TaskGroup, store: Store, web_hooks: WebHooksConfig, smtp: MailConfig
) -> MessageCounts:
    """Start what delivers and sends; return what it counts."""
    counts = MessageCounts()
    settings = DeliverySettings(
        timeout_seconds=web_hooks.timeout_seconds, allow_private=web_hooks.allow_private
    )
    tasks.create_task(WebHookTask(store, settings, counts).run(), name="web hooks")
    if smtp.host is not None and smtp.from_address is not None:
        tasks.create_task(_mail_task(store, smtp, counts).run(), name="mail")
    tasks.create_task(_keep_counts(store, counts), name="message counts")
    tasks.create_task(_keep_forgetting(store), name="message retention")
    return counts


def _mail_task(store: Store, smtp: MailConfig, counts: MessageCounts) -> MailTask:
    server = SmtpServer(
        host=smtp.host or "",
        port=smtp.port,
        tls=smtp.tls,
        user=smtp.user,
        password=smtp.password.get_secret_value(),
        ca_file=smtp.ca_file,
        timeout_seconds=smtp.timeout_seconds,
    )
    head = Letterhead(
        from_address=smtp.from_address or "",
        reply_to=smtp.reply_to,
        public_url=smtp.public_url,
    )
    return MailTask(store, server, head, counts)


async def _keep_counts(store: Store, counts: MessageCounts) -> None:
    def look(reader: Reader) -> tuple[int, datetime | None, int]:
        return *deliveries.count_waiting(reader), mail.count_waiting(reader)

    while True:
        try:
            waiting, oldest, emails = await store.read(look)
        except StoreError as error:
            _log.warning("messages not counted", reason=str(error))
        else:
            counts.waiting = waiting
            now = datetime.now(UTC)
            counts.oldest_seconds = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
            counts.emails_waiting = emails
        await asyncio.sleep(_COUNT_SECONDS)


async def _keep_forgetting(store: Store) -> None:
    """Forget what is older than the settings say, a thousand at a time."""

    def forget(writer: Writer) -> int:
        days = writer.settings(deliveries.WebHookSettings).keep_days
        return deliveries.purge_events(writer, days=days, limit=_AT_ONCE)

    while True:
        try:
            is_more = True
            while is_more:
                is_more = await store.write(forget) >= _AT_ONCE
            await store.write(lambda w: mail.purge_emails(w, days=_EMAIL_DAYS))
        except StoreError as error:
            _log.warning("old messages not forgotten", reason=str(error))
        await asyncio.sleep(_FORGET_SECONDS)
