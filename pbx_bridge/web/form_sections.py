"""What the incoming-call form says of the call itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import (
    Attribution,
    CallRecord,
    Direction,
    MissedReason,
    Outcome,
    PersonType,
    RouteKind,
)
from pbx_bridge.calls.call import Call
from pbx_bridge.settling import Bookkeeping

_TITLES = {
    Direction.INBOUND: "Incoming call",
    Direction.INTERNAL: "Incoming call",
    Direction.OUTBOUND: "Outgoing call",
}
_WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSection:
    """A call as the form shows it.

    ``number`` is that of whoever called (for a call out: of whom we called), as sent; empty when
    withheld. ``ringing`` are the extensions that ring now. ``original_number`` is the one that
    the caller dialled before the call was passed on to us; ``redirect_note`` says in words how
    certain that is.
    """

    direction: Direction
    number: str
    number_e164: str | None
    caller_name: str
    is_withheld: bool
    dialled_number: str
    tracking_number: Attribution | None
    campaign: str | None
    source: str | None
    medium: str | None
    keyword: str | None
    landing_page: str | None
    outcome: Outcome | None
    missed_reason: MissedReason | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float
    wait_seconds: float
    talk_seconds: float
    queue: str | None
    agent: str | None
    answered_by: str | None
    ringing: tuple[str, ...]
    is_redirected: bool
    original_number: str | None
    is_redirect_certain: bool
    redirect_note: str


def title_of(call: CallRecord, becomes: PersonType | None) -> str:
    """The form's title; ``becomes`` is what a stranger is to become."""
    title = f"{_TITLES[call.direction]}: {_number(call) or _WITHHELD}"
    return title if becomes is None else f"{title} ({becomes.replace('_', ' ')})"


def call_section(
    reader: Reader, call: CallRecord, live: Call | None, books: Bookkeeping
) -> CallSection:
    """What is known of a call; ``live`` is its telling of now, while it is up."""
    brought_by = call.tracking_number
    told = call if live is None else live
    is_certain, note = judge_redirect(call.redirected_from, books)
    return CallSection(
        direction=call.direction,
        number=_number(call),
        number_e164=call.dialled_e164 if _is_out(call) else call.caller_e164,
        caller_name=call.caller_name,
        is_withheld=call.is_withheld,
        dialled_number=call.dialled_number,
        tracking_number=brought_by,
        campaign=brought_by.campaign if brought_by else None,
        source=brought_by.source if brought_by else None,
        medium=call.medium,
        keyword=call.keyword,
        landing_page=call.landing_page,
        outcome=told.outcome,
        missed_reason=told.missed_reason,
        started_at=call.started_at,
        answered_at=told.answered_at,
        ended_at=call.ended_at,
        ring_seconds=told.ring_seconds,
        wait_seconds=told.wait_seconds,
        talk_seconds=told.talk_seconds,
        queue=_queue(reader, call),
        agent=call.agent or books.directory.agents.get(told.answered_by or ""),
        answered_by=told.answered_by,
        ringing=tuple(
            one.extension
            for one in told.parties
            if one.answered_at is None and one.left_at is None and call.ended_at is None
        ),
        is_redirected=call.redirected_from is not None,
        original_number=call.redirected_from,
        is_redirect_certain=is_certain,
        redirect_note=note,
    )


def judge_redirect(redirected_from: str | None, books: Bookkeeping) -> tuple[bool, str]:
    """Whether the number that a call was first dialled with is certain, and why.

    The PBX tells it from what the network sent (SIP's Diversion, ISDN's RDNIS): anybody on the
    way may have left it out or written his own.
    """
    if redirected_from is None:
        return False, (
            "the network named no other number: the call came straight to us, "
            "or whoever passed it on did not say so"
        )
    if books.directory.find_tracking_number(redirected_from, books.country) is not None:
        return False, (
            "the number named is our own: the provider wrote it when the call was passed on "
            "to us, and which number the caller dialled first is not known"
        )
    if to_e164(redirected_from, books.country) is None:
        return False, "what the network named is no number of the public network"
    return True, "the network named the number that passed the call on to us"


def _number(call: CallRecord) -> str:
    if _is_out(call):
        return call.dialled_number
    return "" if call.is_withheld else call.caller_number


def _is_out(call: CallRecord) -> bool:
    return call.direction is Direction.OUTBOUND


def _queue(reader: Reader, call: CallRecord) -> str | None:
    if call.tracking_number is None:
        return None
    number = reader.get("tracking_number", call.tracking_number.number)
    if number is None or number.route is not RouteKind.QUEUE:
        return None
    return next(iter(number.targets), None)
