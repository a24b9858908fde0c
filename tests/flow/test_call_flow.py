"""The call flow alone: a scripted switchboard, a real store, recorded events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from crm_store.call_logging import CallLoggingSettings, RecordAt
from crm_store.numbers import phone_number
from crm_store.records import (
    CallRecord,
    Campaign,
    Contact,
    Enrichment,
    Recording,
    RouteKind,
    TrackingNumber,
    User,
)
from crm_store.store import Store
from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.call_flow import CallFlow
from pbx_bridge.calls.book import CallBook
from pbx_bridge.decisions.caller_id import DisplayTemplates
from pbx_bridge.decisions.routing import RoutingSettings
from pbx_bridge.directory import Directory, read_directory
from pbx_bridge.errors import LinkError
from pbx_bridge.flow_settings import FlowSettings
from tests.calls.replay import LAB_LINES, read_journal

DOOR = RingingChannel(
    channel_id="1795384465.145",
    channel="PJSIP/trunk-0000007b",
    caller_number="0412 345 678",
    caller_name="whoever",
    dialled_number="+61299990001",
    context="pbx-bridge-call",
    is_claimed=False,
    is_withheld=False,
)


@dataclass
class ScriptedSwitchboard:
    """Does what it is told, and keeps what it was asked."""

    claims: bool = True
    waits: bool = True
    broken: Exception | None = None
    slow_seconds: float = 0.0
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def set_variables(self, channel: str, variables: Mapping[str, str]) -> bool:
        self.asked.append(("set", channel, dict(variables)))
        if self.broken:
            raise self.broken
        await asyncio.sleep(self.slow_seconds)
        return True

    async def claim(self, channel_id: str) -> bool:
        self.asked.append(("claim", channel_id))
        return self.claims

    async def is_waiting(self, channel_id: str) -> bool:
        self.asked.append(("is waiting", channel_id))
        return self.waits

    async def let_go(self, channel_id: str) -> None:
        self.asked.append(("let go", channel_id))

    @property
    def verbs(self) -> list[str]:
        return [asked[0] for asked in self.asked]


@pytest_asyncio.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, migrate=True) as opened:
        await opened.write(lambda w: w.put_user(User(name="Alice", extensions=("1001",))))
        await opened.write(lambda w: w.put_campaign(Campaign(name="Google Ads")))
        await opened.write(
            lambda w: w.put_tracking_number(
                TrackingNumber(
                    e164="+61299990001",
                    raw="+61299990001",
                    label="Poster",
                    campaign="Google Ads",
                    route=RouteKind.RING_GROUP,
                    targets=("1001", "1002"),
                )
            )
        )
        yield opened


async def _flow(store: Store, **settings: Any) -> CallFlow:
    budget_seconds = settings.pop("budget_seconds", 0.3)
    rules = CallLoggingSettings(**settings)
    directory: Directory = await store.read(lambda reader: read_directory(reader, rules))

    async def as_they_are(recordings: tuple[Recording, ...]) -> tuple[Recording, ...]:
        return recordings

    chosen = FlowSettings(
        country="AU",
        budget_seconds=budget_seconds,
        templates=DisplayTemplates(),
        routing=RoutingSettings(),
        phones="PJSIP/{extension}",
    )
    return CallFlow(
        book=CallBook("lab", LAB_LINES),
        store=store,
        settings=chosen,
        directory=lambda: directory,
        measure=as_they_are,
        clock=lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
    )


async def _play(flow: CallFlow, name: str, *, until: int | None = None) -> None:
    for event in read_journal(name)[:until]:
        for write in flow.follow(event, is_live=True):
            await write


async def _calls(store: Store) -> list[CallRecord]:
    return await store.read(lambda reader: list(reader.find_calls()))


async def test_a_known_caller_is_shown_by_name_and_routed(store: Store) -> None:
    """Everything is set before the claim; a broadcast that is claimed is not let go here."""
    await store.write(
        lambda w: w.put(
            Contact(
                name="Jane Doe",
                account="Acme",
                owner="Alice",
                phone_numbers=(phone_number("0412345678", "AU"),),
            )
        )
    )
    flow, board = await _flow(store), ScriptedSwitchboard()
    await flow.greet(DOOR, board)
    assert board.verbs == ["set", "claim"]
    assert board.asked[0][2] == {
        "CALLERID(name)": "Jane Doe - Acme",
        "PBX_BRIDGE_CALL_ID": board.asked[0][2]["PBX_BRIDGE_CALL_ID"],
        "PBX_BRIDGE_ROUTE": "dial",
        "PBX_BRIDGE_FIRST": "PJSIP/1001",
        "PBX_BRIDGE_FIRST_SECONDS": "15",
        "PBX_BRIDGE_DIAL": "PJSIP/1001&PJSIP/1002",
        "PBX_BRIDGE_SECONDS": "20",
        "PBX_BRIDGE_RECORD": "yes",
        "PBX_BRIDGE_LABEL": "Poster",
    }


async def test_a_withheld_caller_is_not_looked_up(store: Store) -> None:
    """The PBX may know the number; the caller asked us not to."""
    await store.write(
        lambda w: w.put(Contact(name="Jane", phone_numbers=(phone_number("0412345678", "AU"),)))
    )
    flow, board = await _flow(store), ScriptedSwitchboard()
    withheld = RingingChannel(
        **{name: getattr(DOOR, name) for name in DOOR.__slots__} | {"is_withheld": True}
    )
    await flow.greet(withheld, board)
    shown = board.asked[0][2]
    assert shown["CALLERID(name)"] == f"Withheld {shown['PBX_BRIDGE_CALL_ID']}"
    assert "PBX_BRIDGE_FIRST" not in shown


@pytest.mark.parametrize(
    ("board", "verbs", "enrichment"),
    [
        (ScriptedSwitchboard(broken=LinkError("AMI is down")), ["set"], Enrichment.FAILED),
        (ScriptedSwitchboard(broken=ZeroDivisionError()), ["set"], Enrichment.FAILED),
        (ScriptedSwitchboard(slow_seconds=5), ["set"], Enrichment.OVER_BUDGET),
        (ScriptedSwitchboard(claims=False), ["set", "claim"], Enrichment.NOT_ASKED),
    ],
    ids=["no link", "a defect", "too slow", "another bridge was faster"],
)
async def test_whatever_fails_the_call_goes_on_and_is_recorded_so(
    store: Store, board: ScriptedSwitchboard, verbs: list[str], enrichment: Enrichment
) -> None:
    """A caller is never held for us, never lost because of us, and the record says what it is."""
    flow, board = await _flow(store, budget_seconds=0.7), replace(board, asked=[])
    began = asyncio.get_running_loop().time()
    await flow.greet(DOOR, board)
    assert asyncio.get_running_loop().time() - began < 2
    assert board.verbs == verbs
    await _play(flow, "snippet_plain")
    [call] = await _calls(store)
    assert (call.enrichment, call.outcome) == (enrichment, "answered")


async def test_a_caller_in_our_hands_is_let_go_whatever_happens(store: Store) -> None:
    """Behind the older door (Stasis) the channel has to be continued, also after a failure."""
    flow, board = await _flow(store), ScriptedSwitchboard(broken=LinkError("AMI is down"))
    held = RingingChannel(
        **{name: getattr(DOOR, name) for name in DOOR.__slots__} | {"is_claimed": True}
    )
    await flow.greet(held, board)
    assert board.verbs == ["set", "let go"]


async def test_a_ringing_call_is_in_the_store_with_its_lead(store: Store) -> None:
    """From the first ring an agent finds the call by number and by ID, and the lead is there."""
    flow, board = await _flow(store), ScriptedSwitchboard()
    await flow.greet(DOOR, board)
    await _play(flow, "snippet_plain", until=3)
    [call] = await _calls(store)
    assert (call.outcome, call.ended_at, call.call_id) == (
        None,
        None,
        board.asked[0][2]["PBX_BRIDGE_CALL_ID"],
    )
    assert call.record is not None
    assert call.record.type == "lead"


async def test_recorded_at_hang_up_nothing_appears_before(store: Store) -> None:
    """record_at = "hangup": the call is there, the lead comes with its end."""
    flow = await _flow(store, record_at=RecordAt.HANGUP)
    await _play(flow, "snippet_plain", until=8)
    [ringing] = await _calls(store)
    await _play(flow, "snippet_plain")
    [ended] = await _calls(store)
    assert ringing.record is None
    assert ended.record is not None
    assert ended.record.type == "lead"


@pytest.mark.parametrize(
    ("name", "linkedids"),
    [
        ("xfer_att_refer", 1),
        ("xfer_blonde_feature", 1),
        ("pickup_directed", 1),
        ("park_refer", 1),
        ("xfer_att_two_inbound", 2),
        ("xfer_att_refer_cancelled", 2),
    ],
)
async def test_calls_that_meet_leave_the_records_they_should(
    store: Store, name: str, linkedids: int
) -> None:
    """A consultation written while it was separate is taken back when it is absorbed."""
    flow = await _flow(store)
    await _play(flow, name)
    calls = await _calls(store)
    assert len(calls) == linkedids
    assert all(call.ended_at is not None for call in calls)
    leads = await store.read(lambda reader: list(reader.find_leads()))
    assert len({call.caller_e164 for call in calls if call.direction == "inbound"}) == len(leads)


async def test_twenty_first_calls_at_once_make_one_lead(store: Store) -> None:
    """Twenty ring together from one number nobody knows: one lead, nineteen activities."""
    flow = await _flow(store)
    events = read_journal("snippet_plain")
    writes = []
    for number in range(20):
        for event in events:
            uid = event.uniqueid.replace(".", f"{number:02}.")
            linked = event.linkedid.replace(".", f"{number:02}.")
            extra = {
                key: f"{value}{number}" if key == "bridge_id" else value
                for key, value in event.extra.items()
            }
            moved = type(event)(
                **{f: getattr(event, f) for f in event.__slots__}
                | {"uniqueid": uid, "linkedid": linked, "extra": extra}
            )
            writes += flow.follow(moved, is_live=True)
    await asyncio.gather(*writes)
    leads = await store.read(lambda reader: list(reader.find_leads()))
    activities = await store.read(lambda reader: list(reader.find_activities()))
    assert (len(leads), len(activities), len(await _calls(store))) == (1, 19, 20)
    assert {activity.about.id for activity in activities if activity.about} == {leads[0].id}
