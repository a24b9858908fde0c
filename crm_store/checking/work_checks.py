"""Whether activities, cases and opportunities can be as somebody typed them."""

from __future__ import annotations

from collections.abc import Iterator

from crm_store.checking.person_checks import (
    interest_problems,
    listing_problems,
    money_problems,
    probability_problems,
)
from crm_store.errors import Problem
from crm_store.kinds import CASE, OPPORTUNITY
from crm_store.reader import Reader
from crm_store.records import (
    Activity,
    ActivityKind,
    ActivityStatus,
    Case,
    Opportunity,
    OpportunityState,
    PersonType,
)
from crm_store.sales.lead_settings import LeadSettings, word_problem


def activity_problems(
    reader: Reader, activity: Activity, before: Activity | None
) -> Iterator[Problem]:
    """What keeps an activity from being written as it is typed."""
    about = activity.about if before is None or activity.about != before.about else None
    if about is not None and reader.get(about.type, about.id) is None:
        yield Problem("about", f"there is no {about.type.value.replace('_', ' ')} {about.id}")
    if activity.kind is ActivityKind.CALL and (before is None or _said(activity) != _said(before)):
        words = reader.settings(LeadSettings).call_results
        yield from word_problem("result", activity.result, words, "call_results")
    if before is None or activity.tags != before.tags:
        yield from listing_problems("tags", activity.tags)
    if activity.status is ActivityStatus.IN_PROGRESS and activity.completed_at is not None:
        yield Problem("completed_at", "is for a completed activity")
    if before is None and activity.call is not None:
        if reader.activity_of(*activity.call) is not None:
            yield Problem("call", "has an activity already")
        elif reader.call(*activity.call) is None:
            yield Problem("call", "there is no such call")
    yield from _work_problems(reader, activity, before)


def _said(activity: Activity) -> tuple[ActivityKind, str | None]:
    return activity.kind, activity.result


def _work_problems(
    reader: Reader, activity: Activity, before: Activity | None
) -> Iterator[Problem]:
    """A case and an opportunity are a contact's: never a lead's, nor a person account's."""

    def is_new(name: str) -> bool:
        if getattr(activity, name) is None:
            return False
        return before is None or any(
            getattr(activity, each) != getattr(before, each) for each in (name, "about")
        )

    about = activity.about
    contact_id = about.id if about is not None and about.type is PersonType.CONTACT else None
    account_id = about.id if about is not None and about.type is PersonType.ACCOUNT else None
    if is_new("case_id"):
        case: Case | None = reader.get(CASE.name, activity.case_id or 0)
        if case is None:
            yield Problem("case_id", f"there is no case {activity.case_id}")
        elif case.contact_id != contact_id:
            yield Problem(
                "case_id", f"is a case of contact {case.contact_id}, whom it is not about"
            )
    if is_new("opportunity_id"):
        its: Opportunity | None = reader.get(OPPORTUNITY.name, activity.opportunity_id or 0)
        if its is None:
            yield Problem("opportunity_id", f"there is no opportunity {activity.opportunity_id}")
        elif about is not None and not (
            (contact_id is not None and its.contact_id == contact_id)
            or (account_id is not None and its.account_id == account_id)
        ):
            yield Problem("opportunity_id", "is of somebody else than it is about")


def case_problems(reader: Reader, case: Case, before: Case | None) -> Iterator[Problem]:
    """What keeps a case from being written as it is typed."""
    if before is None or case.priority != before.priority:
        words = reader.settings(LeadSettings).case_priorities
        yield from word_problem("priority", case.priority, words, "case_priorities")


def opportunity_problems(
    reader: Reader, opportunity: Opportunity, before: Opportunity | None
) -> Iterator[Problem]:
    """What keeps an opportunity from being written as it is typed."""
    settings = reader.settings(LeadSettings)

    def is_new(name: str) -> bool:
        return bool(getattr(opportunity, name) != getattr(before or _NOTHING, name))

    is_nobodys = opportunity.contact_id is None and opportunity.account_id is None
    if is_nobodys and (before is None or is_new("contact_id") or is_new("account_id")):
        yield Problem("contact_id", "is required, or an account_id")
    if is_new("state"):
        action = {"open": "reopen", "won": "win", "lost": "lose"}[opportunity.state]
        yield Problem("state", f"is not edited; the action is: {action}")
    if is_new("closed_at"):
        yield Problem("closed_at", "is set by winning and losing")
    if is_new("lost_reason"):
        if opportunity.state is not OpportunityState.LOST:
            yield Problem("lost_reason", "is for a lost opportunity; the action is: lose")
        elif opportunity.lost_reason is None:
            yield Problem("lost_reason", "is required for a lost opportunity")
        else:
            words = settings.lost_reasons
            yield from word_problem("lost_reason", opportunity.lost_reason, words, "lost_reasons")
    for name, key in (("stage", "opportunity_stages"), ("source", "sources")):
        if is_new(name):
            yield from word_problem(name, getattr(opportunity, name), getattr(settings, key), key)
    if is_new("probability"):
        yield from probability_problems(opportunity.probability)
    yield from money_problems(opportunity, before, "amount", settings.currencies)
    if is_new("products"):
        yield from interest_problems(opportunity.products)


_NOTHING = Opportunity(name="")
