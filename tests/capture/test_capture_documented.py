"""docs/capture.md tells the truth: every key, reason, setting and endpoint is in it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from crm_store.capture.form_submissions import WebFormSettings
from crm_store.capture.visits import PARAMETERS
from crm_store.records import Actions, Conditions, NumberPool, SpamReason, WebForm
from pbx_bridge.web.api import forms, response_rules, visitors

PAGE = (Path(__file__).parents[2] / "docs" / "capture.md").read_text("utf-8")
BOOKKEEPING = {"version", "updated_at"}


def documented(section: str, header: str) -> set[str]:
    """The names in the first column of a section's table."""
    table = PAGE.partition(section)[2].partition(header)[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize(
    ("section", "header", "record"),
    [
        ("### What a form is", "| key | says |", WebForm),
        ("**With a pool**", "| key | says |", NumberPool),
        ("## Response rules", "| condition | holds when |", Conditions),
        ("## Response rules", "| action | does |", Actions),
        ("The section `web_forms`", "| key | default | says |", WebFormSettings),
    ],
)
def test_every_key_is_documented_and_no_other(section: str, header: str, record: type) -> None:
    """What an administrator may set stands in its table."""
    assert documented(section, header) == {each.name for each in fields(record)} - BOOKKEEPING


def test_every_reason_parameter_and_endpoint_is_documented() -> None:
    """Nobody has to read the code to know why something is spam, or what the script sends."""
    assert documented("### Spam", "| reason | means |") == {reason.value for reason in SpamReason}
    assert [name for name in PARAMETERS if f"`{name}`" not in PAGE] == []
    endpoints = (*forms.ENDPOINTS, *visitors.ENDPOINTS, *response_rules.ENDPOINTS)
    said = [f"`{one.method} {one.path}`" for one in endpoints]
    assert [each for each in said if each not in PAGE] == []


def test_the_defaults_of_the_settings_are_documented() -> None:
    """As they are in the code."""
    for key, default in re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", PAGE, re.MULTILINE):
        value = getattr(WebFormSettings(), key)
        assert default == (value if isinstance(value, str) else f"{value:g}")
