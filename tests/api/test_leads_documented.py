"""docs/leads.md tells the truth: every action and every setting is in it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from crm_store.checking.attributes import Attribute, AttributeKind
from crm_store.sales.lead_settings import LeadSettings
from pbx_bridge.web.api import activities, leads, sales

PAGE = (Path(__file__).parents[2] / "docs" / "leads.md").read_text("utf-8")


def test_every_action_is_on_the_page() -> None:
    """By its method and path; what several kinds have is there once, with the others' names."""
    for one in (*leads.ENDPOINTS, *activities.ENDPOINTS, *sales.ENDPOINTS):
        kind = one.path.split("/")[1]
        is_there = f"`{one.method} {one.path}`" in PAGE
        is_among_others = one.method == "GET" and f"`/{kind}`" in PAGE
        assert is_there or is_among_others, one.path


def test_every_setting_is_on_the_page() -> None:
    """By its key, and the kinds of an attribute by their names."""
    keys = [field.name for field in (*fields(LeadSettings), *fields(Attribute))]
    assert [key for key in (*keys, *AttributeKind) if f"`{key}`" not in PAGE] == []


def test_every_usual_status_is_in_the_table_of_its_state() -> None:
    """As the settings have it."""
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    for status in LeadSettings().statuses:
        state = status.state.value.replace("_", " ").title()
        assert any(row.startswith(f"| {state} |") and f"`{status.name}`" in row for row in rows)
