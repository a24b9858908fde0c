"""Search as somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from crm_store.search.searching import MOST, Found, search
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.services import services_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What was typed so far; a name, a company, an e-mail address, a number or a call ID."""

    q: Annotated[str, Field(max_length=200, description="What was typed so far.")]
    limit: Annotated[int, Field(ge=1, le=MOST)] = 10


@endpoint(
    "GET",
    "/search",
    query=SearchQuery,
    returns=Found,
    tag="Search",
    summary="Find people and calls as one types",
    name="search",
)
async def find(call: ApiCall) -> Found:
    """Find people by the beginnings of words of their names and companies, by e-mail and number.

    Calls are found by call ID, by number, and by the people who were found. A number may be
    written in any form. What is spelled exactly so comes first.
    """
    query: SearchQuery = call.query
    country = services_of(call.services).country
    return await call.read(
        lambda reader: search(reader, query.q, user=call.user, country=country, limit=query.limit)
    )


ENDPOINTS = (find,)
