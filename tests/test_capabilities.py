"""docs/capabilities.md tells the truth: every test, endpoint and settings section is there."""

from __future__ import annotations

import re
from pathlib import Path

from pbx_bridge.web.api.routes import all_endpoints
from pbx_bridge.web.api.settings import SECTIONS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "capabilities.md").read_text()


def test_every_test_that_is_named_is_there() -> None:
    """A test that is renamed or taken out leaves a capability without its proof."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(), re.MULTILINE)
    ]
    assert missing == []
    assert len(named) == sum(
        line.startswith("|") and not line.startswith(("|---", "| capability", "| story"))
        for line in PAGE.splitlines()
    )


def test_every_endpoint_that_is_named_is_there() -> None:
    """Each is one of the API's, with its method."""
    named = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`", PAGE))
    known = {(one.method, one.path) for one in all_endpoints()}
    assert sorted(named - known) == []


def test_every_settings_section_that_is_named_is_there() -> None:
    """Under the name that the API knows it by."""
    named = {
        name
        for line in PAGE.splitlines()
        for cell in line.split("|")[2:3]
        for name in re.findall(r"settings `(\w+)`", cell)
    }
    assert sorted(named - {section.name for section in SECTIONS}) == []
