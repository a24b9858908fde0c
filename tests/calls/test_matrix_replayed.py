"""The calls of docs/matrix.md told once more, from their journals alone, in milliseconds."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import pytest

from tests.calls.replay import read_journal, tell_calls
from tests.calls.truths.matrix import FOLDER, read_truth
from tests.matrix.expected import Near

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_the_journal_tells_what_the_wires_saw(name: str) -> None:
    """Whole records: every phone's and every transfer's times too, within a tenth of a second."""
    told = list(tell_calls(read_journal(f"matrix_{name}")).values())
    truths = read_truth(name)
    assert len(told) == len(truths)
    differences = [
        f"record {turn}, {field}: told {said!r}, the wires saw {wanted!r}"
        for turn, (call, truth) in enumerate(zip(told, truths, strict=True), start=1)
        for field, wanted in _near(truth).items()
        if (said := _said_of(call, truth)[field]) != wanted
    ]
    assert not differences, "\n".join(differences)


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
