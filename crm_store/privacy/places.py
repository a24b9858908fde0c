"""Where people are kept: every table of the store, and what erasing does with its rows.

A table that is not in :data:`PLACES` fails a test: whoever adds one says here whether somebody's
number, address or name can be in it. Every column that holds text is searched unless its place
says that it is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from crm_store.engines.column_types import Json, StorableText
from crm_store.privacy.found import Found
from crm_store.records import PersonType
from crm_store.tables import (
    activities,
    call_forms,
    cases,
    emails,
    form_submissions,
    history,
    mail_addresses,
    match_keys,
    merges,
    metadata,
    not_duplicates,
    notes,
    number_leases,
    opportunities,
    phone_numbers,
    search_words,
)

Condition = sa.ColumnElement[bool]
Tied = Callable[[Found], Condition]


class Rule(StrEnum):
    """What erasing does with a row of a table."""

    OURS = "ours"
    """Nothing: it is about us, or says nothing about anybody."""
    CLEAN = "clean"
    """Takes the numbers and addresses out of its texts."""
    DELETE = "delete"
    """Deletes it when it names one of them, or belongs to somebody who is erased."""
    PART = "part"
    """Deletes what belongs to somebody who is erased, and cleans the rest."""
    RECORD = "record"
    """Is done record by record: see ``erasure``. What is left is cleaned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One table: its rule, which rows belong to who is meant, and columns that can name nobody."""

    rule: Rule
    why: str = ""
    tied: Tied | None = None
    shown: Tied | None = None
    """Rows that are given out besides."""
    harmless: frozenset[str] = frozenset()


def _by(type_: sa.Column[str], key: sa.Column[int]) -> Tied:
    """Rows that point to a record that is gone, by its type and id."""

    def condition(found: Found) -> Condition:
        return sa.or_(
            sa.false(),
            *(
                sa.and_(type_ == kind, key.in_(found.ids(kind)))
                for kind in sorted({kind for kind, _ in found.gone})
            ),
        )

    return condition


def _history(found: Found) -> Condition:
    columns = history.c
    return sa.or_(
        sa.false(),
        *(
            sa.and_(columns.object_type == kind, columns.object_key.in_(map(str, found.ids(kind))))
            for kind in sorted({kind for kind, _ in found.gone})
        ),
    )


def _merges(found: Found) -> Condition:
    its = merges.c
    return sa.or_(
        _by(its.record_type, its.winner_id)(found), _by(its.record_type, its.loser_id)(found)
    )


def _pairs(found: Found) -> Condition:
    its = not_duplicates.c
    return sa.or_(_by(its.record_type, its.low_id)(found), _by(its.record_type, its.high_id)(found))


def _leases(found: Found) -> Condition:
    sessions = {call.visitor_session for call in found.calls} - {None}
    return number_leases.c.session.in_(sessions)


def _call_forms(found: Found) -> Condition:
    its = [(call.pbx, call.linkedid) for call in found.calls]
    return sa.tuple_(call_forms.c.pbx, call_forms.c.linkedid).in_(its)


def _cases(found: Found) -> Condition:
    return cases.c.contact_id.in_(found.ids(PersonType.CONTACT))


def _opportunities(found: Found) -> Condition:
    columns = opportunities.c
    return sa.or_(
        columns.contact_id.in_(found.ids(PersonType.CONTACT)),
        columns.account_id.in_(found.ids(PersonType.ACCOUNT)),
        columns.lead_id.in_(found.ids(PersonType.LEAD)),
    )


def _addresses(found: Found) -> Condition:
    return sa.func.lower(mail_addresses.c.address).in_(found.subject.emails)


def _mail(found: Found) -> Condition:
    return sa.and_(_addresses(found), mail_addresses.c.unsubscribed_at.is_(None))


_OURS = Place(rule=Rule.OURS, why="ours")
_PERSON = Place(
    rule=Rule.RECORD,
    harmless=frozenset(
        {"owner", "owner_group", "first_call_pbx", "first_call_linkedid", "tracking_number"}
    ),
)

PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("leads", "contacts", "accounts", "person_accounts"), _PERSON),
    "phone_numbers": Place(
        rule=Rule.DELETE,
        why="taken off people who stay",
        tied=_by(phone_numbers.c.person_type, phone_numbers.c.person_id),
        harmless=frozenset({"person_type"}),
    ),
    "calls": Place(
        rule=Rule.RECORD,
        why="stay as figures",
        harmless=frozenset({"pbx", "linkedid", "call_id", "tracking_number", "dialled_e164"}),
    ),
    "activities": Place(
        rule=Rule.RECORD,
        tied=_by(activities.c.person_type, activities.c.person_id),
        harmless=frozenset({"pbx", "linkedid", "owner", "owner_group"}),
    ),
    "cases": Place(rule=Rule.RECORD, tied=_cases),
    "opportunities": Place(
        rule=Rule.RECORD, why="stay as figures, without a name", tied=_opportunities
    ),
    "notes": Place(rule=Rule.PART, tied=_by(notes.c.object_type, notes.c.object_id)),
    "history": Place(
        rule=Rule.CLEAN,
        why="who did what and when stays; of records that are gone no value does",
        tied=_history,
        harmless=frozenset({"object_key", "actor"}),
    ),
    "events": Place(rule=Rule.DELETE, why="their deliveries go with them"),
    "web_hook_deliveries": Place(
        rule=Rule.CLEAN, why="what a receiver answered", harmless=frozenset({"event_id"})
    ),
    "emails": Place(rule=Rule.DELETE, tied=_by(emails.c.object_type, emails.c.object_id)),
    "mail_addresses": Place(
        rule=Rule.DELETE,
        why="but for who wants no mail: forgetting that would be writing to him again",
        tied=_mail,
        shown=_addresses,
        harmless=frozenset({"address", "token"}),
    ),
    "form_submissions": Place(
        rule=Rule.DELETE,
        tied=_by(form_submissions.c.record_type, form_submissions.c.record_id),
        harmless=frozenset({"token"}),
    ),
    "number_leases": Place(
        rule=Rule.DELETE,
        why="the web visits behind the calls",
        tied=_leases,
        harmless=frozenset({"number"}),
    ),
    "call_forms": Place(rule=Rule.DELETE, tied=_call_forms, harmless=frozenset({"linkedid"})),
    "unfinished_calls": Place(rule=Rule.DELETE, harmless=frozenset({"linkedid"})),
    "listed_numbers": Place(rule=Rule.DELETE, why="the VIP and the blocked list"),
    "idempotency_keys": Place(rule=Rule.DELETE, harmless=frozenset({"fingerprint"})),
    "import_problems": Place(rule=Rule.DELETE),
    "imports": Place(
        rule=Rule.CLEAN,
        why="the uploaded file itself is not searched: delete it when its import is done",
        harmless=frozenset({"digest"}),
    ),
    "merges": Place(rule=Rule.DELETE, why="a merge can then not be undone", tied=_merges),
    "not_duplicates": Place(rule=Rule.DELETE, tied=_pairs),
    "match_keys": Place(
        rule=Rule.DELETE, tied=_by(match_keys.c.person_type, match_keys.c.person_id)
    ),
    "search_words": Place(rule=Rule.DELETE, tied=_by(search_words.c.type, search_words.c.id)),
    "recording_looks": Place(
        rule=Rule.CLEAN,
        why="who has listened stays",
        harmless=frozenset({"linkedid", "user_name", "address"}),
    ),
    "erased_numbers": Place(rule=Rule.OURS, why="hashes"),
    "sign_in_failures": Place(rule=Rule.OURS, why="hashes"),
    **dict.fromkeys(
        (
            *("users", "user_extensions", "groups", "group_members", "products", "campaigns"),
            *("business_hours", "tracking_numbers", "settings", "journal_positions"),
            "pbx_leases",
            *("credentials", "signing_keys", "last_ids", "web_forms", "number_pools"),
            *("response_rules", "response_turns", "web_hooks", "email_templates"),
        ),
        _OURS,
    ),
}


def searched_columns(table: sa.Table) -> list[sa.Column[object]]:
    """The columns of a table that may name somebody."""
    place = PLACES[table.name]
    if place.rule is Rule.OURS:
        return []
    return [
        column
        for column in table.columns
        if isinstance(column.type, (StorableText, Json)) and column.name not in place.harmless
    ]


def tables_searched() -> list[sa.Table]:
    """Every table where somebody may be kept, in the order in which they refer to each other."""
    return [one for one in metadata.sorted_tables if PLACES[one.name].rule is not Rule.OURS]
