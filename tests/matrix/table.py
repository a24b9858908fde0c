"""docs/matrix.md, written from the rows."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import tests.matrix.rows  # noqa: F401 - fills ROWS
from tests.matrix.row import ROWS, UNPLAYABLE, Row

SUBJECTS = (
    "One caller, one phone",
    "Several phones",
    "Call forwarding",
    "Transfers",
    "Parking and pick-up",
    "Queues",
    "Menus, voicemail, conferences",
    "Mobiles and click-to-call",
    "Calls that we place",
    "Recordings",
)
PAGE = Path(__file__).parents[2] / "docs" / "matrix.md"
_HEAD = """\
# Every hard call, and what its record says

Each row is played on real Asterisks by real SIP phones (`tests/matrix`), through the shipped
dialplan and a running bridge. The record in the store is compared with what the phones and the
trunk saw on the wire: all of it, times within 0.1 s, and no record more than stands here. Every row
runs twice: on Asterisk 22, whose calls come to the bridge through StasisBroadcast, and on Asterisk
16, whose calls come by FastAGI; where a row cannot run on one of them it says why. The journals of
these calls are kept in `tests/calls/journals/matrix_*.csv`, and the unit tests tell them again in
milliseconds.

Alice is at 1001, Bob at 1002, Carol at 1003; nobody is registered at 1006; 1007 has two devices.
"1001 lifts" is the 200 OK of that phone, "leaves" its BYE, CANCEL or refusal, "refers" its REFER;
"(2.)" is its second call. A phone "rang" when it sent 180, "never rang" when it was called and did
not, and "spoke" when it lifted and was with the caller, or with the colleague who asked it for the
caller. Where no talk is named there was none. Among the phones whose order is the PBX's, any order
is right.

`python -m tests.matrix` writes this page from the rows; a test holds it to them. A new row is a
function in `tests/matrix/rows`, with the record that it must leave above it; what it needs of the
PBX goes into `tests/matrix/etc`. `MATRIX_RECORD=1 pytest tests/matrix -k NAME` keeps its journal.
"""
_NOT_HERE = "\n## What is not played here, and why\n\n| What | Why |\n|---|---|\n"


def write_page() -> str:
    """The whole page."""
    parts = [_HEAD]
    ordered = sorted(ROWS.values(), key=lambda row: SUBJECTS.index(row.subject))
    for subject, rows in groupby(ordered, key=lambda row: row.subject):
        parts.append(f"\n## {subject}\n\n| Row | What happens | What the record says |\n")
        parts.append("|---|---|---|\n")
        parts += [_line(row) for row in rows]
    if UNPLAYABLE:
        parts.append(_NOT_HERE)
        parts += [f"| {each.sentence} | {each.reason} |\n" for each in UNPLAYABLE]
    return "".join(parts)


def _line(row: Row) -> str:
    records = "<br>".join(str(record) for record in row.records) or "no record"
    excuses = "".join(f"<br>Not on Asterisk {v}: {why}" for v, why in row.not_on.items())
    return f"| `{row.name}` | {row.sentence}{excuses} | {records} |\n".replace("\n ", " ")
