"""Calls: listed, read by their call IDs; their tags and comment changed."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import msgspec
from pydantic import Field
from typing_extensions import TypedDict

from crm_store.access.roles import require
from crm_store.access.visibility import visible_to
from crm_store.calling import change_call, find_call
from crm_store.errors import RecordNotFound
from crm_store.reader import Reader
from crm_store.records import CallRecord
from crm_store.search.finding import Page, Question
from crm_store.search.finding import find as find_page
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import Answer, ApiCall, endpoint
from pbx_bridge.web.api.list_query import ListQuery
from pbx_bridge.web.api.pages import page_of
from pbx_bridge.web.api.problems import ApiProblem
from pbx_bridge.web.api.versions import ANY, precondition_failed, wanted_tag

_Word = Annotated[str, Field(min_length=1, max_length=100)]


class CallChange(TypedDict, total=False):
    """What people may write on a call."""

    tags: Annotated[tuple[_Word, ...], Field(max_length=50)]
    comment: Annotated[str, Field(max_length=100_000)] | None


CallChange.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]


@endpoint(
    "GET",
    "/calls",
    query=ListQuery("call"),
    returns=page_of(CallRecord),
    tag="Calls",
    summary="List calls",
)
async def list_calls(call: ApiCall) -> Page:
    """A page of the calls that the user sees, the newest first unless it is sorted otherwise."""
    question: Question = call.query
    seen = visible_to("call", call.user)
    return await call.read(lambda reader: find_page(reader, question, seen=seen))


@endpoint(
    "GET",
    "/calls/{call_id}",
    returns=CallRecord,
    tag="Calls",
    summary="Read a call",
    name="get_call",
)
async def get_call(call: ApiCall) -> Answer:
    """One call by its call ID; case, dashes and look-alikes are forgiven."""
    record = await call.read(lambda reader: _seen(call, reader))
    return Answer(value=record, headers={"ETag": f'"{written_tag(record)}"'})


@endpoint(
    "PATCH",
    "/calls/{call_id}",
    body=CallChange,
    returns=CallRecord,
    scope="write",
    tag="Calls",
    summary="Change a call's tags and comment",
    name="update_call",
)
async def update_call(call: ApiCall, body: dict[str, Any]) -> Answer:
    """Change what people write on a call. `If-Match` takes the ETag that was read."""
    require(call.user, "change", "call")
    wanted = wanted_tag(call)
    if wanted is None:
        raise ApiProblem(
            428, "version-required", "Say which version you change", "send If-Match with the ETag"
        )

    def change(writer: Writer) -> CallRecord:
        record = _seen(call, writer)
        tag = written_tag(record)
        if wanted not in (ANY, tag):
            raise precondition_failed("somebody else has changed it", {"ETag": f'"{tag}"'})
        return change_call(writer, record, body)

    record = await call.write(change)
    return Answer(value=record, headers={"ETag": f'"{written_tag(record)}"'})


def written_tag(record: CallRecord) -> str:
    """The version of what people have written on a call."""
    said = msgspec.json.encode([record.tags, record.comment])
    return hashlib.sha256(said).hexdigest()[:16]


def _seen(call: ApiCall, reader: Reader) -> CallRecord:
    record = find_call(reader, call.path["call_id"])
    if not call.sees(reader, record):
        raise RecordNotFound("call", call.path["call_id"])
    return record


ENDPOINTS = (list_calls, get_call, update_call)
