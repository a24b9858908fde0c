"""Is the bridge well? ``/healthz``, ``/readyz`` and ``/metrics``, true to the real links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


class LinkCounts(Protocol):
    """What came over a link and told nothing."""

    unreadable: int
    dropped: int


class Link(Protocol):
    """One link to a PBX."""

    name: str
    is_up: bool
    problem: str
    hint: str
    breaks: int

    @property
    def counts(self) -> LinkCounts:
        """What came over it and told nothing."""


class FlowCounts(Protocol):
    """What became of callers and records."""

    greeted: int
    over_budget: int
    not_enriched: int
    write_retries: int
    unwritten: int
    anomalies: int
    waiting: int
    waits_for: str


class JournalCounts(Protocol):
    """What was read of a journal."""

    rows: int
    bad_rows: int
    trouble: str


class FastAgiCounts(Protocol):
    """What became of FastAGI connections."""

    taken: int
    refused: int
    unreadable: int
    too_many: int
    too_late: int


class FastAgi(Protocol):
    """The door for PBXs without ARI."""

    @property
    def state(self) -> Link:
        """Whether it listens."""

    @property
    def counts(self) -> FastAgiCounts:
        """What became of its connections."""


class SpoolCounts(Protocol):
    """What became of events that came over AMI."""

    kept: int
    lost: int


class Messages(Protocol):
    """What became of web hooks and mail."""

    def metrics(self) -> Iterator[Metric]:
        """Every metric about them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxHealth:
    """How the bridge of one PBX is. ``spool`` is None where CEL does not come over AMI.

    ``is_writing``: it is this bridge that writes the PBX's calls down, and no other.
    """

    name: str
    links: Sequence[Link]
    rescued: Callable[[], int]
    flow: FlowCounts
    journal: JournalCounts | None
    open_calls: Callable[[], int]
    is_caught_up: Callable[[], bool]
    is_writing: Callable[[], bool] = lambda: True
    spool: SpoolCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the whole bridge is."""

    pbxs: Sequence[PbxHealth]
    is_store_up: Callable[[], Awaitable[bool]]
    messages: Messages | None = None
    fastagi: FastAgi | None = None

    def links(self) -> list[Link]:
        """Every link that the bridge keeps."""
        own = [self.fastagi.state] if self.fastagi is not None else []
        return [link for pbx in self.pbxs for link in pbx.links] + own

    async def problems(self) -> list[str]:
        """What keeps the bridge from doing all of its work, in words; empty when nothing does."""
        found = [
            f"{link.name}: {link.problem}" + (f" ({link.hint})" if link.hint else "")
            for link in self.links()
            if not link.is_up
        ]
        found += [
            f"{pbx.name} journal: still reading what came while the bridge was away"
            for pbx in self.pbxs
            if not pbx.is_caught_up()
        ]
        found += [
            f"{pbx.name} journal: cannot be read: {pbx.journal.trouble}"
            for pbx in self.pbxs
            if pbx.journal is not None and pbx.journal.trouble
        ]
        found += [
            f"{pbx.name} store: {pbx.flow.waiting} writes wait for it: {pbx.flow.waits_for}"
            for pbx in self.pbxs
            if pbx.flow.waiting
        ]
        if not await self.is_store_up():
            found.append("store: cannot be read")
        return found


def make_health_app(health: Health) -> web.Application:
    """The web application, for a server or a test."""
    registry = CollectorRegistry()
    registry.register(_Collector(health))

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        problems = await health.problems()
        return web.json_response(
            {"status": "degraded" if problems else "ready", "problems": problems},
            status=503 if problems else 200,
        )

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", metrics),
        ]
    )
    return app


class _Collector:
    """Reads the counts when Prometheus asks."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, one sample for each PBX or link."""
        links = GaugeMetricFamily("pbx_bridge_link_up", "Whether a link is up", labels=["link"])
        breaks = CounterMetricFamily(
            "pbx_bridge_link_breaks", "How often a link was up and broke", labels=["link"]
        )
        rescued = CounterMetricFamily(
            "pbx_bridge_callers_rescued",
            "Callers found held in Stasis, by whatever bridge, and let go",
            labels=["pbx"],
        )
        open_calls = GaugeMetricFamily("pbx_bridge_open_calls", "Calls that are up", labels=["pbx"])
        greeted = CounterMetricFamily(
            "pbx_bridge_callers", "Callers at the door, by what became of it", labels=["pbx", "how"]
        )
        writes = CounterMetricFamily(
            "pbx_bridge_writes_failed", "Writes that failed", labels=["pbx", "how"]
        )
        waiting = GaugeMetricFamily(
            "pbx_bridge_writes_waiting", "Writes that wait for the store", labels=["pbx"]
        )
        rows = CounterMetricFamily(
            "pbx_bridge_journal_rows", "Journal rows read", labels=["pbx", "how"]
        )
        messages = CounterMetricFamily(
            "pbx_bridge_link_messages_lost",
            "Messages of a link that could not be read or kept",
            labels=["link", "how"],
        )
        anomalies = CounterMetricFamily(
            "pbx_bridge_anomalies",
            "Events of ended calls that no PBX in order would send",
            labels=["pbx"],
        )
        spool = CounterMetricFamily(
            "pbx_bridge_spool_events", "Events that came over AMI", labels=["pbx", "how"]
        )
        writing = GaugeMetricFamily(
            "pbx_bridge_writes_calls", "Whether this bridge writes the calls down", labels=["pbx"]
        )
        for link in self._health.links():
            links.add_metric([link.name], float(link.is_up))
            breaks.add_metric([link.name], link.breaks)
            messages.add_metric([link.name, "unreadable"], link.counts.unreadable)
            messages.add_metric([link.name, "dropped"], link.counts.dropped)
        for pbx in self._health.pbxs:
            anomalies.add_metric([pbx.name], pbx.flow.anomalies)
            writing.add_metric([pbx.name], float(pbx.is_writing()))
            rescued.add_metric([pbx.name], pbx.rescued())
            open_calls.add_metric([pbx.name], pbx.open_calls())
            greeted.add_metric([pbx.name, "enriched"], pbx.flow.greeted)
            greeted.add_metric([pbx.name, "over_budget"], pbx.flow.over_budget)
            greeted.add_metric([pbx.name, "failed"], pbx.flow.not_enriched)
            writes.add_metric([pbx.name, "retried"], pbx.flow.write_retries)
            writes.add_metric([pbx.name, "given_up"], pbx.flow.unwritten)
            waiting.add_metric([pbx.name], pbx.flow.waiting)
            if pbx.journal is not None:
                good = pbx.journal.rows - pbx.journal.bad_rows
                rows.add_metric([pbx.name, "read"], good)
                rows.add_metric([pbx.name, "unreadable"], pbx.journal.bad_rows)
            if pbx.spool is not None:
                spool.add_metric([pbx.name, "kept"], pbx.spool.kept)
                spool.add_metric([pbx.name, "in_memory_only"], pbx.spool.lost)
        yield from (links, breaks, messages, spool, rescued, open_calls, writing)
        yield from (greeted, writes, waiting, rows, anomalies)
        if self._health.fastagi is not None:
            yield _fastagi_connections(self._health.fastagi.counts)
        if self._health.messages is not None:
            yield from self._health.messages.metrics()


def _fastagi_connections(counts: FastAgiCounts) -> Metric:
    connections = CounterMetricFamily(
        "pbx_bridge_fastagi_connections",
        "FastAGI connections, by what became of them",
        labels=["how"],
    )
    for how in ("taken", "refused", "unreadable", "too_many", "too_late"):
        connections.add_metric([how], getattr(counts, how))
    return connections
