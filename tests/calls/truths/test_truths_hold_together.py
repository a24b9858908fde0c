"""The truths are written by hand: these keep a slip of the pen from becoming a law."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from . import TRUTHS, TrueCall

JOURNALS = Path(__file__).parent.parent / "journals"
CALLS = [
    pytest.param(call, {each.caller_number for each in calls}, id=f"{journal}-{number}")
    for journal, calls in TRUTHS.items()
    for number, call in enumerate(calls, start=1)
]


def test_every_journal_has_its_truth_and_every_truth_its_journal() -> None:
    """A journal added to the folder cannot be forgotten here."""
    assert {path.stem for path in JOURNALS.glob("*.csv")} == set(TRUTHS)


@pytest.mark.parametrize("journal", TRUTHS)
def test_each_record_is_named_by_a_linkedid_of_its_journal(journal: str) -> None:
    """The key of a record is the linkedid under which its first channel started.

    That channel is the caller's, with his name and number, unless the PBX itself placed the call
    or he asked to keep them back.
    """
    text = (JOURNALS / f"{journal}.csv").read_text(encoding="utf-8", errors="replace")
    started = {
        row[4]: (row[6], row[17]) if row[6] else None
        for row in csv.reader(text.splitlines(keepends=True))
        if row[0] == "CHAN_START" and row[3] == row[4]
    }
    records = {
        call.linkedid: None if call.is_withheld else (call.caller_number, call.caller_name)
        for call in TRUTHS[journal]
    }

    assert list(records) == [linkedid for linkedid in started if linkedid in records]
    assert all(None in {started[key], who} or started[key] == who for key, who in records.items())


@pytest.mark.parametrize(("call", "callers"), CALLS)
def test_a_record_does_not_contradict_itself(call: TrueCall, callers: set[str]) -> None:
    """Answered, missed and voicemail each fill their own fields and leave the others empty.

    Who answered is a party, or another caller: two from outside who meet stay two calls.
    """
    speakers = [party.extension for party in call.parties if party.answered]
    expected = {
        "answered": (True, True, False),
        "missed": (False, False, True),
        "voicemail": (False, False, False),
    }

    assert expected[call.outcome] == (
        call.answered is not None,
        call.answered_by in {*speakers, *callers},
        call.missed_reason is not None,
    )
    assert call.started <= (call.answered or call.started) <= call.ended
    assert 0.0 <= call.talk_seconds <= call.ended - call.started - call.wait_seconds + 1e-6
    assert 0.0 <= call.ring_seconds <= call.ended - call.started
    assert (call.ring_seconds > 0.0) == any(party.rang for party in call.parties)
    assert all(transfer.by in {*speakers, call.caller_number} for transfer in call.transfers)
    assert len({party.extension for party in call.parties}) == len(call.parties)
