"""Which of several bridges writes a PBX's calls down: a lease, by the store's own clock.

A lease that is taken from another owner has a new epoch. Whoever renews his in the unit of work
that writes something knows that it is still his when that is written: between the two nobody can
take it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from crm_store.tables import pbx_leases
from crm_store.writer import Writer

_table = pbx_leases.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxLease:
    """One owner's hold on one PBX."""

    pbx: str
    owner: str
    epoch: int


def take_lease(
    writer: Writer,
    pbx: str,
    owner: str,
    *,
    seconds: float,
    is_gone: Callable[[str], bool] = lambda owner: False,
) -> PbxLease | str:
    """Take a PBX that is nobody's; returns the lease, or the name of who has it.

    It is nobody's when its lease has run out, was given back, or its owner ``is_gone``. Who has
    it himself keeps it. Waits for nobody: a lease that somebody is at work on is his.
    """
    if _insert(writer, pbx, owner, seconds):
        return PbxLease(pbx=pbx, owner=owner, epoch=1)
    query = sa.select(_table.owner, _table.epoch, (_table.until <= _now(writer)).label("is_over"))
    query = query.where(_table.pbx == pbx).with_for_update(skip_locked=True)
    row = writer.connection.execute(query).one_or_none()
    if row is None:
        return "another bridge"
    if row.owner != owner and not row.is_over and not is_gone(row.owner):
        return str(row.owner)
    lease = PbxLease(pbx=pbx, owner=owner, epoch=row.epoch if row.owner == owner else row.epoch + 1)
    _update(writer, pbx, owner=owner, epoch=lease.epoch, until=_now(writer, seconds))
    return lease


def renew_lease(writer: Writer, lease: PbxLease, *, seconds: float) -> bool:
    """Hold a lease for longer; False when it has become another's.

    What else this unit of work writes is written under the lease.
    """
    return _update(writer, lease.pbx, _is_same(lease), until=_now(writer, seconds))


def give_back_lease(writer: Writer, lease: PbxLease) -> bool:
    """Let anybody have the PBX at once; False when somebody has it already."""
    return _update(writer, lease.pbx, _is_same(lease), until=_now(writer))


def _insert(writer: Writer, pbx: str, owner: str, seconds: float) -> bool:
    if writer.connection.scalar(sa.select(_table.epoch).where(_table.pbx == pbx)) is not None:
        return False
    values = {"pbx": pbx, "owner": owner, "epoch": 1, "until": _now(writer, seconds)}
    writer.connection.execute(sa.insert(pbx_leases).values(values))
    return True


def _update(
    writer: Writer, pbx: str, condition: sa.ColumnElement[bool] | None = None, **values: Any
) -> bool:
    change = sa.update(pbx_leases).where(_table.pbx == pbx)
    if condition is not None:
        change = change.where(condition)
    return writer.connection.execute(change.values(values)).rowcount == 1


def _is_same(lease: PbxLease) -> sa.ColumnElement[bool]:
    return sa.and_(_table.owner == lease.owner, _table.epoch == lease.epoch)


def _now(writer: Writer, more_seconds: float = 0.0) -> Any:
    """The store's clock: PostgreSQL's own, since the bridges' may differ; SQLite has ours."""
    more = timedelta(seconds=more_seconds)
    if writer.connection.dialect.name != "postgresql":
        return sa.literal(writer.now + more, _table.until.type)
    return sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)) + sa.literal(more, sa.Interval)
