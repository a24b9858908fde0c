"""Recordings to listen to, and who has listened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from crm_store.access import roles
from crm_store.access.recording_looks import LookFilter, find_looks, write_look
from crm_store.access.visibility import sees
from crm_store.filters import CallFilter
from crm_store.reader import Reader
from crm_store.records import CallRecord, RecordingLook
from pbx_bridge.recording_files import RecordingFolders
from pbx_bridge.web.api.access import address_of
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.api.problems import ApiProblem
from pbx_bridge.web.services import services_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LookQuery:
    """Which looks, newest first; the page after begins ``before`` the last id of this one."""

    user: str | None = None
    call_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


@endpoint(
    "GET",
    "/calls/{call_id}/recordings/{n}",
    path={"call_id": str, "n": int},
    produces=("audio/wav", "audio/x-wav", "application/octet-stream"),
    tag="Calls",
    summary="Listen to a recording",
)
async def get_recording(call: ApiCall) -> web.StreamResponse:
    """Send the n-th recording of a call, counted from 1, or the part that ``Range`` asks for.

    The look is written down (who, when, which, from where) before the first byte goes out.
    """
    record = await call.read(lambda r: _need_call(r, call))
    number = int(call.path["n"])
    if not 1 <= number <= len(record.recordings):
        raise ApiProblem(
            404,
            "not-found",
            "There is no such recording",
            f"the call has {len(record.recordings)} recordings",
        )
    path = record.recordings[number - 1].path
    folders: RecordingFolders = services_of(call.services).recordings or RecordingFolders({})
    file = await asyncio.to_thread(folders.find, record.pbx, path)
    if file is None:
        advice = folders.advice(record.pbx, path)
        raise ApiProblem(404, "not-found", "The recording's file is not there", advice)
    address = address_of(call.request)
    await call.write(lambda w: write_look(w, record, path, address=address))
    return web.FileResponse(
        file,
        headers={
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "inline",
        },
    )


@endpoint(
    "GET",
    "/recording-looks",
    query=LookQuery,
    returns=list[RecordingLook],
    tag="Calls",
    summary="Who has listened to recordings",
)
async def list_looks(call: ApiCall) -> list[RecordingLook]:
    """List every look at a recording, newest first. For managers."""
    roles.require(call.user, roles.Deed.SEE, "recording_look")
    query = call.query or LookQuery()
    wanted = LookFilter(
        user=query.user,
        call_id=query.call_id,
        since=query.since,
        until=query.until,
        before=query.before,
        limit=query.limit,
    )
    return await call.read(lambda r: find_looks(r, wanted))


ENDPOINTS = (get_recording, list_looks)


def _need_call(reader: Reader, call: ApiCall) -> CallRecord:
    wanted = CallFilter(call_id=call.path["call_id"], limit=1)
    record = next(iter(list(reader.find_calls(wanted))), None)
    if record is None or not sees(reader, call.user, record):
        raise ApiProblem(404, "not-found", "There is no such call")
    return record
