"""A call's events → its record: the one telling for live calls, replays and tests. Pure.

Telling is a function of the *set* of events: their order of arrival, doubles and the moment at
which one asks make no difference to what is known by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pbx_bridge.calls.call import Call, Direction, Outcome, Party
from pbx_bridge.calls.company import Company, find_company, total_seconds
from pbx_bridge.calls.door import journaled_call_id, journaled_enrichment
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.calls.identity import caller_number, dialled_number, is_withheld
from pbx_bridge.calls.leg import Leg, Stay
from pbx_bridge.calls.lines import Lines, endpoint_of
from pbx_bridge.calls.plot import Plot, cast_plot
from pbx_bridge.calls.reasons import find_missed_reason
from pbx_bridge.calls.recordings import find_recordings
from pbx_bridge.calls.ringing import rang_at, ring_seconds
from pbx_bridge.calls.transfers import find_transfers
from pbx_bridge.calls.voicemail import has_message

_JITTER = timedelta(seconds=1)
"""What AMI told and what the journal says of one channel may be so far apart."""


def tell_call(
    *,
    pbx: str,
    linkedid: str,
    events: Sequence[ChannelEvent],
    lines: Lines,
    neighbour_events: Sequence[ChannelEvent] = (),
    cut_off_at: datetime | None = None,
) -> Call | None:
    """Tell what is known of a call from its events.

    ``neighbour_events`` are those of other calls that share a bridge with this one.
    ``cut_off_at``: the end of this call was not seen and will not be (the PBX died, the journal
    ends): it is told as over at that instant, estimated. Returns None where there was no call,
    only machinery of the PBX.
    """
    plot = cast_plot(
        linkedid=linkedid,
        events=events,
        neighbour_events=neighbour_events,
        lines=lines,
        until=cut_off_at,
    )
    if plot is None:
        return None
    centre, company = _find_company(plot, events)
    started_at = _started_at(plot)
    answered_at = _no_sooner(company[0].started_at if company else None, started_at)
    left_at = company[-1].ended_at if company else None
    ended_at = _no_sooner(_ended_at(plot, cut_off_at), left_at, started_at)
    outcome = _tell_outcome(plot, company, is_over=ended_at is not None)
    until = answered_at or ended_at or plot.until
    wait_seconds = (until - started_at).total_seconds()
    return Call(
        pbx=pbx,
        linkedid=linkedid,
        call_id_hint=journaled_call_id(plot),
        direction=plot.direction,
        outcome=outcome,
        missed_reason=find_missed_reason(plot, is_cut_off=cut_off_at is not None)
        if outcome is Outcome.MISSED
        else None,
        is_withheld=is_withheld(plot),
        caller_number=caller_number(plot),
        caller_name=plot.caller.name,
        dialled_number=dialled_number(plot),
        redirected_from=plot.caller.rdnis or None,
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        ring_seconds=min(ring_seconds(plot, until), wait_seconds),
        wait_seconds=wait_seconds,
        talk_seconds=_talk_seconds(company, answered_at, ended_at),
        is_estimated=_is_set_back(plot) or _is_estimated(plot, cut_off_at),
        answered_by=_answered_by(plot, centre, company),
        parties=tuple(_tell_party(plot, leg, company) for leg in _all_parties(plot, company)),
        transfers=find_transfers(plot, events, company),
        recordings=find_recordings(plot),
        hangup_cause=plot.caller.hangup.cause if plot.caller.hangup else None,
        anomalies=sum(leg.anomalies for leg in plot.legs),
        enrichment=journaled_enrichment(plot),
    )


def _find_company(plot: Plot, events: Sequence[ChannelEvent]) -> tuple[Leg, tuple[Company, ...]]:
    """Tell who was with whom, and around which leg: the one that stays when a call is handed on.

    A caller from outside never hands his call on. Who calls out may, and so may a colleague: from
    then on it is the company of the customer, or of the colleague, that makes the talk.
    """
    company = find_company(plot.caller, plot.all_legs, plot.until)
    if not company or plot.is_outside(plot.caller):
        return plot.caller, company
    others = company[0].humans
    if plot.direction is Direction.OUTBOUND:
        others = tuple(leg for leg in others if plot.is_outside(leg))
    elif not _hands_on(plot.caller, events):
        others = ()
    around_other = find_company(others[0], plot.all_legs, plot.until) if others else ()
    return (others[0], around_other) if around_other else (plot.caller, company)


def _hands_on(caller: Leg, events: Sequence[ChannelEvent]) -> bool:
    """Whether the caller himself transferred the call, from any of his lines."""
    phone = endpoint_of(caller.channel)
    transfers = {EventKind.BLIND_TRANSFERRED, EventKind.ATTENDED_TRANSFERRED}
    return any(e.kind in transfers and endpoint_of(e.channel) == phone for e in events)


def _answered_by(plot: Plot, centre: Leg, company: Sequence[Company]) -> str | None:
    if not company:
        return None
    if centre is not plot.caller:
        return plot.extension_of(centre)
    humans = company[0].humans
    ours = (human for human in humans if not _is_other_caller(plot, human))
    return plot.extension_of(next(ours, humans[0]))


def _is_other_caller(plot: Plot, human: Leg) -> bool:
    """Whether somebody from outside was met who had called us as well: a call of his own.

    Whom the PBX called into a conference has not: he is there for the caller.
    """
    is_ours = plot.direction is Direction.OUTBOUND and not plot.is_outside(plot.caller)
    is_theirs = (is_ours or plot.direction is Direction.INBOUND) and human in plot.neighbours
    return is_theirs and plot.is_outside(human) and not human.is_placed_by_pbx


def _all_parties(plot: Plot, company: Sequence[Company]) -> tuple[Leg, ...]:
    """The phones that the call was offered to, and whom it met in a conference.

    Two callers from outside who meet stay two calls: neither is a party of the other's.
    """
    known = {plot.extension_of(leg) for leg in (plot.caller, *plot.parties)}
    met: list[Leg] = []
    for human in (human for stretch in company for human in stretch.humans):
        name = plot.extension_of(human)
        is_known = name in known or human not in plot.neighbours
        if not is_known and not _is_other_caller(plot, human):
            known.add(name)
            met.append(human)
    return (*plot.parties, *met)


def _started_at(plot: Plot) -> datetime:
    """When the caller called. Legs that are older had a life of their own before they met him."""
    if plot.caller.is_start_seen and not plot.caller.is_placed_by_pbx:
        return plot.caller.started_at
    return plot.legs[0].started_at


def _ended_at(plot: Plot, cut_off_at: datetime | None) -> datetime | None:
    """When it was over; None while any leg is open.

    The call of somebody outside, whom the PBX may have called, is over when he is gone, though a
    phone may be slow to hang up. Who called out may have handed his call on: it is over when the
    last leg is.
    """
    if any(leg.is_open for leg in plot.legs):
        return cut_off_at
    if plot.is_outside(plot.caller) and plot.caller.ended_at is not None:
        return plot.caller.ended_at
    return max(leg.ended_at for leg in plot.legs if leg.ended_at is not None)


def _is_estimated(plot: Plot, cut_off_at: datetime | None) -> bool:
    return (cut_off_at is not None and any(leg.is_open for leg in plot.legs)) or not all(
        leg.is_start_seen and not leg.is_clock_stepped for leg in plot.legs
    )


def _is_set_back(plot: Plot) -> bool:
    """Whether the PBX's clock was set back while the call was up: a leg's end is before its start.

    Within one channel rows never go back in time by themselves.
    """
    return any(
        leg.is_start_seen and any(at and leg.started_at - at > _JITTER for at in _times(leg))
        for leg in plot.legs
    )


def _times(leg: Leg) -> tuple[datetime | None, ...]:
    stays = (at for stay in leg.stays for at in (stay.entered_at, stay.left_at))
    return (leg.rang_at, leg.answered_at, leg.ended_at, *stays)


def _tell_outcome(plot: Plot, company: Sequence[Company], *, is_over: bool) -> Outcome | None:
    if company:
        return Outcome.ANSWERED
    if not is_over:
        return None
    return Outcome.VOICEMAIL if has_message(plot) else Outcome.MISSED


def _tell_party(plot: Plot, leg: Leg, company: Sequence[Company]) -> Party:
    if leg in plot.neighbours:
        return _tell_neighbour(plot, leg, company)
    left_at = leg.let_go_at or leg.ended_at or (plot.until if plot.until > leg.last_at else None)
    return Party(
        extension=plot.extension_of(leg),
        channel=leg.channel,
        rang_at=rang_at(plot, leg),
        answered_at=leg.answered_at if _has_met_anybody(plot, leg) else None,
        left_at=_no_sooner(left_at, rang_at(plot, leg), leg.answered_at),
    )


def _talk_seconds(
    company: Sequence[Company], answered_at: datetime | None, ended_at: datetime | None
) -> float:
    """How long they talked, which is no longer than from the answer to the end."""
    talked = total_seconds(company)
    if answered_at is None or ended_at is None:
        return talked
    return min(talked, (ended_at - answered_at).total_seconds())


def _no_sooner(at: datetime | None, *than: datetime | None) -> datetime | None:
    """An end as it was told, unless the PBX's clock was set back before it came."""
    return None if at is None else max([at, *filter(None, than)])


def _tell_neighbour(plot: Plot, leg: Leg, company: Sequence[Company]) -> Party:
    """Of a phone with a call of its own, what it did in this one: it came, and it left."""
    together = [stretch for stretch in company if leg in stretch.humans]
    left_at = together[-1].ended_at if together else None
    return Party(
        extension=plot.extension_of(leg),
        channel=leg.channel,
        rang_at=None,
        answered_at=together[0].started_at if together else leg.answered_at,
        left_at=left_at if left_at is None or left_at < plot.until or not leg.is_open else None,
    )


def _has_met_anybody(plot: Plot, leg: Leg) -> bool:
    """Whether a phone that was lifted was ever connected: one that hangs up first is not."""
    return any(
        theirs.bridge_id == mine.bridge_id and _overlap(mine, theirs, plot.until)
        for mine in leg.stays
        for other in plot.all_legs
        if other is not leg and (other.is_phone or other.is_local)
        for theirs in other.stays
    )


def _overlap(one: Stay, other: Stay, until: datetime) -> bool:
    """Whether two stays overlap; where times have whole seconds, by less than a second, too."""
    begins = max(one.entered_at, other.entered_at)
    ends = min(one.left_at or until, other.left_at or until)
    return begins < ends or (begins == ends and (not begins.microsecond or ends == until))
