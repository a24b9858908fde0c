"""Journals into the store: pieces, disorder, doubles, and what an ended call becomes."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crm_store.numbers import phone_number
from crm_store.records import CallRecord, Campaign, Contact, Lead, TrackingNumber, User
from crm_store.store import Store
from pbx_bridge.app import BackfillCounts, backfill
from pbx_bridge.config import Config, PbxConfig

JOURNALS = Path(__file__).parents[1] / "calls" / "journals"
LAB = PbxConfig(name="lab", trunks=("PJSIP/trunk-*",), inbound_contexts=("from-trunk",))


def _lines(*names: str) -> list[bytes]:
    return [
        line for name in names for line in (JOURNALS / f"{name}.csv").read_bytes().splitlines(True)
    ]


async def _fill(url: str, *pieces: Sequence[bytes]) -> BackfillCounts:
    """Backfill each piece by a command of its own; return the last one's counts."""
    config = Config.model_validate(
        {"store": {"url": url}, "numbers": {"country": "AU"}, "pbx": [LAB.model_dump()]}
    )
    counts = BackfillCounts()
    for piece in pieces:
        counts = await backfill(config, LAB, [io.BytesIO(b"".join(piece))])
    return counts


async def _calls(url: str) -> list[CallRecord]:
    async with Store.open(url) as store:
        return await store.read(lambda reader: list(reader.find_calls()))


def _story(call: CallRecord) -> CallRecord:
    """A call without the numbers that the store gave to what it became."""
    return replace(call, record=None)


@pytest.mark.parametrize("name", ["snippet_plain", "snippet_group2", "xfer_att_refer"])
async def test_a_backfill_twice_changes_nothing(store_url: str, name: str) -> None:
    """The same rows again: the same calls, the same lead, nothing new."""
    await _fill(store_url, _lines(name))
    once = await _calls(store_url)
    counts = await _fill(store_url, _lines(name))
    assert await _calls(store_url) == once
    assert counts.journal.bad_rows == 0
    async with Store.open(store_url) as store:
        assert len(await store.read(lambda reader: list(reader.find_leads()))) == 1


@pytest.mark.parametrize("cut", [1, 5, 9, 14])
@pytest.mark.parametrize("is_second_half_first", [False, True])
async def test_two_pieces_of_a_journal_make_one_whole_call(
    store_url: str, cut: int, is_second_half_first: bool
) -> None:
    """Pieces by separate commands, in either order: the call is told as if read at once."""
    rows = _lines("snippet_plain")
    pieces = [rows[:cut], rows[cut:]]
    await _fill(store_url, *(reversed(pieces) if is_second_half_first else pieces))
    in_pieces = [_story(call) for call in await _calls(store_url)]
    await _fill(store_url, rows)
    assert [_story(call) for call in await _calls(store_url)] == in_pieces
    assert [call.is_estimated for call in in_pieces] == [False]
    assert [call.talk_seconds for call in in_pieces] == [pytest.approx(0.507, abs=0.01)]


async def test_a_late_piece_never_spoils_a_whole_call(store_url: str) -> None:
    """A tail that is read again alone does not replace what is known from the whole."""
    rows = _lines("snippet_plain")
    await _fill(store_url, rows)
    whole = await _calls(store_url)
    await _fill(store_url, rows[-3:])
    assert await _calls(store_url) == whole


@pytest.mark.parametrize(("name", "cut"), [("pickup_directed", 12), ("park_refer", 22)])
async def test_a_call_that_became_part_of_another_does_not_come_back(
    store_url: str, name: str, cut: int
) -> None:
    """The journal was rotated in the middle of a consultation, and is read piece by piece: what
    was kept of it is let go of when the two calls are one."""
    rows = _lines(name)
    await _fill(store_url, rows[:cut], rows[cut:])
    [whole] = await _calls(store_url)
    await _fill(store_url, [], [])
    assert await _calls(store_url) == [whole]


async def test_rows_in_any_order_make_the_same_calls(store_url: str) -> None:
    """A shuffled journal of several calls, restarts of the PBX among them."""
    names = ["snippet_plain", "snippet_vm", "xfer_att_refer", "park_refer", "queue_local"]
    rows = _lines(*names)
    shuffled = list(rows)
    random.Random(7).shuffle(shuffled)
    await _fill(store_url, shuffled)
    from_shuffled = [_story(call) for call in await _calls(store_url)]
    assert len(from_shuffled) == len(names)
    await _fill(store_url, rows)
    assert [_story(call) for call in await _calls(store_url)] == from_shuffled


async def test_broken_rows_are_counted_and_cost_no_call(store_url: str) -> None:
    """Rubbish, half rows and rows without a time between good rows."""
    good = _lines("snippet_plain")
    rubbish = [
        b"\n",
        b"not a journal at all\n",
        b'"CHAN_START","CHAN_START","2026-11-22T21:54:25.374576+0000"\n',
        b'"CHAN_START","CHAN_START","when?","1.1","1.1","PJSIP/trunk-1"\n',
        b'"HANGUP","HANGUP","2026-11-22T21:54:25.1+0000","1.1","1.1","PJSIP/1-1","num","cut he\n',
        b"\x00\xff\xfe\n",
    ]
    mixed = [line for pair in zip(good, rubbish * 3, strict=False) for line in pair]
    counts = await _fill(store_url, mixed)
    async with Store.open(store_url) as store:
        told = await store.read(lambda r: r.call("lab", "1795384465.145"))
    assert told is not None
    assert (told.outcome, told.is_estimated) == ("answered", False)
    assert counts.journal.bad_rows > 0


async def test_a_stranger_becomes_a_lead_and_calls_again(store_url: str) -> None:
    """Two calls of one stranger in one journal: a lead with its campaign, then an activity."""
    async with Store.open(store_url, migrate=True) as store:
        await store.write(lambda w: w.put_user(User(name="Alice", extensions=("1001",))))
        await store.write(lambda w: w.put_campaign(Campaign(name="Posters")))
        await store.write(
            lambda w: w.put_tracking_number(
                TrackingNumber(
                    e164="+61299990001",
                    raw="9001",
                    label="Poster",
                    campaign="Posters",
                    source="poster",
                    targets=("1001",),
                )
            )
        )
    await _fill(store_url, _lines("snippet_plain"), _lines("stasis_continue"))
    async with Store.open(store_url) as store:
        leads = await store.read(lambda reader: list(reader.find_leads()))
        activities = await store.read(lambda reader: list(reader.find_activities()))
    assert [(lead.name, lead.campaign, lead.source, lead.owner) for lead in leads] == [
        ("0412 345 678", "Posters", "poster", "Alice")
    ]
    assert [(activity.subject, activity.owner) for activity in activities] == [
        ("Inbound answered call from 0412 345 678 answered by Alice", "Alice")
    ]


async def test_a_known_caller_gets_an_activity_and_no_lead(store_url: str) -> None:
    """A contact on file: one activity with his name, about him, for who took the call."""
    async with Store.open(store_url, migrate=True) as store:
        await store.write(lambda w: w.put_user(User(name="Alice", extensions=("1001",))))
        await store.write(
            lambda w: w.put(
                Contact(
                    name="Jane Doe",
                    account="Acme",
                    phone_numbers=(phone_number("0412 345 678", "AU"),),
                )
            )
        )
    await _fill(store_url, _lines("snippet_plain"))
    async with Store.open(store_url) as store:
        leads: list[Lead] = await store.read(lambda reader: list(reader.find_leads()))
        activities = await store.read(lambda reader: list(reader.find_activities()))
    assert leads == []
    assert [(a.subject, a.status, a.owner) for a in activities] == [
        ("Inbound answered call from Jane Doe answered by Alice", "completed", "Alice")
    ]
    calls = await _calls(store_url)
    assert [
        (call.matched.name, call.record.type) for call in calls if call.matched and call.record
    ] == [("Jane Doe", "activity")]
