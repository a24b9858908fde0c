"""Records as plain values: what JSON, CSV, the history and web hooks say of them.

``docs/asking.md`` describes every field of a call, a lead and an activity; a test fails when one
is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from crm_store.records import Activity, CallRecord, Lead

Document = Mapping[str, Any]
ToDocument = Callable[[Any], Document]

CALL_FIELDS = (
    *("call_id", "pbx", "linkedid", "direction", "outcome", "missed_reason"),
    *("caller_number", "caller_e164", "caller_name", "dialled_number", "tracking_number"),
    *("started_at", "answered_at", "ended_at", "ring_seconds", "wait_seconds", "talk_seconds"),
    *("is_estimated", "answered_by", "parties", "transfers", "recordings", "hangup_cause"),
    *("matched", "record", "tags", "comment"),
    *("agent", "dialled_e164", "is_withheld", "redirected_from", "enrichment", "candidates"),
    *("medium", "keyword", "landing_page", "click_id", "visitor_session"),
)
"""What a call record says; from ``agent`` on, what the store knows besides."""

LEAD_FIELDS = (
    *("id", "key", "name", "company", "status", "phone_numbers", "email", "owner", "campaign"),
    *("source", "tracking_number", "first_call", "call_id", "wait_seconds", "talk_seconds"),
    *("recordings", "comment", "created_at", "updated_at"),
    *("state", "origin", "owner_group", "unit", "type", "category", "priority", "importance"),
    *("probability", "target_amount", "currency", "lost_reason", "medium", "keyword"),
    *("landing_page", "click_id", "started_at", "expected_at", "completed_at", "missed_reason"),
    *("contact_id", "account_id", "opportunity_id", "version"),
)

ACTIVITY_FIELDS = (
    *("id", "subject", "status", "call_type", "about", "owner", "campaign", "call", "call_id"),
    *("wait_seconds", "talk_seconds", "recordings", "comment"),
    *("created_at", "completed_at", "updated_at"),
    *("kind", "result", "tags", "due_at", "missed_reason", "case_id", "opportunity_id", "version"),
)


def plain(value: Any) -> Any:
    """Text, numbers, booleans, None, and lists and dicts of them, from whatever a record holds.

    An instant is RFC 3339 in UTC with six digits of a second; an amount is a text, which keeps
    it exact.
    """
    kind = type(value)
    convert = _CONVERTERS.get(kind)
    if convert is None:
        convert = _CONVERTERS[kind] = _converter(kind)
    return convert(value)


def _converter(kind: type) -> Callable[[Any], Any]:
    """What makes values of a class plain; TypeError for one that has no plain form."""
    if issubclass(kind, StrEnum):
        return lambda value: value.value
    if issubclass(kind, datetime):
        return rfc3339
    if issubclass(kind, Decimal):
        return lambda value: f"{value:f}"
    if issubclass(kind, (date, time)):
        return lambda value: value.isoformat()
    if issubclass(kind, Mapping):
        return lambda value: {str(key): plain(one) for key, one in value.items()}
    if issubclass(kind, (set, frozenset)):
        return lambda value: [plain(one) for one in sorted(value)]
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
        return lambda value: {name: plain(getattr(value, name)) for name in names}
    if issubclass(kind, Sequence):
        return lambda value: [plain(one) for one in value]
    raise TypeError(f"{kind.__name__} has no plain form")


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    kind: lambda value: value for kind in (str, int, float, bool, type(None))
}


def rfc3339(at: datetime) -> str:
    """An instant as RFC 3339 in UTC, always with six digits of a second and ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def call_document(call: CallRecord) -> Document:
    """A call as plain values: text, numbers, booleans, None, lists and dicts of them."""
    return {name: plain(getattr(call, name)) for name in CALL_FIELDS}


def lead_document(lead: Lead) -> Document:
    """A lead as plain values."""
    values = {name: plain(getattr(lead, name)) for name in LEAD_FIELDS}
    return values | {"first_call": _call_key(lead.first_call)}


def activity_document(activity: Activity) -> Document:
    """An activity as plain values."""
    values = {name: plain(getattr(activity, name)) for name in ACTIVITY_FIELDS}
    return values | {"call": _call_key(activity.call)}


def _call_key(key: tuple[str, str] | None) -> Document | None:
    return None if key is None else {"pbx": key[0], "linkedid": key[1]}
