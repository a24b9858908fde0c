"""Where a call is sent: lists, business hours, announcements, recording, and numbers not ours."""

from __future__ import annotations

from bridge import Office, set_global
from company import (
    ANNOUNCED,
    BLOCKED,
    HOLIDAY,
    JANE,
    NOT_OURS,
    POSTER,
    STRANGER,
    UNRECORDED,
    VIP,
    e164,
)
from wire import OF_JANE, inbound, recording

from crm_store.records import MissedReason, Ref
from pbx_bridge.lab import Phone, SippPhone
from pbx_bridge.lab.installation import find_asterisk

SOUND = "hello"


def sound_seconds() -> float:
    """How long the announcement plays: GSM has 1,650 bytes a second."""
    sounds = find_asterisk().root / "usr/share/asterisk/sounds/en"
    return (sounds / f"{SOUND}.gsm").stat().st_size / 1650


async def test_closed_hours_are_announced_and_ring_nobody(quiet_office: Office) -> None:
    """On a holiday the caller hears that it is closed; the call is missed, closed, and a lead."""
    async with (
        quiet_office.bridged(mid_call={"closed_announcement": SOUND}) as _,
        SippPhone(quiet_office.pbx, "1001") as desk,
    ):
        wire = await quiet_office.trunk.call(STRANGER, HOLIDAY.raw, hang_up_after_seconds=5.0)
        call = await quiet_office.wait_for_call(number=STRANGER)

    assert (desk.calls, wire.ended_by) == ([], "callee")
    assert sound_seconds() - 0.2 < wire.talk_seconds < sound_seconds() + 0.8
    expected = inbound(wire, HOLIDAY, missed_reason=MissedReason.CLOSED)
    assert call == expected
    assert [lead.call_id for lead in await quiet_office.leads()] == [call.call_id]


async def test_a_vip_is_served_on_a_holiday(office: Office) -> None:
    """Whoever is on the VIP list rings through closed hours."""
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call(VIP, HOLIDAY.raw, hang_up_after_seconds=0.3)
        call = await office.wait_for_call(number=VIP)
        await desk.wait_for_end()

    assert call == inbound(wire, HOLIDAY, {"1001": desk.calls[0]})


async def test_a_blocked_caller_is_declined(office: Office) -> None:
    """He is refused (403) before anything rings, recorded, and becomes nothing."""
    async with SippPhone(office.pbx, "1001") as desk:
        wire = await office.trunk.call(BLOCKED, POSTER.raw, hang_up_after_seconds=1.0)
        call = await office.wait_for_call(number=BLOCKED)

    assert (wire.final_status, desk.calls) == (403, [])
    expected = inbound(
        wire, POSTER, missed_reason=MissedReason.REJECTED, record=None, hangup_cause=21
    )
    assert call == expected
    assert (await office.leads(), await office.activities()) == ([], [])


async def test_the_announcement_plays_before_anything_rings(office: Office, alice: Phone) -> None:
    """He hears that he is recorded, then the phone rings, then he is."""
    alice.answers_after_seconds = 0.2
    wire = await office.trunk.call(STRANGER, ANNOUNCED.raw, hang_up_after_seconds=2.0)
    call = await office.wait_for_call(number=STRANGER)
    await alice.wait_for_end()
    rung = alice.calls[0]

    heard_seconds = (rung.invited_at - wire.answered_at).total_seconds()
    assert sound_seconds() - 0.2 < heard_seconds < sound_seconds() + 0.8
    file = recording(office.pbx, call.call_id, rung.talk_seconds)
    assert call == inbound(wire, ANNOUNCED, {"1001": rung}, recordings=(file,))


async def test_a_number_that_is_not_recorded_leaves_no_file(office: Office, alice: Phone) -> None:
    """Recording is off for this number: no file, not even an empty one."""
    alice.answers_after_seconds = 0.1
    before = set(office.pbx.recordings.iterdir())
    wire = await office.trunk.call(STRANGER, UNRECORDED.raw, hang_up_after_seconds=0.5)
    call = await office.wait_for_call(number=STRANGER)
    await alice.wait_for_end()

    assert call == inbound(wire, UNRECORDED, {"1001": alice.calls[0]})
    assert set(office.pbx.recordings.iterdir()) == before


async def test_a_number_that_is_not_ours_takes_the_administrators_way(
    office: Office, alice: Phone
) -> None:
    """No tracking number: the fallback rings, the handset still says who it is, and all is told."""
    alice.answers_after_seconds = 0.2
    wire = await office.trunk.call(JANE, NOT_OURS, hang_up_after_seconds=0.5)
    shown = await alice.wait_for_ring()
    call = await office.wait_for_call(number=JANE)
    await alice.wait_for_end()

    assert shown.display_name == "Jane Doe - Acme"
    expected = inbound(
        wire,
        POSTER,
        {"1001": alice.calls[0]},
        dialled_number=NOT_OURS,
        dialled_e164=e164(NOT_OURS),
        tracking_number=None,
        record=Ref(type="activity", id=1),
        recordings=(recording(office.pbx, call.call_id, wire.talk_seconds),),
        **OF_JANE,
    )
    assert call == expected


async def test_the_administrators_dialplan_may_read_everything(
    office: Office, alice: Phone
) -> None:
    """After the bridge has let go, DB(), SHELL() and STAT() work: nothing was set through ARI."""
    await office.pbx.cli("database put lab word database")
    await set_global(office.pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", "own-menu")
    try:
        async with office.trunk.dial(STRANGER, NOT_OURS):
            shown = await alice.wait_for_ring()
            call = await office.wait_for_call(number=STRANGER, is_open=True)
    finally:
        await office.pbx.cli("dialplan set global PBX_BRIDGE_FALLBACK_CONTEXT ''")

    assert call.enrichment == "enriched"
    assert shown.display_name == "database shell 1"
