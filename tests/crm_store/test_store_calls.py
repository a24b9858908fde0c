"""Calls: written once, whatever happens twice; found by whatever somebody remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from store_samples import ADA, HOSTILE, RANG_AT, ended, ringing

from crm_store.errors import CallIdTaken
from crm_store.filters import CallFilter
from crm_store.records import (
    Activity,
    ActivityStatus,
    Direction,
    Enrichment,
    Lead,
    Outcome,
    Party,
)
from crm_store.store import Store


async def call_of(store: Store, linkedid: str = "1.1") -> Any:
    return await store.read(lambda r: r.call("sydney", linkedid))


async def found(store: Store, **wanted: Any) -> list[str]:
    calls = await store.read(lambda r: list(r.find_calls(CallFilter(**wanted))))
    return [call.linkedid for call in calls]


@pytest.mark.parametrize("call", [ringing(), ended()], ids=["ringing", "ended"])
async def test_a_call_comes_back_as_it_was_written(store: Store, call: Any) -> None:
    """Every field, to the microsecond, on both engines."""
    await store.write(lambda w: w.put_call(call))
    assert await call_of(store) == call


async def test_the_same_call_twice_changes_nothing(store: Store) -> None:
    """Seeing the same events twice is told as no change."""
    changed = [await store.write(lambda w: w.put_call(ended())) for _ in range(2)]
    assert changed == [True, False]


async def test_an_instant_of_another_time_zone_is_kept_and_a_naive_one_refused(
    store: Store,
) -> None:
    """Ten hours east is the same instant; no time zone is no instant."""
    east = RANG_AT.astimezone(timezone(timedelta(hours=10)))
    await store.write(lambda w: w.put_call(ringing(started_at=east)))
    assert (await call_of(store)).started_at.isoformat() == RANG_AT.isoformat()
    naive = RANG_AT.replace(tzinfo=None)
    with pytest.raises(Exception, match="naive"):
        await store.write(lambda w: w.put_call(ringing(started_at=naive)))


async def test_what_only_an_earlier_record_knew_is_kept(store: Store) -> None:
    """A journal read again knows no comment, look-up or record: they stand; times are news."""
    replayed = ringing(ended_at=RANG_AT + timedelta(seconds=2), outcome=Outcome.MISSED)
    known = ended()
    await store.write(lambda w: w.put_call(known))
    await store.write(lambda w: w.put_call(replayed))
    assert await call_of(store) == replace(
        replayed,
        call_id=known.call_id,
        tracking_number=known.tracking_number,
        matched=known.matched,
        record=known.record,
        tags=known.tags,
        comment=known.comment,
        enrichment=Enrichment.ENRICHED,
        candidates=known.candidates,
    )


async def test_a_call_id_belongs_to_one_call(store: Store) -> None:
    """A second call with the same ID is refused by name, and a free ID is proposed."""
    await store.write(lambda w: w.put_call(ended("1.1")))
    with pytest.raises(CallIdTaken):
        await store.write(lambda w: w.put_call(ended("2.1")))
    proposed = ["7K4Q2M", "7K4Q2N"]
    assert await store.write(lambda w: w.free_call_id(proposed)) == "7K4Q2N"
    with pytest.raises(LookupError):
        await store.write(lambda w: w.free_call_id(proposed[:1]))


async def test_strangers_text_is_stored_and_nothing_of_it_is_done(store: Store) -> None:
    """Quotes, SQL, emoji, 4 kB: as sent; NUL and broken characters: replaced."""
    phone = Party(extension=HOSTILE, channel="c", rang_at=None, answered_at=None, left_at=None)
    call = ended(caller_name=HOSTILE, caller_number=HOSTILE, tags=(HOSTILE,), parties=(phone,))
    clean = HOSTILE.replace("\0", "\ufffd").replace("\udc80", "\ufffd")
    await store.write(lambda w: w.put_call(call))
    assert await call_of(store) == replace(
        call,
        caller_name=clean,
        caller_number=clean,
        tags=(clean,),
        parties=(replace(phone, extension=clean),),
    )


@pytest.mark.parametrize(
    "wanted",
    [
        {"number": "+61491570006"},
        {"number": "0491 570 006", "country": "AU"},
        {"number": "0491570006"},
        {"number": "0061 491 570 006"},
        {"number": "61491570006"},
        {"number": "(02) 9876-5432", "country": "AU"},
        {"call_id": "7k4q2m"},
        {"call_id": " 7K4-Q2M "},
        {"campaign": "TRAMS"},
        {"agent": "tom"},
        {"agent": "101"},
        {"outcome": Outcome.ANSWERED},
        {"direction": Direction.INBOUND, "is_open": False},
        {"since": RANG_AT, "until": RANG_AT + timedelta(microseconds=1)},
    ],
    ids=str,
)
async def test_a_call_is_found_by_what_somebody_remembers(store: Store, wanted: Any) -> None:
    """Number in any form, call ID in any case, campaign, agent, outcome, time."""
    other = ringing(
        "2.1",
        caller_e164="+493023125123",
        caller_number="+493023125123",
        dialled_number="101",
        dialled_e164=None,
        direction=Direction.OUTBOUND,
        call_id="7K4Q2N",
        started_at=RANG_AT + timedelta(seconds=1),
    )
    await store.write(lambda w: (w.put_call(other), w.put_call(ended())))
    assert await found(store, **wanted) == ["1.1"]


async def test_look_alikes_in_a_call_id_are_forgiven(store: Store) -> None:
    """Z for 2, S for 5, B for 8, dashes: what was read from a handset finds the call."""
    await store.write(lambda w: w.put_call(ended(call_id="25KQ86")))
    assert await found(store, call_id="zsk-qbg") == ["1.1"]


async def test_calls_come_in_the_order_in_which_they_started(store: Store) -> None:
    """By start, then key; from either end; the limit counts from there; open ones alone."""
    for linkedid, seconds in (("9.1", 0), ("10.1", 0), ("8.1", 5)):
        call = ringing(linkedid, started_at=RANG_AT + timedelta(seconds=seconds))
        await store.write(lambda w, call=call: w.put_call(call))
    await store.write(lambda w: w.put_call(ended("7.1")))
    assert await found(store) == ["10.1", "7.1", "9.1", "8.1"]
    assert await found(store, newest_first=True, limit=2) == ["8.1", "9.1"]
    still_up = await store.read(lambda r: r.open_calls("sydney"))
    assert [call.linkedid for call in still_up] == ["10.1", "9.1", "8.1"]
    assert await store.read(lambda r: r.open_calls("melbourne")) == []


async def test_a_stream_reads_everything_while_the_store_is_written(store: Store) -> None:
    """More calls than one chunk; a write in between neither waits nor shows."""
    calls = [ringing(f"{number:04}", started_at=RANG_AT) for number in range(1_100)]
    await store.write(lambda w: [w.put_call(call) for call in calls])
    seen = []
    async for call in store.stream(lambda r: r.find_calls()):
        if not seen:
            await store.write(lambda w: w.put_call(ringing("9999")))
        seen.append(call)
    assert seen == calls


async def test_an_iterator_does_not_leave_its_unit_of_work(store: Store) -> None:
    """It would read from a connection that somebody else has by then: say so at once."""
    with pytest.raises(TypeError, match=r"Store\.stream"):
        await store.read(lambda r: r.find_calls())


async def test_a_call_that_merged_is_gone_and_its_lead_points_to_the_other(
    store: Store, clock: Any
) -> None:
    """Its activity goes with it; the lead stays, with the call that goes on as its first."""

    def load(w: Any) -> Any:
        w.put_call(ended("1.1"))
        w.put_call(ringing("2.1", caller_e164=ADA))
        w.log_activity(
            Activity(subject="s", status=ActivityStatus.COMPLETED, call=("sydney", "2.1"))
        )
        return w.create(Lead(name="Ada", first_call=("sydney", "2.1")))

    lead = await store.write(load)
    gone = [
        await store.write(lambda w: w.absorb_call("sydney", "2.1", into="1.1")) for _ in range(2)
    ]
    assert gone == [True, False]
    assert await found(store) == ["1.1"]
    assert await store.read(lambda r: r.activity_of("sydney", "2.1")) is None
    assert await store.read(lambda r: r.person(lead)) == Lead(
        id=1,
        name="Ada",
        first_call=("sydney", "1.1"),
        call_id="7K4Q2M",
        wait_seconds=6.0,
        talk_seconds=90.000001,
        recordings=ended().recordings,
        missed_reason=ended().missed_reason,
        created_at=clock.now,
        updated_at=clock.now,
    )
