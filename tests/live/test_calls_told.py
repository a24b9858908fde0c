"""What became of an inbound call: outcome, reason, who and when, as the wire saw it."""

from __future__ import annotations

from unittest.mock import ANY

import pytest
from bridge import Office
from company import (
    BOXED,
    BRIEF,
    EMPTY_DESK,
    HURRIED,
    JANE,
    MAILING,
    SALES,
    STRANGER,
    UNRECORDED,
)
from wire import OF_JANE, Near, inbound

from crm_store.records import ActivityStatus, CallType, MissedReason, Outcome, Recording
from pbx_bridge.lab import Phone, SippPhone, speak, wav_seconds

REFUSALS = {
    486: MissedReason.BUSY,
    603: MissedReason.REJECTED,
    480: MissedReason.UNAVAILABLE,
    503: MissedReason.UNAVAILABLE,
}


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refused_call_is_missed_for_that_reason(office: Office, status: int) -> None:
    """Busy, declined, gone, overloaded: the reason is what the phone said."""
    async with SippPhone(office.pbx, "1001", reply=status, reply_after_seconds=0.4) as desk:
        wire = await office.trunk.call(STRANGER, UNRECORDED.raw)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert call == inbound(
        wire, UNRECORDED, {"1001": desk.calls[0]}, missed_reason=REFUSALS[status], hangup_cause=ANY
    )


async def test_a_phone_that_is_not_registered_is_unavailable(office: Office) -> None:
    """Nobody sits at the desk: no phone rang, and the caller is told at once."""
    wire = await office.trunk.call(STRANGER, EMPTY_DESK.raw)
    call = await office.wait_for_call(number=STRANGER)

    assert wire.final_status == 480
    assert call == inbound(
        wire, EMPTY_DESK, missed_reason=MissedReason.UNAVAILABLE, hangup_cause=20
    )


async def test_a_missed_call_of_somebody_on_file_is_a_task(office: Office) -> None:
    """Jane was not answered: her owner is to call back."""
    async with (
        SippPhone(office.pbx, "1002", reply=486) as owner,
        SippPhone(office.pbx, "1001", reply=None) as desk,
    ):
        wire = await office.trunk.call(JANE, BRIEF.raw)
        call = await office.wait_for_call(number=JANE)
        await owner.wait_for_end()
        await desk.wait_for_end()
        phones = {"1002": owner.calls[0], "1001": desk.calls[0]}
    (task,) = await office.activities()

    assert call == inbound(
        wire, BRIEF, phones, missed_reason=MissedReason.NO_ANSWER, hangup_cause=19, **OF_JANE
    )
    assert (task.subject, task.status, task.call_type, task.owner, task.completed_at) == (
        "Missed call from Jane Doe on Brief (no answer)",
        ActivityStatus.IN_PROGRESS,
        CallType.MISSED,
        "Bob",
        None,
    )


async def test_a_call_that_rings_out_is_not_answered(office: Office) -> None:
    """The phone rang for the number's whole second, and the caller is told 480."""
    async with SippPhone(office.pbx, "1001", reply=None) as desk:
        wire = await office.trunk.call(STRANGER, BRIEF.raw)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert call.ring_seconds == Near(1.0, 0.3)
    assert call == inbound(
        wire,
        BRIEF,
        {"1001": desk.calls[0]},
        missed_reason=MissedReason.NO_ANSWER,
        hangup_cause=19,
    )


async def test_a_caller_who_gives_up_has_abandoned(office: Office, alice: Phone) -> None:
    """He hangs up while it rings."""
    wire = await office.trunk.call(STRANGER, UNRECORDED.raw, cancel_after_seconds=0.5)
    call = await office.wait_for_call(number=STRANGER)
    await alice.wait_for_end()

    assert call == inbound(
        wire,
        UNRECORDED,
        {"1001": alice.calls[0]},
        missed_reason=MissedReason.ABANDONED,
        hangup_cause=ANY,
    )


async def test_a_group_is_one_call_with_many_phones(office: Office) -> None:
    """Of two phones one is busy and one answers: one answered call with two parties."""
    async with (
        SippPhone(office.pbx, "1001", reply=486, reply_after_seconds=0.3) as busy,
        SippPhone(office.pbx, "1003", reply_after_seconds=0.6, hang_up_after_seconds=0.5) as free,
    ):
        wire = await office.trunk.call(STRANGER, MAILING.raw)
        call = await office.wait_for_call(number=STRANGER)
        await busy.wait_for_end()
        await free.wait_for_end()
        phones = {"1001": busy.calls[0], "1003": free.calls[0]}

    assert call == inbound(wire, MAILING, phones)
    assert call.answered_by == "1003"


async def test_a_phone_that_was_cancelled_keeps_its_ring(office: Office) -> None:
    """The colleague who was too slow is a party that rang and never answered."""
    async with (
        SippPhone(office.pbx, "1001", reply=None) as slow,
        SippPhone(office.pbx, "1003", reply_after_seconds=0.5) as quick,
    ):
        wire = await office.trunk.call(STRANGER, MAILING.raw, hang_up_after_seconds=0.5)
        call = await office.wait_for_call(number=STRANGER)
        await slow.wait_for_end()
        await quick.wait_for_end()
        phones = {"1001": slow.calls[0], "1003": quick.calls[0]}

    assert phones["1001"].final_status == 487
    assert call == inbound(wire, MAILING, phones)


async def test_a_queue_call_is_answered_by_a_human(office: Office) -> None:
    """The queue answers the channel at once; the call is answered when an agent is."""
    async with SippPhone(office.pbx, "1004", reply_after_seconds=0.6) as agent:
        wire = await office.trunk.call(STRANGER, SALES.raw, hang_up_after_seconds=1.5)
        call = await office.wait_for_call(number=STRANGER)
        await agent.wait_for_end()
        phones = {"1004": agent.calls[0]}

    assert call.wait_seconds > 0.5
    assert call == inbound(wire, SALES, phones)


async def test_a_caller_who_leaves_the_queue_has_abandoned(office: Office) -> None:
    """The channel was up, and yet nobody spoke with him."""
    async with SippPhone(office.pbx, "1004", reply=None) as agent:
        wire = await office.trunk.call(STRANGER, SALES.raw, hang_up_after_seconds=0.8)
        call = await office.wait_for_call(number=STRANGER)
        await agent.wait_for_end()

    assert call == inbound(
        wire,
        SALES,
        {"1004": agent.calls[0]},
        missed_reason=MissedReason.ABANDONED,
        hangup_cause=ANY,
    )


async def test_a_queue_that_gives_up_has_not_answered(office: Office) -> None:
    """The number's second in the queue is over: the PBX ends the call, not the caller."""
    async with SippPhone(office.pbx, "1004", reply=None) as agent:
        wire = await office.trunk.call(STRANGER, HURRIED.raw)
        call = await office.wait_for_call(number=STRANGER)
        await agent.wait_for_end()

    assert wire.ended_by == "callee"
    assert call == inbound(
        wire,
        HURRIED,
        {"1004": agent.calls[0]},
        missed_reason=MissedReason.NO_ANSWER,
        hangup_cause=ANY,
    )


@pytest.fixture
def short_greeting(office: Office) -> None:
    """Alice has recorded a greeting of one word: callers get to the beep sooner."""
    box = office.pbx.voicemail / "default/1001"
    box.mkdir(parents=True, exist_ok=True)
    speak("Gone.", box / "unavail.wav")


@pytest.mark.usefixtures("short_greeting")
async def test_a_message_is_a_voicemail(office: Office) -> None:
    """Nobody answers, the box does, and what he said is attached to the call."""
    words, box = speak("Please call me back."), office.pbx.voicemail / "default/1001/INBOX"
    left_by_others = set(box.glob("*.wav"))
    async with SippPhone(office.pbx, "1001", reply=None) as desk:
        wire = await office.trunk.call(STRANGER, BOXED.raw, speech=words, hang_up_after_seconds=9.0)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()
    (message,) = set(box.glob("*.wav")) - left_by_others

    expected = inbound(
        wire,
        BOXED,
        {"1001": desk.calls[0]},
        outcome=Outcome.VOICEMAIL,
        hangup_cause=ANY,
        recordings=(
            Recording(path=str(message), url=None, started_at=ANY, seconds=wav_seconds(message)),
        ),
    )
    assert call == expected
    assert wav_seconds(message) > 1.0


@pytest.mark.usefixtures("short_greeting")
async def test_a_caller_who_says_nothing_to_the_box_is_missed(office: Office) -> None:
    """He hung up during the greeting: no message, no voicemail."""
    async with SippPhone(office.pbx, "1001", reply=None) as desk:
        wire = await office.trunk.call(STRANGER, BOXED.raw, hang_up_after_seconds=1.5)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert call == inbound(
        wire,
        BOXED,
        {"1001": desk.calls[0]},
        missed_reason=MissedReason.NO_ANSWER,
        hangup_cause=ANY,
    )
