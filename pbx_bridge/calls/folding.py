"""Events → a leg: the table of transitions, and what is learned on the way. Pure.

``leg.py`` says what the states mean, and why an impossible event is counted and believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from pbx_bridge.calls.events import ORIGINATED, ChannelEvent, EventKind
from pbx_bridge.calls.leg import AppRun, Hangup, Leg, LegState, Sound, Stay

_K = EventKind
_S = LegState

TRANSITIONS: dict[tuple[LegState, EventKind], LegState] = {
    (_S.UNSEEN, _K.CHANNEL_STARTED): _S.DOWN,
    (_S.DOWN, _K.CHANNEL_RINGING): _S.RINGING,
    (_S.DOWN, _K.CHANNEL_ANSWERED): _S.UP,
    (_S.DOWN, _K.BRIDGE_ENTERED): _S.BRIDGED,
    (_S.DOWN, _K.CHANNEL_HUNG_UP): _S.HUNG_UP,
    (_S.RINGING, _K.CHANNEL_RINGING): _S.RINGING,
    (_S.RINGING, _K.CHANNEL_ANSWERED): _S.UP,
    (_S.RINGING, _K.BRIDGE_ENTERED): _S.BRIDGED,
    (_S.RINGING, _K.CHANNEL_HUNG_UP): _S.HUNG_UP,
    (_S.UP, _K.CHANNEL_ANSWERED): _S.UP,
    (_S.UP, _K.BRIDGE_ENTERED): _S.BRIDGED,
    (_S.UP, _K.CHANNEL_HUNG_UP): _S.HUNG_UP,
    (_S.BRIDGED, _K.CHANNEL_ANSWERED): _S.BRIDGED,
    (_S.BRIDGED, _K.BRIDGE_ENTERED): _S.BRIDGED,
    (_S.BRIDGED, _K.BRIDGE_LEFT): _S.UP,
    (_S.BRIDGED, _K.CHANNEL_HUNG_UP): _S.HUNG_UP,
    (_S.HUNG_UP, _K.BRIDGE_LEFT): _S.HUNG_UP,
    (_S.HUNG_UP, _K.CHANNEL_ENDED): _S.ENDED,
}
"""What each event makes of a leg. Kinds that never change a state are in :data:`STATELESS`."""

STATELESS = frozenset(
    {
        _K.APP_STARTED,
        _K.APP_ENDED,
        _K.USER_DEFINED,
        _K.BLIND_TRANSFERRED,
        _K.ATTENDED_TRANSFERRED,
        _K.PICKED_UP,
        _K.FORWARDED,
        _K.PARKED,
        _K.UNPARKED,
        _K.LOCAL_OPTIMIZED,
        _K.LOCAL_OPTIMIZE_BEGUN,
        _K.LINKEDID_ENDED,
        _K.STREAM_BEGUN,
        _K.STREAM_ENDED,
        _K.OTHER,
    }
)

_FALLBACK: dict[EventKind, LegState] = {
    _K.CHANNEL_RINGING: _S.RINGING,
    _K.CHANNEL_ANSWERED: _S.UP,
    _K.BRIDGE_ENTERED: _S.BRIDGED,
    _K.BRIDGE_LEFT: _S.UP,
    _K.CHANNEL_HUNG_UP: _S.HUNG_UP,
    _K.CHANNEL_ENDED: _S.ENDED,
}
"""Where an event leads from a state that should not have met it: to what it says happened."""

_CAUSE = re.compile(r"[0-9]{1,3}")
"""ITU-T Q.850 causes and Asterisk's own are at most 127; anything else is no cause."""
_PLACED_BY = frozenset({"AppDial", ORIGINATED, "AppQueue"})
_BRIDGED_ONCE_ANSWERED = frozenset({"AppDial", "AppQueue", "Dial", "Queue"})
"""Applications that bridge nobody who was not answered: an ANSWER row may get lost."""
_TELLING_APPS = frozenset(
    {"Dial", "Queue", "FollowMe", "VoiceMail", "RetryDial", "Page", "MixMonitor"}
)
"""Applications whose runs matter even where CEL left their start out, as it does when the same
application runs twice in a row: the next row on the channel carries the new arguments."""


def fold_leg(events: Iterable[ChannelEvent]) -> Leg:
    """Fold the events of one channel, in the order of their times, into its leg."""
    leg: Leg | None = None
    for event in events:
        if leg is None:
            leg = _begin(event)
        _step(leg, event)
    if leg is None:
        raise ValueError("a leg needs at least one event")
    if leg.ended_at is None and leg.hangup is not None:
        leg.ended_at = leg.hangup.at  # its CHAN_END, which follows at once, is missing
    return leg


def _begin(event: ChannelEvent) -> Leg:
    return Leg(
        uniqueid=event.uniqueid,
        channel=event.channel,
        started_at=event.at,
        last_at=event.at,
        number=event.number,
        name=event.name,
        exten=event.exten,
        context=event.context,
    )


def _step(leg: Leg, event: ChannelEvent) -> None:
    kind = event.kind
    following = TRANSITIONS.get((leg.state, kind))
    if following is not None:
        leg.state = following
    elif kind not in STATELESS:
        leg.anomalies += 1
        leg.state = _FALLBACK.get(kind, leg.state)
    _learn_identity(leg, event)
    record = _RECORDERS.get(kind)
    if record is not None:
        record(leg, event)
    leg.last_at = event.at


def _learn_identity(leg: Leg, event: ChannelEvent) -> None:
    """The first row says who it is; dialled and redirecting numbers come with the second."""
    if event.kind is _K.CHANNEL_STARTED:
        return
    if not leg.dnid:
        leg.dnid = event.dnid
    if not leg.is_second_seen:
        leg.is_second_seen = True
        leg.rdnis = event.rdnis
    if not leg.ani:
        leg.ani = event.ani
    if not leg.later_number and event.number != leg.number:
        leg.later_number = event.number
    if not leg.later_exten and event.exten not in {"", "s", "h", leg.exten}:
        leg.later_exten = event.exten
    if event.app in _PLACED_BY and leg.exten in {"", "s"} and not leg.runs:
        leg.is_placed_by_pbx = True
    leg.is_originated |= event.app == ORIGINATED
    if event.app in _TELLING_APPS and event.kind not in {_K.APP_STARTED, _K.USER_DEFINED}:
        _infer_run(leg, event)


def _infer_run(leg: Leg, event: ChannelEvent) -> None:
    last = next((run for run in reversed(leg.runs) if run.name == event.app), None)
    if last is None or last.args != event.app_args:
        if last is not None and last.ended_at is None:
            last.ended_at = event.at
        _record_app_start(leg, event)


def _record_start(leg: Leg, event: ChannelEvent) -> None:
    if not leg.is_start_seen:
        leg.is_start_seen = True
        # Rows before the first one: the PBX's clock was set back while the channel lived.
        leg.is_clock_stepped = event.at > leg.started_at
        leg.number, leg.name = event.number, event.name
        leg.exten, leg.context = event.exten, event.context
        # Who comes in by himself begins a call of his own; a leg within another's was made for it.
        leg.is_placed_by_pbx |= event.linkedid != event.uniqueid


def _record_ringing(leg: Leg, event: ChannelEvent) -> None:
    if leg.rang_at is None:
        leg.rang_at = event.at


def _record_answer(leg: Leg, event: ChannelEvent) -> None:
    if leg.answered_at is None:
        leg.answered_at = event.at


def _record_app_start(leg: Leg, event: ChannelEvent) -> None:
    leg.runs.append(
        AppRun(name=event.app, args=event.app_args, exten=event.exten, started_at=event.at)
    )


def _record_app_end(leg: Leg, event: ChannelEvent) -> None:
    for run in reversed(leg.runs):
        if run.name == event.app and run.ended_at is None:
            run.ended_at = event.at
            return


def _record_bridge_enter(leg: Leg, event: ChannelEvent) -> None:
    if not event.extra.get("bridge_id"):
        leg.anomalies += 1
        return
    _leave_bridge(leg, event.at)
    if leg.answered_at is None and event.app in _BRIDGED_ONCE_ANSWERED:
        leg.answered_at = event.at
    leg.stays.append(_make_stay(event, event.at))


def _make_stay(event: ChannelEvent, entered_at: datetime) -> Stay:
    return Stay(
        bridge_id=event.extra.get("bridge_id", ""),
        entered_at=entered_at,
        is_holding=event.extra.get("bridge_technology") == "holding_bridge",
    )


def _record_bridge_exit(leg: Leg, event: ChannelEvent) -> None:
    """A channel can leave a bridge that it never entered, as far as CEL tells.

    Whoever is joined to a conference (an attended transfer into it) takes the place of the
    transferrer's channel there. He has been in it since the row before.
    """
    bridge_id = event.extra.get("bridge_id", "")
    stays = [stay for stay in leg.stays if stay.bridge_id == bridge_id]
    if not stays and bridge_id:
        _leave_bridge(leg, leg.last_at)
        leg.stays.append(_make_stay(event, leg.last_at))
        stays = leg.stays
    if stays and stays[-1].left_at is None:
        stays[-1].left_at = event.at


def _leave_bridge(leg: Leg, at: datetime) -> None:
    """A channel is in one bridge at a time: entering the next ends a stay whose end was lost."""
    if leg.stays and leg.stays[-1].left_at is None:
        leg.stays[-1].left_at = at


def _record_hangup(leg: Leg, event: ChannelEvent) -> None:
    cause = event.extra.get("hangupcause", "")
    leg.hangup = Hangup(
        at=event.at,
        cause=int(cause) if _CAUSE.fullmatch(cause) else None,
        source=event.extra.get("hangupsource", ""),
        dialstatus=event.extra.get("dialstatus", ""),
    )


def _record_end(leg: Leg, event: ChannelEvent) -> None:
    leg.ended_at = event.at
    _leave_bridge(leg, event.at)


def _record_note(leg: Leg, event: ChannelEvent) -> None:
    leg.notes.append(event)
    if event.user_event == "PBX_BRIDGE_LEG_END":
        leg.let_go_at = leg.let_go_at or event.at
        leg.is_known_silent |= event.extra.get("state") == "Down"
        leg.is_known_rung |= event.extra.get("state") == "Ringing"


def _record_stream_begin(leg: Leg, event: ChannelEvent) -> None:
    if name := event.extra.get("sound", "").rpartition("/")[2]:
        leg.sounds.append(Sound(name=name, started_at=event.at))


def _record_stream_end(leg: Leg, event: ChannelEvent) -> None:
    if leg.sounds and leg.sounds[-1].ended_at is None:
        leg.sounds[-1].ended_at = event.at


def _record_forward(leg: Leg, event: ChannelEvent) -> None:
    leg.forwarded_at.append(event.at)


_RECORDERS = {
    _K.CHANNEL_STARTED: _record_start,
    _K.CHANNEL_RINGING: _record_ringing,
    _K.CHANNEL_ANSWERED: _record_answer,
    _K.APP_STARTED: _record_app_start,
    _K.APP_ENDED: _record_app_end,
    _K.BRIDGE_ENTERED: _record_bridge_enter,
    _K.BRIDGE_LEFT: _record_bridge_exit,
    _K.CHANNEL_HUNG_UP: _record_hangup,
    _K.CHANNEL_ENDED: _record_end,
    _K.USER_DEFINED: _record_note,
    _K.STREAM_BEGUN: _record_stream_begin,
    _K.STREAM_ENDED: _record_stream_end,
    _K.FORWARDED: _record_forward,
}
