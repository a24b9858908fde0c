"""A caller never waits for the bridge: absent, slow or without an answer, the call goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from dialplan_lab import ANSWERING, NUMBER, SILENT, DialplanLab, door

pytestmark = pytest.mark.live


@asynccontextmanager
async def without_modules(lab: DialplanLab, *names: str) -> AsyncIterator[None]:
    """An older or smaller Asterisk: one without these modules."""
    for name in names:
        await lab.pbx.cli(f"module unload {name}")
    try:
        yield
    finally:
        for name in reversed(names):
            await lab.pbx.cli(f"module load {name}")


@pytest.mark.parametrize("budget_ms", [100, 500])
async def test_nobody_at_the_door_costs_the_budget_and_no_more(
    lab: DialplanLab, budget_ms: int
) -> None:
    """With no bridge connected the call waits its budget, then rings the administrator's phone."""
    await lab.set_globals(BUDGET_MS=str(budget_ms))
    story = await lab.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["unenriched|stasis=TIMEOUT"]
    assert -0.01 < story.seconds_at_door - budget_ms / 1000 < 0.2 + story.late_seconds
    assert story.bridged_seconds > 0


async def test_a_bridge_not_seen_for_ten_seconds_is_not_asked(lab: DialplanLab) -> None:
    """A bridge that stopped refreshing PBX_BRIDGE_SEEN_AT costs the caller nothing at all."""
    now = int(datetime.now(UTC).timestamp())
    await lab.set_globals(SEEN_AT=str(now - 60))
    story = await lab.call()
    assert [app for app, _ in story.apps] == ["Dial"]
    assert story.notes == ["unenriched|stasis=AWAY"]
    await lab.set_globals(SEEN_AT=str(now))
    assert [app for app, _ in (await lab.call()).apps] == ["StasisBroadcast", "Dial"]


@pytest.mark.parametrize("slow", ["answer_after", "claim_after"])
async def test_a_bridge_slower_than_the_budget_is_not_listened_to(
    lab: DialplanLab, slow: str
) -> None:
    """Neither late answers nor answers without a claim, which may be half of them, count."""
    await lab.set_globals(BUDGET_MS="100")
    bridge = lab.bridge(**{slow: 0.15}, ROUTE="blocked", CALL_ID="7K4Q2M")
    async with bridge as seen:
        story = await lab.call()
    assert len(seen) == 1
    assert story.dialled == [ANSWERING]
    assert story.notes == ["unenriched|stasis=TIMEOUT"]
    assert story.texts_of("PBX_BRIDGE_CALL") == []


async def test_a_bridge_that_claims_without_an_answer_is_as_good_as_none(lab: DialplanLab) -> None:
    """No call ID and no route were set: the fallback, at once."""
    async with lab.bridge():
        story = await lab.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["unenriched|stasis=SUCCESS"]


async def test_a_bridge_that_hangs_with_a_caller_in_its_hands_loses_him(lab: DialplanLab) -> None:
    """Claimed and never continued: the dialplan goes on by itself, with the answers it has."""
    async with lab.bridge(is_holding=True, ROUTE="dial", DIAL=ANSWERING, CALL_ID="7K4Q2M"):
        story = await lab.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["held|stasis=SUCCESS"]
    assert story.texts_of("PBX_BRIDGE_CALL") == ["id=7K4Q2M|route=dial"]
    assert 0.5 < story.seconds_at_door < 0.7


async def test_stasis_is_left_by_itself_as_well(lab: DialplanLab) -> None:
    """On an older Asterisk a hung bridge loses its caller too, who takes the fallback."""
    async with (
        without_modules(lab, "app_stasis_broadcast.so"),
        lab.bridge(app="pbx-bridge", is_holding=True),
    ):
        story = await lab.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["held|stasis=SUCCESS", "unenriched|stasis=TIMEOUT"]
    assert 0.5 < story.seconds_at_door < 0.7


async def test_the_administrators_own_limit_outlives_the_door(lab: DialplanLab) -> None:
    """An absolute timeout that he had set ends the call when he meant it to, not at the door."""
    await lab.set_globals(BUDGET_MS="50", FALLBACK_DIAL=SILENT)
    story = await lab.call(context="test-limited")
    assert story.dialled == [SILENT]
    assert 0.8 < story.seconds < 3.0


async def test_an_older_asterisk_uses_stasis_and_goes_on_at_once(lab: DialplanLab) -> None:
    """Without StasisBroadcast the door is Stasis(), which fails at once when nobody is there."""
    async with without_modules(lab, "app_stasis_broadcast.so"):
        story = await lab.call()
    assert [app for app, _ in story.apps] == ["Stasis", "Dial"]
    assert story.notes == ["unenriched|stasis=FAILED"]
    assert story.seconds_at_door < 0.1


async def test_an_asterisk_without_any_door_still_rings_the_phone(lab: DialplanLab) -> None:
    """An application that is not loaded would end the call, so none is run unasked."""
    async with without_modules(
        lab, "app_stasis_broadcast.so", "app_stasis.so", "app_celgenuserevent.so"
    ):
        story = await lab.call()
    assert [app for app, _ in story.apps] == ["Dial"]
    assert story.user_events == []
    assert story.bridged_seconds > 0


async def test_the_fallback_can_be_a_context_of_the_administrator(lab: DialplanLab) -> None:
    """His own dialplan gets the number that was dialled, and DB() works in it."""
    await lab.pbx.cli("database put test own kept")
    await lab.set_globals(FALLBACK_CONTEXT="test-own", BUDGET_MS="50")
    story = await lab.call()
    assert story.notes == ["unenriched|stasis=TIMEOUT", "own=kept"]
    assert story.dialled == []


async def test_a_fallback_context_without_the_number_is_passed_over(lab: DialplanLab) -> None:
    """A slip in the settings does not cost the call: the next fallback takes it."""
    await lab.set_globals(FALLBACK_CONTEXT="no-such-context", BUDGET_MS="50")
    assert (await lab.call()).dialled == [ANSWERING]


async def test_nobody_at_the_fallback_phone_leads_to_its_box(lab: DialplanLab) -> None:
    """The fallback's own ring time and voicemail box count."""
    await lab.set_globals(
        BUDGET_MS="50",
        FALLBACK_DIAL=SILENT,
        FALLBACK_SECONDS="1",
        FALLBACK_VOICEMAIL="1001@default",
    )
    story = await lab.call(patience_seconds=2.5)
    assert story.end["dialstatus"] == "NOANSWER"
    assert story.apps[-1] == ("VoiceMail", "1001@default,u")


@pytest.mark.parametrize("dial", ["", "nonsense", "PJSIP/"])
async def test_without_any_usable_fallback_the_network_hears_congestion(
    lab: DialplanLab, dial: str
) -> None:
    """Dial() would drop the caller on such a string; the note says what is missing."""
    await lab.set_globals(FALLBACK_DIAL=dial, BUDGET_MS="50")
    story = await lab.call()
    assert story.dialled == []
    assert story.notes == ["unenriched|stasis=TIMEOUT", "no fallback"]
    assert story.hangup_cause == 34


@pytest.mark.parametrize("number", [NUMBER, "004930901820", "030901820", "901820", "s"])
async def test_numbers_come_in_every_form_of_a_trunk(lab: DialplanLab, number: str) -> None:
    """The bridge is told the number as the trunk sent it."""
    async with lab.bridge(ROUTE="blocked", CALL_ID="7K4Q2M") as seen:
        story = await lab.call(number)
    (broadcast,) = seen
    assert broadcast["called"] == number
    assert broadcast["channel"]["dialplan"]["exten"] == number
    assert story.apps == [door(number)]
