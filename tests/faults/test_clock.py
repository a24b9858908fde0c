"""Clocks that step: what a record says comes from the PBX's events, and is never negative."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from paper_pbx import PaperPbx, bridge_on_paper, linkedid_of, rows_of, shift

from crm_store.records import CallRecord

SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
HOUR = timedelta(hours=1)
STEPS = {"back": -HOUR, "forward": HOUR}


@pytest.fixture
def pbx(tmp_path: Path) -> PaperPbx:
    return PaperPbx(tmp_path / "journal.csv")


def durations(call: CallRecord) -> list[float]:
    """Every duration that a record says, and those between its times."""
    times = [call.started_at, call.answered_at, call.ended_at]
    known = [at for at in times if at is not None]
    between = [(b - a).total_seconds() for a, b in pairwise(known)]
    of_parties = [
        (party.left_at - at).total_seconds()
        for party in call.parties
        for at in (party.rang_at, party.answered_at)
        if party.left_at is not None and at is not None
    ]
    return [call.ring_seconds, call.wait_seconds, call.talk_seconds, *between, *of_parties]


@SQLITE
@pytest.mark.parametrize("step", STEPS)
async def test_a_clock_that_steps_between_calls_changes_no_record(
    pbx: PaperPbx, store_url: str, step: str
) -> None:
    """The PBX's clock is an hour off from one call to the next: each says what the PBX said."""
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        pbx.write(rows_of(2, clock=STEPS[step]))
        await bridge.wait_until_told(2)
        calls = await bridge.calls()

    first, second = sorted(calls, key=lambda call: call.linkedid)
    assert second.started_at - first.started_at == timedelta(seconds=2) + STEPS[step]
    assert [durations(call) for call in (first, second)] == [durations(first)] * 2
    assert [call.is_estimated for call in (first, second)] == [False, False]


@SQLITE
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("row", [1, 4, 6, 8, 12, 15])
async def test_a_clock_that_steps_in_the_middle_of_a_call_leaves_no_negative_duration(
    pbx: PaperPbx, store_url: str, step: str, row: int
) -> None:
    """Whatever the row at which it steps: told once, over, and nothing in it is negative."""
    rows = rows_of(1)
    pbx.write([*rows[:row], *(shift(one, STEPS[step]) for one in rows[row:])])
    pbx.play(2)
    async with bridge_on_paper(pbx, store_url) as bridge:
        await bridge.wait_until_told(2)
        calls = await bridge.calls()

    assert sorted(call.linkedid for call in calls) == [linkedid_of(1), linkedid_of(2)]
    assert [min(durations(call)) >= 0 for call in calls] == [True, True]
