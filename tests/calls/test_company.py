"""Who was with the caller: holding, Local pairs, several humans."""

from __future__ import annotations

from pbx_bridge.calls.company import Company, find_company
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.events import EventKind as K
from pbx_bridge.calls.leg import Leg
from pbx_bridge.calls.plot import fold_legs
from tests.calls.make import at, event


def _visit(
    uniqueid: str, channel: str, enters: float, leaves: float, bridge: str, *, holding: bool = False
) -> list[ChannelEvent]:
    return [
        event(K.CHANNEL_STARTED, 0, uniqueid, channel),
        event(K.CHANNEL_ANSWERED, 0.5, uniqueid, channel),
        event(K.BRIDGE_ENTERED, enters, uniqueid, channel, bridge=bridge, is_holding=holding),
        event(K.BRIDGE_LEFT, leaves, uniqueid, channel, bridge=bridge, is_holding=holding),
        event(K.CHANNEL_HUNG_UP, leaves, uniqueid, channel),
        event(K.CHANNEL_ENDED, leaves, uniqueid, channel),
    ]


def _company(*visits: list[ChannelEvent]) -> list[tuple[float, float, list[str]]]:
    legs = fold_legs(one for visit in visits for one in visit)
    caller = next(leg for leg in legs if leg.uniqueid == "1.1")

    def offset(stretch: Company) -> tuple[float, float]:
        return (
            (stretch.started_at - at(0)).total_seconds(),
            (stretch.ended_at - at(0)).total_seconds(),
        )

    return [
        (*offset(stretch), [_name(leg) for leg in stretch.humans])
        for stretch in find_company(caller, legs, at(60))
    ]


def _name(leg: Leg) -> str:
    return leg.channel.partition("-")[0]


def test_two_parked_callers_are_not_with_each_other() -> None:
    """A holding bridge plays music to each: being parked beside somebody is being alone."""
    parked = {"is_holding": True, "bridge": "lot"}
    caller = _visit("1.1", "PJSIP/trunk-1", 1, 2, "talk")[:4]
    assert _company(
        [
            *caller,
            event(K.BRIDGE_ENTERED, 3, "1.1", "PJSIP/trunk-1", **parked),
            event(K.BRIDGE_LEFT, 9, "1.1", "PJSIP/trunk-1", **parked),
        ],
        _visit("1.2", "PJSIP/1001-2", 1, 2, "talk"),
        _visit("1.3", "PJSIP/trunk-3", 3, 9, "lot", holding=True),
    ) == [(1, 2, ["PJSIP/1001"])]


def test_a_conference_counts_each_human_while_he_is_there() -> None:
    """People come and go; the caller's talk is the time in which at least one was there."""
    assert _company(
        _visit("1.1", "PJSIP/trunk-1", 1, 9, "room"),
        _visit("1.2", "PJSIP/1001-2", 2, 5, "room"),
        _visit("1.3", "PJSIP/1002-3", 4, 6, "room"),
    ) == [
        (2, 4, ["PJSIP/1001"]),
        (4, 5, ["PJSIP/1001", "PJSIP/1002"]),
        (5, 6, ["PJSIP/1002"]),
    ]


def test_a_local_pair_that_is_never_optimised_joins_two_bridges() -> None:
    """With /n the halves stay: a phone two bridges away is with the caller all the same."""
    assert _company(
        _visit("1.1", "PJSIP/trunk-1", 1, 9, "near"),
        _visit("1.2", "Local/1001@queue-1;1", 1, 9, "near"),
        _visit("1.3", "Local/1001@queue-1;2", 2, 8, "far"),
        _visit("1.4", "PJSIP/1001-4", 3, 7, "far"),
    ) == [(3, 7, ["PJSIP/1001"])]


def test_a_recorder_and_an_announcer_are_no_company() -> None:
    """Machines in the caller's bridge are not humans."""
    assert (
        _company(
            _visit("1.1", "PJSIP/trunk-1", 1, 9, "room"),
            _visit("1.2", "CBAnn/room-2", 1, 9, "room"),
            _visit("1.3", "CBRec/room-3", 1, 9, "room"),
        )
        == []
    )
