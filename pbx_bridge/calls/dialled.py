"""Which number a leg on a trunk was dialled with: what dial strings tell. Pure.

CEL never says it of the leg itself. Asterisk at best guesses, and names the leg after the
extension whose dialplan dialled it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pbx_bridge.calls.leg import AppRun, Leg
from pbx_bridge.calls.lines import endpoint_of

_AT_ONCE = timedelta(milliseconds=50)
"""Dials that begin within this of each other belong to one group that is rung."""
_SHORTEST_NAME = 3


def dial_targets(args: str) -> list[tuple[str, str, str]]:
    """Split Dial's first argument into (technology, number, endpoint).

    ``PJSIP/1001`` has no number of its own: ("PJSIP", "1001", "1001"). ``PJSIP/0412@trunk``,
    ``PJSIP/trunk/sip:0412@host``, ``SIP/trunk/0412``, ``IAX2/user:secret@trunk/0412@context`` and
    ``DAHDI/g1/0412`` name number and endpoint.
    """
    targets = []
    for target in args.partition(",")[0].split("&"):
        technology, slash, resource = target.strip().partition("/")
        if not slash:
            continue
        head, slash, tail = resource.partition("/")
        if slash:
            peer, number = head.rpartition("@")[2], tail
        else:
            number, _, host = head.partition("@")
            peer = host or number
        targets.append((technology, _strip_uri(number), peer))
    return targets


def _strip_uri(number: str) -> str:
    return number.removeprefix("sip:").partition("@")[0].partition("/")[0]


def find_dialled_number(leg: Leg, legs: Sequence[Leg], offers: Sequence[AppRun]) -> str:
    """Find the number in the dial string (``PJSIP/0412…@trunk``) that this leg came from.

    Several numbers may be rung at once over one trunk: then it is the one that the leg's dialplan
    was for, or else the one whose turn it was. ``offers`` are all of the call, in their order.
    Empty where no dial string tells it: who originates a call by AMI leaves no trace of it.
    """
    dialled = [(run.started_at, number) for run in offers for number in _numbers(run, leg)]
    if not dialled:
        return ""
    nearest_first = sorted(dialled, key=lambda each: abs(each[0] - leg.started_at))
    for _, number in nearest_first:
        if _is_named_after(leg, number):
            return number
    begun_at = nearest_first[0][0]
    together = [number for at, number in dialled if abs(at - begun_at) < _AT_ONCE]
    turns = [each.uniqueid for each in legs if _is_sibling(each, leg, begun_at, dialled)]
    turn = turns.index(leg.uniqueid) if leg.uniqueid in turns else 0
    return together[min(turn, len(together) - 1)]


def _numbers(run: AppRun, leg: Leg) -> list[str]:
    """The numbers in a dial string that may have made a leg on this channel.

    DAHDI names a group of lines there, and the span, or span and number, in the channel.
    """
    endpoint = endpoint_of(leg.channel)
    return [
        number
        for technology, number, peer in dial_targets(run.args)
        if leg.channel.startswith(f"{technology}/")
        and (peer == endpoint or (technology == "DAHDI" and number != peer))
    ]


def _is_named_after(leg: Leg, number: str) -> bool:
    """Whether the dialplan that dialled was at this number, with or without a prefix."""
    names = (leg.later_number, leg.later_exten)
    return any(
        min(len(name), len(number)) >= _SHORTEST_NAME
        and (name.endswith(number) or number.endswith(name))
        for name in names
    )


def _is_sibling(
    leg: Leg, other: Leg, begun_at: datetime, dialled: Sequence[tuple[datetime, str]]
) -> bool:
    if not leg.is_placed_by_pbx or endpoint_of(leg.channel) != endpoint_of(other.channel):
        return False
    nearest_at = min((at for at, _ in dialled), key=lambda at: abs(at - leg.started_at))
    return abs(nearest_at - begun_at) < _AT_ONCE
