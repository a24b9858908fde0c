"""What calls leave in the CRM: the administrator's rules, as plain values.

They are renewed every two seconds while the bridge runs, so that a change holds for the next
call. ``docs/call-logging.md`` says each with an example.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from crm_store.errors import Problem
from crm_store.records import CallType, PersonType
from crm_store.subject_templates import parse_subject

if TYPE_CHECKING:
    from crm_store.reader import Reader


class Logging(StrEnum):
    """What a call with somebody on file leaves: an open task, a done one, or nothing."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    NOT_LOGGED = "not_logged"


class When(StrEnum):
    """At which hours of the number that was called: at any, or only while it is open."""

    ALWAYS = "always"
    BUSINESS_HOURS = "business_hours"


class RecordAt(StrEnum):
    """When the lead or activity appears: with the first ring, or only when the call is over."""

    RING = "ring"
    HANGUP = "hangup"


class UnknownNumber(StrEnum):
    """What a number that nobody on file has becomes."""

    LEAD = "lead"
    CONTACT = "contact"
    ACCOUNT = "account"
    PERSON_ACCOUNT = "person_account"
    NOTHING = "nothing"


class ShortCalls(StrEnum):
    """What a short call leaves: what its type does, what an unanswered one does, or nothing."""

    AS_USUAL = "as_usual"
    AS_UNANSWERED = "as_unanswered"
    NOT_LOGGED = "not_logged"


class LogTo(StrEnum):
    """What a contact's calls are put down to besides him: his newest open one of these."""

    NONE = "none"
    CASE = "case"
    OPPORTUNITY = "opportunity"


class LostLeadCalls(StrEnum):
    """What a call of a lost lead does: an activity on it, that and reopening it, or a new lead."""

    ACTIVITY = "activity"
    REOPEN = "reopen"
    NEW_LEAD = "new_lead"


SUBJECTS: dict[CallType, str] = {
    CallType.OUTBOUND_ANSWERED: "Outbound answered call[ to {name}][ by {agent}]",
    CallType.OUTBOUND_UNANSWERED: "Outbound unanswered call[ to {name}][ by {agent}][ ({reason})]",
    CallType.INBOUND_ANSWERED: (
        "Inbound answered call[ from {name}][ on {label}][ answered by {agent}]"
    ),
    CallType.MISSED: "Missed call[ from {name}][ on {label}][ ({reason})]",
    CallType.VOICEMAIL: "Voicemail[ from {name}][ on {label}]",
}
"""The subjects of activities until somebody has written others."""

USUAL_ORDER = tuple(PersonType)
"""Contact, lead, account, person account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTypeRule:
    """What calls of one type leave with somebody on file.

    ``subject`` is a template of :mod:`crm_store.subject_templates`; empty: the usual one.
    """

    log: Logging
    when: When = When.ALWAYS
    subject: str = ""


_DONE = CallTypeRule(log=Logging.COMPLETED)
_WAITS = CallTypeRule(log=Logging.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLoggingSettings:
    """The rules. The first five are for calls with somebody on file, each for its call type.

    A missed call and a voicemail stay in progress because somebody has to call back.
    ``unknown_…`` says what a stranger becomes, whatever the type of his call, and
    ``unknown_when`` at which hours he does. ``look_up`` is the order of those who have one
    number; within a type the most recently updated comes first. An activity belongs to the user
    who had the call, else to ``default_owner``, else to the owner of whom it is about. A call is
    short when people spoke for less than ``short_call_seconds`` (0: none is). ``log_to`` and
    ``create_case`` are for contacts alone.
    """

    name: ClassVar[str] = "call_logging"

    outbound_answered: CallTypeRule = _DONE
    outbound_unanswered: CallTypeRule = _DONE
    inbound_answered: CallTypeRule = _DONE
    missed: CallTypeRule = _WAITS
    voicemail: CallTypeRule = _WAITS
    unknown_inbound: UnknownNumber = UnknownNumber.LEAD
    unknown_outbound: UnknownNumber = UnknownNumber.NOTHING
    unknown_when: When = When.ALWAYS
    record_at: RecordAt = RecordAt.RING
    look_up: tuple[PersonType, ...] = USUAL_ORDER
    default_owner: str | None = None
    short_call_seconds: float = 0.0
    short_calls: ShortCalls = ShortCalls.AS_USUAL
    log_to: LogTo = LogTo.NONE
    create_case: bool = False
    lost_lead_calls: LostLeadCalls = LostLeadCalls.ACTIVITY

    def rule_of(self, kind: CallType) -> CallTypeRule:
        """The rule of a call type."""
        rule: CallTypeRule = getattr(self, kind.value)
        return rule

    def asks_for_hours(self) -> bool:
        """Whether it matters to any rule if a number was open."""
        rules = (self.rule_of(kind) for kind in CallType)
        whens = (self.unknown_when, *(rule.when for rule in rules))
        return When.BUSINESS_HOURS in whens

    def problems(self) -> list[Problem]:
        """What keeps these settings from being used, each by its key."""
        return list(self._problems())

    def problems_in(self, reader: Reader) -> list[Problem]:
        """What only the store knows: whether there is such a user."""
        owner = None if self.default_owner is None else reader.get("user", self.default_owner)
        if self.default_owner is None or (owner is not None and owner.is_active):
            return []
        return [
            Problem("default_owner", f"no user who works here is called {self.default_owner!r}")
        ]

    def _problems(self) -> Iterator[Problem]:
        for kind in CallType:
            try:
                parse_subject(self.rule_of(kind).subject)
            except ValueError as error:
                yield Problem(f"{kind.value}.subject", str(error))
        if sorted(self.look_up) != sorted(PersonType):
            named = ", ".join(PersonType)
            yield Problem("look_up", f"has to name each of these once: {named}")
        if not 0 <= self.short_call_seconds <= 3600:
            yield Problem("short_call_seconds", "has to be from 0 to 3600")
        if self.create_case and self.log_to is not LogTo.CASE:
            yield Problem("create_case", "needs log_to to be 'case'")


SETTING_NAMES = tuple(field.name for field in fields(CallLoggingSettings))
