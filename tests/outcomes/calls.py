"""Calls to decide about, each the smallest that says what its name says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pbx_bridge.calls.call import Call, Direction, MissedReason, Outcome

STARTED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANSWERED_AT = STARTED_AT + timedelta(seconds=8)
ENDED_AT = STARTED_AT + timedelta(seconds=68)

RINGING = Call(
    pbx="office",
    linkedid="1763888400.1",
    call_id_hint=None,
    direction=Direction.INBOUND,
    outcome=None,
    missed_reason=None,
    is_withheld=False,
    caller_number="03044400999",
    caller_name="",
    dialled_number="03055500100",
    redirected_from=None,
    started_at=STARTED_AT,
    answered_at=None,
    ended_at=None,
    ring_seconds=0.0,
    wait_seconds=0.0,
    talk_seconds=0.0,
    is_estimated=False,
    answered_by=None,
    parties=(),
    transfers=(),
    recordings=(),
    hangup_cause=None,
)
TALKING = replace(RINGING, outcome=Outcome.ANSWERED, answered_at=ANSWERED_AT, answered_by="1001")
ANSWERED = replace(TALKING, ended_at=ENDED_AT, talk_seconds=60.0)
MISSED = replace(
    RINGING, outcome=Outcome.MISSED, missed_reason=MissedReason.NO_ANSWER, ended_at=ENDED_AT
)
VOICEMAIL = replace(RINGING, outcome=Outcome.VOICEMAIL, ended_at=ENDED_AT)
UNDECIDED = replace(RINGING, ended_at=ENDED_AT)

DIALLING = replace(
    RINGING, direction=Direction.OUTBOUND, caller_number="1001", dialled_number="03044400999"
)
REACHED = replace(
    DIALLING,
    outcome=Outcome.ANSWERED,
    answered_at=ANSWERED_AT,
    answered_by="03044400999",
    ended_at=ENDED_AT,
)
NOT_REACHED = replace(
    DIALLING, outcome=Outcome.MISSED, missed_reason=MissedReason.BUSY, ended_at=ENDED_AT
)
INTERNAL = replace(
    ANSWERED, direction=Direction.INTERNAL, caller_number="1001", dialled_number="1002"
)
