"""What is told to the outside: web hooks and what became of them; mail and its templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_store.records.calls import Ref
from crm_store.records.words import DeliveryState, EmailState


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHook:
    """An address that is told of what happens here.

    ``events`` are the types of event that it wants, as globs: ``call.*``, ``lead.won``, ``*``.
    ``secret`` signs what it is sent (``whsec_…``, given by the store where it is empty). The
    last three fields are what delivering has shown; writing a hook ignores them.
    """

    url: str
    events: tuple[str, ...]
    description: str = ""
    is_active: bool = True
    secret: str = ""
    id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1
    failures: int = 0
    """How many attempts have failed since the last one that did not."""
    failing_since: datetime | None = None
    problem: str | None = None
    """What the last attempt came to, where it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to deliver. ``status`` is that of HTTP, None where there was no answer."""

    at: datetime
    status: int | None = None
    error: str | None = None
    seconds: float = 0.0
    answer: str = ""
    """The first kilobyte of what was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one web hook. ``attempts`` are the last twenty."""

    id: int
    hook_id: int
    event_id: str
    event_type: str
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    tries: int = 0
    delivered_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. ``payload`` is the JSON text that is sent for it, as it is."""

    id: int
    event_id: str
    type: str
    at: datetime
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate:
    """What a mail says, with ``{name}`` and the like where it differs from one to the next.

    ``html`` may be empty: then the mail is plain text.
    """

    name: str
    subject: str
    text: str
    html: str = ""
    description: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """One mail, rendered, and what became of it."""

    id: int
    template: str
    to: str
    subject: str
    text: str
    html: str
    cause: str
    about: Ref | None
    state: EmailState
    message_id: str
    created_at: datetime
    due_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    problem: str | None = None
    """What kept it from being sent, in the server's words where it had any."""
    token: str = ""
    """What the link to unsubscribe ends with; for whoever sends it, and empty for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribedAddress:
    """An address that is sent nothing any more."""

    address: str
    unsubscribed_at: datetime
    via: str
    """``link``, ``one_click``, or the user who wrote it down."""
