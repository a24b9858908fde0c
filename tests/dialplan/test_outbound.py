"""Calls to the outside: dialled by the trunk, journaled, recorded; nothing else is dialled."""

from __future__ import annotations

import pytest
from dialplan_lab import DialplanLab

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("+4930901820", "+4930901820"),
        ("004930901820", "004930901820"),
        ("112", "112"),
        ("0301*#", "0301*#"),
        ("030&PJSIP", "030"),
        ("030,1,g", "0301"),
    ],
)
async def test_only_digits_of_what_was_dialled_reach_the_trunk(
    lab: DialplanLab, dialled: str, number: str
) -> None:
    """Nobody rings a second destination by dialling more than a number."""
    await lab.set_globals(TRUNK="trunk")
    story = await lab.call(dialled, context="pbx-bridge-outbound", patience_seconds=0.2)
    assert story.apps == [("Dial", f"PJSIP/{number}@trunk,,b(pbx-bridge-leg^s^1)")]
    (start,) = story.texts_of("PBX_BRIDGE_START")
    assert start.endswith(f"|exten={number}|direction=outbound")
    assert story.end == {"dialstatus": "CANCEL"}


async def test_an_outbound_call_is_recorded_where_wanted(lab: DialplanLab) -> None:
    """The recording starts before the trunk is dialled and is journaled."""
    await lab.set_globals(TRUNK="trunk", OUTBOUND_RECORD="yes")
    story = await lab.call("0301", context="pbx-bridge-outbound", patience_seconds=0.2)
    assert [app for app, _ in story.apps] == ["MixMonitor", "Dial"]
    file = str(lab.pbx.recordings / f"{story.caller}.wav")
    assert story.texts_of("PBX_BRIDGE_RECORDING") == [file]


async def test_without_a_trunk_the_phone_hears_congestion(lab: DialplanLab) -> None:
    """The note says what is missing."""
    story = await lab.call("0301", context="pbx-bridge-outbound")
    assert (story.notes, story.apps, story.hangup_cause) == (["no trunk"], [], 34)


async def test_an_unknown_trunk_is_told_as_unavailable(lab: DialplanLab) -> None:
    """A slip in the trunk's name ends the call with Asterisk's own cause."""
    await lab.set_globals(TRUNK="no-such-trunk")
    story = await lab.call("0301", context="pbx-bridge-outbound")
    assert story.end == {"dialstatus": "CHANUNAVAIL"}
    assert story.hangup_cause > 0


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        *[("ANSWER", 16), ("CANCEL", 16), ("BUSY", 17), ("NOANSWER", 19)],
        *[("DONTCALL", 21), ("TORTURE", 21), ("INVALIDARGS", 28), ("NEWER", 16)],
    ],
)
async def test_each_answer_of_the_trunk_reaches_the_phone(
    lab: DialplanLab, status: str, cause: int
) -> None:
    """One branch per DIALSTATUS, and one for those to come."""
    story = await lab.call(f"s-{status}", context="pbx-bridge-dialled-out")
    assert story.hangup_cause == cause
