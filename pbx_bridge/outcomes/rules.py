"""The administrator's rules: which calls are logged, and what a stranger becomes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crm_store.records import CallType, PersonType
from pbx_bridge.calls.call import Direction


class Logging(StrEnum):
    """What a call with somebody on file leaves: an open task, a done one, or nothing."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    NOT_LOGGED = "not_logged"


class RecordAt(StrEnum):
    """When the lead or activity appears: with the first ring, or only when the call is over."""

    RING = "ring"
    HANGUP = "hangup"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingRules:
    """What each kind of call leaves in the CRM.

    The five call types rule activities, that is calls with somebody on file; a missed call and
    a voicemail stay in progress because somebody has to call back. ``unknown_…`` says what a
    stranger becomes, None for nothing, whatever the type of his call.
    """

    outbound_answered: Logging = Logging.COMPLETED
    outbound_unanswered: Logging = Logging.COMPLETED
    inbound_answered: Logging = Logging.COMPLETED
    missed: Logging = Logging.IN_PROGRESS
    voicemail: Logging = Logging.IN_PROGRESS
    unknown_inbound: PersonType | None = PersonType.LEAD
    unknown_outbound: PersonType | None = None
    record_at: RecordAt = RecordAt.RING

    def logging_of(self, kind: CallType) -> Logging:
        """Return what a call of this type leaves."""
        match kind:
            case CallType.OUTBOUND_ANSWERED:
                return self.outbound_answered
            case CallType.OUTBOUND_UNANSWERED:
                return self.outbound_unanswered
            case CallType.INBOUND_ANSWERED:
                return self.inbound_answered
            case CallType.MISSED:
                return self.missed
            case CallType.VOICEMAIL:
                return self.voicemail

    def may_log(self, direction: Direction) -> bool:
        """Say whether a call that way can leave an activity, however it ends."""
        if direction is Direction.INTERNAL:
            return False
        if direction is Direction.OUTBOUND:
            kinds = {self.outbound_answered, self.outbound_unanswered}
        else:
            kinds = {self.inbound_answered, self.missed, self.voicemail}
        return kinds != {Logging.NOT_LOGGED}

    def stranger_becomes(self, direction: Direction) -> PersonType | None:
        """Return the type of record that a stranger becomes, None for none."""
        match direction:
            case Direction.INBOUND:
                return self.unknown_inbound
            case Direction.OUTBOUND:
                return self.unknown_outbound
            case Direction.INTERNAL:
                return None
