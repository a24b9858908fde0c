"""Which visitor of a web page was shown which number, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from crm_store.capture.number_leases import find_leases
from crm_store.records import NumberLease
from pbx_bridge.web.api.endpoint import ApiCall, endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseQuery:
    """Which leases: those ``before`` the one with this id, newest first."""

    number: Annotated[str, Field(max_length=16)] | None = None
    session: Annotated[str, Field(max_length=64)] | None = None
    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """Some leases. ``next`` is the ``before`` of the next page; None: there is none."""

    items: tuple[NumberLease, ...]
    next: int | None


@endpoint(
    "GET",
    "/number-leases",
    query=LeaseQuery,
    returns=Leases,
    scope="admin",
    tag="Number pools",
    summary="List who was shown which number",
)
async def list_number_leases(call: ApiCall) -> Leases:
    """Each visitor's number, from when to when, what brought him, and whether he shared it."""
    query: LeaseQuery = call.query
    found = await call.read(
        lambda reader: find_leases(
            reader,
            number=query.number,
            session=query.session,
            before=query.before,
            limit=query.limit + 1,
        )
    )
    items = tuple(found[: query.limit])
    return Leases(items=items, next=items[-1].id if len(found) > query.limit else None)


ENDPOINTS = (list_number_leases,)
