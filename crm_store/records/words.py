"""The words that a record may hold: one enumeration for each closed list."""

from __future__ import annotations

from enum import StrEnum


class PersonType(StrEnum):
    """Where a caller can be on file, in the order in which a look-up prefers them."""

    CONTACT = "contact"
    LEAD = "lead"
    ACCOUNT = "account"
    PERSON_ACCOUNT = "person_account"


class Direction(StrEnum):
    """Who called whom: a stranger us, we a stranger, or one of us another."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """What a call came to. ``answered``: a human was bridged with the caller, nothing less."""

    ANSWERED = "answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"


class MissedReason(StrEnum):
    """Why nobody spoke with the caller."""

    ABANDONED = "abandoned"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    CLOSED = "closed"
    FAILED = "failed"


class TransferKind(StrEnum):
    """How a call was handed on.

    Blind: without waiting for an answer. Attended: after speaking with the target.
    Blonde: the consultation was still ringing when the transferrer let go.
    """

    BLIND = "blind"
    ATTENDED = "attended"
    BLONDE = "blonde"


class Enrichment(StrEnum):
    """What became of looking the caller up while the call rang."""

    ENRICHED = "enriched"
    OVER_BUDGET = "over_budget"
    NOT_ASKED = "not_asked"
    FAILED = "failed"


class RouteKind(StrEnum):
    """What a tracking number rings."""

    EXTENSION = "extension"
    RING_GROUP = "ring_group"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"


class ListName(StrEnum):
    """The two lists that a number can be on."""

    VIP = "vip"
    BLOCKED = "blocked"


class CallType(StrEnum):
    """The five kinds of call that an activity can tell of."""

    OUTBOUND_ANSWERED = "outbound_answered"
    OUTBOUND_UNANSWERED = "outbound_unanswered"
    INBOUND_ANSWERED = "inbound_answered"
    MISSED = "missed"
    VOICEMAIL = "voicemail"


class ActivityStatus(StrEnum):
    """Whether an activity still waits for somebody."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class LeadState(StrEnum):
    """Where a lead is in its life; each of the configured statuses belongs to one state."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WON = "won"
    LOST = "lost"


class OpportunityState(StrEnum):
    """Whether an opportunity may still be won."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class CaseStatus(StrEnum):
    """Whether a case still waits for an answer."""

    OPEN = "open"
    CLOSED = "closed"


class ActivityKind(StrEnum):
    """What there is to do, or was done."""

    CALL = "call"
    TASK = "task"
    EMAIL = "email"
    MEETING = "meeting"


class Role(StrEnum):
    """What a user may do: his groups' records; everybody's; everything."""

    AGENT = "agent"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class ProductKind(StrEnum):
    """What a customer may be interested in: something to ship, or something to do for him."""

    PHYSICAL = "physical"
    SERVICE = "service"


class TimeUnit(StrEnum):
    """The unit of an estimated completion time. A month and a year are the calendar's."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class DeliveryState(StrEnum):
    """Whether an event has reached a web hook. Failed: every attempt was made, none got through."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class EmailState(StrEnum):
    """How far a mail has come.

    Failed: the server refused it, or every attempt was made. Unsubscribed: whom it was for
    wanted none by then.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSUBSCRIBED = "unsubscribed"
