"""Which events a call makes: each once, however often its journal is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crm_store.call_logging import CallLoggingSettings
from crm_store.documents import call_document
from crm_store.messages.call_events import CallEventSettings, announce_call, announce_merged_call
from crm_store.reader import Reader
from crm_store.records import CallRecord, Direction, MissedReason, Outcome, WebHook
from crm_store.store import Store
from pbx_bridge.directory import read_directory
from pbx_bridge.ledger import record_call
from pbx_bridge.settling import Bookkeeping
from tests.calls.replay import JOURNALS, read_journal, tell_calls

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
RINGING = CallRecord(
    pbx="sydney",
    linkedid="1.1",
    call_id="7K4Q2M",
    direction=Direction.INBOUND,
    caller_number="0491570006",
    dialled_number="0298765432",
    started_at=NOW,
)
ANSWERED = replace(RINGING, answered_at=NOW + timedelta(seconds=5), answered_by="1001")
ENDED = replace(
    ANSWERED,
    ended_at=NOW + timedelta(seconds=65),
    outcome=Outcome.ANSWERED,
    talk_seconds=60.0,
)
MISSED = replace(
    RINGING,
    ended_at=NOW + timedelta(seconds=9),
    outcome=Outcome.MISSED,
    missed_reason=MissedReason.ABANDONED,
)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A store at a quarter to ten, with somebody who listens to everything about calls."""

    def clock() -> datetime:
        return NOW + timedelta(minutes=15)

    async with Store.open(store_url, migrate=True, clock=clock) as opened:
        await opened.write(lambda w: w.add(WebHook(url="https://example.com/", events=("call.*",))))
        yield opened


async def tell(store: Store, *calls: CallRecord) -> None:
    """Write a call as it stands, again and again, as the ledger does."""

    def unit(call: CallRecord) -> Any:
        def write(writer: Any) -> None:
            before = writer.call(call.pbx, call.linkedid)
            writer.put_call(call)
            announce_call(writer, before, call)

        return write

    for call in calls:
        await store.write(unit(call))


def events_in(reader: Reader) -> list[dict[str, Any]]:
    query = sa.text("SELECT payload FROM events ORDER BY id")
    return [json.loads(row[0]) for row in reader.connection.execute(query)]


async def types_of(store: Store) -> list[str]:
    return [event["type"] for event in await store.read(events_in)]


async def test_a_call_is_told_at_its_start_its_answer_and_its_end(store: Store) -> None:
    """Three events, each with the whole call under its documented names as it was then."""
    await tell(store, RINGING, ANSWERED, ENDED)
    events = await store.read(events_in)
    assert [event["type"] for event in events] == ["call.started", "call.answered", "call.ended"]
    expected = [call_document(call) for call in (RINGING, ANSWERED, ENDED)]
    assert [event["data"]["object"] for event in events] == expected
    assert events[2]["data"] == {"object": expected[2], "changes": {}, "actor": None}


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([RINGING, RINGING, RINGING], ["call.started"]),
        ([ANSWERED], ["call.started", "call.answered"]),
        ([RINGING, ENDED], ["call.started", "call.ended"]),
        ([RINGING, MISSED, MISSED], ["call.started", "call.ended"]),
        ([ENDED], ["call.ended"]),
        ([RINGING, ANSWERED, ENDED] * 2, ["call.started", "call.answered", "call.ended"]),
        ([ENDED, replace(ENDED, talk_seconds=61.0)], ["call.ended", "call.updated"]),
        (
            [RINGING, ANSWERED, ENDED, ANSWERED, replace(ENDED, talk_seconds=90.0)],
            ["call.started", "call.answered", "call.ended", "call.updated"],
        ),
        ([replace(ENDED, ended_at=NOW - timedelta(days=2))], []),
    ],
    ids=[
        "rings on",
        "first seen when it is up",
        "answered while we were away",
        "missed",
        "first seen when it is over",
        "written again and again",
        "told anew",
        "goes on after its end, and ends again",
        "of the day before yesterday",
    ],
)
async def test_nothing_is_told_twice(
    store: Store, calls: list[CallRecord], expected: list[str]
) -> None:
    """Whatever is written, in whatever order."""
    await tell(store, *calls)
    assert await types_of(store) == expected


async def test_what_is_changed_in_an_ended_call_is_told_by_field(store: Store) -> None:
    """From what to what; a field that only the store knows is nobody's business."""
    await tell(store, ENDED, replace(ENDED, comment="wants a quote"))
    (_, updated) = await store.read(events_in)
    assert updated["data"]["changes"] == {"comment": [None, "wants a quote"]}
    assert updated["data"]["object"]["comment"] == "wants a quote"


async def test_old_calls_are_told_where_the_settings_say_so(store: Store) -> None:
    """For whoever wants an outside CRM filled from a backfill."""
    await store.write(lambda w: w.put_settings(CallEventSettings(news_hours=1_000_000)))
    await tell(store, replace(ENDED, ended_at=NOW - timedelta(days=900)))
    assert await types_of(store) == ["call.ended"]


async def test_a_call_that_was_part_of_another_is_told_to_be_gone(store: Store) -> None:
    """With the linkedid of the one that goes on, so that a receiver can join them."""
    await tell(store, RINGING)
    await store.write(lambda w: announce_merged_call(w, RINGING, "1.0"))
    await store.write(lambda w: announce_merged_call(w, RINGING, "1.0"))
    events = await store.read(events_in)
    assert [event["type"] for event in events] == ["call.started", "call.merged"]
    assert events[1]["data"]["into"] == "1.0"


@pytest.mark.parametrize("journal", ["snippet_plain", "xfer_att_refer", "snippet_group2"])
async def test_a_journal_that_is_read_again_tells_nothing_again(store: Store, journal: str) -> None:
    """Through the ledger, as the bridge does it: lead and activity as well."""
    await store.write(lambda w: w.put_settings(CallEventSettings(news_hours=1_000_000)))
    assert (JOURNALS / f"{journal}.csv").exists()
    calls = tell_calls(read_journal(journal))
    directory = await store.read(lambda r: read_directory(r, CallLoggingSettings()))
    books = Bookkeeping(directory=directory, country="AU")

    async def play() -> list[dict[str, Any]]:
        for call in calls.values():
            await store.write(lambda w, call=call: record_call(w, call, None, books))
        return await store.read(events_in)

    once = await play()
    assert [event["type"] for event in once] == ["call.ended"] * len(calls)
    assert once[0]["data"]["object"]["record"] is not None
    assert await play() == once
