"""A web form that somebody sent becomes a lead, or an activity on whoever is on file already.

What looks like spam is kept with its reason and becomes nothing until an administrator accepts
it. Two submissions with one token are a double click: one lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from crm_store.call_logging import CallLoggingSettings, LostLeadCalls
from crm_store.callers import as_it_is_now, find_caller
from crm_store.capture.form_fields import comment_of, first_of, lead_of, read_fields
from crm_store.capture.form_submissions import (
    WebFormSettings,
    is_too_many,
    need_submission,
    spam_reason,
    submission_of_token,
    write_submission,
)
from crm_store.capture.number_leases import visit_of_session
from crm_store.capture.responses import respond_to, send_auto_response
from crm_store.capture.visits import has_attribution
from crm_store.checking.filling import lead_of_a_call
from crm_store.errors import InvalidRecord, NotPossible, RecordNotFound, TooManyAttempts
from crm_store.kinds import KINDS
from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    ActivityKind,
    By,
    FieldType,
    FormSubmission,
    LeadState,
    Matched,
    PersonType,
    ProductInterest,
    Ref,
    SubmissionStatus,
    Visit,
    WebForm,
)
from crm_store.tables import form_submissions, leads
from crm_store.writer import Writer

_NO_VISIT = Visit()
_FLOOD = 10
"""So many times an hour's share and nothing more is kept."""
_LONGEST_ADDRESS = 16_384
"""How many characters of a page's address are kept with a submission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a browser sent for a form, and from where. ``trap`` is what only programs fill in."""

    values: Mapping[str, str]
    visit: Visit = _NO_VISIT
    token: str = ""
    trap: str = ""
    page_url: str | None = None
    address: str = ""
    user_agent: str = ""


def need_form(reader: Reader, name: str) -> WebForm:
    """A form that may be shown and sent. RecordNotFound without it, or when it is not active."""
    form: WebForm | None = reader.get("web_form", name)
    if form is None or not form.is_active:
        raise RecordNotFound("web_form", name)
    return form


def submit(writer: Writer, name: str, sent: Sent, country: str | None = None) -> FormSubmission:
    """Take what somebody sent: write it down and, unless it looks like spam, make of it a lead
    or activity; return the submission.

    ``country`` is that of phone numbers where the form has none. Raises RecordNotFound, and
    InvalidRecord with a problem for each field that cannot be as it is: nothing is kept then.
    """
    writer.by = By(via=f"web form {name}")
    form = need_form(writer, name)
    settings = writer.settings(WebFormSettings)
    if is_too_many(writer, form.name, sent.address, settings, times=_FLOOD):
        raise TooManyAttempts("too many submissions within an hour", retry_after=600)
    country = form.country or country
    read = read_fields(form, sent.values, country)
    if read.problems and not sent.trap:
        raise InvalidRecord(read.problems)
    if sent.token:
        writer.lock_number(f"form token {sent.token}")
    before = submission_of_token(writer, form.name, sent.token)
    if before is not None and before.values == read.values:
        return before
    submission = FormSubmission(
        form=form.name,
        status=SubmissionStatus.ACCEPTED,
        values=read.values,
        visit=_kept(_known_visit(writer, sent.visit)),
        page_url=sent.page_url[:_LONGEST_ADDRESS] if sent.page_url else None,
        token=sent.token or None,
        email=first_of(form, read.values, FieldType.EMAIL),
        e164=to_e164(first_of(form, read.values, FieldType.PHONE), country),
        address=sent.address[:100],
        user_agent=sent.user_agent[:500],
        received_at=writer.now,
    )
    reason = spam_reason(
        writer, submission, settings, is_trapped=bool(sent.trap), is_again=before is not None
    )
    if reason is not None:
        return write_submission(
            writer, replace(submission, status=SubmissionStatus.SPAM, reason=reason)
        )
    return write_submission(
        writer, replace(submission, record=_capture(writer, form, submission, country))
    )


def accept(writer: Writer, submission_id: int, country: str | None = None) -> FormSubmission:
    """Make a lead or activity of a submission that was taken for spam. NotPossible for others."""
    writer.lock_number(f"form submission {submission_id}")
    submission = need_submission(writer, submission_id)
    if submission.status is not SubmissionStatus.SPAM:
        raise NotPossible(f"the submission {submission_id} is accepted already")
    form: WebForm | None = writer.get("web_form", submission.form)
    if form is None:
        raise NotPossible(f"its form {submission.form!r} is not there any more")
    if submission.email is None and submission.e164 is None:
        raise NotPossible("it holds neither an e-mail address nor a phone number")
    record = _capture(writer, form, submission, form.country or country)
    accepted = replace(
        submission,
        status=SubmissionStatus.ACCEPTED,
        record=record,
        accepted_by=writer.by.user,
    )
    own_row = sa.update(form_submissions).where(form_submissions.c.id == submission_id)
    writer.connection.execute(
        own_row.values(
            status=accepted.status,
            record_type=record.type,
            record_id=record.id,
            accepted_by=accepted.accepted_by,
        )
    )
    changes = {"status": (SubmissionStatus.SPAM.value, SubmissionStatus.ACCEPTED.value)}
    writer.write_history("form_submission", submission_id, "accepted", 2, changes)
    return accepted


def find_known(reader: Reader, email: str | None, e164: str | None) -> Matched | None:
    """Who is on file under an e-mail address or else a number, as the rules of calls have it."""
    rules = reader.settings(CallLoggingSettings)
    is_anew = rules.lost_lead_calls is LostLeadCalls.NEW_LEAD
    for kind in rules.look_up if email is not None else ():
        table = KINDS[kind].table
        query = sa.select(table.c.id, table.c.name).where(
            table.c.email.in_({email, (email or "").lower()})
        )
        if kind is PersonType.LEAD and is_anew:
            query = query.where(leads.c.state != LeadState.LOST)
        newest = query.order_by(table.c.updated_at.desc(), table.c.id.desc()).limit(1)
        row = reader.connection.execute(newest).first()
        if row is not None:
            matched = Matched(type=kind, id=row.id, name=row.name)
            return as_it_is_now(reader, matched) or matched
    caller = find_caller(reader, e164, rules.look_up)
    facts = caller.without_lost_leads if is_anew else caller.facts
    best = next(iter(facts.candidates), None)
    return Matched(type=best.type, id=best.id, name=best.name) if best is not None else None


def _capture(writer: Writer, form: WebForm, submission: FormSubmission, country: str | None) -> Ref:
    for key in sorted(filter(None, (submission.email, submission.e164))):
        writer.lock_number(key.lower())
    settings = writer.settings(WebFormSettings)
    known = find_known(writer, submission.email, submission.e164)
    if known is not None and settings.known_person == "activity":
        return _log(writer, form, submission, known, country)
    lead = lead_of(form, submission.values, submission.visit, country)
    ours = [each for each in lead.products if writer.get("product", each.product) is not None]
    lead = replace(lead, products=_with_kinds(writer, ours))
    ref = writer.create(lead_of_a_call(writer, lead, None))
    values = {"message": lead.comment, "event": form.event or ""}
    respond_to(writer, ref.id, auto_response=form.auto_response, values=values)
    return ref


def _log(
    writer: Writer,
    form: WebForm,
    submission: FormSubmission,
    known: Matched,
    country: str | None,
) -> Ref:
    person = writer.need(known.type, known.id)
    lead = lead_of(form, submission.values, submission.visit, country)
    ref = writer.log_activity(
        Activity(
            subject=f"{form.title}: {lead.name}"[:250],
            kind=ActivityKind.TASK,
            about=known,
            owner=person.owner,
            owner_group=person.owner_group,
            campaign=lead.campaign,
            comment=comment_of(form, submission.values),
        )
    )
    if form.auto_response is not None:
        values = {
            "name": lead.name,
            "company": lead.company or "",
            "product": form.product or "",
            "message": lead.comment,
            "event": form.event or "",
            "campaign": lead.campaign or "",
            "owner": person.owner or "",
        }
        send_auto_response(writer, form.auto_response, submission.email, ref, values)
    return ref


def _with_kinds(writer: Writer, interests: list[ProductInterest]) -> tuple[ProductInterest, ...]:
    return tuple(
        replace(each, kind=writer.need("product", each.product).kind) for each in interests
    )


def _known_visit(reader: Reader, visit: Visit) -> Visit:
    """What the form's page told or, where it told nothing, what the visitor's session did."""
    if has_attribution(visit) or visit.session is None:
        return visit
    known = visit_of_session(reader, visit.session)
    if known is None:
        return visit
    return replace(
        known,
        landing_page=visit.landing_page or known.landing_page,
        referrer=visit.referrer or known.referrer,
    )


def _kept(visit: Visit) -> Visit:
    def cut(text: str | None) -> str | None:
        return (text or "")[:_LONGEST_ADDRESS] or None

    return replace(
        visit,
        source=cut(visit.source),
        medium=cut(visit.medium),
        campaign=cut(visit.campaign),
        keyword=cut(visit.keyword),
        landing_page=cut(visit.landing_page),
        referrer=cut(visit.referrer),
        click_id=cut(visit.click_id),
        session=(visit.session or "")[:64] or None,
    )
