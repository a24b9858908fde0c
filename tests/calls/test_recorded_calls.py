"""The call builder against what really happened in 110 recorded calls."""

from __future__ import annotations

from datetime import datetime

import pytest

from pbx_bridge.calls.call import Call
from tests.calls.replay import read_journal, tell_calls
from tests.calls.truths import TRUTHS
from tests.calls.truths.shape import TrueCall

_TOLERANCE_SECONDS = 0.1


def _offset(at: datetime | None, base: datetime) -> float | None:
    return None if at is None else (at - base).total_seconds()


def _parties(call: Call) -> list[tuple[str, bool, bool]]:
    """Each phone once, in the order of its first leg: did any of its legs ring, or answer?"""
    seen: dict[str, tuple[bool, bool]] = {}
    for party in call.parties:
        rang, answered = seen.get(party.extension, (False, False))
        seen[party.extension] = (
            rang or party.rang_at is not None,
            answered or party.answered_at is not None,
        )
    return [(extension, *what) for extension, what in seen.items()]


def _told(call: Call, truth: TrueCall, base: datetime) -> dict[str, object]:
    return {
        "linkedid": call.linkedid,
        "direction": call.direction.value,
        "outcome": call.outcome.value if call.outcome else None,
        "missed_reason": call.missed_reason.value if call.missed_reason else None,
        "caller_number": call.caller_number,
        "caller_name": call.caller_name,
        "dialled_number": call.dialled_number,
        "redirected_from": call.redirected_from,
        "answered_by": call.answered_by,
        "is_withheld": call.is_withheld,
        "is_estimated": call.is_estimated,
        "transfers": [(t.kind.value, t.by, t.to, t.completed) for t in call.transfers],
        "recordings": [r.path for r in call.recordings],
        "hangup_cause": call.hangup_cause,
        "parties": [
            (extension, rang if known is None or known.rang is not None else None, answered)
            for (extension, rang, answered), known in zip(
                _parties(call), [*truth.parties, *([None] * 99)], strict=False
            )
        ],
    }


def _expected(truth: TrueCall) -> dict[str, object]:
    return {
        "linkedid": truth.linkedid,
        "direction": truth.direction,
        "outcome": truth.outcome,
        "missed_reason": truth.missed_reason,
        "caller_number": truth.caller_number,
        "caller_name": truth.caller_name,
        "dialled_number": truth.dialled_number,
        "redirected_from": truth.redirected_from,
        "answered_by": truth.answered_by,
        "is_withheld": truth.is_withheld,
        "is_estimated": truth.is_estimated,
        "transfers": [(t.kind, t.by, t.to, t.completed) for t in truth.transfers],
        "recordings": list(truth.recordings),
        "hangup_cause": truth.hangup_cause,
        "parties": [(p.extension, p.rang, p.answered) for p in truth.parties],
    }


def _times(call: Call, base: datetime) -> dict[str, float | None]:
    return {
        "started": _offset(call.started_at, base),
        "answered": _offset(call.answered_at, base),
        "ended": _offset(call.ended_at, base),
        "wait": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "ring_seconds": call.ring_seconds,
    }


def _true_times(truth: TrueCall) -> dict[str, float | None]:
    return {
        "started": truth.started,
        "answered": truth.answered,
        "ended": truth.ended,
        "wait": truth.wait_seconds,
        "talk_seconds": truth.talk_seconds,
        "ring_seconds": truth.ring_seconds,
    }


@pytest.mark.parametrize("name", sorted(TRUTHS))
def test_recorded_call_is_told_as_it_happened(name: str) -> None:
    """What the wire saw is what the record says: whole records, times within a tenth."""
    events = read_journal(name)
    base = events[0].at
    told = list(tell_calls(events).values())
    truths = sorted(TRUTHS[name], key=lambda truth: truth.started)

    assert [call.linkedid for call in told] == [truth.linkedid for truth in truths]
    for call, truth in zip(told, truths, strict=True):
        skipped = set(truth.uncompared)
        if "ended" in skipped and truth.answered is None:
            skipped.add("wait")
        actual, expected = _told(call, truth, base), _expected(truth)
        assert {k: v for k, v in actual.items() if k not in skipped} == {
            k: v for k, v in expected.items() if k not in skipped
        }
        times, true_times = _times(call, base), _true_times(truth)
        rings = max(1, len(truth.parties))
        for key, value in true_times.items():
            if key in skipped:
                continue
            tolerance = _TOLERANCE_SECONDS * (rings if key == "ring_seconds" else 1)
            assert times[key] == pytest.approx(value, abs=tolerance), key
