"""Outgoing mail: what was sent and what was not, templates tried out, who wants none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from crm_store.errors import RecordNotFound
from crm_store.messages import mail
from crm_store.messages.mail_templates import PLACEHOLDERS, Rendered, render
from crm_store.reader import Reader
from crm_store.records import Email, EmailState, EmailTemplate, UnsubscribedAddress
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import ApiCall, endpoint

_TAG = "E-mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailQuery:
    """Which mails: those ``before`` the one with this id, newest first."""

    state: EmailState | None = None
    to: Annotated[str, Field(max_length=320)] | None = None
    before: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Emails:
    """Some mails. ``next`` is the ``before`` of the next page; None: there is none."""

    items: tuple[Email, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What placeholders stand for."""

    values: Annotated[dict[str, str], Field(max_length=50)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholders:
    """What a template may name, and what is written there."""

    placeholders: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressQuery:
    """Which addresses: those behind ``after``, in the order of the alphabet."""

    after: Annotated[str, Field(max_length=320)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Some addresses. ``next`` is the ``after`` of the next page; None: there is none."""

    items: tuple[UnsubscribedAddress, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """An address that wants no mail."""

    address: Annotated[str, Field(min_length=3, max_length=320)]


@endpoint(
    "GET",
    "/emails",
    query=EmailQuery,
    returns=Emails,
    scope="admin",
    tag=_TAG,
    summary="List mails",
)
async def list_emails(call: ApiCall) -> Emails:
    """What is queued, was sent, or was given up and why; newest first."""
    query: EmailQuery = call.query

    def read(reader: Reader) -> list[Email]:
        return mail.find_emails(
            reader,
            state=query.state,
            address=query.to,
            before=query.before,
            limit=query.limit + 1,
        )

    found = await call.read(read)
    items = tuple(found[: query.limit])
    return Emails(items=items, next=items[-1].id if len(found) > query.limit else None)


@endpoint("GET", "/emails/{id}", returns=Email, scope="admin", tag=_TAG, summary="Read a mail")
async def get_email(call: ApiCall) -> Email:
    """One mail, as it is sent."""
    return await call.read(lambda reader: mail.need_email(reader, int(call.path["id"])))


@endpoint(
    "POST",
    "/emails/{id}/retry",
    returns=Email,
    status=202,
    scope="admin",
    tag=_TAG,
    summary="Send a mail that was given up",
)
async def retry_email(call: ApiCall) -> Email:
    """Once what kept it from being sent is mended."""
    return await call.write(lambda writer: mail.retry_email(writer, int(call.path["id"])))


@endpoint(
    "POST",
    "/email-templates/{name}/preview",
    path={"name": str},
    body=Values,
    returns=Rendered,
    scope="admin",
    tag="Email templates",
    summary="Fill in a template",
)
async def preview_email_template(call: ApiCall, body: Values) -> Rendered:
    """The mail that it makes of these values; nothing is sent."""
    return await call.read(lambda reader: _preview(reader, call.path["name"], body.values))


@endpoint(
    "GET",
    "/email-placeholders",
    returns=Placeholders,
    scope="admin",
    tag="Email templates",
    summary="List what templates may name",
)
async def list_email_placeholders(call: ApiCall) -> Placeholders:
    """The placeholders, and what is written there."""
    return Placeholders(placeholders=dict(PLACEHOLDERS))


@endpoint(
    "GET",
    "/unsubscribed-addresses",
    query=AddressQuery,
    returns=Addresses,
    scope="admin",
    tag=_TAG,
    summary="List who wants no mail",
)
async def list_unsubscribed_addresses(call: ApiCall) -> Addresses:
    """Who wants no mail, since when, and how we know."""
    query: AddressQuery = call.query
    found = await call.read(
        lambda reader: mail.unsubscribed(reader, after=query.after, limit=query.limit + 1)
    )
    items = tuple(found[: query.limit])
    return Addresses(items=items, next=items[-1].address if len(found) > query.limit else None)


@endpoint(
    "POST",
    "/unsubscribed-addresses",
    body=NewAddress,
    returns=UnsubscribedAddress,
    status=201,
    scope="admin",
    tag=_TAG,
    summary="Send an address no more mail",
)
async def unsubscribe_address(call: ApiCall, body: NewAddress) -> UnsubscribedAddress:
    """For somebody who has said so on the phone."""
    via = call.user.name
    return await call.write(lambda writer: mail.unsubscribe(writer, body.address, via=via))


@endpoint(
    "DELETE",
    "/unsubscribed-addresses/{address}",
    path={"address": str},
    scope="admin",
    tag=_TAG,
    summary="Send an address mail again",
)
async def resubscribe_address(call: ApiCall) -> None:
    """Only where its owner has asked for it."""

    def write(writer: Writer) -> None:
        mail.resubscribe(writer, call.path["address"])

    await call.write(write)


def _preview(reader: Reader, name: str, values: Mapping[str, str]) -> Rendered:
    template: EmailTemplate | None = reader.get("email_template", name)
    if template is None:
        raise RecordNotFound("email_template", name)
    return render(template, values)


ENDPOINTS = (
    list_emails,
    get_email,
    retry_email,
    preview_email_template,
    list_email_placeholders,
    list_unsubscribed_addresses,
    unsubscribe_address,
    resubscribe_address,
)
