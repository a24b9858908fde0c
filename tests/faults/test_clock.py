"""Clocks that step: what a record says comes from the PBX's events, and is never negative."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from paper_pbx import PaperPbx, bridge_on_paper, linkedid_of, rows_of, shift

from crm_store.records import CallRecord
from pbx_bridge.asterisk.cel import event_from_row
from pbx_bridge.asterisk.journal_rows import split_fields

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
async def test_a_call_that_is_cut_off_after_the_clock_was_set_back_ends_by_the_new_time(
    pbx: PaperPbx, store_url: str
) -> None:
    """Asterisk dies with a call up: its last sign of life is not what was said before the step."""
    async with bridge_on_paper(pbx, store_url) as bridge:
        pbx.play(1)
        cut_off = rows_of(2, clock=-HOUR)[:9]
        pbx.write(cut_off)
        pbx.write(in_a_new_life(rows_of(3, clock=-HOUR)))
        await bridge.wait_until_told(3)
        calls = await bridge.calls()

    (call,) = (each for each in calls if each.linkedid == linkedid_of(2))
    assert call.is_estimated
    assert call.ended_at == event_from_row(split_fields(cut_off[-1].encode())).at


def in_a_new_life(rows: list[str]) -> list[str]:
    """The same call by an Asterisk that has just been started: its serials begin anew."""
    second, serial = linkedid_of(3).split(".")
    fresh = int(second) - int(HOUR.total_seconds())
    for offset in (0, 1):
        old = f"{second}.{int(serial) + offset}"
        rows = [row.replace(old, f"{fresh}.{offset}") for row in rows]
    return rows


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
