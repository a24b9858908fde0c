"""The calls of docs/matrix.md, as the wires saw them: one JSON file for each row.

Written by `tests/matrix/fixtures.py` from what was expected and seen, never from what was told.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.calls.replay import read_journal
from tests.calls.truths.shape import TrueCall, TrueParty, TrueTransfer, Truths

FOLDER = Path(__file__).parent


def read_truth(name: str) -> list[dict[str, Any]]:
    """The records of one row, oldest first: fields as in a call record, instants as text."""
    records: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))[
        "records"
    ]
    return records


def _as_true_call(record: dict[str, Any], why: str, base: datetime) -> TrueCall:
    def offset(field: str) -> Any:
        at = record[field]
        return None if at is None else (datetime.fromisoformat(at) - base).total_seconds()

    return TrueCall(
        why=why,
        started=offset("started_at"),
        answered=offset("answered_at"),
        ended=offset("ended_at"),
        parties=_parties(record),
        transfers=tuple(
            TrueTransfer(each["kind"], each["by"], each["to"], each["completed"])
            for each in record["transfers"]
        ),
        recordings=tuple(each["path"] for each in record["recordings"]),
        **{name: record.get(name) for name in _SAME},
    )


_SAME = (
    *("linkedid", "direction", "outcome", "missed_reason", "caller_number", "caller_name"),
    *("dialled_number", "redirected_from", "is_withheld", "answered_by", "ring_seconds"),
    *("talk_seconds", "is_estimated", "hangup_cause"),
)


def _parties(record: dict[str, Any]) -> tuple[TrueParty, ...]:
    seen: dict[str, tuple[bool, bool]] = {}
    for party in record["parties"]:
        rang, answered = seen.get(party["extension"], (False, False))
        rang = rang or party["rang_at"] is not None
        seen[party["extension"]] = (rang, answered or party["answered_at"] is not None)
    return tuple(TrueParty(name, rang=rang, answered=met) for name, (rang, met) in seen.items())


def _read_all() -> Truths:
    truths = {}
    for path in sorted(FOLDER.glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        name = f"matrix_{path.stem}"
        base = read_journal(name)[0].at
        calls = [_as_true_call(record, truth["why"], base) for record in truth["records"]]
        truths[name] = tuple(calls)
    return truths


TRUTHS: Truths = _read_all()
