"""Activities: completed and taken up again; the open ones and the history of one customer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from crm_store.access.visibility import sees
from crm_store.kinds import KINDS
from crm_store.reader import Reader
from crm_store.records import Activity, Ref
from crm_store.sales import activities
from crm_store.writer import Writer
from pbx_bridge.web.api.actions import Simply, Version, act
from pbx_bridge.web.api.endpoint import Answer, ApiCall, Endpoint, endpoint
from pbx_bridge.web.api.plurals import plural_of, spoken

_TAG = "Activities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """What came of an activity: the call result, of the settings' list; and a comment."""

    result: Annotated[str, Field(max_length=500)] | None = None
    comment: Annotated[str, Field(max_length=100_000)] | None = None
    version: Version = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitiesQuery:
    """Which activities: the open ones (``true``), the activity history (``false``), or all."""

    open: bool | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Activities:
    """Open ones by due date; completed ones, and all together, the newest first."""

    items: tuple[Activity, ...]


@endpoint(
    "POST",
    "/activities/{id}/complete",
    body=Complete,
    returns=Activity,
    scope="write",
    tag=_TAG,
    summary="Complete an activity",
)
async def complete_activity(call: ApiCall, body: Complete) -> Answer:
    """It goes from the open activities to the activity history."""

    def complete(writer: Writer, key: int, version: int | None) -> Any:
        return activities.complete(
            writer, key, result=body.result, comment=body.comment, version=version
        )

    return await act(call, "activity", body.version, complete)


@endpoint(
    "POST",
    "/activities/{id}/reopen",
    body=Simply,
    returns=Activity,
    scope="write",
    tag=_TAG,
    summary="Take an activity up again",
)
async def reopen_activity(call: ApiCall, body: Simply) -> Answer:
    """It goes back to the open activities."""
    return await act(
        call, "activity", body.version, lambda w, key, v: activities.reopen(w, key, version=v)
    )


async def _activities_of(kind_name: str, call: ApiCall) -> Activities:
    key = int(call.path["id"])

    def read(reader: Reader) -> Activities:
        call.find(reader, kind_name, key)
        about = Ref(type=kind_name, id=key)  # type: ignore[arg-type]  # one of _HAVE_ACTIVITIES
        found = activities.activities_of(
            reader, about, is_open=call.query.open, limit=call.query.limit
        )
        return Activities(items=tuple(each for each in found if sees(reader, call.user, each)))

    return await call.read(read)


_HAVE_ACTIVITIES = ("lead", "contact", "account", "person_account", "case", "opportunity")


def _endpoint_of(kind_name: str) -> Endpoint:
    one = spoken(kind_name)
    return Endpoint(
        method="GET",
        path=f"/{plural_of(KINDS[kind_name])}/{{id}}/activities",
        run=partial(_activities_of, kind_name),
        query=ActivitiesQuery,
        returns=Activities,
        tag=_TAG,
        summary=f"Activities of {'an' if one[0] in 'ao' else 'a'} {one}",
        description="What is planned (`open=true`), what was done (`open=false`), or both.",
        name=f"activities_of_{kind_name}",
    )


ENDPOINTS = (
    complete_activity,
    reopen_activity,
    *(_endpoint_of(kind_name) for kind_name in _HAVE_ACTIVITIES),
)
