"""Other ways in than a call: web forms, visitors of web pages, and how a new lead is responded to.

What a stranger sends is cut to the lengths that are written here; his own words are kept whole
in the submission.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from crm_store.records.calls import Ref
from crm_store.records.words import ActivityKind

LONGEST_LANDING_PAGE = 2_000
"""How many characters of a page's address stay on a call, a lead and a lease."""
LONGEST_WORD = 200
"""How many characters stay of a source, medium, campaign, keyword or click id."""


class WebFormKind(StrEnum):
    """What somebody wants who fills a form in."""

    CONTACT_ME = "contact_me"
    FREE_TRIAL = "free_trial"
    EVENT_REGISTRATION = "event_registration"


class FieldType(StrEnum):
    """How a field of a form is shown and checked."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    TEXTAREA = "textarea"
    CHOICE = "choice"
    CHECKBOX = "checkbox"


class SubmissionStatus(StrEnum):
    """Whether what was sent became a lead or activity, or was kept as spam."""

    ACCEPTED = "accepted"
    SPAM = "spam"


class SpamReason(StrEnum):
    """Why a submission was taken for spam."""

    HONEYPOT = "honeypot"
    NO_TOKEN = "no_token"  # noqa: S105 - no password
    TOO_FAST = "too_fast"
    TOO_OLD = "too_old"
    REPLAYED = "replayed"
    LINKS = "links"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form. ``choices`` are those of a ``choice``."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebForm:
    """A form that strangers fill in on a web page.

    ``name`` is part of its address: small letters, digits and dashes. Fields that are called
    like a lead's (``name``, ``company``, ``message`` …) fill it; the rest goes into its comment.
    ``country`` says how numbers without a country code are read. After a submission the visitor
    is sent to ``redirect_url`` or, without one, reads ``thank_you``. Pages from
    ``allowed_origins`` (``https://example.com``, or ``*``) may send it. ``auto_response`` names
    the template of the e-mail that answers it.
    """

    name: str
    title: str
    fields: tuple[FormField, ...]
    kind: WebFormKind = WebFormKind.CONTACT_ME
    campaign: str | None = None
    source: str | None = None
    product: str | None = None
    event: str | None = None
    owner_group: str | None = None
    auto_response: str | None = None
    thank_you: str = "Thank you. We have received your message."
    redirect_url: str | None = None
    allowed_origins: tuple[str, ...] = ()
    country: str | None = None
    is_active: bool = True
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What brought a visitor to a web page."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    keyword: str | None = None
    landing_page: str | None = None
    referrer: str | None = None
    click_id: str | None = None
    session: str | None = None
    is_shared: bool = False
    """Whether another visitor was shown the same number at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmission:
    """What somebody sent through a form, whole, and what became of it.

    ``token`` is the one that the form was given when it was shown: two submissions with one are
    a double click. ``record`` is the lead or activity that it became.
    """

    form: str
    status: SubmissionStatus
    values: dict[str, str]
    visit: Visit
    page_url: str | None = None
    reason: SpamReason | None = None
    token: str | None = None
    record: Ref | None = None
    email: str | None = None
    e164: str | None = None
    address: str = ""
    user_agent: str = ""
    id: int | None = None
    received_at: datetime | None = None
    accepted_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPool:
    """Tracking numbers of which each visitor of a web page is shown one of his own.

    A visitor keeps his for ``session_minutes`` after he was last on the page. ``fallback`` is
    shown when the pool can't give one.
    """

    name: str
    numbers: tuple[str, ...]
    session_minutes: int = 30
    fallback: str | None = None
    allowed_origins: tuple[str, ...] = ()
    is_active: bool = True
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLease:
    """One visitor was shown one number, from ``started_at`` up to ``ends_at``.

    ``is_shared``: all numbers were taken when he came, so another visitor was shown it too.
    """

    number: str
    pool: str
    visit: Visit
    started_at: datetime
    ends_at: datetime
    seen_at: datetime
    is_shared: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Times of the week by the clock of one time zone; ``weekdays`` from 0, Monday.

    From ``starts`` up to but not at ``ends``; with ``ends`` before ``starts`` it goes over
    midnight and belongs to the day on which it began. Both alike: the whole day.
    """

    time_zone: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    starts: time = time(0, 0)
    ends: time = time(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When a rule is for a lead: all that are set have to hold; of a list, any one.

    ``countries`` are ISO 3166-1 (``AU``), ``regions`` as on the lead (``AU-NSW``),
    ``number_prefixes`` beginnings of E.164 numbers (``+612``). ``origins`` are ``call``,
    ``form``, ``import`` and ``api``; ``forms`` the names of web forms.
    """

    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    number_prefixes: tuple[str, ...] = ()
    employees_min: int | None = None
    employees_max: int | None = None
    products: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    window: TimeWindow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedActivity:
    """Something to do about a new lead, ``due_in_hours`` after it came."""

    subject: str
    kind: ActivityKind = ActivityKind.TASK
    due_in_hours: float = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What a rule does with a lead.

    ``owner`` is a user; or ``round_robin`` a group whose users take turns. ``response`` is the
    name of the answer that it is to be given, ``auto_response`` the template of an e-mail that
    is sent at once.
    """

    category: str | None = None
    priority: str | None = None
    type: str | None = None
    owner_group: str | None = None
    unit: str | None = None
    owner: str | None = None
    round_robin: str | None = None
    response: str | None = None
    auto_response: str | None = None
    activity: PlannedActivity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRule:
    """What is done with a new lead when it comes.

    Rules are asked in the order of ``position``, of one position by name; a new one goes last.
    """

    name: str
    position: int = 1_000
    conditions: Conditions = Conditions()
    actions: Actions = Actions()
    comment: str = ""
    is_active: bool = True
    version: int = field(default=1, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)
