"""One leg: its states, and what is learned on the way."""

from __future__ import annotations

import pytest

from pbx_bridge.calls.events import EventKind as K
from pbx_bridge.calls.folding import STATELESS, TRANSITIONS, fold_leg
from pbx_bridge.calls.leg import LegState
from pbx_bridge.calls.plot import fold_legs
from tests.calls.make import at, event
from tests.calls.replay import JOURNALS, read_journal

_WAYS: dict[LegState, tuple[K, ...]] = {
    LegState.UNSEEN: (),
    LegState.DOWN: (K.CHANNEL_STARTED,),
    LegState.RINGING: (K.CHANNEL_STARTED, K.CHANNEL_RINGING),
    LegState.UP: (K.CHANNEL_STARTED, K.CHANNEL_ANSWERED),
    LegState.BRIDGED: (K.CHANNEL_STARTED, K.CHANNEL_ANSWERED, K.BRIDGE_ENTERED),
    LegState.HUNG_UP: (K.CHANNEL_STARTED, K.CHANNEL_HUNG_UP),
    LegState.ENDED: (K.CHANNEL_STARTED, K.CHANNEL_HUNG_UP, K.CHANNEL_ENDED),
}
"""How a leg gets into each state."""

_MEANT = {
    (LegState.UNSEEN, K.CHANNEL_STARTED): LegState.DOWN,
    (LegState.DOWN, K.CHANNEL_RINGING): LegState.RINGING,
    (LegState.DOWN, K.CHANNEL_ANSWERED): LegState.UP,
    (LegState.DOWN, K.BRIDGE_ENTERED): LegState.BRIDGED,
    (LegState.DOWN, K.CHANNEL_HUNG_UP): LegState.HUNG_UP,
    (LegState.RINGING, K.CHANNEL_RINGING): LegState.RINGING,
    (LegState.RINGING, K.CHANNEL_ANSWERED): LegState.UP,
    (LegState.RINGING, K.BRIDGE_ENTERED): LegState.BRIDGED,
    (LegState.RINGING, K.CHANNEL_HUNG_UP): LegState.HUNG_UP,
    (LegState.UP, K.CHANNEL_ANSWERED): LegState.UP,
    (LegState.UP, K.BRIDGE_ENTERED): LegState.BRIDGED,
    (LegState.UP, K.CHANNEL_HUNG_UP): LegState.HUNG_UP,
    (LegState.BRIDGED, K.CHANNEL_ANSWERED): LegState.BRIDGED,
    (LegState.BRIDGED, K.BRIDGE_ENTERED): LegState.BRIDGED,
    (LegState.BRIDGED, K.BRIDGE_LEFT): LegState.UP,
    (LegState.BRIDGED, K.CHANNEL_HUNG_UP): LegState.HUNG_UP,
    (LegState.HUNG_UP, K.BRIDGE_LEFT): LegState.HUNG_UP,
    (LegState.HUNG_UP, K.CHANNEL_ENDED): LegState.ENDED,
}


_LEFT_OUT_BY_ASTERISK = {"rt2_r_att_conf": {"PJSIP/carrier-syd-1-0000001c": 1}}
"""Who is joined to a conference leaves a bridge that he never entered."""


def _leg_after(kinds: tuple[K, ...]):  # type: ignore[no-untyped-def]
    return fold_leg(
        event(kind, seconds, bridge="b" if kind.name.startswith("BRIDGE") else "")
        for seconds, kind in enumerate(kinds)
    )


@pytest.mark.parametrize(("state", "kind"), sorted(TRANSITIONS))
def test_a_listed_event_leads_where_it_means_to(state: LegState, kind: K) -> None:
    """Every transition of the table is what telephony means by it, and is no anomaly."""
    leg = _leg_after((*_WAYS[state], kind))
    assert (leg.state, leg.anomalies) == (_MEANT[state, kind], 0)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (state, kind)
        for state in LegState
        for kind in K
        if (state, kind) not in _MEANT and kind not in STATELESS
    ],
)
def test_an_unlisted_event_is_counted_and_the_leg_goes_on(state: LegState, kind: K) -> None:
    """What should not have happened is an anomaly; what it says happened is still believed."""
    leg = _leg_after((*_WAYS[state], kind))
    assert leg.anomalies == 1
    if kind is K.CHANNEL_ANSWERED:
        assert leg.answered_at is not None
    if kind is K.CHANNEL_ENDED:
        assert leg.ended_at is not None


@pytest.mark.parametrize("name", sorted(path.stem for path in JOURNALS.glob("*.csv")))
def test_a_real_call_has_no_anomalies(name: str) -> None:
    """The table knows everything that a real Asterisk did, unless it left a row out itself."""
    legs = fold_legs(read_journal(name))
    expected = _LEFT_OUT_BY_ASTERISK.get(name, {})
    assert {leg.channel: leg.anomalies for leg in legs if leg.anomalies} == expected


def test_leaving_one_bridge_does_not_end_the_stay_in_the_next() -> None:
    """An exit that comes after the next entry belongs to the bridge that it names."""
    leg = fold_leg(
        [
            event(K.CHANNEL_STARTED, 0),
            event(K.CHANNEL_ANSWERED, 1),
            event(K.BRIDGE_ENTERED, 2, bridge="first"),
            event(K.BRIDGE_ENTERED, 3, bridge="second"),
            event(K.BRIDGE_LEFT, 3.001, bridge="first"),
            event(K.BRIDGE_LEFT, 9, bridge="second"),
        ]
    )
    assert [(stay.bridge_id, stay.entered_at, stay.left_at) for stay in leg.stays] == [
        ("first", at(2), at(3)),
        ("second", at(3), at(9)),
    ]
