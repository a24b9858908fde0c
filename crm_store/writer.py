"""What can be changed in the store, inside one unit of work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_store import rows, upserts
from crm_store.people import PeopleWriter
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    ActivityStatus,
    BusinessHours,
    CallRecord,
    CallType,
    Campaign,
    JournalPosition,
    ListName,
    Ref,
    TrackingNumber,
    User,
)
from crm_store.tables import (
    activities,
    business_hours,
    calls,
    campaigns,
    journal_positions,
    leads,
    listed_numbers,
    tracking_numbers,
    unfinished_calls,
    user_extensions,
    users,
)

_CALL_KEY = sa.and_(
    calls.c.pbx == sa.bindparam("pbx"), calls.c.linkedid == sa.bindparam("linkedid")
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
        key = {"pbx": pbx, "linkedid": linkedid}
        return self._connection.execute(sa.delete(calls).where(_CALL_KEY), key).rowcount > 0

    def log_activity(self, activity: Activity) -> Ref:
        """Write an activity. A call has one: logging it again brings that one up to date."""
        values = rows.activity_to_row(activity)
        values["created_at"] = activity.created_at or self.now
        values["updated_at"] = self.now
        if activity.status is ActivityStatus.COMPLETED and activity.completed_at is None:
            values["completed_at"] = self.now
        written = upserts.PUT_ACTIVITY.run(self._connection, values).fetchall()
        if written:
            return Ref(type="activity", id=written[0][0])
        known = activities.c.pbx == values["pbx"], activities.c.linkedid == values["linkedid"]
        unchanged = self._connection.execute(sa.select(activities.c.id).where(*known))
        return Ref(type="activity", id=unchanged.scalar_one())

    def complete_activity(
        self, activity_id: int, *, subject: str | None = None, call_type: CallType | None = None
    ) -> bool:
        """Mark an activity as done, now; tell whether it is there."""
        changes: dict[str, Any] = {
            "status": ActivityStatus.COMPLETED,
            "completed_at": sa.func.coalesce(
                activities.c.completed_at, sa.literal(self.now, activities.c.completed_at.type)
            ),
            "updated_at": self.now,
        }
        if subject is not None:
            changes["subject"] = subject
        if call_type is not None:
            changes["call_type"] = call_type
        done = sa.update(activities).where(activities.c.id == activity_id).values(changes)
        return self._connection.execute(done).rowcount > 0

    def delete_activity(self, activity_id: int) -> bool:
        """Delete an activity, also from the call that became it; tell whether it was there."""
        self._connection.execute(
            sa.update(calls)
            .where(calls.c.record_type == "activity", calls.c.record_id == activity_id)
            .values(record_type=None, record_id=None)
        )
        gone = sa.delete(activities).where(activities.c.id == activity_id)
        return self._connection.execute(gone).rowcount > 0

    def put_user(self, user: User) -> None:
        """Write a user and the extensions that are his from now on, by name."""
        self._upsert(
            users,
            {"name": user.name, "email": user.email, "is_active": user.is_active},
            key=("name",),
        )
        self._connection.execute(
            sa.delete(user_extensions).where(
                sa.or_(
                    user_extensions.c.user_name == user.name,
                    user_extensions.c.extension.in_(user.extensions),
                )
            )
        )
        if user.extensions:
            self._connection.execute(
                sa.insert(user_extensions),
                [
                    {"extension": extension, "user_name": user.name, "position": position}
                    for position, extension in enumerate(user.extensions)
                ],
            )

    def put_campaign(self, campaign: Campaign) -> None:
        """Write a campaign, by name."""
        self._upsert(campaigns, rows.fields_to_row(campaign), key=("name",))

    def put_business_hours(self, hours: BusinessHours) -> None:
        """Write business hours, by name."""
        self._upsert(business_hours, rows.fields_to_row(hours), key=("name",))

    def put_tracking_number(self, number: TrackingNumber) -> None:
        """Write a tracking number, by number, and its business hours; its campaign is there."""
        if number.hours is not None:
            self.put_business_hours(number.hours)
        self._upsert(tracking_numbers, rows.tracking_number_to_row(number), key=("e164",))

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
        self._connection.execute(
            sa.delete(unfinished_calls).where(
                unfinished_calls.c.pbx == pbx, unfinished_calls.c.linkedid == linkedid
            )
        )

    def _upsert(self, table: sa.Table, values: dict[str, Any], *, key: tuple[str, ...]) -> None:
        self._connection.execute(
            upserts.upsert(self._dialect, table, columns=tuple(values), key=key), values
        )
