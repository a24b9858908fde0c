"""The administrator's rules, asked about one call. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    ShortCalls,
    UnknownNumber,
    When,
)
from crm_store.records import CallType, Outcome, PersonType
from pbx_bridge.calls.call import Direction
from pbx_bridge.outcomes.call_type import AnyCall, call_type

_UNANSWERED = {
    CallType.INBOUND_ANSWERED: CallType.MISSED,
    CallType.OUTBOUND_ANSWERED: CallType.OUTBOUND_UNANSWERED,
}
_OF_DIRECTION = {
    Direction.OUTBOUND: (CallType.OUTBOUND_ANSWERED, CallType.OUTBOUND_UNANSWERED),
    Direction.INBOUND: (CallType.INBOUND_ANSWERED, CallType.MISSED, CallType.VOICEMAIL),
    Direction.INTERNAL: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rules say of one call: what it leaves and, where that is nothing, why."""

    log: Logging
    reason: str = ""


def rule_on(call: AnyCall, settings: CallLoggingSettings, *, is_open: bool) -> Ruling:
    """Say what a call with somebody on file leaves.

    ``is_open``: the number was open when the call began. A call that is up is in progress,
    unless no call of its direction leaves anything.
    """
    kinds = _OF_DIRECTION[call.direction]
    if not kinds or not any(_may_leave(settings.rule_of(kind), is_open) for kind in kinds):
        return _nothing(f"{call.direction} calls are not logged", is_open)
    kind = call_type(call)
    if call.ended_at is None or kind is None:
        return Ruling(log=Logging.IN_PROGRESS)
    if is_short(call, settings):
        if settings.short_calls is ShortCalls.NOT_LOGGED:
            return _nothing("short calls are not logged")
        if settings.short_calls is ShortCalls.AS_UNANSWERED:
            kind = _UNANSWERED.get(kind, kind)
    rule = settings.rule_of(kind)
    if not _may_leave(rule, is_open):
        return _nothing(f"{kind} calls are not logged", is_open or rule.log is Logging.NOT_LOGGED)
    return Ruling(log=rule.log)


def is_short(call: AnyCall, settings: CallLoggingSettings) -> bool:
    """Whether people spoke, but hardly."""
    return call.outcome is Outcome.ANSWERED and call.talk_seconds < settings.short_call_seconds


def stranger_becomes(
    direction: Direction, settings: CallLoggingSettings, *, is_open: bool = True
) -> PersonType | None:
    """Return the type of record that a stranger becomes, None for none."""
    if settings.unknown_when is When.BUSINESS_HOURS and not is_open:
        return None
    if direction is Direction.INBOUND:
        return as_person_type(settings.unknown_inbound)
    if direction is Direction.OUTBOUND:
        return as_person_type(settings.unknown_outbound)
    return None


def as_person_type(becomes: UnknownNumber) -> PersonType | None:
    """The type of record that it is, None for none."""
    return None if becomes is UnknownNumber.NOTHING else PersonType(becomes)


def _may_leave(rule: CallTypeRule, is_open: bool) -> bool:
    return rule.log is not Logging.NOT_LOGGED and (is_open or rule.when is When.ALWAYS)


def _nothing(reason: str, is_open: bool = True) -> Ruling:
    return Ruling(
        log=Logging.NOT_LOGGED, reason=reason if is_open else f"{reason} outside business hours"
    )
