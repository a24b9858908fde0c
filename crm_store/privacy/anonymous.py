"""A call without anybody in it: its figures stay, whoever was on the outside is gone. Pure."""

from __future__ import annotations

from dataclasses import replace

from crm_store.numbers import digits_of
from crm_store.records import CallRecord, Direction

_LONGEST_EXTENSION = 6


def anonymised(call: CallRecord) -> CallRecord:
    """The call as reports still need it: when, how long, what came of it, which campaign.

    Numbers and names of outsiders, what somebody wrote, what it was put down to, recordings and
    the web visit behind it are gone. An internal call has no outsider.
    """
    inbound, outbound = (call.direction is one for one in (Direction.INBOUND, Direction.OUTBOUND))
    return replace(
        call,
        caller_number="" if inbound else _ours(call.caller_number),
        caller_e164=None if inbound else call.caller_e164,
        caller_name="",
        dialled_number="" if outbound else call.dialled_number,
        dialled_e164=None if outbound else call.dialled_e164,
        redirected_from=None,
        answered_by=_ours(call.answered_by) if call.answered_by is not None else None,
        parties=tuple(
            replace(party, extension=_ours(party.extension), channel="") for party in call.parties
        ),
        transfers=tuple(replace(one, by=_ours(one.by), to=_ours(one.to)) for one in call.transfers),
        recordings=(),
        matched=None,
        record=None,
        candidates=(),
        tags=(),
        comment=None,
        landing_page=None,
        click_id=None,
        visitor_session=None,
    )


def is_anonymous(call: CallRecord) -> bool:
    """Whether there is nobody in it any more."""
    return call == anonymised(call)


def _ours(number: str) -> str:
    """An extension; empty for a number that is long enough to be somebody's outside."""
    return number if len(digits_of(number)) <= _LONGEST_EXTENSION else ""
