"""The calls of docs/matrix.md told once more, from their journals alone, in milliseconds."""

from __future__ import annotations

import pytest

from tests.calls.replay import read_journal, tell_calls
from tests.calls.truths.matrix import FOLDER, find_differences, read_truth

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_the_journal_tells_what_the_wires_saw(name: str) -> None:
    """Whole records: every phone's and every transfer's times too, within a tenth of a second."""
    told = list(tell_calls(read_journal(f"matrix_{name}")).values())
    assert not find_differences(told, read_truth(name))
