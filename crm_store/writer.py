"""What can be changed in the store, inside one unit of work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_store import rows
from crm_store.changes import SYSTEM
from crm_store.engines import upserts
from crm_store.engines.prepared import Prepared
from crm_store.people import PeopleWriter
from crm_store.reader import Reader
from crm_store.records import (
    BusinessHours,
    CallRecord,
    Campaign,
    JournalPosition,
    ListName,
    Role,
    TrackingNumber,
    User,
)
from crm_store.tables import (
    calls,
    journal_positions,
    leads,
    listed_numbers,
    unfinished_calls,
)

_CALL_KEY = sa.and_(
    calls.c.pbx == sa.bindparam("pbx"), calls.c.linkedid == sa.bindparam("linkedid")
)
_DROP_STORY = Prepared(
    lambda _: sa.delete(unfinished_calls).where(
        unfinished_calls.c.pbx == sa.bindparam("pbx"),
        unfinished_calls.c.linkedid == sa.bindparam("linkedid"),
    )
)


class Writer(PeopleWriter, Reader):
    """Changes to the store: all of a unit of work, or nothing of it.

    ``now`` is the one instant at which everything in this unit of work is made or updated.
    """

    def __init__(
        self,
        connection: sa.Connection,
        now: datetime,
        lock: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(connection)
        self.now = now
        self._dialect = connection.dialect.name
        self._lock = lock
        self.by = SYSTEM

    def lock_number(self, e164: str) -> None:
        """Let nobody else work on this number until the unit of work is committed.

        Take it before looking a number up in order to create somebody who is not on file: two
        first calls from one number then make one lead, also through two bridges.
        """
        if self._lock is not None:
            self._lock(e164)

    def put_call(self, call: CallRecord) -> bool:
        """Write a call, or bring it up to date, by (pbx, linkedid); tell whether it changed.

        What only an earlier record knew is kept: call_id, record, tags, comment and tracking
        number where this one has none; whoever matched, and the look-up's candidates where
        this record never asked. Raises CallIdTaken when another call has this call ID.
        """
        values = rows.call_to_row(call)
        values["updated_at"] = self.now
        return upserts.PUT_CALL.run(self._connection, values).rowcount > 0

    def put_down_call(self, call: CallRecord) -> None:
        """Write whom a stored call is about, and what it became: nothing else of it.

        As in :meth:`put_call`, what this record does not know is kept.
        """
        matched, record = call.matched, call.record
        values = {
            "call_pbx": call.pbx,
            "call_linkedid": call.linkedid,
            "matched_type": matched.type if matched else None,
            "matched_id": matched.id if matched else None,
            "matched_name": matched.name if matched else None,
            "record_type": record.type if record else None,
            "record_id": record.id if record else None,
            "updated_at": self.now,
        }
        upserts.PUT_DOWN_CALL.run(self._connection, values)

    def absorb_call(self, pbx: str, linkedid: str, *, into: str | None = None) -> bool:
        """Delete a call that merged into another, with its activity; tell whether it was there.

        ``into`` is the linkedid of the call that goes on: a lead made by the call that is
        deleted points to that one from now on.
        """
        if into is not None:
            self._connection.execute(
                sa.update(leads)
                .where(leads.c.first_call_pbx == pbx, leads.c.first_call_linkedid == linkedid)
                .values(first_call_linkedid=into)
            )
        activity_id = self._activity_id_of(pbx, linkedid)
        if activity_id is not None:
            self.remove("activity", activity_id)
        key = {"pbx": pbx, "linkedid": linkedid}
        return self._connection.execute(sa.delete(calls).where(_CALL_KEY), key).rowcount > 0

    def put_user(self, user: User) -> None:
        """Write a user and the extensions that are his from now on, by name.

        A file names neither groups nor more than an agent's role: those who are there keep theirs.
        """
        known: User | None = self.get("user", user.name)
        if known is not None:
            role = known.role if user.role is Role.AGENT else user.role
            user = replace(user, role=role, groups=user.groups or known.groups)
        self.save(user)

    def put_campaign(self, campaign: Campaign) -> None:
        """Write a campaign, by name."""
        self.save(campaign)

    def put_business_hours(self, hours: BusinessHours) -> None:
        """Write business hours, by name."""
        self.save(hours)

    def put_tracking_number(self, number: TrackingNumber) -> None:
        """Write a tracking number, by number, and its business hours; its campaign is there."""
        if number.hours is not None:
            self.put_business_hours(number.hours)
        self.save(number)

    def list_number(self, e164: str, name: ListName | str) -> None:
        """Put a number on the "vip" or the "blocked" list."""
        values = {"e164": e164, "list": ListName(name)}
        self._upsert(listed_numbers, values, key=("e164", "list"))

    def unlist_number(self, e164: str, name: ListName | str) -> None:
        """Take a number off a list."""
        self._connection.execute(
            sa.delete(listed_numbers).where(
                listed_numbers.c.e164 == e164, listed_numbers.c.list == ListName(name)
            )
        )

    def set_journal_position(self, position: JournalPosition) -> None:
        """Remember how far a PBX's journal has been read."""
        values = rows.fields_to_row(position) | {"updated_at": self.now}
        self._upsert(journal_positions, values, key=("pbx",))

    def keep_story(self, pbx: str, linkedid: str, story: str) -> None:
        """Keep what is known of a call whose beginning or end was not seen."""
        values = {
            "pbx": pbx,
            "linkedid": linkedid,
            "story": story,
            "updated_at": self.now,
        }
        self._upsert(unfinished_calls, values, key=("pbx", "linkedid"))

    def drop_story(self, pbx: str, linkedid: str) -> None:
        """Let go of what was kept of a call that is whole by now."""
        _DROP_STORY.run(self._connection, {"pbx": pbx, "linkedid": linkedid})

    def _upsert(self, table: sa.Table, values: dict[str, Any], *, key: tuple[str, ...]) -> None:
        self._connection.execute(
            upserts.upsert(self._dialect, table, columns=tuple(values), key=key), values
        )
