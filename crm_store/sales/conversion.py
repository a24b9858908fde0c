"""A lead that is worth it becomes a customer: account, contact and, if wanted, opportunity.

All in one unit of work: whoever rang as the lead is the contact from then on, with every call,
activity, note and recording. The lead stays, as converted, and points to what it became.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa

from crm_store.changes import RecordWriter
from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound
from crm_store.kinds import ACCOUNT, CONTACT, LEAD, OPPORTUNITY
from crm_store.records import (
    Account,
    Contact,
    Lead,
    LeadState,
    Matched,
    Opportunity,
    PersonType,
    Ref,
)
from crm_store.sales.lead_settings import LeadSettings
from crm_store.sales.leads import change_lead, refuse_converted
from crm_store.sales.moving import Moved, move_all
from crm_store.tables import accounts, opportunities

_COPIED = ("owner", "campaign", "source", "tracking_number", "first_call", "owner_group")
_PLACE = ("website", "street", "postal_code", "city", "region", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A company to make. Without a name it is the lead's company."""

    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A contact to make. Without a name he is called as the lead is."""

    name: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpportunity:
    """An opportunity to make. What it does not say is the lead's."""

    name: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    stage: str | None = None
    probability: int | None = None
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a lead became, and how much went along with it."""

    lead: Lead
    account: Account
    contact: Contact
    opportunity: Opportunity | None
    moved: Moved


def convert(
    writer: RecordWriter,
    lead_id: int,
    *,
    account: NewAccount | int | None = None,
    contact: NewContact | int | None = None,
    opportunity: NewOpportunity | None = None,
    version: int | None = None,
    may_join: Callable[[Account | Contact], bool] = lambda _: True,
) -> Conversion:
    """Make a customer of a lead; join an account or a contact that is there, by its id.

    Where no account is named it joins that of the contact it joins, the lead's, or the only one
    that is called as the lead's company is, and else makes one. Where no contact is named it
    joins the lead's or makes one. A contact that is joined is given the numbers that he lacks,
    and what he leaves empty of e-mail and address. Nothing is joined by itself for which
    ``may_join`` says no: that is as if it were not there.

    Raises NotPossible for a lost or converted lead; InvalidRecord for an account or contact that
    is not there, a contact of another account than the one named, and missing names.
    """
    lead = cast(Lead, writer.need(LEAD.name, lead_id, is_locked=True))
    settings = writer.settings(LeadSettings)
    refuse_converted(settings, lead)
    if lead.state is LeadState.LOST:
        raise NotPossible(f"lead {lead_id} is lost", hint="reopen it first")
    writer.need(LEAD.name, lead_id, version=version)
    joined = _joined(writer, lead, contact, may_join)
    its_account = _account(writer, lead, account, joined, may_join)
    if joined is not None:
        its_contact = _join(writer, lead, joined, its_account)
    else:
        wanted = contact if isinstance(contact, NewContact) else NewContact()
        its_contact = _make_contact(writer, lead, wanted, its_account)
    made = _opportunity(writer, lead, opportunity, its_account, its_contact)
    changes = {
        "status": settings.on_convert,
        "state": LeadState.WON,
        "completed_at": lead.completed_at or writer.now,
        "company": lead.company or its_account.name,
        "account_id": its_account.id,
        "contact_id": its_contact.id,
        "opportunity_id": made.id if made is not None else lead.opportunity_id,
    }
    converted = change_lead(writer, lead_id, changes, "converted")
    return Conversion(
        lead=converted,
        account=its_account,
        contact=its_contact,
        opportunity=made,
        moved=move_all(
            writer,
            Ref(type=PersonType.LEAD, id=lead_id),
            Matched(type=PersonType.CONTACT, id=its_contact.id or 0, name=its_contact.name),
        ),
    )


_MayJoin = Callable[[Account | Contact], bool]


def _joined(
    writer: RecordWriter, lead: Lead, wanted: NewContact | int | None, may_join: _MayJoin
) -> Contact | None:
    """The contact to join: the one that is named or, with none named, the lead's."""
    if isinstance(wanted, NewContact):
        return None
    if wanted is None:
        its = writer.get(CONTACT.name, lead.contact_id) if lead.contact_id is not None else None
        return its if its is not None and may_join(its) else None
    return cast(Contact, _named(writer, CONTACT.name, wanted))


def _named(writer: RecordWriter, kind_name: str, key: int) -> Any:
    try:
        return writer.need(kind_name, key, is_locked=True)
    except RecordNotFound as error:
        raise InvalidRecord([Problem(kind_name, str(error))]) from None


def _account(
    writer: RecordWriter,
    lead: Lead,
    wanted: NewAccount | int | None,
    joined: Contact | None,
    may_join: _MayJoin,
) -> Account:
    """The account to join or to make, of which the joined contact is or becomes one."""
    if isinstance(wanted, int):
        _named(writer, ACCOUNT.name, wanted)
    of_contact = joined.account_id if joined is not None else None
    if wanted is None:
        wanted = of_contact or _fitting(writer, lead, may_join)
    if joined is not None and of_contact is not None and of_contact != wanted:
        its = writer.need(ACCOUNT.name, of_contact)
        message = f"contact {joined.id} is of another account: {its.name!r}, {of_contact}"
        raise InvalidRecord([Problem("contact", message)])
    if isinstance(wanted, int):
        return cast(Account, _named(writer, ACCOUNT.name, wanted))
    name = ((wanted.name if wanted else None) or lead.company or "").strip()
    if not name:
        raise InvalidRecord([Problem("account.name", "is required: the lead names no company")])
    made = Account(
        name=name,
        employees=lead.employees,
        origin=f"lead {lead.id}",
        **_of_lead(lead, (*_COPIED, *_PLACE)),
    )
    return cast(Account, writer.need(ACCOUNT.name, writer.add(made, is_checked=False)))


def _fitting(writer: RecordWriter, lead: Lead, may_join: _MayJoin) -> int | None:
    """The lead's own account, or the only one that is called as its company is."""
    its = [lead.account_id] if lead.account_id is not None else []
    if not its and lead.company:
        query = sa.select(accounts.c.id).where(accounts.c.name == lead.company)
        its = [row[0] for row in writer.ask(query.limit(100))]
    found = [each for each in its if (one := writer.get(ACCOUNT.name, each)) and may_join(one)]
    return int(found[0]) if len(found) == 1 else None


def _join(writer: RecordWriter, lead: Lead, contact: Contact, account: Account) -> Contact:
    changes = _added(lead, contact) | {"account_id": account.id}
    key = contact.id or 0
    done = writer.change(CONTACT.name, key, changes, action="joined", is_checked=False)
    return cast(Contact, replace(done, account=account.name))


def _make_contact(
    writer: RecordWriter, lead: Lead, wanted: NewContact, account: Account
) -> Contact:
    name = (wanted.name or lead.name).strip()
    if not name:
        raise InvalidRecord([Problem("contact.name", "is required")])
    made = Contact(
        name=name,
        title=wanted.title or lead.title,
        account_id=account.id,
        email=lead.email,
        phone_numbers=lead.phone_numbers,
        comment=lead.comment,
        origin=f"lead {lead.id}",
        **_of_lead(lead, (*_COPIED, *_PLACE)),
    )
    return cast(Contact, writer.need(CONTACT.name, writer.add(made, is_checked=False)))


def _of_lead(lead: Lead, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in names}


def _added(lead: Lead, contact: Contact) -> dict[str, Any]:
    """What a contact who is there gets from the lead: numbers he lacks, fields he leaves empty."""
    known = {each.e164 or each.raw for each in contact.phone_numbers}
    more = tuple(each for each in lead.phone_numbers if (each.e164 or each.raw) not in known)
    changes: dict[str, Any] = {
        name: getattr(lead, name)
        for name in ("email", "title", "owner", "owner_group", "campaign", "source")
        if getattr(contact, name) is None and getattr(lead, name) is not None
    }
    if not any(getattr(contact, name) for name in _PLACE[1:]):
        changes |= _of_lead(lead, _PLACE[1:])
    if more:
        changes["phone_numbers"] = (*contact.phone_numbers, *more)
    return changes


def _opportunity(
    writer: RecordWriter,
    lead: Lead,
    wanted: NewOpportunity | None,
    account: Account,
    contact: Contact,
) -> Opportunity | None:
    its_own = opportunities.c.lead_id == lead.id
    for one in writer.matching(OPPORTUNITY.name, its_own):
        changes = {
            "contact_id": one.contact_id or contact.id,
            "account_id": one.account_id or account.id,
        }
        writer.change(OPPORTUNITY.name, one.id, changes, is_checked=False)
    if wanted is None:
        return None
    amount = wanted.amount if wanted.amount is not None else lead.target_amount
    stages = writer.settings(LeadSettings).opportunity_stages
    made = Opportunity(
        name=(wanted.name or f"{account.name}: {lead.name}").strip(),
        contact_id=contact.id,
        account_id=account.id,
        lead_id=lead.id,
        stage=wanted.stage or next(iter(stages), None),
        amount=amount,
        currency=wanted.currency or (lead.currency if amount is not None else None),
        probability=wanted.probability if wanted.probability is not None else lead.probability,
        expected_at=wanted.expected_at,
        owner=lead.owner,
        owner_group=lead.owner_group,
        campaign=lead.campaign,
        products=lead.products,
    )
    try:
        key = writer.add(made)
    except InvalidRecord as error:
        raise InvalidRecord(
            [replace(each, field=f"opportunity.{each.field}") for each in error.problems]
        ) from None
    if lead.source is not None:
        source = {"source": lead.source}
        writer.change(OPPORTUNITY.name, key, source, is_checked=False)
    return cast(Opportunity, writer.need(OPPORTUNITY.name, key))
