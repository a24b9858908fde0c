"""`check` looks at a journal that is a table: is it there, may we read it, does it grow?"""

from __future__ import annotations

from pathlib import Path

import asyncpg

from pbx_bridge.config import PbxConfig
from pbx_bridge.setup import check_table
from pbx_bridge.setup.findings import bad, doubtful, good

SHIPPED = Path(__file__).parents[2] / "dialplan" / "cel_table.sql"


async def test_a_table_is_looked_at(postgres_url: str) -> None:
    """No such table, an empty one, and one with a row of a call."""
    url = postgres_url.replace("+asyncpg", "")
    where = f"postgresql://{url.partition('@')[2]}?table=cel"
    pbx = PbxConfig(name="lab", journal_table=f"{url}?table=cel")
    hint = "The table's columns are in dialplan/cel_table.sql; SELECT is all we need."
    gone = f'{where} cannot be read: relation "cel" does not exist'
    assert await check_table.findings(pbx) == [bad("lab journal", gone, hint)]

    connection = await asyncpg.connect(url)
    await connection.execute(SHIPPED.read_text("utf-8"))
    empty = doubtful("lab journal", f"{where} is empty", "Place a call, and look again.")
    assert await check_table.findings(pbx) == [empty]

    await connection.execute(
        "INSERT INTO cel (eventtime, eventtype, uniqueid, linkedid)"
        " VALUES (1795875226.5, 'CHAN_START', '1795875226.2', '1795875226.2')"
    )
    await connection.close()
    said = f"{where}: the newest row is of 2026-11-28 14:13:46 UTC"
    assert await check_table.findings(pbx) == [good("lab journal", said)]


async def test_a_pbx_without_a_table_is_not_asked_for_one() -> None:
    """Its journal is a file, or there is none: that is judged elsewhere."""
    assert await check_table.findings(PbxConfig(name="lab")) == []
