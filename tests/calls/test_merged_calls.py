"""A customer who is joined to an older call: it is his call, from the moment he rang."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.events import EventKind as K
from tests.calls.make import at, event
from tests.calls.replay import read_journal, tell_calls

ALICE = ("100.1", "PJSIP/1001-00000001")
BOB = ("100.2", "PJSIP/1002-00000002")
CUSTOMER = ("105.3", "PJSIP/trunk-00000003")
ALICES_SECOND_LINE = ("105.4", "PJSIP/1001-00000004")


def _end(seconds: float, leg: tuple[str, str], bridge: str) -> list[ChannelEvent]:
    return [
        event(kind, seconds, *leg, linkedid="100.1", bridge=bridge if kind is K.BRIDGE_LEFT else "")
        for kind in (K.BRIDGE_LEFT, K.CHANNEL_HUNG_UP, K.CHANNEL_ENDED)
    ]


def test_a_customer_joined_to_a_call_between_colleagues_has_waited_since_he_rang() -> None:
    """Alice speaks with Bob when a customer calls on her second line; she puts them together."""
    older, newer = {"linkedid": "100.1"}, {"linkedid": "105.3"}
    inside = {"context": "internal"}
    events = [
        event(K.CHANNEL_STARTED, 0, *ALICE, number="1001", exten="1002", **inside, **older),
        event(K.APP_STARTED, 0.1, *ALICE, app="Dial", app_args="PJSIP/1002", **older),
        event(K.CHANNEL_STARTED, 0.2, *BOB, number="1002", **inside, **older),
        *(event(K.CHANNEL_ANSWERED, 1, *leg, **older) for leg in (BOB, ALICE)),
        *(event(K.BRIDGE_ENTERED, 1, *leg, bridge="first", **older) for leg in (BOB, ALICE)),
        event(K.CHANNEL_STARTED, 5, *CUSTOMER, number="0491570156", exten="9001", **newer),
        event(K.APP_STARTED, 5.1, *CUSTOMER, app="Dial", app_args="PJSIP/1001", **newer),
        event(K.CHANNEL_STARTED, 5.2, *ALICES_SECOND_LINE, number="1001", **inside, **newer),
        *(event(K.CHANNEL_ANSWERED, 6, *leg, **newer) for leg in (ALICES_SECOND_LINE, CUSTOMER)),
        *(
            event(K.BRIDGE_ENTERED, 6, *leg, bridge="second", **newer)
            for leg in (ALICES_SECOND_LINE, CUSTOMER)
        ),
        event(K.BRIDGE_LEFT, 8, *BOB, bridge="first", **older),
        event(K.BRIDGE_ENTERED, 8, *BOB, bridge="second", **older),
        *_end(8, ALICE, "first"),
        *_end(8, ALICES_SECOND_LINE, "second"),
        *_end(10, BOB, "second"),
        *_end(10, CUSTOMER, "second"),
    ]

    [call] = tell_calls(events).values()

    assert (call.linkedid, call.direction, call.answered_by) == ("105.3", "inbound", "1001")
    assert (call.started_at, call.answered_at, call.ended_at) == (at(5), at(6), at(10))
    assert (call.wait_seconds, call.talk_seconds) == (1, 4)


@pytest.mark.parametrize(
    ("name", "met"),
    [("rt2_r_att_conf", "PJSIP/1003-0000001b"), ("rt2_r_att_park", "PJSIP/1002-00000010")],
)
def test_the_line_on_which_an_agent_asked_is_no_party_of_its_own(name: str, met: str) -> None:
    """Whom an agent joins to a room, or to a slot, had the agent, and then whom he met there."""
    (call,) = [
        call
        for call in tell_calls(read_journal(name)).values()
        if call.direction is Direction.INBOUND
    ]
    agent, other = call.parties
    assert (agent.extension, agent.rang_at is None, other.channel) == ("1001", False, met)


def test_a_phone_rung_apart_joins_nobody_where_two_callers_show_its_number() -> None:
    """A company shows one number for all of its lines: for which of two the phone rings, no row
    tells; it is no party of either."""
    events = read_journal("rt3_ari_holding_left_apart")
    caller = events[0].linkedid
    twin, line = "1000000000.1", "PJSIP/carrier-syd-1-000000ff"
    twins = [
        replace(each, channel=line, uniqueid=twin, linkedid=twin)
        for each in events
        if each.linkedid == caller
    ]

    alone, beside = tell_calls(events), tell_calls([*twins, *events])

    assert [party.extension for party in alone[caller].parties] == ["1011"]
    assert {caller: beside[caller].parties, "twin": beside[twin].parties} == {
        caller: (),
        "twin": (),
    }
