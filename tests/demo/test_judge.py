"""The judge: what is right passes, and everything that is wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_store.records import (
    Attribution,
    CallRecord,
    Direction,
    Enrichment,
    Lead,
    MissedReason,
    Outcome,
    PersonType,
    Recording,
    Ref,
)
from pbx_bridge.demo.judge import judge
from pbx_bridge.demo.report import JudgedCall, Report
from pbx_bridge.demo.script import SCRIPT, DemoCall, Expected
from pbx_bridge.demo.sighting import Handset, Sighting
from pbx_bridge.lab.sip import WireCall

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
(STRANGER,) = [call for call in SCRIPT if call.key == "stranger"]


def after(seconds: float) -> datetime:
    """An instant of the call."""
    return NOON + timedelta(seconds=seconds)


def wire(begin: float, answer: float | None, end: float) -> WireCall:
    """What one side saw, in seconds of the call."""
    return WireCall(
        sip_call_id="1",
        from_header="",
        request_uri="sip:0255500101@127.0.0.1",
        invited_at=after(begin),
        ringing_at=after(begin),
        answered_at=None if answer is None else after(answer),
        ended_at=after(end),
        final_status=200,
        ended_by="caller",
        reason="",
        messages=(),
    )


def handset(extension: str, answer: float | None, end: float) -> Handset:
    """A phone that shows the campaign."""
    return Handset(
        extension=extension,
        display_name="Google Ads 7K4Q2M",
        number="0491570156",
        wire=wire(0.01, answer, end),
    )


RECORD = CallRecord(
    pbx="office",
    linkedid="1.1",
    call_id="7K4Q2M",
    direction=Direction.INBOUND,
    outcome=Outcome.ANSWERED,
    caller_number="0491570156",
    caller_e164="+61491570156",
    dialled_number="0255500101",
    tracking_number=Attribution(
        number="+61255500101", label="Landing page", campaign="Google Ads", source="google"
    ),
    started_at=after(0.001),
    answered_at=after(1.5),
    ended_at=after(5.5),
    ring_seconds=1.5,
    wait_seconds=1.499,
    talk_seconds=4.0,
    answered_by="1002",
    agent="Bob",
    recordings=(Recording(path="7K4Q2M.wav", url=None, started_at=NOON, seconds=4.02),),
    record=Ref(type=PersonType.LEAD, id=1),
    enrichment=Enrichment.ENRICHED,
)
RIGHT = Sighting(
    caller=wire(0, 1.5, 5.5),
    handsets=(handset("1001", None, 1.5), handset("1002", 1.5, 5.5)),
    record=RECORD,
    lead=Lead(name="0491 570 156", campaign="Google Ads", source="google", owner="Bob"),
    leads_of_number=1,
    found_by_call_id=1,
    file_seconds=(4.02,),
)


def expected_of(call: DemoCall) -> Expected:
    """What the script says of it."""
    assert call.expected is not None
    return call.expected


def with_record(**changes: Any) -> Sighting:
    """The right call, but for these fields of its record."""
    return replace(RIGHT, record=replace(RECORD, **changes))


def test_a_call_that_came_out_as_it_must_has_no_problem() -> None:
    """Expected and actual have the same keys, none is left unjudged."""
    verdict = judge(STRANGER, expected_of(STRANGER), RIGHT)

    assert verdict.problems == ()
    assert verdict.is_right
    assert set(verdict.expected) == set(verdict.actual)


@pytest.mark.parametrize(
    ("seen", "problems"),
    [
        (with_record(outcome=Outcome.MISSED), ("outcome: expected answered, came missed",)),
        (
            with_record(missed_reason=MissedReason.BUSY),
            ("missed_reason: expected nothing, came busy",),
        ),
        (with_record(agent="Alice"), ("agent: expected Bob, came Alice",)),
        (with_record(tracking_number=None), None),
        (
            with_record(started_at=after(0.11)),
            ("started_at: expected 12:00:00.000, came 12:00:00.110",),
        ),
        (
            with_record(ended_at=after(9.5)),
            ("ended_at: expected 12:00:05.500, came 12:00:09.500",),
        ),
        (with_record(wait_seconds=1.61), ("wait_seconds: expected 1.500 s, came 1.610 s",)),
        (with_record(talk_seconds=3.89), ("talk_seconds: expected 4.000 s, came 3.890 s",)),
        (with_record(ring_seconds=0.0), ("ring_seconds: expected 1.490 s, came 0.000 s",)),
        (with_record(is_estimated=True), ("is_estimated: expected False, came True",)),
        (with_record(recordings=()), ("recorded_seconds: expected 4.000 s, came nothing",)),
        (replace(RIGHT, file_seconds=()), ("file_seconds: expected 4.000 s, came nothing",)),
        (replace(RIGHT, file_seconds=(3.5,)), ("file_seconds: expected 4.000 s, came 3.500 s",)),
        (replace(RIGHT, leads_of_number=2), ("leads_of_number: expected 1, came 2",)),
        (replace(RIGHT, found_by_call_id=0), ("found_by_call_id: expected 1, came 0",)),
        (replace(RIGHT, lead=None), None),
        (replace(RIGHT, handsets=RIGHT.handsets[1:]), None),
        (replace(RIGHT, record=None), ("no record in the store",)),
        (Sighting(), ("the call was never placed",)),
    ],
)
def test_what_is_wrong_with_a_call_is_named(
    seen: Sighting, problems: tuple[str, ...] | None
) -> None:
    """One wrong fact is one problem, with what was expected and what came (None: any words)."""
    verdict = judge(STRANGER, expected_of(STRANGER), seen)

    assert not verdict.is_right
    if problems is not None:
        assert verdict.problems == problems


def test_the_wrong_words_on_one_handset_are_a_problem() -> None:
    """Every phone that rings is looked at, not only the one that answers."""
    first = replace(RIGHT.handsets[0], display_name="Google Ads 000000")
    seen = replace(RIGHT, handsets=(first, RIGHT.handsets[1]))

    (problem,) = judge(STRANGER, expected_of(STRANGER), seen).problems

    assert problem.startswith("handsets: ")
    assert "'1001': 'Google Ads 000000'" in problem


@pytest.mark.parametrize(
    ("break_it", "is_right"),
    [(lambda seen: seen, True), (lambda seen: replace(seen, leads_of_number=2), False)],
)
def test_a_report_is_right_when_every_call_is(
    break_it: Callable[[Sighting], Sighting], is_right: bool
) -> None:
    """One wrong call makes the whole run wrong, and the document says which."""
    verdict = judge(STRANGER, expected_of(STRANGER), break_it(RIGHT))
    judged = JudgedCall(call=STRANGER, call_id="7K4Q2M", verdict=verdict)
    report = Report(calls=[judged], seconds=1.0, store="sqlite:///x.db")

    document = report.to_json()

    assert report.is_right is is_right
    assert document["calls"][0]["is_right"] is is_right
    assert document["summary"] == {
        "calls": 1,
        "right": int(is_right),
        "wrong": int(not is_right),
        "seconds": 1.0,
        "store": "sqlite:///x.db",
    }


def test_the_page_counts_the_facts_as_they_are() -> None:
    """docs/demo.md says how much is checked; it must not promise more than that."""
    page = (Path(__file__).parents[2] / "docs/demo.md").read_text("utf-8")
    verdict = judge(STRANGER, expected_of(STRANGER), RIGHT)

    assert f"✓ all {len(verdict.expected)} facts as they must be" in page
    assert f"What is *checked* is {len(verdict.expected)} facts a call" in page
    assert len(SCRIPT) == 12  # the page says twelve


def test_a_run_without_calls_is_not_right() -> None:
    """Nothing played is nothing proved."""
    assert not Report(calls=[], seconds=1.0, store="").is_right
