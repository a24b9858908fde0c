"""docs/asking.md says what the answers say: no field, no option more or less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from crm_store.documents import ACTIVITY_FIELDS, CALL_FIELDS, LEAD_FIELDS
from pbx_bridge.cli import cli

DOCS = (Path(__file__).parents[2] / "docs/asking.md").read_text("utf-8")


def section(heading: str) -> str:
    return DOCS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("What a call says", CALL_FIELDS),
        ("What a lead says", LEAD_FIELDS),
        ("What an activity says", ACTIVITY_FIELDS),
    ],
)
def test_every_field_is_documented_in_order(heading: str, fields: tuple[str, ...]) -> None:
    """A row for each field, in the order in which csv has its columns."""
    assert re.findall(r"(?m)^\| `(\w+)` \|", section(heading)) == list(fields)


def test_every_option_is_documented_for_each_command() -> None:
    """The table of filters has each option with a mark for each command that knows it."""
    lines = [line for line in section("Filters").splitlines() if line.startswith("| `--")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    documented = {
        command: {
            option for row in rows if row[place] for option in re.findall(r"--[\w-]+", row[0])
        }
        for place, command in enumerate(("calls", "leads", "activities"), start=1)
    }
    commands = typer.main.get_command(cli).commands  # type: ignore[attr-defined] # it is a group
    known = {
        command: {
            option
            for parameter in commands[command].params
            for option in (*parameter.opts, *parameter.secondary_opts)
            if option not in {"--help", "--format"}
        }
        for command in documented
    }
    assert documented == known
