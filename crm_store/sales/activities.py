"""Activities: open ones are what there is to do, completed ones the activity history."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from crm_store.changes import RecordWriter
from crm_store.errors import InvalidRecord, NotPossible
from crm_store.kinds import ACTIVITY
from crm_store.reader import Reader
from crm_store.records import Activity, ActivityKind, ActivityStatus, Ref
from crm_store.sales.lead_settings import LeadSettings, word_problem
from crm_store.tables import activities

_OPEN_FIRST_DUE = (
    sa.case((activities.c.due_at.is_(None), 1), else_=0),
    activities.c.due_at,
    activities.c.created_at,
    activities.c.id,
)
_NEWEST_FIRST = (
    sa.func.coalesce(activities.c.completed_at, activities.c.created_at).desc(),
    activities.c.id.desc(),
)


def activities_of(
    reader: Reader, about: Ref, *, is_open: bool | None = None, limit: int | None = None
) -> list[Activity]:
    """The activities of a person, a case or an opportunity.

    Open ones by due date, those without one last; completed ones, and all together, by when
    they were completed (or else made), the newest first.
    """
    conditions = [_of(about)]
    if is_open is not None:
        status = ActivityStatus.IN_PROGRESS if is_open else ActivityStatus.COMPLETED
        conditions.append(activities.c.status == status)
    order = _OPEN_FIRST_DUE if is_open else _NEWEST_FIRST
    return list(reader.matching(ACTIVITY.name, *conditions, order=order, limit=limit))


def complete(
    writer: RecordWriter,
    activity_id: int,
    *,
    result: str | None = None,
    comment: str | None = None,
    version: int | None = None,
) -> Activity:
    """It is done, now: it goes from the open activities to the activity history.

    ``result`` is one of the settings' call results, for a call; ``comment`` takes the place of
    the one there is. Raises NotPossible for one that is completed, InvalidRecord.
    """
    activity = _need(writer, activity_id, version)
    if activity.status is ActivityStatus.COMPLETED:
        raise NotPossible(f"activity {activity_id} is completed already")
    changes: dict[str, Any] = {"status": ActivityStatus.COMPLETED, "completed_at": writer.now}
    if result is not None:
        if activity.kind is ActivityKind.CALL:
            words = writer.settings(LeadSettings).call_results
            if problems := list(word_problem("result", result, words, "call_results")):
                raise InvalidRecord(problems)
        changes["result"] = result
    if comment is not None:
        changes["comment"] = comment
    done = writer.change(ACTIVITY.name, activity_id, changes, action="completed", is_checked=False)
    return cast(Activity, done)


def reopen(writer: RecordWriter, activity_id: int, *, version: int | None = None) -> Activity:
    """There is something left to do. Raises NotPossible for one that is in progress."""
    activity = _need(writer, activity_id, version)
    if activity.status is ActivityStatus.IN_PROGRESS:
        raise NotPossible(f"activity {activity_id} is in progress")
    changes = {"status": ActivityStatus.IN_PROGRESS, "completed_at": None}
    done = writer.change(ACTIVITY.name, activity_id, changes, action="reopened", is_checked=False)
    return cast(Activity, done)


def _of(about: Ref) -> sa.ColumnElement[bool]:
    if about.type == "case":
        return activities.c.case_id == about.id
    if about.type == "opportunity":
        return activities.c.opportunity_id == about.id
    return sa.and_(activities.c.person_type == about.type, activities.c.person_id == about.id)


def _need(writer: RecordWriter, activity_id: int, version: int | None) -> Activity:
    found = writer.need(ACTIVITY.name, activity_id, version=version, is_locked=True)
    return cast(Activity, found)
