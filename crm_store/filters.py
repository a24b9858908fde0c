"""What to ask for: every field that is not None narrows the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_store.records import (
    ActivityStatus,
    CallType,
    Direction,
    LeadState,
    Outcome,
    Ref,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls.

    ``since`` is included and ``until`` is not; both compare with ``started_at``. ``number`` may
    be written in any form (national forms are those of ``country``) and matches the caller or
    the number dialled. ``call_id`` forgives case and look-alikes. ``agent`` is a user's name or
    the extension that answered. ``is_open`` asks for calls that are up, or for those that ended.
    ``limit`` counts from the oldest, unless ``newest_first``.
    """

    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    country: str | None = None
    call_id: str | None = None
    pbx: str | None = None
    campaign: str | None = None
    agent: str | None = None
    outcome: Outcome | None = None
    direction: Direction | None = None
    is_open: bool | None = None
    newest_first: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads. ``since`` (included) and ``until`` (not) compare with ``created_at``."""

    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    country: str | None = None
    call_id: str | None = None
    campaign: str | None = None
    owner: str | None = None
    status: str | None = None
    state: LeadState | None = None
    newest_first: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFilter:
    """Which activities. ``since`` (included) and ``until`` (not) compare with ``created_at``."""

    since: datetime | None = None
    until: datetime | None = None
    call_id: str | None = None
    campaign: str | None = None
    owner: str | None = None
    status: ActivityStatus | None = None
    call_type: CallType | None = None
    about: Ref | None = None
    newest_first: bool = False
    limit: int | None = None
