"""Calls, a lead and an activity with something in every field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_store.records import (
    Activity,
    ActivityStatus,
    Attribution,
    CallRecord,
    CallType,
    Campaign,
    Candidate,
    Direction,
    Enrichment,
    Lead,
    Matched,
    MissedReason,
    Outcome,
    Party,
    PersonType,
    PhoneNumber,
    Recording,
    Ref,
    Transfer,
    TransferKind,
    User,
)
from crm_store.writer import Writer

RANG_AT = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
ADA = "+61491570006"


def ringing(linkedid: str = "1.1", **changes: Any) -> CallRecord:
    """A stranger's call to the poster, at its first ring."""
    call = CallRecord(
        pbx="sydney",
        linkedid=linkedid,
        direction=Direction.INBOUND,
        caller_number="0491570006",
        caller_e164=ADA,
        dialled_number="0298765432",
        dialled_e164="+61298765432",
        started_at=RANG_AT,
        tracking_number=Attribution(
            number="+61298765432", label="Poster", campaign="Trams", source="offline"
        ),
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
        recordings=(recording(),),
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


def recording() -> Recording:
    return Recording(
        path="7K4Q2M.wav",
        url="/r/7K4Q2M",
        started_at=RANG_AT + timedelta(seconds=6),
        seconds=90.0,
    )


ENDED_DOCUMENT: dict[str, Any] = {
    "call_id": "7K4Q2M",
    "pbx": "sydney",
    "linkedid": "1.1",
    "direction": "inbound",
    "outcome": "answered",
    "missed_reason": "no_answer",
    "caller_number": "0491570006",
    "caller_e164": "+61491570006",
    "caller_name": "Ada",
    "dialled_number": "0298765432",
    "tracking_number": {
        "number": "+61298765432",
        "label": "Poster",
        "campaign": "Trams",
        "source": "offline",
    },
    "started_at": "2026-11-22T09:00:00.000000Z",
    "answered_at": "2026-11-22T09:00:06.000000Z",
    "ended_at": "2026-11-22T09:01:36.000000Z",
    "ring_seconds": 5.5,
    "wait_seconds": 6.0,
    "talk_seconds": 90.000001,
    "is_estimated": True,
    "answered_by": "101",
    "parties": [
        {
            "extension": "101",
            "channel": "PJSIP/101-00000001",
            "rang_at": "2026-11-22T09:00:00.000000Z",
            "answered_at": "2026-11-22T09:00:06.000000Z",
            "left_at": None,
        }
    ],
    "transfers": [
        {
            "kind": "blind",
            "by": "101",
            "to": "102",
            "at": "2026-11-22T09:00:06.000000Z",
            "completed": False,
        }
    ],
    "recordings": [
        {
            "path": "7K4Q2M.wav",
            "url": "/r/7K4Q2M",
            "started_at": "2026-11-22T09:00:06.000000Z",
            "seconds": 90.0,
        }
    ],
    "hangup_cause": 16,
    "matched": {"type": "lead", "id": 7, "name": "Ada Lovelace"},
    "record": {"type": "activity", "id": 3},
    "tags": ["vip", "call back"],
    "comment": "Wants an engine",
    "agent": "Tom",
    "dialled_e164": "+61298765432",
    "is_withheld": False,
    "redirected_from": "0298765400",
    "enrichment": "enriched",
    "candidates": [
        {
            "type": "lead",
            "id": 7,
            "name": "Ada Lovelace",
            "account_name": None,
            "owner_name": "Tom",
            "owner_extension": "101",
            "updated_at": "2026-11-22T09:00:00.000000Z",
        }
    ],
    "medium": None,
    "keyword": None,
    "landing_page": None,
    "click_id": None,
    "visitor_session": None,
}
"""What ``ended()`` says to the outside."""


def put_company(writer: Writer) -> None:
    """One campaign, one user."""
    writer.put_campaign(Campaign(name="Trams"))
    writer.put_user(User(name="Tom", extensions=("101",)))


def put_ada(writer: Writer) -> None:
    """Ada's call, the lead it made and the activity that tells of it; a second, plain lead."""
    put_company(writer)
    writer.put_call(ended())
    ada = writer.create(
        Lead(
            name="Ada Lovelace",
            company="Engines",
            phone_numbers=(PhoneNumber(raw="0491 570 006", e164=ADA, label="mobile"),),
            email="ada@example.com",
            owner="Tom",
            campaign="Trams",
            source="offline",
            tracking_number="+61298765432",
            first_call=("sydney", "1.1"),
            comment="=HYPERLINK()",
            key="a1",
            created_at=RANG_AT,
            updated_at=RANG_AT,
        )
    )
    later = RANG_AT + timedelta(days=1)
    writer.create(Lead(name="Bob", created_at=later, updated_at=later))
    writer.log_activity(
        Activity(
            subject="Inbound answered call from Ada Lovelace on Poster answered by Tom",
            status=ActivityStatus.COMPLETED,
            call_type=CallType.INBOUND_ANSWERED,
            about=Matched(type=PersonType.LEAD, id=ada.id, name="Ada Lovelace"),
            owner="Tom",
            campaign="Trams",
            call=("sydney", "1.1"),
            comment="Wants an engine",
            created_at=RANG_AT,
            completed_at=RANG_AT,
        )
    )
