"""Records as rows and back: the one place that knows which field is which column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from crm_store.queries import LISTS_RANK, MOST_CANDIDATES
from crm_store.records import (
    Account,
    Activity,
    ActivityStatus,
    Attribution,
    BusinessHours,
    CallerFacts,
    CallRecord,
    CallType,
    Campaign,
    Candidate,
    Contact,
    Direction,
    Enrichment,
    JournalPosition,
    Lead,
    LeadStatus,
    ListName,
    Matched,
    MissedReason,
    Outcome,
    Person,
    PersonAccount,
    PersonType,
    PhoneNumber,
    Ref,
    RouteKind,
    TrackingNumber,
)

Row = sa.RowMapping

PERSON_CLASSES: Final[dict[PersonType, type[Person]]] = {
    PersonType.CONTACT: Contact,
    PersonType.LEAD: Lead,
    PersonType.ACCOUNT: Account,
    PersonType.PERSON_ACCOUNT: PersonAccount,
}

_PERSON_TYPES = tuple(PersonType)


def person_type_of(person: Person | type[Person]) -> PersonType:
    """The type of a person's record; TypeError for one that is none."""
    kind = person if isinstance(person, type) else type(person)
    for person_type, known in PERSON_CLASSES.items():
        if kind is known:
            return person_type
    raise TypeError(f"{kind.__name__} is not a lead, contact, account or person account")


def facts_from_rows(rows: Sequence[Any]) -> CallerFacts:
    """What a look-up found, from the rows of ``queries.look_up``; each person once."""
    candidates = dict.fromkeys(
        Candidate(
            type=_PERSON_TYPES[rank],
            id=person_id,
            name=name,
            account_name=account_name,
            owner_name=owner_name,
            owner_extension=owner_extension,
            updated_at=updated_at,
        )
        for rank, person_id, name, account_name, owner_name, owner_extension, updated_at in rows
        if rank != LISTS_RANK
    )
    lists = frozenset(ListName(row[2]) for row in rows if row[0] == LISTS_RANK)
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


def person_to_row(person: Person) -> dict[str, Any]:
    """The columns that a person's record fills; a contact's account is the writer's to find."""
    pbx, linkedid = person.first_call or (None, None)
    row: dict[str, Any] = {
        "key": person.key,
        "name": person.name,
        "email": person.email,
        "owner": person.owner,
        "campaign": person.campaign,
        "source": person.source,
        "tracking_number": person.tracking_number,
        "first_call_pbx": pbx,
        "first_call_linkedid": linkedid,
        "comment": person.comment,
    }
    if isinstance(person, Lead):
        row |= {"company": person.company, "status": person.status}
    if isinstance(person, Contact):
        row |= {"title": person.title}
    return row


def person_from_row(kind: PersonType, row: Row, phone_numbers: tuple[PhoneNumber, ...]) -> Person:
    """A person as they stand in their table."""
    pbx, linkedid = row["first_call_pbx"], row["first_call_linkedid"]
    fields: dict[str, Any] = {
        "phone_numbers": phone_numbers,
        "first_call": None if pbx is None else (pbx, linkedid),
    }
    for name in (
        "id",
        "key",
        "name",
        "email",
        "owner",
        "campaign",
        "source",
        "tracking_number",
        "comment",
        "created_at",
        "updated_at",
    ):
        fields[name] = row[name]
    if kind is PersonType.LEAD:
        fields |= {"company": row["company"], "status": LeadStatus(row["status"])} | _of_call(row)
    if kind is PersonType.CONTACT:
        fields |= {"title": row["title"], "account": row["account"]}
    return PERSON_CLASSES[kind](**fields)


def activity_to_row(activity: Activity) -> dict[str, Any]:
    """The columns of ``activities`` that a record fills."""
    pbx, linkedid = activity.call or (None, None)
    about = activity.about
    return {
        "subject": activity.subject,
        "status": activity.status,
        "call_type": activity.call_type,
        "person_type": about.type if about else None,
        "person_id": about.id if about else None,
        "person_name": about.name if about else None,
        "owner": activity.owner,
        "campaign": activity.campaign,
        "pbx": pbx,
        "linkedid": linkedid,
        "comment": activity.comment,
        "completed_at": activity.completed_at,
    }


def activity_from_row(row: Row) -> Activity:
    """An activity as it stands in ``activities``, with what its call says."""
    return Activity(
        id=row["id"],
        subject=row["subject"],
        status=ActivityStatus(row["status"]),
        call_type=CallType(row["call_type"]) if row["call_type"] else None,
        about=_matched(row["person_type"], row["person_id"], row["person_name"]),
        owner=row["owner"],
        campaign=row["campaign"],
        call=None if row["pbx"] is None else (row["pbx"], row["linkedid"]),
        comment=row["comment"],
        created_at=row["created_at"],
        completed_at=row["completed_at"],
        updated_at=row["updated_at"],
        **_of_call(row),
    )


def _of_call(row: Row) -> dict[str, Any]:
    return {
        "call_id": row["call_id"],
        "wait_seconds": row["wait_seconds"],
        "talk_seconds": row["talk_seconds"],
        "recordings": row["recordings"] or (),
    }


def tracking_number_to_row(number: TrackingNumber) -> dict[str, Any]:
    """The columns of ``tracking_numbers``; the hours by name."""
    row = {name: getattr(number, name) for name in TrackingNumber.__slots__}
    return row | {"hours": number.hours.name if number.hours else None}


def tracking_number_from_row(row: Row, hours: Mapping[str, BusinessHours]) -> TrackingNumber:
    """A tracking number with its hours."""
    fields = dict(row) | {"route": RouteKind(row["route"])}
    fields["hours"] = hours[row["hours"]] if row["hours"] else None
    return TrackingNumber(**fields)


def business_hours_from_row(row: Row) -> BusinessHours:
    """Business hours as they stand."""
    return BusinessHours(**row)


def campaign_from_row(row: Row) -> Campaign:
    """A campaign as it stands."""
    return Campaign(**row)


def journal_position_from_row(row: Row) -> JournalPosition:
    """A journal position as it stands."""
    return JournalPosition(**row)


def fields_to_row(record: BusinessHours | Campaign | JournalPosition) -> dict[str, Any]:
    """A record whose fields are its columns."""
    return {name: getattr(record, name) for name in type(record).__slots__}
