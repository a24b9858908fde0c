"""Web hooks: what is told, to whom, signed how, and what becomes of a receiver that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web
from standardwebhooks.webhooks import WebhookVerificationError

from crm_store.errors import InvalidRecord, NotPossible
from crm_store.messages import deliveries
from crm_store.reader import Reader
from crm_store.records import Delivery, DeliveryState, Lead, WebHook
from crm_store.store import Store
from pbx_bridge.messages import web_hooks
from pbx_bridge.messages.counts import MessageCounts
from pbx_bridge.messages.patience import WEB_HOOK_WAITS, rest_after, wait_before
from pbx_bridge.messages.web_hooks import DeliverySettings, WebHookTask
from tests.messages.receiver import Receiver, always, failing, hang, until

HERE = DeliverySettings(timeout_seconds=0.5, allow_private=True)
pytestmark = pytest.mark.usefixtures("impatient")


async def hook_on(store: Store, url: str, *events: str, **more: Any) -> WebHook:
    """Write a web hook."""
    wanted = WebHook(url=url, events=events or ("lead.*",), **more)
    hook_id = await store.write(lambda w: w.add(wanted))
    found: WebHook = await store.read(lambda r: r.get("web_hook", hook_id))
    return found


async def add_lead(store: Store, name: str = "Ada") -> int:
    """Make something happen: ``lead.created``."""
    return int(await store.write(lambda w: w.add(Lead(name=name))))


@asynccontextmanager
async def delivering(
    store: Store, settings: DeliverySettings = HERE, counts: MessageCounts | None = None
) -> AsyncIterator[MessageCounts]:
    """Deliver for the length of a block."""
    counts = counts or MessageCounts()
    task = asyncio.create_task(WebHookTask(store, settings, counts).run())
    try:
        yield counts
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def log_of(store: Store, hook: WebHook) -> list[Delivery]:
    """The hook's deliveries, oldest first."""
    assert hook.id is not None
    found = await store.read(lambda r: deliveries.find_deliveries(r, hook.id or 0))
    return found[::-1]


async def log_when(
    store: Store, hook: WebHook, state: DeliveryState, count: int = 1
) -> list[Delivery]:
    """The deliveries, as soon as so many are in a state."""
    async with asyncio.timeout(10):
        while True:
            found = await log_of(store, hook)
            if sum(one.state is state for one in found) >= count:
                return found
            await asyncio.sleep(0.02)


async def look_at(store: Store, hook: WebHook) -> WebHook:
    """The hook as it is now."""
    found: WebHook = await store.read(lambda r: r.get("web_hook", hook.id or 0))
    return found


def event_types(reader: Reader) -> list[str]:
    query = sa.text("SELECT type FROM events ORDER BY id")
    return [row[0] for row in reader.connection.execute(query)]


async def test_a_change_is_told_signed_and_written_in_the_log(
    store: Store, receiver: Receiver
) -> None:
    """The library's own verifier accepts it; the log says when, how long and what was answered."""
    hook = await hook_on(store, receiver.url, "lead.*")
    lead_id = await add_lead(store)
    async with delivering(store) as counts:
        (received,) = await receiver.wait_for(1)
        (delivery,) = await log_when(store, hook, DeliveryState.DELIVERED)
    event = received.verify(hook.secret)
    lead = await store.read(lambda r: r.get("lead", lead_id))
    assert (event["type"], event["data"]["object"]["name"]) == ("lead.created", "Ada")
    assert event["data"]["changes"]["name"] == [None, "Ada"]
    assert datetime.fromisoformat(event["timestamp"]) == lead.created_at
    assert received.headers["Content-Type"] == "application/json"
    assert (delivery.event_id, delivery.event_type) == (received.id, "lead.created")
    (attempt,) = delivery.attempts
    assert (attempt.status, attempt.error, delivery.tries) == (204, None, 1)
    assert 0 < attempt.seconds < 1
    assert counts.deliveries == {"delivered": 1, "failed": 0, "given_up": 0}
    with pytest.raises(WebhookVerificationError):
        received.verify("whsec_" + "A" * 43 + "=")


async def test_where_nobody_listens_nothing_is_written(store: Store) -> None:
    """No web hook, or none that wants this type: no event; one that is off is told later."""
    await add_lead(store)
    await hook_on(store, "https://example.com/a", "account.*", "lead.won")
    await add_lead(store)
    assert await store.read(event_types) == []
    off = await hook_on(store, "https://example.com/b", "lead.*", is_active=False)
    await add_lead(store)
    assert await store.read(event_types) == ["lead.created"]
    assert await log_of(store, off) == []


async def test_what_did_not_happen_is_not_told(store: Store, receiver: Receiver) -> None:
    """A unit of work that fails takes its events along; its neighbour's are told."""
    hook = await hook_on(store, receiver.url)

    def fail(writer: Any) -> None:
        writer.add(Lead(name="Nobody"))
        raise RuntimeError("at the end")

    outcomes = await asyncio.gather(
        store.write(fail), store.write(lambda w: w.add(Lead(name="Ada"))), return_exceptions=True
    )
    assert isinstance(outcomes[0], RuntimeError)
    assert [one.event_type for one in await log_of(store, hook)] == ["lead.created"]
    async with delivering(store):
        (received,) = await receiver.wait_for(1)
    assert received.event["data"]["object"]["name"] == "Ada"


async def test_a_receiver_that_fails_is_tried_again_under_the_same_id(
    store: Store, receiver: Receiver
) -> None:
    """500 twice, then well: three attempts, one event, each with a signature of its own time."""
    receiver.answer = failing(2)
    hook = await hook_on(store, receiver.url)
    await add_lead(store)
    async with delivering(store) as counts:
        received = await receiver.wait_for(3)
        (delivery,) = await log_when(store, hook, DeliveryState.DELIVERED)
    assert len({one.id for one in received}) == 1
    assert [attempt.status for attempt in delivery.attempts] == [500, 500, 200]
    assert all(one.verify(hook.secret) for one in received)
    assert counts.deliveries == {"delivered": 1, "failed": 2, "given_up": 0}
    hook = await look_at(store, hook)
    assert (hook.failures, hook.failing_since, hook.problem) == (0, None, None)


async def test_a_receiver_who_never_takes_it_is_given_up_and_said_so(
    store: Store, receiver: Receiver
) -> None:
    """After the last attempt the delivery has failed; the hook says what was wrong."""
    receiver.answer = always(503)
    hook = await hook_on(store, receiver.url)
    await add_lead(store)
    async with delivering(store) as counts:
        (delivery,) = await log_when(store, hook, DeliveryState.FAILED)
    assert (delivery.tries, len(delivery.attempts)) == (5, 5)
    hook = await look_at(store, hook)
    assert (hook.is_active, hook.failures, hook.problem) == (True, 5, "answered 503")
    assert counts.deliveries == {"delivered": 0, "failed": 5, "given_up": 1}


async def test_gone_switches_the_hook_off(store: Store, receiver: Receiver) -> None:
    """410 means it: nothing more is sent, what waited is kept, the history says who did it."""
    receiver.answer = always(410)
    hook = await hook_on(store, receiver.url)
    for name in ("Ada", "Bob"):
        await add_lead(store, name)
    async with delivering(store) as counts:
        await log_when(store, hook, DeliveryState.FAILED)
        await until(lambda: counts.deactivated == 1)
        await asyncio.sleep(0.2)
    assert len(receiver.received) == 1
    states = [one.state for one in await log_of(store, hook)]
    assert states == [DeliveryState.FAILED, DeliveryState.WAITING]
    hook = await look_at(store, hook)
    assert (hook.is_active, hook.problem) == (False, "answered 410 Gone")
    last = (await store.read(lambda r: list(r.history_of("web_hook", hook.id or 0))))[-1]
    assert (last.action, last.via) == ("deactivated", "web_hooks")
    receiver.answer = always(200)
    await store.write(lambda w: w.change("web_hook", hook.id or 0, {"is_active": True}))
    async with delivering(store):
        await receiver.wait_for(2)
    assert receiver.received[-1].event["data"]["object"]["name"] == "Bob"


async def test_a_hook_that_has_been_dead_for_days_is_switched_off(
    store: Store, receiver: Receiver
) -> None:
    """As many days as the settings say, from the first failure on."""
    receiver.answer = always(500)
    hook = await hook_on(store, receiver.url)
    await store.write(
        lambda w: w.put_settings(deliveries.WebHookSettings(deactivate_after_days=0.3 / 86400))
    )
    await add_lead(store)
    async with delivering(store) as counts:
        await until(lambda: counts.deactivated == 1)
    hook = await look_at(store, hook)
    assert not hook.is_active
    assert (hook.problem or "").startswith("nothing has got through for ")


async def test_redirects_are_not_followed(store: Store, receiver: Receiver) -> None:
    """Whoever answers may not send our events elsewhere."""
    async with Receiver.open() as elsewhere:
        receiver.answer = always(307, headers={"Location": elsewhere.url})
        hook = await hook_on(store, receiver.url)
        await add_lead(store)
        async with delivering(store):
            (delivery,) = await log_when(store, hook, DeliveryState.FAILED)
        assert elsewhere.received == []
    assert delivery.attempts[0].error == "answered 307: redirects are not followed"


async def test_a_receiver_that_hangs_holds_up_nobody_else(store: Store, receiver: Receiver) -> None:
    """Twenty events reach the one while the other has not answered the first."""
    async with Receiver.open() as slow:
        slow.answer = hang
        slow_hook = await hook_on(store, slow.url)
        await hook_on(store, receiver.url)
        for number in range(20):
            await add_lead(store, f"Lead {number}")
        settings = DeliverySettings(timeout_seconds=30, allow_private=True)
        async with delivering(store, settings):
            await receiver.wait_for(20, within=20)
            assert len(slow.received) == 1
        async with delivering(store):
            await until(lambda: len(slow.received) > 2)
            (first, *_) = await log_when(store, slow_hook, DeliveryState.WAITING)
    assert first.attempts[0].error == "no answer in time"


async def test_what_happens_is_told_in_its_order(
    store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty changes of one lead, to a receiver that is down at first: told as they happened.

    What was tried in vain does not wait for its next attempt once the receiver is back.
    """
    monkeypatch.setattr(web_hooks, "WEB_HOOK_WAITS", (60.0,) * 5)
    await hook_on(store, receiver.url)
    lead_id = await add_lead(store)
    for number in range(40):
        change = {"comment": f"{number}"}
        await store.write(lambda w, change=change: w.change("lead", lead_id, change))
    receiver.answer = failing(4)
    async with delivering(store):
        await until(lambda: len(receiver.taken) == 41)
    versions: dict[str, int] = {
        one.id: one.event["data"]["object"]["version"]
        for one in receiver.received
        if one.id in receiver.taken
    }
    told = [versions[one] for one in receiver.taken]
    assert sorted(told) == list(range(1, 42))
    down = set(receiver.ids[:4])
    in_order = [versions[one] for one in receiver.taken if one not in down]
    assert all(a < b for a, b in pairwise(in_order))


async def test_one_event_that_is_refused_holds_up_no_other(
    store: Store, receiver: Receiver
) -> None:
    """A 422 concerns that event: it is tried again apart from the others."""

    async def answer(received: Any, _number: int) -> web.StreamResponse:
        is_bad = received.event["data"]["object"]["name"] == "Bad"
        return web.Response(status=422 if is_bad else 200, text="no such lead" * 1000)

    receiver.answer = answer
    hook = await hook_on(store, receiver.url)
    for name in ("Bad", "Ada", "Bob"):
        await add_lead(store, name)
    async with delivering(store):
        log = await log_when(store, hook, DeliveryState.FAILED)
    assert [one.state for one in log] == [
        DeliveryState.FAILED,
        DeliveryState.DELIVERED,
        DeliveryState.DELIVERED,
    ]
    assert all(len(attempt.answer) == 1000 for attempt in log[0].attempts)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/"])
async def test_a_hook_into_our_own_network_is_refused_when_it_connects(
    store: Store, receiver: Receiver, url: str
) -> None:
    """By its address, whatever it is called; nothing arrives, and the log says how to allow it."""
    hook = await hook_on(store, url.format(port=receiver.port))
    await add_lead(store)
    async with delivering(store, DeliverySettings(timeout_seconds=1)):
        (delivery,) = await log_when(store, hook, DeliveryState.FAILED)
    assert receiver.received == []
    assert "allow_private" in (delivery.attempts[0].error or "")


async def test_two_bridges_deliver_each_event_once(store_url: str, receiver: Receiver) -> None:
    """Two bridges on one store, four hooks, two hundred events each: no double, all in order."""
    async with Store.open(store_url, migrate=True) as one, Store.open(store_url) as other:
        hooks = [await hook_on(one, f"{receiver.url}/{number}") for number in range(4)]
        async with delivering(one), delivering(other):
            await asyncio.gather(*(add_lead(one, f"Lead {number}") for number in range(50)))
            await until(lambda: len(receiver.received) >= 200, 30)
            await asyncio.sleep(0.3)
        assert len(receiver.received) == 200
        for hook in hooks:
            log = await log_of(one, hook)
            path = f"/hook/{hook.id and hook.id - 1}"
            told = [received.id for received in receiver.received if received.path == path]
            assert told == [delivery.event_id for delivery in log]


async def test_a_bridge_that_hangs_loses_its_hook(store: Store, receiver: Receiver) -> None:
    """Its lease ends; another one takes over, and what the first says afterwards moves nothing."""
    hook = await hook_on(store, receiver.url)
    await add_lead(store)
    assert hook.id is not None
    hook_id = hook.id

    def start(by: str, seconds: float) -> Any:
        return lambda w: deliveries.start_round(w, hook_id, by=by, seconds=seconds, limit=5)

    stuck = await store.write(start("stuck", 0.2))
    assert stuck is not None
    assert await store.write(start("other", 60)) is None
    await asyncio.sleep(0.25)
    taken = await store.write(start("other", 60))
    assert taken is not None
    assert taken.owed == stuck.owed
    assert await store.write(start("stuck", 60)) is None


async def test_replay_tells_again_under_the_same_ids(store: Store, receiver: Receiver) -> None:
    """One delivery; everything since an instant; also what was wanted while the hook was off."""
    hook = await hook_on(store, receiver.url, is_active=False)
    assert hook.id is not None
    hook_id = hook.id
    began = datetime.now(UTC)
    for name in ("Ada", "Bob", "Cyd"):
        await add_lead(store, name)
    with pytest.raises(NotPossible):
        await store.write(lambda w: deliveries.replay_since(w, hook_id, began))
    await store.write(lambda w: w.change("web_hook", hook_id, {"is_active": True}))
    assert await store.write(lambda w: deliveries.replay_since(w, hook_id, began)) == 3
    async with delivering(store):
        first = list(await receiver.wait_for(3))
        (delivery, *_) = await log_when(store, hook, DeliveryState.DELIVERED, 3)
        await store.write(lambda w: deliveries.replay_delivery(w, hook_id, delivery.id))
        again = list(await receiver.wait_for(4))
        await log_when(store, hook, DeliveryState.DELIVERED, 3)
        assert await store.write(lambda w: deliveries.replay_since(w, hook_id, began)) == 3
        await receiver.wait_for(7)
    names = [one.event["data"]["object"]["name"] for one in first]
    assert names == ["Ada", "Bob", "Cyd"]
    assert again[3].id == first[0].id
    assert [one.id for one in receiver.received[4:]] == [one.id for one in first]
    later = began + timedelta(days=1)
    assert await store.write(lambda w: deliveries.replay_since(w, hook_id, later)) == 0


async def test_a_test_event_goes_to_one_hook_alone(store: Store, receiver: Receiver) -> None:
    """Whatever it listens to."""
    hook = await hook_on(store, receiver.url, "call.*")
    await hook_on(store, f"{receiver.url}/other", "*")
    assert hook.id is not None
    hook_id = hook.id
    sent = await store.write(lambda w: deliveries.send_test(w, hook_id))
    async with delivering(store):
        (received,) = await receiver.wait_for(1)
        await log_when(store, hook, DeliveryState.DELIVERED)
    assert (received.id, received.path) == (sent.event_id, "/hook")
    assert received.event["type"] == "test"


async def test_old_events_are_forgotten_unless_somebody_waits_for_them(
    store: Store, receiver: Receiver
) -> None:
    """What was delivered goes with its log; what a hook is still owed stays."""
    hook = await hook_on(store, receiver.url)
    await add_lead(store)
    async with delivering(store):
        await log_when(store, hook, DeliveryState.DELIVERED)
    await add_lead(store)
    assert await store.write(lambda w: deliveries.purge_events(w, days=1)) == 0
    assert await store.write(lambda w: deliveries.purge_events(w, days=-1)) == 1
    (left,) = await log_of(store, hook)
    assert left.state is DeliveryState.WAITING


async def test_a_hook_that_goes_takes_what_it_was_owed_along(
    store: Store, receiver: Receiver
) -> None:
    """Also in the middle of being served."""
    receiver.answer = hang
    hook = await hook_on(store, receiver.url)
    await add_lead(store)
    async with delivering(store) as counts:
        await until(lambda: len(receiver.received) == 1)
        await store.write(lambda w: w.remove("web_hook", hook.id or 0))
        await until(lambda: counts.deliveries["failed"] == 1)
    assert await log_of(store, hook) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://ada:secret@example.com"}, "url"),
        ({"url": "https://example.com/\r\nX: y"}, "url"),
        ({"url": "https://example.com:99999/"}, "url"),
        ({"url": "https://[::1/"}, "url"),
        ({"url": "https://example.com/" + "x" * 2000}, "url"),
        ({"url": "https://example.com/#top"}, "url"),
        ({"events": ()}, "events"),
        ({"events": ("lead",)}, "events"),
        ({"events": ("lead.[a-z]",)}, "events"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
        ({"secret": "A" * 44}, "secret"),
    ],
)
async def test_a_hook_that_cannot_be_is_refused_by_its_field(
    store: Store, values: dict[str, Any], field: str
) -> None:
    """Nothing is written."""
    wanted = WebHook(**{"url": "https://example.com/", "events": ("*",), **values})
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.add(wanted))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert await store.read(lambda r: list(r.all_of("web_hook"))) == []


async def test_secrets_stay_out_of_the_history(store: Store) -> None:
    """Each hook has one of its own, and nobody reads it in the history."""
    hooks = [await hook_on(store, "https://example.com/") for _ in range(2)]
    assert len({hook.secret for hook in hooks}) == 2
    assert all(hook.secret.startswith("whsec_") and len(hook.secret) == 50 for hook in hooks)
    history = await store.read(lambda r: list(r.history_of("web_hook", hooks[0].id or 0)))
    assert hooks[0].secret not in repr(history)


def test_the_schedule_is_about_three_days() -> None:
    """Fifteen attempts, soon at first; never two hours away from what docs/web-hooks.md says."""
    waits = [wait_before(WEB_HOOK_WAITS, tries, 0.5) for tries in range(1, 17)]
    assert waits[:3] == [5.0, 30.0, 120.0]
    assert waits[14:] == [None, None]
    days = sum(wait or 0 for wait in waits) / 86400
    assert 3 <= days <= 3.5
    assert wait_before(WEB_HOOK_WAITS, 1, 0.0) == 4.0
    assert wait_before(WEB_HOOK_WAITS, 1, 1.0) == 6.0
    assert [rest_after(failures, 0.5) for failures in (1, 2, 3, 50)] == [1, 2, 4, 60]
    assert web_hooks.DeliverySettings().lease_seconds > 10
