"""Events on their way to web hooks: who delivers what now, what became of it, and once more.

A hook is served by one bridge at a time, for as long as its lease lasts: so what it is owed goes
out in order, and nothing twice at the same moment. What was not written down as delivered is
delivered again, under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from crm_store.errors import NotPossible, Problem, RecordNotFound, out_of_range
from crm_store.messages.outbox import Listener, new_event_id, write_event
from crm_store.reader import Reader
from crm_store.records import Attempt, By, Delivery, DeliveryState, Event, WebHook
from crm_store.tables import events, web_hook_deliveries, web_hooks
from crm_store.writer import Writer

_MOST_ATTEMPTS = 20
"""How many attempts a delivery remembers."""
_MOST_REPLAYED = 10_000
_DOWN_FAILURES = 3
"""After so many failures in a row a hook was down: what waits is due at once when it is back."""
_BY_DELIVERING = By(via="web_hooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHookSettings:
    """How long events are kept, and how long a receiver may be silent."""

    name: ClassVar[str] = "web_hooks"

    keep_days: float = 30.0
    """For replay and the delivery log. What a hook that is on waits for is kept longer."""
    deactivate_after_days: float = 5.0
    """A hook to which nothing has got through for so long is switched off."""

    def problems(self) -> list[Problem]:
        """What keeps it from being written."""
        days = self.deactivate_after_days
        return [
            *out_of_range("keep_days", self.keep_days, 1, 3_650),
            *out_of_range("deactivate_after_days", days, 0, 3_650),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One delivery that is due, with all that it takes."""

    id: int
    hook_id: int
    event_id: str
    event_type: str
    at: datetime
    payload: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one hook is owed now, oldest first, and where to bring it."""

    hook: WebHook
    owed: tuple[Owed, ...]


def hooks_with_work(reader: Reader, now: datetime) -> list[int]:
    """The hooks that are owed something now and that nobody serves."""
    waiting = (
        sa.exists()
        .where(web_hook_deliveries.c.hook_id == web_hooks.c.id)
        .where(web_hook_deliveries.c.state == DeliveryState.WAITING)
        .where(web_hook_deliveries.c.due_at <= now)
    )
    query = sa.select(web_hooks.c.id).where(*_is_free(now), waiting).order_by(web_hooks.c.id)
    return list(reader.connection.execute(query).scalars())


def start_round(
    writer: Writer, hook_id: int, *, by: str, seconds: float, limit: int
) -> Round | None:
    """Take a hook for so many seconds, or keep it, with what it is owed.

    None, and the hook is nobody's, when it is owed nothing now, rests, is switched off or gone,
    or is served by somebody else than ``by``.
    """
    mine = sa.and_(web_hooks.c.is_active, web_hooks.c.served_by == by)
    query = (
        sa.select(web_hooks.c.id)
        .where(web_hooks.c.id == hook_id, sa.or_(sa.and_(*_is_free(writer.now)), mine))
        .with_for_update(skip_locked=True, key_share=True)
    )
    if writer.connection.execute(query).first() is None:
        return None
    owed = _owed(writer, hook_id, limit)
    if not owed:
        _set_hook(writer, hook_id, served_by=None, served_until=None)
        return None
    _lease(writer, hook_id, by, seconds)
    hook: WebHook = writer.need("web_hook", hook_id)
    return Round(hook=hook, owed=owed)


def settle_delivery(
    writer: Writer,
    owed: Owed,
    attempt: Attempt,
    *,
    by: str,
    is_delivered: bool,
    retry_seconds: float | None = None,
    rest_seconds: float | None = None,
    seconds: float = 60.0,
) -> bool:
    """Write down one attempt; tell whether ``by`` still serves the hook.

    ``retry_seconds`` says when the delivery is due again, None gives it up; ``rest_seconds``
    how long the hook is left in peace, None for not at all. The lease begins anew.
    """
    row = _row(writer, owed.id)
    if row is None:
        return _still_serves(writer, owed.hook_id, by)
    attempts = (*row["attempts"], attempt)[-_MOST_ATTEMPTS:]
    values: dict[str, Any] = {"attempts": attempts, "tries": row["tries"] + 1}
    if is_delivered:
        values |= {"state": DeliveryState.DELIVERED, "delivered_at": writer.now}
    elif retry_seconds is None:
        values |= {"state": DeliveryState.FAILED}
    else:
        values |= {"due_at": writer.now + timedelta(seconds=retry_seconds)}
    if row["state"] == DeliveryState.WAITING:
        _set_delivery(writer, owed.id, **values)
    _note_health(writer, owed.hook_id, attempt, is_delivered)
    if not _still_serves(writer, owed.hook_id, by):
        return False
    if rest_seconds is None:
        _lease(writer, owed.hook_id, by, seconds)
        return True
    until = writer.now + timedelta(seconds=rest_seconds)
    _set_hook(writer, owed.hook_id, served_by=None, served_until=None, resting_until=until)
    return False


def leave_hook(writer: Writer, hook_id: int, *, by: str) -> None:
    """Let others serve a hook."""
    if _still_serves(writer, hook_id, by):
        _set_hook(writer, hook_id, served_by=None, served_until=None)


def deactivate_hook(writer: Writer, hook_id: int, reason: str) -> bool:
    """Switch a hook off that cannot be delivered to; tell whether it was on."""
    hook: WebHook | None = writer.get("web_hook", hook_id)
    if hook is None or not hook.is_active:
        return False
    was, writer.by = writer.by, _BY_DELIVERING
    changes = {"is_active": False}
    writer.change("web_hook", hook_id, changes, action="deactivated", is_checked=False)
    writer.by = was
    afresh = {"failures": 0, "failing_since": None, "resting_until": None}
    _set_hook(writer, hook_id, served_by=None, served_until=None, problem=reason, **afresh)
    _hasten(writer, hook_id)
    return True


def deactivate_if_dead(writer: Writer, hook_id: int) -> bool:
    """Switch a hook off to which nothing has got through for as long as the settings say."""
    query = sa.select(web_hooks.c.failing_since).where(web_hooks.c.id == hook_id)
    since: datetime | None = writer.connection.execute(query).scalar()
    if since is None:
        return False
    days = writer.settings(WebHookSettings).deactivate_after_days
    if writer.now - since < timedelta(days=days):
        return False
    return deactivate_hook(writer, hook_id, f"nothing has got through for {days:g} days")


def need_hook(reader: Reader, hook_id: int) -> WebHook:
    """One web hook. RecordNotFound without it."""
    hook: WebHook | None = reader.get("web_hook", hook_id)
    if hook is None:
        raise RecordNotFound("web_hook", hook_id)
    return hook


def failures_of(reader: Reader, hook_id: int) -> int:
    """How many attempts have failed since one got through; 0 for a hook that is gone."""
    query = sa.select(web_hooks.c.failures).where(web_hooks.c.id == hook_id)
    return int(reader.connection.execute(query).scalar() or 0)


def find_deliveries(
    reader: Reader,
    hook_id: int,
    *,
    state: DeliveryState | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """A hook's deliveries, newest first; ``before`` is the id of the last one that was seen."""
    query = _deliveries().where(web_hook_deliveries.c.hook_id == hook_id)
    if state is not None:
        query = query.where(web_hook_deliveries.c.state == state)
    if before is not None:
        query = query.where(web_hook_deliveries.c.id < before)
    query = query.order_by(web_hook_deliveries.c.id.desc()).limit(limit)
    return [_delivery(row) for row in reader.connection.execute(query).mappings()]


def need_delivery(reader: Reader, hook_id: int, delivery_id: int) -> Delivery:
    """One delivery of a hook. RecordNotFound without it."""
    its = web_hook_deliveries.c.id == delivery_id, web_hook_deliveries.c.hook_id == hook_id
    row = reader.connection.execute(_deliveries().where(*its)).mappings().first()
    if row is None:
        raise RecordNotFound("delivery", delivery_id)
    return _delivery(row)


def event_of(reader: Reader, event_id: str) -> Event:
    """One event, with what is sent for it. RecordNotFound."""
    query = sa.select(events).where(events.c.event_id == event_id)
    row = reader.connection.execute(query).mappings().first()
    if row is None:
        raise RecordNotFound("event", event_id)
    return Event(**row)


def replay_delivery(writer: Writer, hook_id: int, delivery_id: int) -> Delivery:
    """Deliver one event once more, also one that was delivered.

    Raises NotPossible for a hook that is off.
    """
    _need_active(writer, hook_id)
    need_delivery(writer, hook_id, delivery_id)
    _let_wait(writer, web_hook_deliveries.c.id == delivery_id)
    _set_hook(writer, hook_id, resting_until=None)
    return need_delivery(writer, hook_id, delivery_id)


def replay_since(writer: Writer, hook_id: int, since: datetime) -> int:
    """Deliver again what a hook wants of all that has happened since; how much that is.

    Also what happened before there was this hook, where another one had it written down.
    Raises NotPossible for a hook that is off, and for more than ten thousand events at once.
    """
    hook = _need_active(writer, hook_id)
    listener = Listener(hook_id, True, hook.events)
    types = writer.connection.execute(sa.select(events.c.type).distinct()).scalars()
    wanted = [event_type for event_type in types if listener.wants(event_type)]
    query = sa.select(events.c.event_id).where(events.c.at >= since, events.c.type.in_(wanted))
    ids = list(writer.connection.execute(query.order_by(events.c.id)).scalars())
    if len(ids) > _MOST_REPLAYED:
        raise NotPossible(
            f"{len(ids)} events have happened since then: {_MOST_REPLAYED} at most at once",
            hint="give a later instant",
        )
    its_own = web_hook_deliveries.c.hook_id == hook_id
    known = set(
        writer.connection.execute(
            sa.select(web_hook_deliveries.c.event_id).where(its_own)
        ).scalars()
    )
    for some in _in_hundreds([one for one in ids if one in known]):
        _let_wait(writer, sa.and_(its_own, web_hook_deliveries.c.event_id.in_(some)))
    stamps = {"created_at": writer.now, "due_at": writer.now}
    new = [{"hook_id": hook_id, "event_id": one, **stamps} for one in ids if one not in known]
    if new:
        writer.connection.execute(sa.insert(web_hook_deliveries), new)
    _set_hook(writer, hook_id, resting_until=None)
    return len(ids)


def send_test(writer: Writer, hook_id: int) -> Delivery:
    """Deliver an event of type ``test`` to one hook. NotPossible where it is off."""
    hook = _need_active(writer, hook_id)
    event_id = new_event_id()
    said = {"object": {"type": "web_hook", "id": hook_id}, "changes": {}, "actor": writer.by.user}
    only = (Listener(hook_id, True, hook.events),)
    write_event(writer.connection, writer.now, only, "test", said, event_id)
    _set_hook(writer, hook_id, resting_until=None)
    return find_deliveries(writer, hook_id, limit=1)[0]


def purge_events(writer: Writer, *, days: float, limit: int = 1_000) -> int:
    """Forget events of so many days ago, unless a hook that is on still waits for them.

    How many were forgotten; no more than ``limit`` in one unit of work.
    """
    waiting = (
        sa.exists()
        .where(web_hook_deliveries.c.event_id == events.c.event_id)
        .where(web_hook_deliveries.c.state == DeliveryState.WAITING)
        .where(web_hooks.c.id == web_hook_deliveries.c.hook_id, web_hooks.c.is_active)
    )
    old = (
        sa.select(events.c.id)
        .where(events.c.at < writer.now - timedelta(days=days), ~waiting)
        .order_by(events.c.id)
        .limit(limit)
    )
    gone = sa.delete(events).where(events.c.id.in_(old.scalar_subquery()))
    return int(writer.connection.execute(gone).rowcount)


def count_waiting(reader: Reader) -> tuple[int, datetime | None]:
    """How many deliveries wait for hooks that are on, and since when the oldest does."""
    query = (
        sa.select(sa.func.count(), sa.func.min(web_hook_deliveries.c.created_at))
        .join(web_hooks, web_hooks.c.id == web_hook_deliveries.c.hook_id)
        .where(web_hook_deliveries.c.state == DeliveryState.WAITING, web_hooks.c.is_active)
    )
    count, oldest = reader.connection.execute(query).one()
    return int(count), oldest


def _is_free(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    resting, served = web_hooks.c.resting_until, web_hooks.c.served_until
    return (
        web_hooks.c.is_active,
        sa.or_(resting.is_(None), resting <= now),
        sa.or_(served.is_(None), served <= now),
    )


def _owed(writer: Writer, hook_id: int, limit: int) -> tuple[Owed, ...]:
    query = (
        sa.select(web_hook_deliveries, events.c.type, events.c.at, events.c.payload)
        .join(events, events.c.event_id == web_hook_deliveries.c.event_id)
        .where(
            web_hook_deliveries.c.hook_id == hook_id,
            web_hook_deliveries.c.state == DeliveryState.WAITING,
            web_hook_deliveries.c.due_at <= writer.now,
        )
        .order_by(web_hook_deliveries.c.due_at, web_hook_deliveries.c.id)
        .limit(limit)
    )
    return tuple(
        Owed(
            id=row["id"],
            hook_id=hook_id,
            event_id=row["event_id"],
            event_type=row["type"],
            at=row["at"],
            payload=row["payload"],
            tries=row["tries"],
        )
        for row in writer.connection.execute(query).mappings()
    )


def _note_health(writer: Writer, hook_id: int, attempt: Attempt, is_delivered: bool) -> None:
    columns = web_hooks.c.failures, web_hooks.c.failing_since
    row = writer.connection.execute(sa.select(*columns).where(web_hooks.c.id == hook_id)).first()
    if row is None:
        return
    failures, since = row
    if not is_delivered:
        said = attempt.error or f"answered {attempt.status}"
        _set_hook(
            writer,
            hook_id,
            failures=failures + 1,
            failing_since=since or writer.now,
            problem=said,
        )
    elif failures:
        _set_hook(writer, hook_id, failures=0, failing_since=None, problem=None)
        if failures >= _DOWN_FAILURES:
            _hasten(writer, hook_id)


def _hasten(writer: Writer, hook_id: int) -> None:
    """Let what waits for its next attempt be due at once, in the order of its happening."""
    which = (
        web_hook_deliveries.c.hook_id == hook_id,
        web_hook_deliveries.c.state == DeliveryState.WAITING,
        web_hook_deliveries.c.due_at > writer.now,
    )
    at_once = {"due_at": web_hook_deliveries.c.created_at}
    writer.connection.execute(sa.update(web_hook_deliveries).where(*which).values(at_once))


def _still_serves(writer: Writer, hook_id: int, by: str) -> bool:
    mine = web_hooks.c.id == hook_id, web_hooks.c.served_by == by, web_hooks.c.is_active
    return writer.connection.execute(sa.select(web_hooks.c.id).where(*mine)).first() is not None


def _lease(writer: Writer, hook_id: int, by: str, seconds: float) -> None:
    until = writer.now + timedelta(seconds=seconds)
    _set_hook(writer, hook_id, served_by=by, served_until=until, resting_until=None)


def _need_active(writer: Writer, hook_id: int) -> WebHook:
    hook: WebHook = writer.need("web_hook", hook_id)
    if not hook.is_active:
        raise NotPossible(f"the web hook {hook_id} is switched off", hint="switch it on first")
    return hook


def _let_wait(writer: Writer, which: sa.ColumnElement[bool]) -> None:
    values = {"state": DeliveryState.WAITING, "tries": 0, "due_at": writer.now}
    writer.connection.execute(sa.update(web_hook_deliveries).where(which).values(values))


def _row(writer: Writer, delivery_id: int) -> Mapping[Any, Any] | None:
    query = sa.select(web_hook_deliveries).where(web_hook_deliveries.c.id == delivery_id)
    return writer.connection.execute(query).mappings().first()


def _set_hook(writer: Writer, hook_id: int, **values: Any) -> None:
    own = sa.update(web_hooks).where(web_hooks.c.id == hook_id)
    writer.connection.execute(own.values(values))


def _set_delivery(writer: Writer, delivery_id: int, **values: Any) -> None:
    own = sa.update(web_hook_deliveries).where(web_hook_deliveries.c.id == delivery_id)
    writer.connection.execute(own.values(values))


def _deliveries() -> sa.Select[Any]:
    return sa.select(web_hook_deliveries, events.c.type).join(
        events, events.c.event_id == web_hook_deliveries.c.event_id
    )


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    names = ("id", "hook_id", "event_id", "created_at", "due_at", "tries", "delivered_at")
    return Delivery(
        **{name: row[name] for name in (*names, "attempts")},
        event_type=row["type"],
        state=DeliveryState(row["state"]),
    )


def _in_hundreds(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + 100] for start in range(0, len(ids), 100)]
