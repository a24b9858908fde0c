"""The calls of docs/matrix.md, as the wires saw them: one JSON file for each row.

Written by `tests/matrix/fixtures.py` from what was expected and seen, never from what was told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from pbx_bridge.calls.call import Call
from tests.calls.replay import read_journal
from tests.calls.truths.shape import TrueCall, TrueParty, TrueTransfer, Truths
from tests.matrix.expected import Near

FOLDER = Path(__file__).parent


def read_truth(name: str) -> list[dict[str, Any]]:
    """The records of one row, oldest first: fields as in a call record, instants as text."""
    records: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))[
        "records"
    ]
    return records


def find_differences(told: Sequence[Call], truths: Sequence[dict[str, Any]]) -> list[str]:
    """Every field of a told record that is not as the wires saw it, times within 0.1 s."""
    if len(told) != len(truths):
        return [f"told {len(told)} records, there were {len(truths)}"]
    return [
        f"record {turn}, {field}: told {said!r}, the wires saw {wanted!r}"
        for turn, (call, truth) in enumerate(zip(told, truths, strict=True), start=1)
        for field, wanted in _near(truth).items()
        if (said := _said_of(call, truth)[field]) != wanted
    ]


def _said_of(value: Any, truth: Any) -> Any:
    """What was told of the fields that the truth knows."""
    if is_dataclass(value):
        known = [each.name for each in fields(value) if each.name in truth]
        return {name: _said_of(getattr(value, name), truth[name]) for name in known}
    if isinstance(value, tuple) and isinstance(truth, list) and len(value) == len(truth):
        return [_said_of(each, known) for each, known in zip(value, truth, strict=True)]
    return value.value if isinstance(value, Enum) else value


def _near(value: Any, name: str = "") -> Any:
    """Times are right when they are close enough."""
    if isinstance(value, dict):
        return {key: _near(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_near(each) for each in value]
    if isinstance(value, str) and (name == "at" or name.endswith("_at")):
        return Near(datetime.fromisoformat(value))
    return Near(value) if isinstance(value, float) else value


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
