"""A journal full of strangers' text, into each database: every call is in the store, once."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from crm_store.filters import CallFilter
from crm_store.store import Store
from pbx_bridge.app import backfill
from pbx_bridge.config import Config
from tests.calls.test_hostile_rows import ROWS

HOSTILE = (
    *("a\0b", "\x01\x1b[2J\x7f", "x" * 900, "😀" * 60, "\u202egnp", "'; DROP TABLE calls; --"),
    *('{"a":"\\ud800\\u0000"}', '{"extra":"id=\\ud800|vm=\\u0000"}', "=cmd|' /C calc'!A0", "%s%n"),
    *("<script>alert(1)</script>", "${SHELL(id)}", "1; 2\r\n3", '"', "\\", ",", "9" * 300),
)
NAMES = {
    "num": 6, "exten": 7, "context": 8, "peer": 9, "accountcode": 12, "ani": 13,
    "rdnis": 14, "dnid": 15, "eventextra": 16, "name": 17, "appdata": 18,
}  # fmt: skip


def _journal(column: int) -> bytes:
    """One call for each text, which stands in that column of each of its rows."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for number, text in enumerate(HOSTILE):
        for row in ROWS["snippet_plain.csv"]:
            ids = [f"{1795870000 + number}.{one.partition('.')[2]}" for one in row[3:5]]
            spoilt = [*row[:3], *ids, *row[5:]]
            spoilt[column] = text
            writer.writerow(spoilt)
    return out.getvalue().encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("field", NAMES)
async def test_a_strangers_text_loses_no_call(store_url: str, field: str, tmp_path: Path) -> None:
    """Whatever stands in a field, on SQLite and on PostgreSQL the call is written."""
    config = Config.model_validate(
        {
            "store": {"url": store_url},
            "numbers": {"country": "AU"},
            "pbx": [{"name": "lab", "trunks": ["PJSIP/trunk-*"]}],
        }
    )
    journal = tmp_path / "journal.csv"
    journal.write_bytes(_journal(NAMES[field]))
    with journal.open("rb") as file:
        counts = await backfill(config, config.pbx[0], [file])
    async with Store.open(store_url) as store:
        calls = await store.read(lambda reader: list(reader.find_calls(CallFilter())))
    assert counts.journal.bad_rows == 0
    assert sorted(call.linkedid for call in calls) == [
        f"{1795870000 + number}.{ROWS['snippet_plain.csv'][0][4].partition('.')[2]}"
        for number in range(len(HOSTILE))
    ]
