"""A call's events → its record: the one telling for live calls, replays and tests. Pure.

Telling is a function of the *set* of events: their order of arrival, doubles and the moment at
which one asks make no difference to what is known by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pbx_bridge.calls.call import Call, Outcome, Party
from pbx_bridge.calls.company import Company, find_company, total_seconds
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.leg import Leg
from pbx_bridge.calls.lines import Lines
from pbx_bridge.calls.plot import (
    Plot,
    caller_number,
    cast_plot,
    dialled_number,
    is_withheld,
)
from pbx_bridge.calls.reasons import find_missed_reason
from pbx_bridge.calls.recordings import find_recordings
from pbx_bridge.calls.transfers import find_transfers

_SHORTEST_MESSAGE = timedelta(seconds=2)
"""Without a note of VMSTATUS a visit to voicemail that lasted this long counts as a message."""


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
    ended_at = _ended_at(plot, cut_off_at)
    company = find_company(plot.caller, plot.all_legs, plot.until)
    outcome = _tell_outcome(plot, company, is_over=ended_at is not None)
    started_at = plot.legs[0].started_at
    answered_at = company[0].started_at if company else None
    until = answered_at or ended_at or plot.until
    return Call(
        pbx=pbx,
        linkedid=linkedid,
        call_id_hint=_journaled_call_id(plot),
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
        ring_seconds=_ring_seconds(plot, until),
        wait_seconds=(until - started_at).total_seconds(),
        talk_seconds=total_seconds(company),
        is_estimated=_is_estimated(plot, cut_off_at),
        answered_by=plot.extension_of(company[0].humans[0]) if company else None,
        parties=tuple(_tell_party(plot, leg) for leg in plot.parties),
        transfers=find_transfers(plot, events, company),
        recordings=find_recordings(plot),
        hangup_cause=plot.caller.hangup.cause if plot.caller.hangup else None,
    )


def _ended_at(plot: Plot, cut_off_at: datetime | None) -> datetime | None:
    """The end of the last leg; None while any is open."""
    if any(leg.is_open for leg in plot.legs):
        return cut_off_at
    return max(leg.ended_at for leg in plot.legs if leg.ended_at is not None)


def _is_estimated(plot: Plot, cut_off_at: datetime | None) -> bool:
    return (cut_off_at is not None and any(leg.is_open for leg in plot.legs)) or not all(
        leg.is_start_seen for leg in plot.legs
    )


def _tell_outcome(plot: Plot, company: Sequence[Company], *, is_over: bool) -> Outcome | None:
    if company:
        return Outcome.ANSWERED
    if not is_over:
        return None
    return Outcome.VOICEMAIL if _has_message(plot) else Outcome.MISSED


def _has_message(plot: Plot) -> bool:
    """Whether a voicemail message was left: by VMSTATUS where noted, else by the time spent."""
    for note in reversed([note for leg in plot.legs for note in leg.notes]):
        if note.extra.get("vm"):
            return note.extra["vm"] == "SUCCESS"
    return any(
        (run.ended_at or plot.until) - run.started_at >= _SHORTEST_MESSAGE
        for leg in plot.legs
        for run in leg.runs
        if run.name.lower() == "voicemail" and not _has_end_note(plot)
    )


def _has_end_note(plot: Plot) -> bool:
    return any(note.user_event == "PBX_BRIDGE_END" for note in plot.caller.notes)


def _journaled_call_id(plot: Plot) -> str | None:
    for leg in plot.legs:
        for note in leg.notes:
            if note.user_event == "PBX_BRIDGE_CALL" and note.extra.get("id"):
                return note.extra["id"]
    return None


def _tell_party(plot: Plot, leg: Leg) -> Party:
    return Party(
        extension=plot.extension_of(leg),
        channel=leg.channel,
        rang_at=_rang_at(leg),
        answered_at=leg.answered_at,
        left_at=leg.ended_at or (plot.until if plot.until > leg.last_at else None),
    )


def _rang_at(leg: Leg) -> datetime | None:
    """When the phone began to ring: AMI's exact word, else when it was called.

    None where it is known that it never rang, and for a phone that called in by itself.
    """
    if leg.rang_at is not None:
        return leg.rang_at
    if leg.is_known_silent or not leg.is_placed_by_pbx:
        return None
    return leg.started_at


def _ring_seconds(plot: Plot, until: datetime) -> float:
    """Add up the time, up to ``until``, in which at least one phone was ringing."""
    spans = sorted(
        (rang_at, min(leg.answered_at or leg.ended_at or until, until))
        for leg in plot.parties
        if (rang_at := _rang_at(leg)) is not None and rang_at < until
    )
    total, covered_until = timedelta(), None
    for begins, ends in spans:
        if covered_until is not None and begins < covered_until:
            begins = covered_until
        if ends > begins:
            total += ends - begins
            covered_until = ends
    return total.total_seconds()
