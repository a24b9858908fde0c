"""A call with something in every field, and the strangers who make it difficult."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_store.records import (
    Attribution,
    CallRecord,
    Candidate,
    Direction,
    Enrichment,
    Matched,
    MissedReason,
    Outcome,
    Party,
    PersonType,
    Recording,
    Ref,
    Transfer,
    TransferKind,
)

RANG_AT = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
ADA = "+61491570006"

HOSTILE = 'a\\b "q" ${SHELL(id)} | & \'; DROP TABLE calls;-- \U0001f4de \0 \udc80 é' + "x" * 4_000


def ringing(linkedid: str = "1.1", **changes: Any) -> CallRecord:
    """A stranger's call, at its first ring."""
    call = CallRecord(
        pbx="sydney",
        linkedid=linkedid,
        direction=Direction.INBOUND,
        caller_number="0491570006",
        caller_e164=ADA,
        dialled_number="0298765432",
        dialled_e164="+61298765432",
        started_at=RANG_AT,
    )
    return replace(call, **changes)


def ended(linkedid: str = "1.1", **changes: Any) -> CallRecord:
    """The same call when it is over, with something in every field."""
    answered, over = RANG_AT + timedelta(seconds=6), RANG_AT + timedelta(seconds=96)
    call = ringing(
        linkedid,
        call_id="7K4Q2M",
        outcome=Outcome.ANSWERED,
        missed_reason=MissedReason.NO_ANSWER,
        caller_name="Ada",
        tracking_number=Attribution(
            number="+61298765432", label="Poster", campaign="Trams", source="offline"
        ),
        answered_at=answered,
        ended_at=over,
        ring_seconds=5.5,
        wait_seconds=6.0,
        talk_seconds=90.000001,
        is_estimated=True,
        answered_by="101",
        parties=(
            Party(
                extension="101",
                channel="PJSIP/101-00000001",
                rang_at=RANG_AT,
                answered_at=answered,
                left_at=None,
            ),
        ),
        transfers=(
            Transfer(kind=TransferKind.BLIND, by="101", to="102", at=answered, completed=False),
        ),
        recordings=(
            Recording(path="7K4Q2M.wav", url="/r/7K4Q2M", started_at=answered, seconds=90.0),
        ),
        hangup_cause=16,
        matched=Matched(type=PersonType.LEAD, id=7, name="Ada Lovelace"),
        record=Ref(type="activity", id=3),
        tags=("vip", "call back"),
        comment="Wants an engine",
        agent="Tom",
        redirected_from="0298765400",
        enrichment=Enrichment.ENRICHED,
        candidates=(
            Candidate(
                type=PersonType.LEAD,
                id=7,
                name="Ada Lovelace",
                account_name=None,
                owner_name="Tom",
                owner_extension="101",
                updated_at=RANG_AT,
            ),
        ),
    )
    return replace(call, **changes)
