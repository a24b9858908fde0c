"""The store's records as plain values: what jsonl and csv say, under documented names.

``docs/asking.md`` describes every field; a test fails when one is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm_store.documents import Document, plain
from crm_store.records import Activity, CallRecord, Lead

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


def visible(text: str) -> str:
    """A stranger's text without what a terminal would obey: no escapes, no line breaks.

    Whitespace becomes a space; characters that print nothing (controls, also those that turn
    the direction of writing) are left out.
    """
    return "".join(" " if c.isspace() else c for c in text if c.isprintable() or c.isspace())


def _call_key(key: tuple[str, str] | None) -> Document | None:
    return None if key is None else {"pbx": key[0], "linkedid": key[1]}


ToDocument = Callable[[Any], Document]
