"""Journals of played rows, kept for the unit tests with the records that they must tell.

    MATRIX_RECORD=1 .venv/bin/pytest tests/matrix -k blind_refer

keeps what was just played, once the stored record was right:
``tests/calls/journals/matrix_NAME.csv`` is Asterisk's own, but for the lab's folders in it;
``tests/calls/truths/matrix/NAME.json`` is what the wires saw. They are kept only where
the journal alone tells it so: one of a machine that had too much to do does not.
"""

from __future__ import annotations

import io
import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any
from unittest.mock import ANY

from tests.calls.replay import read_events, tell_calls
from tests.calls.truths.matrix import find_differences
from tests.matrix.expected import Near
from tests.matrix.lane import Played

CALLS = Path(__file__).parents[1] / "calls"
SPOOL = "/var/spool/asterisk"
_OF_THE_CRM = frozenset(
    {
        *("pbx", "call_id", "caller_e164", "tracking_number", "matched", "record", "tags"),
        *("comment", "agent", "dialled_e164", "enrichment", "candidates", "channel", "url"),
        *("medium", "keyword", "landing_page", "click_id", "visitor_session", "seconds"),
    }
)
"""What a journal does not tell."""


def keep_fixture(played: Played) -> bool:
    """Keep a row's journal and truth; False when the machine was too busy for sharp times."""
    rows = played.journal.replace(played.spool.encode(), SPOOL.encode())
    records = [
        {**_plain(expected), "linkedid": told.linkedid}
        for expected, told in zip(played.expected_journaled, played.told, strict=True)
    ]
    truth = {"why": played.row.sentence, "records": records}
    text = json.dumps(truth, indent=1, ensure_ascii=False).replace(played.spool, SPOOL)
    told = tell_calls(read_events(io.BytesIO(rows))).values()
    if find_differences(list(told), json.loads(text)["records"]):
        return False
    name = played.row.name
    (CALLS / "journals" / f"matrix_{name}.csv").write_bytes(rows)
    (CALLS / "truths" / "matrix" / f"{name}.json").write_text(f"{text}\n", "utf-8")
    return True


def _plain(value: Any) -> Any:
    """The value of an expectation, without what nobody may know."""
    if is_dataclass(value):
        said = {each.name: getattr(value, each.name) for each in fields(value)}
        return {
            name: _plain(each)
            for name, each in said.items()
            if name not in _OF_THE_CRM and each is not ANY
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Near):
        return _plain(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return round(value, 6) if isinstance(value, float) else value
