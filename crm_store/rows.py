"""Records as rows and back: the one place that knows which field is which column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_store.queries import LISTS_RANK, MOST_CANDIDATES
from crm_store.records import (
    NOBODY,
    Attribution,
    CallerFacts,
    CallRecord,
    Candidate,
    Direction,
    Enrichment,
    JournalPosition,
    ListName,
    Matched,
    MissedReason,
    Outcome,
    PersonType,
    Ref,
)

Row = Mapping[Any, Any]

_PERSON_TYPES = tuple(PersonType)


def facts_from_rows(rows: Sequence[Row]) -> CallerFacts:
    """What a look-up found, from the rows of ``queries.look_up``; each person once."""
    if not rows:
        return NOBODY
    candidates = dict.fromkeys(
        Candidate(
            type=_PERSON_TYPES[row["rank"]],
            id=row["id"],
            name=row["name"],
            account_name=row["account_name"],
            owner_name=row["owner_name"],
            owner_extension=row["owner_extension"],
            updated_at=row["updated_at"],
        )
        for row in rows
        if row["rank"] != LISTS_RANK
    )
    lists = frozenset(ListName(row["name"]) for row in rows if row["rank"] == LISTS_RANK)
    return CallerFacts(candidates=tuple(candidates)[:MOST_CANDIDATES], lists=lists)


def call_to_row(call: CallRecord) -> dict[str, Any]:
    """The columns of ``calls`` that a record fills."""
    brought_by, matched, record = call.tracking_number, call.matched, call.record
    return {
        "pbx": call.pbx,
        "linkedid": call.linkedid,
        "call_id": call.call_id,
        "direction": call.direction,
        "outcome": call.outcome,
        "missed_reason": call.missed_reason,
        "caller_number": call.caller_number,
        "caller_e164": call.caller_e164,
        "caller_name": call.caller_name,
        "is_withheld": call.is_withheld,
        "dialled_number": call.dialled_number,
        "dialled_e164": call.dialled_e164,
        "redirected_from": call.redirected_from,
        "tracking_number": brought_by.number if brought_by else None,
        "label": brought_by.label if brought_by else None,
        "campaign": brought_by.campaign if brought_by else None,
        "source": brought_by.source if brought_by else None,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "ring_seconds": call.ring_seconds,
        "wait_seconds": call.wait_seconds,
        "talk_seconds": call.talk_seconds,
        "is_estimated": call.is_estimated,
        "answered_by": call.answered_by,
        "agent": call.agent,
        "hangup_cause": call.hangup_cause,
        "parties": call.parties,
        "transfers": call.transfers,
        "recordings": call.recordings,
        "medium": call.medium,
        "keyword": call.keyword,
        "landing_page": call.landing_page,
        "click_id": call.click_id,
        "visitor_session": call.visitor_session,
        "enrichment": call.enrichment,
        "matched_type": matched.type if matched else None,
        "matched_id": matched.id if matched else None,
        "matched_name": matched.name if matched else None,
        "candidates": call.candidates,
        "record_type": record.type if record else None,
        "record_id": record.id if record else None,
        "tags": call.tags,
        "comment": call.comment or None,
    }


def call_from_row(row: Row) -> CallRecord:
    """A call as it stands in ``calls``."""
    outcome, reason = row["outcome"], row["missed_reason"]
    return CallRecord(
        pbx=row["pbx"],
        linkedid=row["linkedid"],
        call_id=row["call_id"],
        direction=Direction(row["direction"]),
        outcome=Outcome(outcome) if outcome else None,
        missed_reason=MissedReason(reason) if reason else None,
        caller_number=row["caller_number"],
        caller_e164=row["caller_e164"],
        caller_name=row["caller_name"],
        is_withheld=row["is_withheld"],
        dialled_number=row["dialled_number"],
        dialled_e164=row["dialled_e164"],
        redirected_from=row["redirected_from"],
        tracking_number=_attribution(row),
        started_at=row["started_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        ring_seconds=row["ring_seconds"],
        wait_seconds=row["wait_seconds"],
        talk_seconds=row["talk_seconds"],
        is_estimated=row["is_estimated"],
        answered_by=row["answered_by"],
        agent=row["agent"],
        hangup_cause=row["hangup_cause"],
        parties=row["parties"],
        transfers=row["transfers"],
        recordings=row["recordings"],
        medium=row["medium"],
        keyword=row["keyword"],
        landing_page=row["landing_page"],
        click_id=row["click_id"],
        visitor_session=row["visitor_session"],
        enrichment=Enrichment(row["enrichment"]),
        matched=_matched(row["matched_type"], row["matched_id"], row["matched_name"]),
        candidates=row["candidates"],
        record=_ref(row["record_type"], row["record_id"]),
        tags=row["tags"],
        comment=row["comment"],
    )


def _attribution(row: Row) -> Attribution | None:
    if row["tracking_number"] is None:
        return None
    return Attribution(
        number=row["tracking_number"],
        label=row["label"],
        campaign=row["campaign"],
        source=row["source"],
    )


def _matched(person_type: str | None, person_id: int | None, name: str | None) -> Matched | None:
    if person_type is None or person_id is None:
        return None
    return Matched(type=PersonType(person_type), id=person_id, name=name or "")


def _ref(record_type: str | None, record_id: int | None) -> Ref | None:
    if record_type is None or record_id is None:
        return None
    kind = "activity" if record_type == "activity" else PersonType(record_type)
    return Ref(type=kind, id=record_id)  # type: ignore[arg-type]  # mypy joins to str


def journal_position_from_row(row: Row) -> JournalPosition:
    """A journal position as it stands."""
    return JournalPosition(**row)


def fields_to_row(record: JournalPosition) -> dict[str, Any]:
    """A record whose fields are its columns."""
    return {name: getattr(record, name) for name in type(record).__slots__}
