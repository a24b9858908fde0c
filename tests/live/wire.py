"""From what SIP saw to the record that is expected: every field, times within 0.1 s."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import ANY

from bridge import PBX
from company import JANE, e164

from crm_store.records import (
    Attribution,
    CallRecord,
    Candidate,
    Direction,
    Enrichment,
    Matched,
    Outcome,
    Party,
    PersonType,
    Recording,
    TrackingNumber,
)
from pbx_bridge.lab import LabPbx, WireCall
from tests.live.lags import lag_of

TOLERANCE_SECONDS = 0.1
USERS_BY_EXTENSION = {"1001": "Alice", "1002": "Bob", "1003": "Carol", "1004": "Dan"}


class Near:
    """Equal to every instant, or number of seconds, that is close enough to this one."""

    def __init__(self, value: datetime | float, tolerance: float = TOLERANCE_SECONDS) -> None:
        self.value, self.tolerance = value, tolerance

    def __eq__(self, other: object) -> bool:
        if isinstance(self.value, datetime):
            if not isinstance(other, datetime) or other.utcoffset() != timedelta():
                return False
            return abs((other - self.value).total_seconds()) <= self.tolerance
        return isinstance(other, int | float) and abs(other - self.value) <= self.tolerance

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.value!r} ± {self.tolerance}"


def near(at: datetime | None, lag_seconds: float = 0.0) -> Any:
    """An instant within 0.1 s of this one; None for what did not happen."""
    return None if at is None else Near(at, TOLERANCE_SECONDS + lag_seconds)


JANES_CANDIDACY: Any = Candidate(
    type=PersonType.CONTACT,
    id=1,
    name="Jane Doe",
    account_name="Acme",
    owner_name="Bob",
    owner_extension="1002",
    updated_at=ANY,
)
OF_JANE: dict[str, Any] = {
    "caller_number": JANE,
    "caller_e164": e164(JANE),
    "matched": Matched(type=PersonType.CONTACT, id=1, name="Jane Doe"),
    "candidates": (JANES_CANDIDACY,),
}
"""What a record says of a call with Jane besides what every record says."""
AWAY: dict[str, Any] = {"enrichment": Enrichment.NOT_ASKED, "candidates": ()}
"""What it says when no bridge was asked while it rang."""


def party(extension: str, wire: WireCall, lag_seconds: float = 0.0) -> Party:
    """The phone of ``extension``, as its own wire saw the call."""
    return Party(
        extension=extension,
        channel=ANY,
        rang_at=near(wire.ringing_at, lag_seconds),
        answered_at=near(wire.answered_at, lag_seconds),
        left_at=near(wire.ended_at, lag_seconds),
    )


def recording(pbx: LabPbx, call_id: str | None, seconds: float) -> Recording:
    """The file of a call's recording; its sound lasts as long as the talk, within 0.3 s."""
    return Recording(
        path=str(pbx.recordings / f"{call_id}.wav"),
        url=None,
        started_at=ANY,
        seconds=Near(seconds, 0.3),  # type: ignore[arg-type]
    )


def attribution(number: TrackingNumber) -> Attribution:
    """What a call to a tracking number is put down to."""
    return Attribution(
        number=number.e164, label=number.label, campaign=number.campaign, source=number.source
    )


def inbound(
    wire: WireCall,
    number: TrackingNumber,
    phones: Mapping[str, WireCall] | None = None,
    **said: Any,
) -> CallRecord:
    """The record of a call that ``wire`` placed to ``number`` and that rang ``phones``.

    The first phone that answered is who was spoken with. ``said`` are the fields that differ.
    """
    expected = _times_and_parties(wire, dict(phones or {})) | {
        "direction": Direction.INBOUND,
        "caller_number": wire.from_number,
        "caller_e164": e164(wire.from_number),
        "dialled_number": number.raw,
        "dialled_e164": number.e164,
        "tracking_number": attribution(number),
        "agent": USERS_BY_EXTENSION.get(_who_answered(dict(phones or {})) or ""),
        "record": ANY,
        "enrichment": Enrichment.ENRICHED,
    }
    return CallRecord(**expected | said)


def outbound(near_end: WireCall, dialled: str, far_end: WireCall, **said: Any) -> CallRecord:
    """The record of a call that Alice placed over the trunk."""
    expected = _times_and_parties(near_end, {dialled: far_end}) | {
        "direction": Direction.OUTBOUND,
        "caller_number": "1001",
        "caller_name": "Alice",
        "dialled_number": dialled,
        "dialled_e164": e164(dialled),
        "agent": "Alice",
        "record": ANY,
        "hangup_cause": ANY,
    }
    return CallRecord(**expected | said)


def internal(near_end: WireCall, dialled: str, far_end: WireCall) -> CallRecord:
    """The record of a call that Alice placed to a colleague."""
    expected = {"direction": Direction.INTERNAL, "dialled_e164": None, "record": None}
    return outbound(near_end, dialled, far_end, **expected)


def _who_answered(phones: Mapping[str, WireCall]) -> str | None:
    return next((name for name, one in phones.items() if one.answered_at is not None), None)


def _times_and_parties(wire: WireCall, phones: Mapping[str, WireCall]) -> dict[str, Any]:
    """What the caller's wire and those of the phones that he was offered to say of any call."""
    lag = lag_of([wire, *phones.values()])
    who = _who_answered(phones)
    met_at = phones[who].answered_at if who else None
    rings = [one.ringing_at for one in phones.values() if one.ringing_at is not None]
    silences = [one.ended_at for one in phones.values() if one.ended_at is not None]
    ring_until = met_at or max(silences, default=None)
    return {
        "pbx": PBX,
        "linkedid": ANY,
        "call_id": ANY,
        "outcome": Outcome.ANSWERED if who else Outcome.MISSED,
        "started_at": near(wire.invited_at, lag),
        "answered_at": near(met_at, lag),
        "ended_at": near(wire.ended_at, lag),
        "ring_seconds": _between(min(rings, default=None), ring_until, lag),
        "wait_seconds": _between(wire.invited_at, met_at or wire.ended_at, lag),
        "talk_seconds": _between(met_at, wire.ended_at, lag),
        "answered_by": who,
        "parties": tuple(party(name, one, lag) for name, one in phones.items()),
        "hangup_cause": 16,
    }


def _between(start: datetime | None, end: datetime | None, lag_seconds: float) -> Any:
    if start is None or end is None:
        return 0.0
    return Near((end - start).total_seconds(), TOLERANCE_SECONDS + lag_seconds)
