"""The five kinds of call that the administrator's logging rules speak of."""

from __future__ import annotations

from typing import TypeAlias

from crm_store.records import CallRecord, CallType
from pbx_bridge.calls.call import Call, Direction, Outcome

AnyCall: TypeAlias = Call | CallRecord
"""A call as the PBX tells it, or as the store keeps it: decisions ask the same of both."""

_INBOUND = {
    Outcome.ANSWERED: CallType.INBOUND_ANSWERED,
    Outcome.MISSED: CallType.MISSED,
    Outcome.VOICEMAIL: CallType.VOICEMAIL,
}


def call_type(call: AnyCall) -> CallType | None:
    """Return what kind of call this is; None for an internal one and while nothing is decided.

    A call that ended with nothing decided (the PBX died, rows are missing) was not answered, as
    far as anybody knows. Whose voicemail an outbound call reached is not ours to know: its
    voicemail is unanswered.
    """
    if call.direction is Direction.INTERNAL:
        return None
    outcome = call.outcome
    if outcome is None:
        if call.ended_at is None:
            return None
        outcome = Outcome.MISSED
    if call.direction is Direction.INBOUND:
        return _INBOUND[outcome]
    if outcome is Outcome.ANSWERED:
        return CallType.OUTBOUND_ANSWERED
    return CallType.OUTBOUND_UNANSWERED
