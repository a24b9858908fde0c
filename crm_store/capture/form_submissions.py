"""What strangers sent through web forms: kept whole, and judged: is it spam?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from crm_store.capture.form_fields import count_links
from crm_store.capture.form_tokens import make_form_key, shown_at
from crm_store.errors import Problem, RecordNotFound
from crm_store.reader import Reader
from crm_store.records import (
    FormSubmission,
    Ref,
    SpamReason,
    SubmissionStatus,
)
from crm_store.tables import form_submissions
from crm_store.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFormSettings:
    """What is taken for spam, and what a form does whose sender is on file.

    ``known_person``: ``activity`` on him, or a new ``lead`` all the same.
    """

    name: ClassVar[str] = "web_forms"

    known_person: str = "activity"
    least_seconds: float = 3.0
    """From showing the form to sending it: nobody types faster."""
    most_minutes: float = 24 * 60.0
    most_links: int = 2
    per_address_per_hour: int = 20
    per_form_per_hour: int = 500

    def problems(self) -> list[Problem]:
        """What keeps these settings from being used, each by its key."""
        found = []
        if self.known_person not in ("activity", "lead"):
            found.append(Problem("known_person", "has to be activity or lead"))
        least = {"least_seconds": 0, "most_minutes": 0, "most_links": 0}
        least |= {"per_address_per_hour": 1, "per_form_per_hour": 1}
        return found + [
            Problem(name, f"has to be {few} or more")
            for name, few in least.items()
            if getattr(self, name) < few
        ]


def need_submission(reader: Reader, submission_id: int) -> FormSubmission:
    """One submission. RecordNotFound without it."""
    query = sa.select(form_submissions).where(form_submissions.c.id == submission_id)
    row = reader.connection.execute(query).mappings().first()
    if row is None:
        raise RecordNotFound("form_submission", submission_id)
    return _submission(row)


def find_submissions(
    reader: Reader,
    *,
    form: str | None = None,
    status: SubmissionStatus | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[FormSubmission]:
    """Submissions, newest first; ``before`` is the id of the last one that was seen."""
    query = sa.select(form_submissions).order_by(form_submissions.c.id.desc()).limit(limit)
    for column, value in ((form_submissions.c.form, form), (form_submissions.c.status, status)):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(form_submissions.c.id < before)
    return [_submission(row) for row in reader.connection.execute(query).mappings()]


def spam_reason(
    writer: Writer,
    submission: FormSubmission,
    settings: WebFormSettings,
    *,
    is_trapped: bool,
    is_again: bool,
) -> SpamReason | None:
    """Why a submission is taken for spam; None for one that is not.

    ``is_trapped``: it filled in what only programs do. ``is_again``: its token was used before.
    """
    if is_trapped:
        return SpamReason.HONEYPOT
    at = shown_at(make_form_key(writer), submission.form, submission.token or "")
    if at is None:
        return SpamReason.NO_TOKEN
    if writer.now - at < timedelta(seconds=settings.least_seconds):
        return SpamReason.TOO_FAST
    if writer.now - at > timedelta(minutes=settings.most_minutes):
        return SpamReason.TOO_OLD
    if is_again:
        return SpamReason.REPLAYED
    if count_links(submission.values) > settings.most_links:
        return SpamReason.LINKS
    if is_too_many(writer, submission.form, submission.address, settings):
        return SpamReason.TOO_MANY
    return None


def is_too_many(
    writer: Writer, form: str, address: str, settings: WebFormSettings, *, times: int = 1
) -> bool:
    """Whether this address, or this form, has had its hour's share (or so many times that)."""
    since = writer.now - timedelta(hours=1)
    for column, value, most in (
        (form_submissions.c.address, address, settings.per_address_per_hour),
        (form_submissions.c.form, form, settings.per_form_per_hour),
    ):
        recent = (
            sa.select(sa.literal(1))
            .where(column == value, form_submissions.c.received_at > since)
            .limit(most * times)
        )
        count = sa.select(sa.func.count()).select_from(recent.subquery())
        if value and (writer.connection.execute(count).scalar() or 0) >= most * times:
            return True
    return False


def submission_of_token(reader: Reader, form: str, token: str) -> FormSubmission | None:
    """The submission with this token that was accepted."""
    if not token:
        return None
    query = sa.select(form_submissions).where(
        form_submissions.c.token == token,
        form_submissions.c.form == form,
        form_submissions.c.status == SubmissionStatus.ACCEPTED,
    )
    row = reader.connection.execute(query.limit(1)).mappings().first()
    return None if row is None else _submission(row)


def write_submission(writer: Writer, submission: FormSubmission) -> FormSubmission:
    """Keep a submission; return it with its id."""
    names = ("form", "status", "reason", "token", "values", "visit", "page_url", "email", "e164")
    more = ("address", "user_agent", "received_at", "accepted_by")
    values: dict[str, Any] = {name: getattr(submission, name) for name in (*names, *more)}
    record = submission.record
    values["record_type"] = record.type if record is not None else None
    values["record_id"] = record.id if record is not None else None
    insert = sa.insert(form_submissions).returning(form_submissions.c.id)
    return replace(submission, id=writer.connection.execute(insert, values).scalar_one())


def _submission(row: Mapping[Any, Any]) -> FormSubmission:
    record = None
    if row["record_type"] is not None and row["record_id"] is not None:
        record = Ref(type=row["record_type"], id=row["record_id"])
    names = ("id", "form", "token", "values", "visit", "page_url", "email", "e164", "address")
    more = ("user_agent", "received_at", "accepted_by")
    return FormSubmission(
        **{name: row[name] for name in (*names, *more)},
        status=SubmissionStatus(row["status"]),
        reason=SpamReason(row["reason"]) if row["reason"] else None,
        record=record,
    )
