"""What a record says without being told: filled in before it is checked and written.

Only what people type, send and import passes here; what calls write is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_store.checking.attributes import default_values, kept_values
from crm_store.kinds import CASE, CONTACT, GROUP, OPPORTUNITY
from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import (
    Account,
    Activity,
    ActivityStatus,
    By,
    Case,
    CaseStatus,
    Contact,
    Lead,
    LeadState,
    Matched,
    Opportunity,
    Person,
    PersonType,
    PhoneNumber,
    ProductInterest,
)
from crm_store.sales.areas import group_of_area
from crm_store.sales.lead_dates import estimate_between, expected_end, is_sensible
from crm_store.sales.lead_settings import LeadSettings, OwnedBy
from crm_store.tables import group_members, products


def filled_in(
    reader: Reader,
    by: By,
    now: datetime,
    record: Any,
    before: Any | None,
    country: str | None = None,
) -> Any:
    """The record with what follows from what it says; ``before`` is None for a new one.

    ``country`` is whose national numbers people type, for a person who says none.
    """
    if isinstance(record, Lead):
        record = _lead(reader, now, record, before)
    if isinstance(record, Person):
        return _person(reader, by, record, before, country)
    if isinstance(record, Activity):
        return _activity(reader, now, record, before)
    if isinstance(record, Case):
        return _case(now, record)
    if isinstance(record, Opportunity):
        return _opportunity(reader, record, before)
    return record


def lead_of_a_call(reader: Reader, lead: Lead, user: str | None) -> Lead:
    """A lead that nobody typed, with its first status and the group that owns it.

    ``user`` is who made it: he who had the call.
    """
    settings = reader.settings(LeadSettings)
    if (state := settings.state_of(lead.status)) is not None:
        lead = lead if lead.state is not LeadState.NEW else replace(lead, state=state)
    elif lead.state is LeadState.NEW:
        lead = replace(lead, status=settings.first)
    if lead.owner_group is None:
        owner_group = _owning_group(reader, settings, lead, user)
        lead = replace(lead, owner_group=owner_group) if owner_group else lead
    return lead


def _person(reader: Reader, by: By, person: Any, before: Any | None, country: str | None) -> Any:
    changes: dict[str, Any] = {}
    if person.email is not None:
        changes["email"] = person.email.strip() or None
    if before is None or person.phone_numbers != before.phone_numbers:
        changes["phone_numbers"] = tuple(
            _numbered(each, person.country or country) for each in person.phone_numbers
        )
    if person.country is not None:
        changes["country"] = person.country.strip().upper() or None
    person = replace(person, **changes)
    if before is not None:
        return person
    if not person.origin and by.via != By().via:
        person = replace(person, origin=by.via)
    if person.owner_group is None:
        settings = reader.settings(LeadSettings)
        user = by.user or person.owner
        person = replace(person, owner_group=_owning_group(reader, settings, person, user))
    return person


def _numbered(number: PhoneNumber, country: str | None) -> PhoneNumber:
    if number.e164 is None:
        return replace(number, e164=to_e164(number.raw, country))
    return number if number.raw else replace(number, raw=number.e164)


def _owning_group(
    reader: Reader, settings: LeadSettings, person: Person, user: str | None
) -> str | None:
    if settings.owned_by is OwnedBy.AREA:
        groups = reader.all_of(GROUP.name)
        if (found := group_of_area(groups, person)) is not None:
            return found
    return _first_group(reader, user) or settings.default_group


def _first_group(reader: Reader, user: str | None) -> str | None:
    if user is None:
        return None
    his = (
        sa.select(group_members.c.group_name)
        .where(group_members.c.user_name == user)
        .order_by(group_members.c.position)
        .limit(1)
    )
    return next((str(name) for (name,) in reader.ask(his)), None)


def _lead(reader: Reader, now: datetime, lead: Lead, before: Lead | None) -> Lead:
    settings = reader.settings(LeadSettings)
    changes: dict[str, Any] = {}
    if before is None:
        lead = _as_new(reader, settings, lead)
    lead_type = settings.type_named(lead.type)
    if before is not None and lead.type != before.type and lead_type is not None:
        defaults = default_values(lead_type.attributes)
        if lead.attributes == before.attributes:
            kept, dropped = kept_values(lead.attributes, lead_type.attributes)
            lost = {name: lead.attributes[name] for name in dropped}
            changes["attributes"] = kept | lost
        else:
            changes["attributes"] = defaults | lead.attributes
    if lead.target_amount is not None and lead.currency is None:
        changes["currency"] = settings.default_currency
    if before is None or lead.products != before.products:
        changes["products"] = _with_kinds(reader, lead.products)
    lead = replace(lead, **changes)
    return replace(lead, **_dates(lead, before, now))


_NOBODY = Lead(name="")


def _as_new(reader: Reader, settings: LeadSettings, lead: Lead) -> Lead:
    changes: dict[str, Any] = {}
    if lead.status == _NOBODY.status and settings.state_of(lead.status) is None:
        changes["status"] = settings.first
    state = settings.state_of(changes.get("status", lead.status))
    if state is not None and lead.state is LeadState.NEW:
        changes["state"] = state
    if (lead_type := settings.type_named(lead.type)) is not None:
        changes["attributes"] = default_values(lead_type.attributes) | lead.attributes
    return replace(lead, **changes, **_of_contact(reader, lead))


def _of_contact(reader: Reader, lead: Lead) -> dict[str, Any]:
    """What a lead takes from the contact that it is with, where nobody typed it."""
    changes: dict[str, Any] = {}
    account_id = lead.account_id
    if lead.contact_id is not None:
        contact: Contact | None = reader.get(CONTACT.name, lead.contact_id)
        if contact is not None:
            changes["phone_numbers"] = lead.phone_numbers or contact.phone_numbers
            changes["email"] = lead.email or contact.email
            account_id = changes["account_id"] = account_id or contact.account_id
    if lead.company is None and account_id is not None:
        account: Account | None = reader.get(PersonType.ACCOUNT, account_id)
        changes["company"] = account.name if account is not None else None
    return changes


def _with_kinds(
    reader: Reader, interests: Sequence[ProductInterest]
) -> tuple[ProductInterest, ...]:
    """The products asked about, each of the kind that it is of now."""
    if not interests:
        return ()
    names = [each.product for each in interests]
    theirs = sa.select(products.c.name, products.c.kind).where(products.c.name.in_(names))
    kinds = dict(reader.ask(theirs))
    return tuple(
        replace(each, kind=type(each.kind)(kinds[each.product])) if each.product in kinds else each
        for each in interests
    )


def _dates(lead: Lead, before: Lead | None, now: datetime) -> dict[str, Any]:
    """Estimate and expected end, each from the other: the one that was changed says."""
    start = lead.started_at or lead.created_at or now
    old = (before.started_at, before.estimate, before.expected_at) if before else (None, None, None)
    has_new_estimate = lead.estimate != old[1]
    has_new_end = lead.expected_at != old[2]
    if has_new_estimate and has_new_end and lead.estimate and lead.expected_at:
        return {}
    if has_new_end and lead.expected_at is not None:
        return {"estimate": estimate_between(start, lead.expected_at)}
    if has_new_estimate or has_new_end:
        if lead.estimate is None or (has_new_end and not has_new_estimate):
            return {"estimate": None, "expected_at": None}
        return _end(start, lead)
    if before is not None and lead.started_at != old[0] and lead.estimate is not None:
        return _end(start, lead)
    return {}


def _end(start: datetime, lead: Lead) -> dict[str, Any]:
    if lead.estimate is None or not is_sensible(lead.estimate):
        return {}
    return {"expected_at": expected_end(start, lead.estimate)}


def _activity(
    reader: Reader, now: datetime, activity: Activity, before: Activity | None
) -> Activity:
    changes: dict[str, Any] = {}
    is_done = activity.status is ActivityStatus.COMPLETED
    if is_done and activity.completed_at is None:
        changes["completed_at"] = now
    elif before is not None and not is_done and before.status is not activity.status:
        changes["completed_at"] = None
    about = activity.about or _of_whom(reader, activity)
    if about is not None and (before is None or about != before.about):
        person = reader.get(about.type, about.id)
        changes["about"] = replace(about, name=person.name) if person is not None else about
    return replace(activity, **changes)


def _of_whom(reader: Reader, activity: Activity) -> Matched | None:
    """Whom an activity for a case or an opportunity is about."""
    its: Case | Opportunity | None = None
    if activity.case_id is not None:
        its = reader.get(CASE.name, activity.case_id)
    elif activity.opportunity_id is not None:
        its = reader.get(OPPORTUNITY.name, activity.opportunity_id)
    if its is None:
        return None
    if its.contact_id is not None:
        return Matched(type=PersonType.CONTACT, id=its.contact_id, name="")
    if isinstance(its, Opportunity) and its.account_id is not None:
        return Matched(type=PersonType.ACCOUNT, id=its.account_id, name="")
    return None


def _case(now: datetime, case: Case) -> Case:
    if case.status is CaseStatus.OPEN:
        return replace(case, closed_at=None)
    return case if case.closed_at is not None else replace(case, closed_at=now)


def _opportunity(
    reader: Reader, opportunity: Opportunity, before: Opportunity | None
) -> Opportunity:
    changes: dict[str, Any] = {}
    if opportunity.amount is not None and opportunity.currency is None:
        changes["currency"] = reader.settings(LeadSettings).default_currency
    if before is None or opportunity.products != before.products:
        changes["products"] = _with_kinds(reader, opportunity.products)
    if opportunity.account_id is None and opportunity.contact_id is not None:
        contact: Contact | None = reader.get(CONTACT.name, opportunity.contact_id)
        changes["account_id"] = contact.account_id if contact is not None else None
    return replace(opportunity, **changes)
