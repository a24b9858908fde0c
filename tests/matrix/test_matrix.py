"""Every scenario of docs/matrix.md, played on a real Asterisk and read back from the store."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.matrix.fixtures import keep_fixture
from tests.matrix.row import ROWS
from tests.matrix.stage import Stage
from tests.matrix.table import PAGE, write_page

pytestmark = pytest.mark.live


@pytest_asyncio.fixture(scope="session")
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The rows that were asked for, being played side by side."""
    asked = [item.callspec.params["name"] for item in request.session.items if _is_row(item)]
    async with Stage(asked) as stage:
        yield stage


def _is_row(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.originalname == "test_row_is_told"


@pytest.mark.parametrize("name", ROWS)
async def test_row_is_told(stage: Stage, name: str) -> None:
    """The stored records say what the wires saw: all of each, and not a record more."""
    played = await stage.played(name)
    differences = played.differences()
    if differences:
        journal = Path(tempfile.gettempdir()) / f"matrix_{name}.csv"
        journal.write_bytes(played.journal)
        pytest.fail("\n".join([*differences, f"its journal: {journal}"]), pytrace=False)
    if os.environ.get("MATRIX_RECORD"):
        keep_fixture(played)


def test_the_page_says_what_the_rows_say() -> None:
    """docs/matrix.md is what `python -m tests.matrix` writes."""
    assert PAGE.read_text("utf-8") == write_page()
