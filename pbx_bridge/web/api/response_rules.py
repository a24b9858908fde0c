"""Response rules: tried against a lead before they are saved, and put into another order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crm_store.capture.responses import Trial, put_order, try_rule
from crm_store.checking.capture_checks import find as find_rule_problems
from crm_store.errors import InvalidRecord, Problem, RecordNotFound
from crm_store.numbers import phone_number
from crm_store.reader import Reader
from crm_store.records import (
    Actions,
    Conditions,
    Lead,
    PersonType,
    ProductInterest,
    ResponseRule,
)
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.services import services_of

_TAG = "Response rules"
_Text = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLead:
    """A lead as it might come. ``at`` is when; None: now."""

    name: _Text = ""
    email: _Text | None = None
    phone: _Text | None = None
    country: _Text | None = None
    region: _Text | None = None
    employees: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    products: Annotated[list[_Text], Field(max_length=50)] | None = None
    source: _Text | None = None
    campaign: _Text | None = None
    origin: Literal["call", "form", "import", "api"] = "api"
    form: _Text | None = None
    at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRule:
    """A rule (a saved one by its ``name``, or one that is not saved) and a lead to try it with."""

    name: _Text | None = None
    position: Annotated[int, Field(ge=-(2**31), le=2**31 - 1)] | None = None
    conditions: Conditions | None = None
    actions: Actions | None = None
    lead_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    lead: DraftLead | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The names of all rules, in the order in which they are to be asked."""

    names: Annotated[list[_Text], Field(max_length=10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules, in the order in which they are asked."""

    items: tuple[ResponseRule, ...]


@endpoint(
    "POST",
    "/response-rules/try",
    body=TryRule,
    returns=Trial,
    scope="admin",
    tag=_TAG,
    summary="Try a rule against a lead",
)
async def try_response_rule(call: ApiCall, body: TryRule) -> Trial:
    """Whether the rule is for the lead, why (condition by condition), and what would change.

    What is given beside the name of a saved rule takes the place of what is saved.
    """
    return await call.read(lambda reader: _try(reader, call, body))


@endpoint(
    "POST",
    "/response-rules/order",
    body=Order,
    returns=Rules,
    scope="admin",
    tag=_TAG,
    summary="Put the rules into another order",
)
async def order_response_rules(call: ApiCall, body: Order) -> Rules:
    """All of them at once; the first that is for a lead wins."""
    return await call.write(lambda writer: Rules(items=tuple(put_order(writer, body.names))))


def _try(reader: Reader, call: ApiCall, body: TryRule) -> Trial:
    rule = _rule(reader, body)
    problems = list(find_rule_problems(reader.connection, "response_rule", rule))
    if (body.lead_id is None) == (body.lead is None):
        problems.append(Problem("lead", "give either lead_id or lead"))
    if body.lead is not None and body.lead.at is not None and not _is_sensible(body.lead.at):
        problems.append(Problem("lead.at", "has to be between 1971 and 9998"))
    if problems:
        raise InvalidRecord(problems)
    if body.lead_id is not None:
        return try_rule(reader, rule, call.find(reader, PersonType.LEAD, body.lead_id))
    assert body.lead is not None  # noqa: S101 - or there would have been a problem
    return try_rule(reader, rule, _lead(body.lead, services_of(call.services).country))


def _is_sensible(at: datetime) -> bool:
    """Whether every time zone has a clock for it."""
    return 1971 <= at.year <= 9998


def _rule(reader: Reader, body: TryRule) -> ResponseRule:
    saved: ResponseRule | None = None
    if body.name is not None:
        saved = reader.get("response_rule", body.name)
    if saved is None and body.conditions is None and body.actions is None:
        if body.name is not None:
            raise RecordNotFound("response_rule", body.name)
        raise InvalidRecord([Problem("name", "name a saved rule, or give conditions and actions")])
    saved = saved or ResponseRule(name=body.name or "")
    return ResponseRule(
        name=saved.name,
        position=saved.position if body.position is None else body.position,
        conditions=body.conditions or saved.conditions,
        actions=body.actions or saved.actions,
    )


def _lead(draft: DraftLead, country: str | None) -> Lead:
    origin = f"web form {draft.form}" if draft.form else draft.origin
    return Lead(
        name=draft.name,
        email=draft.email,
        phone_numbers=(phone_number(draft.phone, draft.country or country),) if draft.phone else (),
        country=draft.country,
        region=draft.region,
        employees=draft.employees,
        products=tuple(ProductInterest(product=name) for name in draft.products or ()),
        source=draft.source,
        campaign=draft.campaign,
        origin="web form " if origin == "form" else origin,
        created_at=draft.at or datetime.now(UTC),
    )


ENDPOINTS = (try_response_rule, order_response_rules)
