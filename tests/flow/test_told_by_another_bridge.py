"""One bridge greets, another writes the call down, or the same one after a crash: one record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_store.numbers import phone_number
from crm_store.records import CallRecord, Contact, Enrichment
from crm_store.store import Store
from pbx_bridge.calls.events import ChannelEvent, EventKind
from tests.calls.replay import read_journal
from tests.flow.test_call_flow import DOOR, ScriptedSwitchboard, _calls, _flow, store

__all__ = ["store"]

SHOWN = "7K4Q2M"
LOOKED_UP = ("PBX_BRIDGE_CALL", {"id": SHOWN, "route": "dial"})


def journaled(user_event: str, extra: dict[str, str]) -> list[ChannelEvent]:
    """A plain answered call, with one more note of the dialplan's on the caller's channel."""
    events = read_journal("snippet_plain")
    first = next(event for event in events if event.uniqueid == DOOR.channel_id)
    note = replace(
        first,
        kind=EventKind.USER_DEFINED,
        at=first.at + timedelta(milliseconds=30),
        user_event=user_event,
        extra=extra,
    )
    return sorted([*events, note], key=lambda event: event.at)


BROKEN = ZeroDivisionError()


async def told(
    store: Store, events: list[ChannelEvent], *, claims: bool | Exception | None
) -> CallRecord:
    """The record of a call by a bridge that was not there, or (``claims``) was at the door too."""
    flow = await _flow(store, budget_seconds=5)
    if claims is not None:
        broken = claims if isinstance(claims, Exception) else None
        await flow.greet(DOOR, ScriptedSwitchboard(claims=claims is True, broken=broken))
    for event in events:
        for write in flow.follow(event, is_live=claims is not None):
            await write
    [call] = await _calls(store)
    return call


async def put_jane_on_file(store: Store) -> None:
    jane = Contact(name="Jane", phone_numbers=(phone_number("0412345678", "AU"),))
    await store.write(lambda writer: writer.put(jane))


@pytest.mark.parametrize("claims", [None, False], ids=["not there", "not as fast"])
async def test_what_another_bridge_showed_is_in_the_record(
    store: Store, claims: bool | None
) -> None:
    """The call ID of the handset, that he was looked up, and whom the other one found."""
    await put_jane_on_file(store)
    call = await told(store, journaled(*LOOKED_UP), claims=claims)
    names = [candidate.name for candidate in call.candidates]
    expected_id = SHOWN if claims is None else call.call_id
    assert (call.enrichment, names, call.call_id) == (Enrichment.ENRICHED, ["Jane"], expected_id)


async def test_a_caller_whom_only_another_bridge_could_look_up_was_looked_up(store: Store) -> None:
    """Our own link was broken when he rang, and we write him down: the journal knows better."""
    call = await told(store, journaled(*LOOKED_UP), claims=BROKEN)
    assert call.enrichment is Enrichment.ENRICHED


async def test_a_stranger_is_not_his_own_candidate(store: Store) -> None:
    """The lead that his call makes was not there when he rang."""
    call = await told(store, journaled(*LOOKED_UP), claims=False)
    assert (call.enrichment, call.candidates) == (Enrichment.ENRICHED, ())
    assert call.record is not None


@pytest.mark.parametrize(
    ("stasis", "enrichment"),
    [
        ("TIMEOUT", Enrichment.OVER_BUDGET),
        ("SUCCESS", Enrichment.FAILED),
        ("FAILED", Enrichment.NOT_ASKED),
        ("AWAY", Enrichment.NOT_ASKED),
        ("<script>", Enrichment.NOT_ASKED),
    ],
)
async def test_the_journal_says_why_nobody_looked_him_up(
    store: Store, stasis: str, enrichment: Enrichment
) -> None:
    """As the dialplan noted it; a word that it does not have tells nothing."""
    note = ("PBX_BRIDGE_NOTE", {"text": "unenriched", "stasis": stasis})
    call = await told(store, journaled(*note), claims=None)
    assert (call.enrichment, call.candidates) == (enrichment, ())


async def test_who_was_at_the_door_knows_better_why_it_went_wrong(store: Store) -> None:
    """The dialplan saw a time-out; the bridge knows that its own link was broken."""
    flow = await _flow(store, budget_seconds=5)
    await flow.greet(DOOR, ScriptedSwitchboard(broken=ZeroDivisionError()))
    for event in journaled("PBX_BRIDGE_NOTE", {"text": "unenriched", "stasis": "TIMEOUT"}):
        for write in flow.follow(event, is_live=True):
            await write
    [call] = await _calls(store)
    assert call.enrichment is Enrichment.FAILED


async def test_a_record_that_was_begun_keeps_what_it_knows(store: Store) -> None:
    """Begun by the bridge that greeted, finished by another one that was not there."""
    await put_jane_on_file(store)
    events = journaled(*LOOKED_UP)
    flow = await _flow(store, budget_seconds=5)
    await flow.greet(DOOR, ScriptedSwitchboard())
    for event in events[:4]:
        for write in flow.follow(event, is_live=True):
            await write
    [begun] = await _calls(store)
    call = await told(store, events, claims=None)
    assert (call.call_id, call.enrichment, call.candidates) == (
        begun.call_id,
        Enrichment.ENRICHED,
        begun.candidates,
    )
    assert [candidate.name for candidate in call.candidates] == ["Jane"]
