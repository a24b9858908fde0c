"""Which number a visitor of a web page is shown.

With a pool a visitor has a number of his own for as long as he is on the page and
``session_minutes`` longer. The number is the one whose last lease ends first: while any is free,
the one that has been free for longest; when all are taken, the one whose visitor was last seen
longest ago, which the two then share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crm_store.capture.number_leases import GRACE, lease_from_row
from crm_store.capture.visits import cut_visit, has_attribution, is_like
from crm_store.errors import RecordNotFound
from crm_store.reader import Reader
from crm_store.records import (
    NumberLease,
    NumberPool,
    TrackingNumber,
    Visit,
)
from crm_store.tables import number_leases
from crm_store.writer import Writer

_FORGOTTEN = timedelta(days=30)
"""A number that nobody was shown for so long counts as never shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The number that a visitor is shown. ``number`` None: the one that stands in the page.

    ``text`` is how people write it. ``renew_seconds``: ask again while he is on the page.
    """

    number: str | None
    text: str | None = None
    is_shared: bool = False
    renew_seconds: int | None = None


NOTHING = Shown(number=None)


def show_number(writer: Writer, pool_name: str, visit: Visit) -> Shown:
    """The number of a pool for a visitor, his own for a while; ``visit.session`` says who he is.

    Raises RecordNotFound for a pool that is not there.
    """
    pool: NumberPool | None = writer.get("number_pool", pool_name)
    if pool is None:
        raise RecordNotFound("number_pool", pool_name)
    if not pool.is_active or not pool.numbers or not visit.session:
        return fallback_of(writer, pool)
    writer.lock_number(f"number pool {pool.name}")
    visit = _with_our_campaign(writer, cut_visit(visit))
    ends = _ends_of(writer, pool.numbers)
    lease = _renewable(writer, pool, visit.session or "", ends)
    if lease is None:
        number = choose_number(pool.numbers, ends)
        lease = _grant(writer, pool, number, visit, is_shared=_is_live(ends, number, writer.now))
    elif has_attribution(visit) and not is_like(visit, lease.visit):
        _set(writer, lease, ends_at=writer.now, seen_at=writer.now)
        others = _others(writer, lease)
        lease = _grant(writer, pool, lease.number, visit, is_shared=others)
    else:
        _set(writer, lease, ends_at=_end(writer, pool), seen_at=writer.now)
        lease = replace(lease, is_shared=_others(writer, lease))
    return Shown(
        number=lease.number,
        text=_text_of(writer, lease.number),
        is_shared=lease.is_shared,
        renew_seconds=pool.session_minutes * 30,
    )


def fallback_of(reader: Reader, pool: NumberPool) -> Shown:
    """What is shown where a pool can give no number."""
    if pool.fallback is None:
        return NOTHING
    return Shown(number=pool.fallback, text=_text_of(reader, pool.fallback))


def show_campaign_number(reader: Reader, visit: Visit) -> Shown:
    """Without a pool: the tracking number that fits a visitor's campaign best."""
    number = best_number(reader.tracking_numbers(), cut_visit(visit))
    return NOTHING if number is None else Shown(number=number.e164, text=number.raw)


def best_number(numbers: Sequence[TrackingNumber], visit: Visit) -> TrackingNumber | None:
    """The number that agrees with a visit in most, the campaign before source and medium.

    One that is for another campaign, source or medium is none of his; one that agrees in
    nothing isn't either.
    """
    fits = [
        (agreed, number)
        for number in numbers
        if (agreed := _agreement(number, visit)) is not None and any(agreed)
    ]
    return (
        min(fits, key=lambda fit: ([not each for each in fit[0]], fit[1].e164))[1] if fits else None
    )


def choose_number(numbers: Sequence[str], ends: Mapping[str, datetime]) -> str:
    """The number whose last lease ends first; of those never shown the first."""
    return min(numbers, key=lambda number: (number in ends, ends.get(number)))


def _agreement(number: TrackingNumber, visit: Visit) -> tuple[bool, bool, bool] | None:
    agreed = []
    for name in ("campaign", "source", "medium"):
        its, his = _folded(getattr(number, name)), _folded(getattr(visit, name))
        if its and his and its != his:
            return None
        agreed.append(bool(its) and its == his)
    return agreed[0], agreed[1], agreed[2]


def _folded(word: str | None) -> str:
    """``spring_mailing`` and ``Spring mailing`` are one campaign: addresses have no spaces."""
    return " ".join((word or "").casefold().replace("_", " ").replace("-", " ").split())


def _with_our_campaign(reader: Reader, visit: Visit) -> Visit:
    told = _folded(visit.campaign)
    ours = next(
        (one.name for one in reader.campaigns() if told and _folded(one.name) == told), None
    )
    return replace(visit, campaign=ours) if ours is not None else visit


def _ends_of(writer: Writer, numbers: Sequence[str]) -> dict[str, datetime]:
    """When the last lease of each number ends, or ended."""
    query = (
        sa.select(number_leases.c.number, sa.func.max(number_leases.c.ends_at))
        .where(
            number_leases.c.number.in_(numbers),
            number_leases.c.ends_at > writer.now - _FORGOTTEN,
        )
        .group_by(number_leases.c.number)
    )
    return {row[0]: row[1] for row in writer.connection.execute(query)}


def _is_live(ends: Mapping[str, datetime], number: str, now: datetime) -> bool:
    return number in ends and ends[number] > now


def _renewable(
    writer: Writer, pool: NumberPool, session: str, ends: Mapping[str, datetime]
) -> NumberLease | None:
    """The visitor's own lease: one that still runs, or ran out and went to nobody since."""
    query = (
        sa.select(number_leases)
        .where(
            number_leases.c.session == session,
            number_leases.c.pool == pool.name,
            number_leases.c.ends_at > writer.now - GRACE,
        )
        .order_by(number_leases.c.started_at.desc(), number_leases.c.id.desc())
        .limit(1)
    )
    row = writer.connection.execute(query).mappings().first()
    lease = None if row is None else lease_from_row(row)
    if lease is None or lease.number not in pool.numbers:
        return None
    is_his = lease.ends_at > writer.now or ends.get(lease.number) == lease.ends_at
    return lease if is_his else None


def _others(writer: Writer, lease: NumberLease) -> bool:
    """Whether another visitor is shown the number of this lease now."""
    query = sa.select(sa.literal(1)).where(
        number_leases.c.number == lease.number,
        number_leases.c.ends_at > writer.now,
        number_leases.c.session != lease.visit.session,
    )
    return writer.connection.execute(query.limit(1)).first() is not None


def _grant(
    writer: Writer, pool: NumberPool, number: str, visit: Visit, *, is_shared: bool
) -> NumberLease:
    lease = NumberLease(
        number=number,
        pool=pool.name,
        visit=replace(visit, is_shared=False),
        started_at=writer.now,
        ends_at=_end(writer, pool),
        seen_at=writer.now,
        is_shared=is_shared,
    )
    values = {
        "number": number,
        "pool": pool.name,
        "session": visit.session,
        "visit": lease.visit,
        "started_at": lease.started_at,
        "ends_at": lease.ends_at,
        "seen_at": lease.seen_at,
        "is_shared": is_shared,
    }
    made = writer.connection.execute(sa.insert(number_leases).returning(number_leases.c.id), values)
    return replace(lease, id=made.scalar_one())


def _end(writer: Writer, pool: NumberPool) -> datetime:
    return writer.now + timedelta(minutes=pool.session_minutes)


def _set(writer: Writer, lease: NumberLease, **values: Any) -> None:
    its_row = sa.update(number_leases).where(number_leases.c.id == lease.id)
    writer.connection.execute(its_row.values(values))


def _text_of(reader: Reader, e164: str) -> str:
    number: TrackingNumber | None = reader.get("tracking_number", e164)
    return number.raw if number is not None and number.raw else e164
