"""What web hooks can do besides being written: secrets, tests, the delivery log, replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import Field

from crm_store.kinds import new_secret
from crm_store.messages import deliveries
from crm_store.reader import Reader
from crm_store.records import Delivery, DeliveryState, WebHook
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import ApiCall, endpoint

_TAG = "Web hooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What a web hook's requests are signed with."""

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries: those ``before`` the one with this id, newest first."""

    state: DeliveryState | None = None
    before: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """Some deliveries. ``next`` is the ``before`` of the next page; None: there is none."""

    items: tuple[Delivery, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryInFull:
    """A delivery, and the body that is sent for it."""

    delivery: Delivery
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From when on everything is delivered again."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many events are delivered again."""

    events: int


@endpoint(
    "GET",
    "/web-hooks/{id}/secret",
    returns=Secret,
    scope="admin",
    tag=_TAG,
    summary="Show a web hook's secret",
    is_secret=True,
)
async def read_web_hook_secret(call: ApiCall) -> Secret:
    """The secret that its receiver verifies signatures with."""

    def read(reader: Reader) -> Secret:
        return Secret(secret=deliveries.need_hook(reader, _id(call)).secret)

    return await call.read(read)


@endpoint(
    "POST",
    "/web-hooks/{id}/secret",
    returns=Secret,
    scope="admin",
    tag=_TAG,
    summary="Give a web hook a new secret",
    is_secret=True,
)
async def renew_web_hook_secret(call: ApiCall) -> Secret:
    """A new secret, at once: the one until now signs nothing more."""

    def write(writer: Writer) -> Secret:
        change = {"secret": new_secret()}
        hook: WebHook = writer.change("web_hook", _id(call), change, action="secret_renewed")
        return Secret(secret=hook.secret)

    return await call.write(write)


@endpoint(
    "POST",
    "/web-hooks/{id}/test",
    returns=Delivery,
    status=202,
    scope="admin",
    tag=_TAG,
    summary="Send a test event",
)
async def try_web_hook(call: ApiCall) -> Delivery:
    """An event of type ``test``, on its way: ask for the delivery to see what came of it."""
    return await call.write(lambda writer: deliveries.send_test(writer, _id(call)))


@endpoint(
    "GET",
    "/web-hooks/{id}/deliveries",
    query=DeliveryQuery,
    returns=Deliveries,
    scope="admin",
    tag=_TAG,
    summary="List a web hook's deliveries",
)
async def list_web_hook_deliveries(call: ApiCall) -> Deliveries:
    """The delivery log, newest first: what was sent, how often, and what was answered."""
    query: DeliveryQuery = call.query

    def read(reader: Reader) -> list[Delivery]:
        deliveries.need_hook(reader, _id(call))
        return deliveries.find_deliveries(
            reader, _id(call), state=query.state, before=query.before, limit=query.limit + 1
        )

    found = await call.read(read)
    items = tuple(found[: query.limit])
    return Deliveries(items=items, next=items[-1].id if len(found) > query.limit else None)


@endpoint(
    "GET",
    "/web-hooks/{id}/deliveries/{delivery}",
    path={"id": int, "delivery": int},
    returns=DeliveryInFull,
    scope="admin",
    tag=_TAG,
    summary="Read one delivery",
)
async def get_web_hook_delivery(call: ApiCall) -> DeliveryInFull:
    """One delivery with its last attempts, and the body that is sent for it."""

    def read(reader: Reader) -> DeliveryInFull:
        found = deliveries.need_delivery(reader, _id(call), int(call.path["delivery"]))
        event = deliveries.event_of(reader, found.event_id)
        return DeliveryInFull(delivery=found, payload=msgspec.json.decode(event.payload))

    return await call.read(read)


@endpoint(
    "POST",
    "/web-hooks/{id}/deliveries/{delivery}/replay",
    path={"id": int, "delivery": int},
    returns=Delivery,
    status=202,
    scope="admin",
    tag=_TAG,
    summary="Deliver once more",
)
async def replay_web_hook_delivery(call: ApiCall) -> Delivery:
    """The same event under the same id, also where it was delivered before."""
    delivery_id = int(call.path["delivery"])
    return await call.write(lambda w: deliveries.replay_delivery(w, _id(call), delivery_id))


@endpoint(
    "POST",
    "/web-hooks/{id}/replay",
    body=Since,
    returns=Replayed,
    status=202,
    scope="admin",
    tag=_TAG,
    summary="Deliver everything since",
)
async def replay_web_hook(call: ApiCall, body: Since) -> Replayed:
    """Every event since then that the web hook wants, in order, under the ids of then.

    Ten thousand at most, and as far back as events are kept.
    """
    count = await call.write(lambda w: deliveries.replay_since(w, _id(call), body.since))
    return Replayed(events=count)


def _id(call: ApiCall) -> int:
    return int(call.path["id"])


ENDPOINTS = (
    read_web_hook_secret,
    renew_web_hook_secret,
    try_web_hook,
    list_web_hook_deliveries,
    get_web_hook_delivery,
    replay_web_hook_delivery,
    replay_web_hook,
)
