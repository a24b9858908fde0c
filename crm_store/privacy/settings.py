"""How long things are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar

from crm_store.errors import Problem

_LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """How many days each kind of thing is kept; None keeps it for ever."""

    name: ClassVar[str] = "privacy"

    recording_days: int | None = None
    """Recordings: the files and that there were any."""
    call_days: int | None = None
    """Who called: numbers and names; the figures of the calls stay for reports."""
    lost_lead_days: int | None = None
    """Leads that were lost, from the day they were, and all that hangs on them."""
    removed_history_days: int | None = None
    """The history of records that were deleted or erased."""

    def problems(self) -> Iterator[Problem]:
        """What cannot be: nothing is kept for less than a day."""
        for field in fields(self):
            days = getattr(self, field.name)
            if days is not None and not 1 <= days <= _LONGEST_DAYS:
                yield Problem(field.name, f"expected 1 to {_LONGEST_DAYS} days, or null for ever")
