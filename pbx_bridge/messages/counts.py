"""What became of web hooks and mail, for metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


@dataclass(slots=True)
class MessageCounts:
    """Counted by this bridge since it started; what waits is the store's, a few seconds old."""

    deliveries: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("delivered", "failed", "given_up"), 0)
    )
    deactivated: int = 0
    waiting: int = 0
    oldest_seconds: float = 0.0
    emails: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("sent", "put_off", "given_up"), 0)
    )
    emails_waiting: int = 0

    def metrics(self) -> Iterator[Metric]:
        """Every metric about messages."""
        attempts = CounterMetricFamily(
            "pbx_bridge_web_hook_attempts",
            "Attempts to deliver, by what came of it",
            labels=["how"],
        )
        for how, count in self.deliveries.items():
            attempts.add_metric([how], count)
        yield attempts
        yield CounterMetricFamily(
            "pbx_bridge_web_hooks_deactivated",
            "Web hooks that were switched off because nothing got through",
            value=self.deactivated,
        )
        yield GaugeMetricFamily(
            "pbx_bridge_web_hook_deliveries_waiting", "Deliveries that wait", value=self.waiting
        )
        yield GaugeMetricFamily(
            "pbx_bridge_web_hook_oldest_waiting_seconds",
            "How long the oldest delivery waits",
            value=self.oldest_seconds,
        )
        emails = CounterMetricFamily(
            "pbx_bridge_emails", "Attempts to send mail, by what came of it", labels=["how"]
        )
        for how, count in self.emails.items():
            emails.add_metric([how], count)
        yield emails
        yield GaugeMetricFamily(
            "pbx_bridge_emails_waiting", "Mails that wait", value=self.emails_waiting
        )
