"""The first book: what SIPp saw, the callers' side joined with the phones' by number and time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from chaos.books import PlacedCall, Talk
from chaos.load import Caller
from pbx_bridge.lab import WireCall
from pbx_bridge.lab.sip import SipMessage

_GRACE = timedelta(seconds=1)
"""SIPp writes its log a while after it has sent, on a slow machine: so much earlier, or later than
the caller's end, may a phone have seen the call."""

Phones = Mapping[str, Sequence[WireCall]]


def read_wires(
    callers: Iterable[Caller], wires: Iterable[WireCall], phones: Phones
) -> list[PlacedCall]:
    """Return the book, in the order of the callers; one whose INVITE never left is not in it."""
    by_name = {wire.display_name: wire for wire in wires}
    rung: dict[str, list[tuple[str, WireCall]]] = defaultdict(list)
    for extension, calls in phones.items():
        for call in calls:
            rung[call.from_number].append((extension, call))
    return [
        _read(caller, wire, _rung_by(wire, rung[caller.number]))
        for caller in callers
        if (wire := by_name.get(caller.key)) is not None
    ]


def _rung_by(wire: WireCall, rung: Sequence[tuple[str, WireCall]]) -> list[tuple[str, WireCall]]:
    """The phones' calls of this one call: a number may call again."""
    over = wire.ended_at or wire.messages[-1].at
    return [
        (extension, call)
        for extension, call in rung
        if wire.invited_at - _GRACE <= call.invited_at <= over + _GRACE
    ]


def _read(caller: Caller, wire: WireCall, rung: Sequence[tuple[str, WireCall]]) -> PlacedCall:
    # The 481 to a CANCEL that met a new Asterisk does not say that one took the INVITE.
    first = next((m for m in wire.messages if not m.is_sent and m.method == "INVITE"), None)
    reached_at = _sent_before(wire.messages, first.at) if first is not None else None
    sign = next((m for m in wire.messages if m.method == "INVITE" and (m.status or 0) >= 180), None)
    return PlacedCall(
        key=caller.key,
        kind=caller.kind,
        number=caller.number,
        is_known=caller.is_known,
        reached_at=reached_at,
        trying_seconds=_seconds(reached_at, first.at if first else None),
        sign_seconds=_seconds(reached_at, sign.at if sign else None),
        answered_at=wire.answered_at,
        ended_at=wire.ended_at,
        ended_by=wire.ended_by,
        final_status=wire.final_status,
        lag_seconds=_lag_of([wire, *(call for _, call in rung)]),
        talks=tuple(_talks(wire, rung)),
        shown=tuple(call.display_name for _, call in rung),
    )


def _sent_before(messages: Sequence[SipMessage], at: datetime) -> datetime:
    sent = [m.at for m in messages if m.is_sent and m.method == "INVITE" and m.at <= at]
    return sent[-1] if sent else messages[0].at


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    return None if since is None or until is None else (until - since).total_seconds()


def _talks(wire: WireCall, rung: Sequence[tuple[str, WireCall]]) -> Iterable[Talk]:
    """From each phone's answer until it hands the call on, or one of the two hangs up."""
    over = wire.ended_at or wire.messages[-1].at
    for extension, call in sorted(rung, key=lambda each: each[1].invited_at):
        if call.answered_at is not None:
            until = max(call.answered_at, min(over, _left_at(call) or over))
            yield Talk(extension=extension, since=call.answered_at, until=until)


def _left_at(phone: WireCall) -> datetime | None:
    """When a phone let go of the caller: it handed him on (RFC 3515), or hung up."""
    refers = (m.at for m in phone.messages if m.method == "REFER" and m.status is None)
    return next(refers, phone.ended_at)


def _lag_of(wires: Iterable[WireCall]) -> float:
    """Seconds that the PBX took, at most, to react to what it was sent on these wires."""
    lags = [0.0]
    for wire in wires:
        for sent, then in pairwise(wire.messages):
            wants_reaction = sent.method != "ACK" and (sent.status is None or sent.status >= 200)
            if sent.is_sent and not then.is_sent and wants_reaction:
                lags.append((then.at - sent.at).total_seconds())
    return max(lags)
