"""What answers say of a record besides what is stored: calculated when it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crm_store.records import Lead
from crm_store.sales.lead_dates import lead_times


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAnswer(Lead):
    """A lead, and what its dates come to now."""

    time_to_completion_seconds: float | None = None
    """Until it is expected to be decided: 0 when that has passed, null when it is decided."""
    overdue_seconds: float = 0.0
    """By how much it is, or was decided, too late."""
    is_overdue: bool = False
    actual_completion_seconds: float | None = None
    """From its start (or from when it was made) until it was decided."""


ANSWERED: Mapping[Any, Any] = {Lead: LeadAnswer}
"""What an answer says of a record, where that is more than the record."""


def _of_lead(lead: Lead) -> dict[str, Any]:
    times = lead_times(lead, datetime.now(UTC))
    return {
        "time_to_completion_seconds": times.time_to_completion_seconds,
        "overdue_seconds": times.overdue_seconds,
        "is_overdue": times.is_overdue,
        "actual_completion_seconds": times.actual_seconds,
    }


CALCULATED: Mapping[type, Callable[[Any], dict[str, Any]]] = {Lead: _of_lead}
"""The calculated fields of a record, in plain values."""
