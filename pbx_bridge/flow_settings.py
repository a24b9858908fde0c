"""How one PBX's calls are greeted and written down, and the counts of what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from pbx_bridge.decisions.caller_id import DisplayTemplates
from pbx_bridge.decisions.routing import RoutingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """How one PBX's calls are greeted and written down."""

    country: str | None
    budget_seconds: float
    templates: DisplayTemplates
    routing: RoutingSettings
    phones: str


@dataclass(slots=True)
class FlowCounts:
    """What became of callers and records, for metrics and readiness."""

    greeted: int = 0
    over_budget: int = 0
    not_enriched: int = 0
    write_retries: int = 0
    unwritten: int = 0
    waiting: int = 0
    """Writes that have failed and will be tried again."""
    waits_for: str = ""
    anomalies: int = 0
    """Events that no PBX in order would send: the call went on, told as well as it could be."""
