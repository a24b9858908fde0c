"""What is done with a lead: its life, whose work it is, and becoming a customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, NotRequired

from pydantic import AwareDatetime, ConfigDict, Field
from typing_extensions import TypedDict

from crm_store.records import Account, Contact, Estimate, Opportunity
from crm_store.sales import conversion, leads, qualifying
from crm_store.sales.conversion import NewAccount, NewContact, NewOpportunity
from crm_store.sales.moving import Moved
from crm_store.writer import Writer
from pbx_bridge.web.api.actions import Simply, Version, act
from pbx_bridge.web.api.calculated import LeadAnswer
from pbx_bridge.web.api.endpoint import Answer, ApiCall, Endpoint, Run, endpoint
from pbx_bridge.web.api.record_shapes import TypedNumber, as_fields
from pbx_bridge.web.api.versions import etag_of

_TAG = "Leads"
_Text = Annotated[str, Field(max_length=500)]
_Id = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a lead is begun. ``started_at`` is now if it is left out.

    Give ``estimate`` or ``expected_at``, or neither: then the lead's estimate counts.
    """

    status: _Text | None = None
    started_at: AwareDatetime | None = None
    estimate: Estimate | None = None
    expected_at: AwareDatetime | None = None
    version: Version = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Win:
    """How a lead is won; ``status`` is one of the state Won, the usual one if it is left out."""

    status: _Text | None = None
    version: Version = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """Why a lead is lost: one of the settings' reasons."""

    reason: _Text
    status: _Text | None = None
    version: Version = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disqualify:
    """Why a prospect is none: one of the settings' reasons."""

    reason: _Text
    version: Version = None


class Assign(TypedDict):
    """To whom a lead is given; null takes it away, what is left out stays as it is."""

    __pydantic_config__ = ConfigDict(extra="forbid", title="Assign")  # type: ignore[misc]

    unit: NotRequired[_Text | None]
    owner: NotRequired[_Text | None]
    version: NotRequired[Version]


class Qualify(TypedDict):
    """Who the prospect is. Name and company are required; the rest is changed where given."""

    __pydantic_config__ = ConfigDict(extra="forbid", title="Qualify")  # type: ignore[misc]

    name: _Text
    company: _Text
    title: NotRequired[_Text | None]
    email: NotRequired[_Text | None]
    phone_numbers: NotRequired[tuple[TypedNumber, ...]]
    employees: NotRequired[Annotated[int, Field(ge=0)] | None]
    website: NotRequired[_Text | None]
    street: NotRequired[_Text | None]
    postal_code: NotRequired[_Text | None]
    city: NotRequired[_Text | None]
    region: NotRequired[_Text | None]
    country: NotRequired[_Text | None]
    version: NotRequired[Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """The account with this ``id``; without one a new account, called after the lead's company."""

    id: _Id | None = None
    name: _Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChoice:
    """The contact with this ``id``; without one a new contact, called as the lead is."""

    id: _Id | None = None
    name: _Text | None = None
    title: _Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityWanted:
    """A new opportunity. Amount, currency and probability are the lead's where left out."""

    name: _Text | None = None
    amount: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)] | None = None
    currency: _Text | None = None
    stage: _Text | None = None
    probability: Annotated[int, Field(ge=0, le=100)] | None = None
    expected_at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """What a lead becomes. What is left out is joined where it can be, and else made.

    Without an ``opportunity`` none is made.
    """

    account: AccountChoice | None = None
    contact: ContactChoice | None = None
    opportunity: OpportunityWanted | None = None
    version: Version = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a lead became, and how much went along."""

    lead: LeadAnswer
    account: Account
    contact: Contact
    opportunity: Opportunity | None
    moved: Moved


def _lead_endpoint(
    action: str, body: Any, summary: str, returns: Any = LeadAnswer
) -> Callable[[Run], Endpoint]:
    return endpoint(
        "POST",
        f"/leads/{{id}}/{action}",
        body=body,
        returns=returns,
        scope="write",
        tag=_TAG,
        summary=summary,
    )


@_lead_endpoint("start", Start, "Begin to work on a lead")
async def start_lead(call: ApiCall, body: Start) -> Answer:
    """From New to In Progress. The expected end is counted anew from the start."""

    def start(writer: Writer, key: int, version: int | None) -> Any:
        return leads.start(
            writer,
            key,
            status=body.status,
            started_at=body.started_at,
            estimate=body.estimate,
            expected_at=body.expected_at,
            version=version,
        )

    return await act(call, "lead", body.version, start)


@_lead_endpoint("win", Win, "Win a lead")
async def win_lead(call: ApiCall, body: Win) -> Answer:
    """From New or In Progress to Won, now."""
    return await act(
        call,
        "lead",
        body.version,
        lambda w, key, v: leads.win(w, key, status=body.status, version=v),
    )


@_lead_endpoint("lose", Lose, "Lose a lead")
async def lose_lead(call: ApiCall, body: Lose) -> Answer:
    """From New or In Progress to Lost, now, with the reason."""

    def lose(writer: Writer, key: int, version: int | None) -> Any:
        return leads.lose(writer, key, body.reason, status=body.status, version=version)

    return await act(call, "lead", body.version, lose)


@_lead_endpoint("reopen", Simply, "Work on a lead again")
async def reopen_lead(call: ApiCall, body: Simply) -> Answer:
    """From Won or Lost to the state and the status before it. Not for a converted lead."""
    return await act(call, "lead", body.version, lambda w, key, v: leads.reopen(w, key, version=v))


@_lead_endpoint("accept", Simply, "Take a lead")
async def accept_lead(call: ApiCall, body: Simply) -> Answer:
    """You take a lead that is assigned to your unit and to nobody in it. Of two, one gets it."""
    return await act(call, "lead", body.version, lambda w, key, v: leads.accept(w, key, version=v))


@_lead_endpoint("assign", Assign, "Give a lead to a unit or a user")
async def assign_lead(call: ApiCall, body: Assign) -> Answer:
    """To a unit, a user, or a user of a unit. A new unit takes it from a user not of it."""
    given: dict[str, Any] = {name: body[name] for name in ("unit", "owner") if name in body}
    return await act(
        call,
        "lead",
        body.get("version"),
        lambda w, key, v: leads.assign(w, key, version=v, **given),
    )


@_lead_endpoint("qualify", Qualify, "Say who the prospect is")
async def qualify_lead(call: ApiCall, body: Qualify) -> Answer:
    """The prospect is worth it: his name and company. Starts a new lead."""
    said = ("name", "company", "version")

    def qualify(writer: Writer, key: int, version: int | None) -> Any:
        edits = as_fields(writer, {name: body[name] for name in body if name not in said})  # type: ignore[literal-required]
        name, company = body["name"], body["company"]
        return qualifying.qualify(writer, key, name, company, version=version, edits=edits)

    return await act(call, "lead", body.get("version"), qualify)


@_lead_endpoint("disqualify", Disqualify, "Say that a prospect is none")
async def disqualify_lead(call: ApiCall, body: Disqualify) -> Answer:
    """From New or In Progress to Lost, as disqualified, with the reason."""
    return await act(
        call,
        "lead",
        body.version,
        lambda w, key, v: qualifying.disqualify(w, key, body.reason, version=v),
    )


@_lead_endpoint("convert", Convert, "Make a customer of a lead", Converted)
async def convert_lead(call: ApiCall, body: Convert) -> Answer:
    """Account, contact and, if wanted, opportunity are made or joined, in one transaction.

    Numbers, e-mail, address, calls, recordings, activities and notes go along. The lead stays,
    as converted, and points to them.
    """

    def convert(writer: Writer, key: int, version: int | None) -> Answer:
        _refuse_unseen(call, writer, body)
        done = conversion.convert(
            writer,
            key,
            account=_account(body.account),
            contact=_contact(body.contact),
            opportunity=_opportunity(body.opportunity),
            version=version,
            may_join=lambda record: call.sees(writer, record),
        )
        converted = Converted(
            lead=done.lead,  # type: ignore[arg-type]  # answered with what is calculated
            account=done.account,
            contact=done.contact,
            opportunity=done.opportunity,
            moved=done.moved,
        )
        return Answer(value=converted, headers=etag_of(done.lead))

    return await act(call, "lead", body.version, convert)


def _refuse_unseen(call: ApiCall, writer: Writer, body: Convert) -> None:
    """Nobody joins what he does not see."""
    if body.account is not None and body.account.id is not None:
        call.find(writer, "account", body.account.id)
    if body.contact is not None and body.contact.id is not None:
        call.find(writer, "contact", body.contact.id)


def _account(choice: AccountChoice | None) -> NewAccount | int | None:
    if choice is None:
        return None
    return choice.id if choice.id is not None else NewAccount(name=choice.name)


def _contact(choice: ContactChoice | None) -> NewContact | int | None:
    if choice is None:
        return None
    return choice.id if choice.id is not None else NewContact(name=choice.name, title=choice.title)


def _opportunity(wanted: OpportunityWanted | None) -> NewOpportunity | None:
    if wanted is None:
        return None
    return NewOpportunity(
        name=wanted.name,
        amount=wanted.amount,
        currency=wanted.currency,
        stage=wanted.stage,
        probability=wanted.probability,
        expected_at=wanted.expected_at,
    )


ENDPOINTS = (
    *(start_lead, win_lead, lose_lead, reopen_lead, accept_lead, assign_lead),
    *(qualify_lead, disqualify_lead, convert_lead),
)
