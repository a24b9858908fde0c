"""Who is meant: the people on file under a number or an address, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crm_store.errors import InvalidRecord, Problem
from crm_store.privacy.subject import Subject, subject_of
from crm_store.reader import Reader
from crm_store.records import CallRecord, Direction, PersonType
from crm_store.rows import call_from_row
from crm_store.tables import (
    PERSON_TABLES,
    activities,
    calls,
    cases,
    phone_numbers,
    tracking_numbers,
)

Key = tuple[str, int]
"""A record: its type and id."""


@dataclass
class Found:
    """What is meant by a subject.

    ``whole`` are the people who are meant themselves; ``partly`` those who only have one of the
    numbers or the address, and other ones besides. ``hanging`` are the activities and cases of
    the former. ``calls`` are those that one of them made or was called by.
    """

    subject: Subject
    whole: dict[Key, Any] = field(default_factory=dict)
    partly: dict[Key, Any] = field(default_factory=dict)
    hanging: set[Key] = field(default_factory=set)
    calls: list[CallRecord] = field(default_factory=list)

    @property
    def gone(self) -> set[Key]:
        """Every record that is gone once they are erased."""
        return set(self.whole) | self.hanging

    def ids(self, type_: str) -> list[int]:
        """The ids of one type of those."""
        return sorted(key for kind, key in self.gone if kind == type_)

    @property
    def files(self) -> list[tuple[str, str]]:
        """The (pbx, path) of each recording of the calls."""
        return [(call.pbx, one.path) for call in self.calls for one in call.recordings]


def find_subject(reader: Reader, subject: Subject, *, is_everybody: bool = False) -> Found:
    """Find who is meant by a number or an address.

    Somebody is meant himself when he has no other number (for an address: when it is his);
    ``is_everybody`` takes everybody who has it. Raises InvalidRecord for a number of ours.
    """
    ours = sa.select(tracking_numbers.c.e164).where(tracking_numbers.c.e164.in_(subject.numbers))
    if reader.connection.execute(ours).first() is not None:
        raise InvalidRecord([Problem("subject", "is one of your own tracking numbers")])
    found = Found(subject)
    for key, person in people_named(reader, subject):
        theirs = subject_of(person.phone_numbers, person.email)
        is_meant = is_everybody or (
            theirs.emails <= subject.emails
            if subject.emails & theirs.emails and not subject.numbers
            else theirs.numbers <= subject.numbers
        )
        (found.whole if is_meant else found.partly)[key] = person
    return _completed(reader, found)


def find_people(reader: Reader, people: Iterable[Key]) -> Found:
    """Find what hangs on these people, whatever their numbers: they are meant themselves."""
    found = Found(Subject())
    for kind, key in people:
        person = reader.get(kind, key)
        if person is not None:
            found.whole[(kind, key)] = person
    return _completed(reader, found)


def people_named(reader: Reader, subject: Subject) -> Iterator[tuple[Key, Any]]:
    """Everybody on file under one of these numbers or addresses."""
    by_number = sa.select(phone_numbers.c.person_type, phone_numbers.c.person_id).where(
        sa.or_(phone_numbers.c.e164.in_(subject.numbers), subject.may_be_in(phone_numbers.c.raw))
    )
    keys = {(str(kind), int(key)) for kind, key in reader.connection.execute(by_number)}
    for kind, table in PERSON_TABLES.items():
        by_email = sa.select(table.c.id).where(sa.func.lower(table.c.email).in_(subject.emails))
        keys |= {(kind.value, key) for key in reader.connection.execute(by_email).scalars()}
    for type_, key in sorted(keys):
        person = reader.get(type_, key)
        if person is not None and _names(person, subject):
            yield (type_, key), person


def _names(person: Any, subject: Subject) -> bool:
    theirs = subject_of(person.phone_numbers, person.email)
    return bool(
        theirs.numbers & subject.numbers
        or theirs.emails & subject.emails
        or any(subject.is_in(number.raw) for number in person.phone_numbers)
    )


def _completed(reader: Reader, found: Found) -> Found:
    """With the other numbers of who is meant (those that are nobody else's), and what hangs."""
    for person in found.whole.values():
        theirs = subject_of(person.phone_numbers, person.email)
        kept = Subject()
        for key, other in people_named(reader, theirs):
            if key not in found.whole:
                kept |= subject_of(other.phone_numbers, other.email)
        found.subject |= Subject(theirs.numbers - kept.numbers, theirs.emails - kept.emails)
    found.hanging |= set(_hanging(reader, found))
    found.calls = list(_calls(reader, found))
    return found


def _hanging(reader: Reader, found: Found) -> Iterator[Key]:
    for kind in PersonType:
        its = [key for type_, key in found.whole if type_ == kind]
        query = sa.select(activities.c.id).where(
            activities.c.person_type == kind, activities.c.person_id.in_(its)
        )
        yield from (("activity", key) for key in reader.connection.execute(query).scalars())
    contacts = [key for type_, key in found.whole if type_ == PersonType.CONTACT]
    query = sa.select(cases.c.id).where(cases.c.contact_id.in_(contacts))
    yield from (("case", key) for key in reader.connection.execute(query).scalars())


def _calls(reader: Reader, found: Found) -> Iterator[CallRecord]:
    """The calls whose outsider is meant: by number, or by what they were put down to."""
    subject = found.subject
    named = subject.may_be_in(calls.c.caller_number, calls.c.dialled_number)
    conditions = [calls.c.caller_e164.in_(subject.numbers), named]
    conditions.append(calls.c.dialled_e164.in_(subject.numbers))
    for type_ in (*PersonType, "activity"):
        its = found.ids(type_)
        conditions.append(sa.and_(calls.c.record_type == type_, calls.c.record_id.in_(its)))
        conditions.append(sa.and_(calls.c.matched_type == type_, calls.c.matched_id.in_(its)))
    firsts = [one.first_call for one in found.whole.values() if one.first_call is not None]
    conditions += [
        sa.and_(calls.c.pbx == pbx, calls.c.linkedid == linkedid) for pbx, linkedid in firsts
    ]
    rows = reader.connection.execute(sa.select(calls).where(sa.or_(*conditions))).mappings().all()
    for call in map(call_from_row, rows):
        refs = {(ref.type, ref.id) for ref in (call.record, call.matched) if ref is not None}
        is_put_down = bool(refs & found.gone) or (call.pbx, call.linkedid) in firsts
        if is_put_down or _is_outsider(call, subject):
            yield call


def _is_outsider(call: CallRecord, subject: Subject) -> bool:
    if call.direction is Direction.INBOUND:
        return call.caller_e164 in subject.numbers or subject.is_in(call.caller_number)
    if call.direction is Direction.OUTBOUND:
        return call.dialled_e164 in subject.numbers or subject.is_in(call.dialled_number)
    return False
