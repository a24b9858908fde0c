"""Cases and opportunities: opened and closed, won and lost; and those of one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from crm_store.access.visibility import sees
from crm_store.reader import Reader
from crm_store.records import Case, Opportunity, OpportunityState
from crm_store.sales import cases, opportunities
from pbx_bridge.web.api.actions import Simply, Version, act
from pbx_bridge.web.api.endpoint import Answer, ApiCall, endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseOpportunity:
    """Why an opportunity is lost: one of the settings' reasons."""

    reason: Annotated[str, Field(max_length=500)]
    version: Version = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesQuery:
    """Which cases: all, the open ones (``true``) or the closed ones (``false``)."""

    open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """A contact's cases, the newest first. ``open`` is how many of all his cases are open."""

    items: tuple[Case, ...]
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunitiesQuery:
    """Which opportunities: those of one state, or all."""

    state: OpportunityState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunities:
    """A customer's opportunities, the newest first."""

    items: tuple[Opportunity, ...]


@endpoint(
    "POST",
    "/cases/{id}/close",
    body=Simply,
    returns=Case,
    scope="write",
    tag="Cases",
    summary="Close a case",
)
async def close_case(call: ApiCall, body: Simply) -> Answer:
    """It is solved, now."""
    return await act(call, "case", body.version, lambda w, key, v: cases.close(w, key, version=v))


@endpoint(
    "POST",
    "/cases/{id}/reopen",
    body=Simply,
    returns=Case,
    scope="write",
    tag="Cases",
    summary="Open a case again",
)
async def reopen_case(call: ApiCall, body: Simply) -> Answer:
    """It is not solved after all."""
    return await act(call, "case", body.version, lambda w, key, v: cases.reopen(w, key, version=v))


@endpoint(
    "GET",
    "/contacts/{id}/cases",
    query=CasesQuery,
    returns=Cases,
    tag="Cases",
    summary="Cases of a contact",
)
async def cases_of_contact(call: ApiCall) -> Cases:
    """The newest first, and how many are open."""
    key = int(call.path["id"])

    def read(reader: Reader) -> Cases:
        call.find(reader, "contact", key)
        found = cases.cases_of(reader, key, is_open=call.query.open)
        seen = tuple(each for each in found if sees(reader, call.user, each))
        return Cases(items=seen, open=cases.count_open_cases(reader, key))

    return await call.read(read)


@endpoint(
    "POST",
    "/opportunities/{id}/win",
    body=Simply,
    returns=Opportunity,
    scope="write",
    tag="Opportunities",
    summary="Win an opportunity",
)
async def win_opportunity(call: ApiCall, body: Simply) -> Answer:
    """The customer buys, now."""
    return await act(
        call, "opportunity", body.version, lambda w, key, v: opportunities.win(w, key, version=v)
    )


@endpoint(
    "POST",
    "/opportunities/{id}/lose",
    body=LoseOpportunity,
    returns=Opportunity,
    scope="write",
    tag="Opportunities",
    summary="Lose an opportunity",
)
async def lose_opportunity(call: ApiCall, body: LoseOpportunity) -> Answer:
    """The customer does not buy, and why."""
    return await act(
        call,
        "opportunity",
        body.version,
        lambda w, key, v: opportunities.lose(w, key, body.reason, version=v),
    )


@endpoint(
    "POST",
    "/opportunities/{id}/reopen",
    body=Simply,
    returns=Opportunity,
    scope="write",
    tag="Opportunities",
    summary="Open an opportunity again",
)
async def reopen_opportunity(call: ApiCall, body: Simply) -> Answer:
    """It may be won after all."""
    return await act(
        call, "opportunity", body.version, lambda w, key, v: opportunities.reopen(w, key, version=v)
    )


async def _opportunities_of(call: ApiCall, kind_name: str) -> Opportunities:
    key = int(call.path["id"])
    whose = {f"{kind_name}_id": key}

    def read(reader: Reader) -> Opportunities:
        call.find(reader, kind_name, key)
        found = opportunities.opportunities_of(reader, state=call.query.state, **whose)
        return Opportunities(items=tuple(each for each in found if sees(reader, call.user, each)))

    return await call.read(read)


@endpoint(
    "GET",
    "/contacts/{id}/opportunities",
    query=OpportunitiesQuery,
    returns=Opportunities,
    tag="Opportunities",
    summary="Opportunities of a contact",
)
async def opportunities_of_contact(call: ApiCall) -> Opportunities:
    """The newest first."""
    return await _opportunities_of(call, "contact")


@endpoint(
    "GET",
    "/accounts/{id}/opportunities",
    query=OpportunitiesQuery,
    returns=Opportunities,
    tag="Opportunities",
    summary="Opportunities of an account",
)
async def opportunities_of_account(call: ApiCall) -> Opportunities:
    """The newest first."""
    return await _opportunities_of(call, "account")


ENDPOINTS = (
    *(close_case, reopen_case, cases_of_contact),
    *(win_opportunity, lose_opportunity, reopen_opportunity),
    *(opportunities_of_contact, opportunities_of_account),
)
