"""What strangers sent through web forms: for the administrator, spam included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from crm_store.capture.form_submissions import find_submissions, need_submission
from crm_store.capture.web_forms import accept
from crm_store.records import FormSubmission, SubmissionStatus
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.services import services_of

_TAG = "Web forms"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionQuery:
    """Which submissions: those ``before`` the one with this id, newest first."""

    form: Annotated[str, Field(max_length=64)] | None = None
    status: SubmissionStatus | None = None
    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Submissions:
    """Some submissions. ``next`` is the ``before`` of the next page; None: there is none."""

    items: tuple[FormSubmission, ...]
    next: int | None


@endpoint(
    "GET",
    "/form-submissions",
    query=SubmissionQuery,
    returns=Submissions,
    scope="admin",
    tag=_TAG,
    summary="List what was sent through web forms",
)
async def list_form_submissions(call: ApiCall) -> Submissions:
    """What was sent and what it became; with ``status=spam`` what was kept and why."""
    query: SubmissionQuery = call.query
    found = await call.read(
        lambda reader: find_submissions(
            reader,
            form=query.form,
            status=query.status,
            before=query.before,
            limit=query.limit + 1,
        )
    )
    items = tuple(found[: query.limit])
    return Submissions(items=items, next=items[-1].id if len(found) > query.limit else None)


@endpoint(
    "GET",
    "/form-submissions/{id}",
    returns=FormSubmission,
    scope="admin",
    tag=_TAG,
    summary="Read what was sent",
)
async def get_form_submission(call: ApiCall) -> FormSubmission:
    """One submission, whole."""
    return await call.read(lambda reader: need_submission(reader, int(call.path["id"])))


@endpoint(
    "POST",
    "/form-submissions/{id}/accept",
    returns=FormSubmission,
    scope="admin",
    tag=_TAG,
    summary="Accept what was taken for spam",
)
async def accept_form_submission(call: ApiCall) -> FormSubmission:
    """It becomes a lead, or an activity, as if it had not been taken for spam."""
    country = services_of(call.services).country
    return await call.write(lambda writer: accept(writer, int(call.path["id"]), country))


ENDPOINTS = (list_form_submissions, get_form_submission, accept_form_submission)
