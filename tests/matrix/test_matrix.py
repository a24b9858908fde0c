"""Every scenario of docs/matrix.md, played on a real Asterisk and read back from the store."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.matrix.fixtures import keep_fixture
from tests.matrix.row import COLUMNS, ROWS, Column
from tests.matrix.stage import Stage
from tests.matrix.table import PAGE, write_page

pytestmark = pytest.mark.live


@pytest_asyncio.fixture(scope="session")
async def stages(request: pytest.FixtureRequest) -> AsyncIterator[dict[Column, Stage]]:
    """The rows that were asked for, being played side by side, of all columns at once."""
    items = [item for item in request.session.items if _is_row(item)]
    asked = [item.callspec.params for item in items]
    async with AsyncExitStack() as stack:
        yield {
            column: await stack.enter_async_context(
                Stage(column, [each["name"] for each in asked if each["column"] == column])
            )
            for column in COLUMNS
        }


def _is_row(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.originalname == "test_row_is_told"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("column", COLUMNS, ids=str)
async def test_row_is_told(stages: dict[Column, Stage], column: Column, name: str) -> None:
    """The stored records say what the wires saw: all of each, and not a record more."""
    if (excuse := ROWS[name].not_on.get(column.version)) is not None:
        pytest.skip(excuse)
    played = await stages[column].played(name)
    if differences := played.differences():
        journal = Path(tempfile.gettempdir()) / f"matrix_{name}_{column}.csv"
        journal.write_bytes(played.journal)
        pytest.fail("\n".join([*differences, f"its journal: {journal}"]), pytrace=False)
    if column == COLUMNS[0] and os.environ.get("MATRIX_RECORD"):
        keep_fixture(played)


def test_the_page_says_what_the_rows_say() -> None:
    """docs/matrix.md is what `python -m tests.matrix` writes."""
    assert PAGE.read_text("utf-8") == write_page()
