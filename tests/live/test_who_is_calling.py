"""While it rings: who calls, on which number, and what the handset shows."""

from __future__ import annotations

import asyncio
from unittest.mock import ANY

import pytest
from bridge import PBX, Office, on_both_engines
from company import JANE, MAILING, POSTER, STRANGER, e164
from wire import OF_JANE, Near, inbound, near, recording

from crm_store.records import (
    Activity,
    ActivityStatus,
    CallType,
    Lead,
    Matched,
    PersonType,
    PhoneNumber,
    Ref,
)
from pbx_bridge.lab import Phone, SippPhone, speak, wav_seconds
from tests.live.lags import lag_of

TRUNK_FORMATS = ["+61299990001", "0061299990001", "61299990001", "0299990001", "001161299990001"]


@on_both_engines
async def test_a_known_contact_rings_his_owner_under_his_name(
    office: Office, alice: Phone, bob: Phone
) -> None:
    """Jane's name and company stand on the handset; Bob, who looks after her, rings first."""
    async with office.trunk.dial(JANE, MAILING.raw, hang_up_after_seconds=0.5) as placed:
        shown = await bob.wait_for_ring()
        await asyncio.sleep(0.3)
        assert alice.calls == []
        await bob.answer()
        wire = await placed.wait_for_end()
    call = await office.wait_for_call(number=JANE)
    await bob.wait_for_end()

    assert (shown.display_name, shown.number) == ("Jane Doe - Acme", JANE)
    expected = inbound(
        wire,
        MAILING,
        {"1002": bob.calls[0]},
        record=Ref(type="activity", id=1),
        **OF_JANE,
    )
    assert call == expected
    assert await office.activities() == [
        Activity(
            subject="Inbound answered call from Jane Doe on Mailing answered by Bob",
            status=ActivityStatus.COMPLETED,
            call_type=CallType.INBOUND_ANSWERED,
            about=Matched(type=PersonType.CONTACT, id=1, name="Jane Doe"),
            owner="Bob",
            campaign="Spring mailing",
            call=(PBX, call.linkedid),
            id=1,
            created_at=near(wire.ringing_at, lag_of([wire])),
            completed_at=call.ended_at,
            updated_at=ANY,
            call_id=call.call_id,
            wait_seconds=call.wait_seconds,
            talk_seconds=call.talk_seconds,
            version=3,
        )
    ]
    assert await office.leads() == []


async def test_the_group_rings_when_the_owner_does_not_answer(
    quiet_office: Office,
) -> None:
    """After the owner's seconds the whole group rings, and one of it takes the call."""
    async with (
        quiet_office.bridged(mid_call={"owner_seconds": 1}) as _,
        SippPhone(quiet_office.pbx, "1002", reply=None) as owner,
        SippPhone(quiet_office.pbx, "1001", reply=None) as first,
        SippPhone(quiet_office.pbx, "1003", reply_after_seconds=0.3) as second,
    ):
        wire = await quiet_office.trunk.call(JANE, MAILING.raw, hang_up_after_seconds=0.4)
        call = await quiet_office.wait_for_call(number=JANE)
        await owner.wait_for_end()
        await first.wait_for_end()
        await second.wait_for_end()
        phones = {"1002": owner.calls[0], "1001": first.calls[0], "1003": second.calls[0]}

    assert call == inbound(wire, MAILING, phones, **OF_JANE)


@on_both_engines
async def test_a_stranger_becomes_one_lead(office: Office, alice: Phone) -> None:
    """His first call makes a lead with all that it told, his second an activity on that lead."""
    alice.answers_after_seconds = 0.4
    words = speak("Hello, I saw your poster. Can you mend my roof?")
    first_wire = await office.trunk.call(
        STRANGER, POSTER.raw, "Sam Stranger", hang_up_after_seconds=1.5, speech=words
    )
    first = await office.wait_for_call(number=STRANGER)
    await alice.wait_for_end()
    shown = await alice.wait_for_ring()
    (lead,) = await office.leads()
    second_wire = await office.trunk.call(STRANGER, POSTER.raw, hang_up_after_seconds=0.3)
    _, second = await office.wait_for_calls(2, number=STRANGER)
    await alice.wait_for_end()

    assert shown.display_name == f"Google Ads {first.call_id}"
    assert lead == Lead(
        name="Sam Stranger",
        phone_numbers=(PhoneNumber(raw=STRANGER, e164=e164(STRANGER)),),
        owner="Alice",
        campaign="Google Ads",
        source="google",
        tracking_number=POSTER.e164,
        first_call=(PBX, first.linkedid),
        id=1,
        created_at=near(first_wire.ringing_at, lag_of([first_wire])),
        updated_at=ANY,
        call_id=first.call_id,
        wait_seconds=first.wait_seconds,
        talk_seconds=first.talk_seconds,
        recordings=(recording(office.pbx, first.call_id, first_wire.talk_seconds),),
        origin="call",
        version=2,
    )
    assert first == inbound(
        first_wire,
        POSTER,
        {"1001": alice.calls[0]},
        caller_name="Sam Stranger",
        record=Ref(type=PersonType.LEAD, id=1),
        recordings=lead.recordings,
    )
    assert wav_seconds(office.pbx.recordings / f"{first.call_id}.wav") == Near(
        first_wire.talk_seconds, 0.3
    )
    assert (await office.leads())[0] == lead
    (activity,) = await office.activities()
    assert activity.about == Matched(type=PersonType.LEAD, id=1, name="Sam Stranger")
    assert second == inbound(
        second_wire,
        POSTER,
        {"1001": alice.calls[1]},
        record=Ref(type="activity", id=activity.id or 0),
        matched=activity.about,
        candidates=(ANY,),
        recordings=(recording(office.pbx, second.call_id, second_wire.talk_seconds),),
    )


async def test_an_agent_finds_the_call_while_it_rings(office: Office, alice: Phone) -> None:
    """Number and call ID find the call and its lead before anybody has answered."""
    async with office.trunk.dial(STRANGER, POSTER.raw) as placed:
        shown = await alice.wait_for_ring()
        by_number = await office.wait_for_call(number=STRANGER, is_open=True)
        by_id = await office.calls(call_id=shown.display_name.split()[-1].lower())
        leads = await office.leads()
        so_far = placed.so_far

    assert by_id == [by_number]
    assert [lead.call_id for lead in leads] == [by_number.call_id]
    assert by_number.record == Ref(type=PersonType.LEAD, id=1)
    assert so_far is not None
    assert so_far.answered_at is None


async def test_record_at_hangup_keeps_the_lead_back(quiet_office: Office) -> None:
    """With record_at = "hangup" the ringing call is found, and its lead comes with the end."""
    async with (
        quiet_office.bridged(call_logging={"record_at": "hangup"}) as _,
        SippPhone(quiet_office.pbx, "1001", reply_after_seconds=0.3),
    ):
        async with quiet_office.trunk.dial(
            STRANGER, POSTER.raw, hang_up_after_seconds=0.4
        ) as placed:
            await placed.wait_for_answer()
            await asyncio.sleep(0.2)
            during = await quiet_office.wait_for_call(number=STRANGER, is_open=True)
            leads_during = await quiet_office.leads()
            await placed.wait_for_end()
        after = await quiet_office.wait_for_call(number=STRANGER)

    assert (during.record, leads_during) == (None, [])
    assert after.record == Ref(type=PersonType.LEAD, id=1)
    assert [lead.call_id for lead in await quiet_office.leads()] == [after.call_id]


@on_both_engines
async def test_twenty_first_calls_at_once_make_one_lead(office: Office) -> None:
    """Twenty calls from one new number: one lead, nineteen activities on it, twenty call IDs."""
    async with SippPhone(office.pbx, "1001", reply_after_seconds=0.5):
        wires = await office.crowd(20, STRANGER, POSTER.raw, hang_up_after_seconds=0.5)
    calls = await office.wait_for_calls(20, number=STRANGER)
    (lead,) = await office.leads()
    activities = await office.activities()

    assert [wire.final_status for wire in wires] == [200] * 20
    about = Matched(type=PersonType.LEAD, id=lead.id or 0, name="0491 570 156")
    assert [activity.about for activity in activities] == [about] * 19
    records = sorted((call.record.type, call.record.id) for call in calls if call.record)
    expected = [("activity", activity.id) for activity in activities] + [("lead", lead.id)]
    assert records == sorted(expected)
    assert len({call.call_id for call in calls}) == 20
    assert [call.talk_seconds for call in calls] == [Near(0.5, 0.1 + lag_of(wires))] * 20


@pytest.mark.parametrize("written", TRUNK_FORMATS)
async def test_a_trunk_may_write_our_number_as_it_likes(office: Office, written: str) -> None:
    """Whatever form the trunk dials in, the call is put down to the same tracking number."""
    async with SippPhone(office.pbx, "1001", reply=486) as desk:
        wire = await office.trunk.call(STRANGER, written)
        call = await office.wait_for_call(number=STRANGER)
        await desk.wait_for_end()

    assert desk.calls[0].display_name == f"Google Ads {call.call_id}"
    assert call == inbound(
        wire,
        POSTER,
        {"1001": desk.calls[0]},
        dialled_number=written,
        missed_reason="busy",
        hangup_cause=17,
        recordings=ANY,
    )
