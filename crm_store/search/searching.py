"""Search as somebody types: people and calls by name, company, e-mail, number or call ID.

Every question that it asks is a short range of an index, so that a million people take as long as
a thousand. A word is found from its beginning; a number in any form, from its beginning as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import phonenumbers
import sqlalchemy as sa

from crm_store import rows
from crm_store.access.visibility import sees, visible_to
from crm_store.call_ids import CALL_ID_ALPHABET, read_call_id
from crm_store.numbers import digits_of, to_e164
from crm_store.reader import Reader
from crm_store.records import CallRecord, PersonType, User
from crm_store.search.words import LAST, fold, split_words
from crm_store.tables import PERSON_TABLES, accounts, calls, contacts, phone_numbers, search_words

MOST = 50
_CANDIDATES = (100, 1_000)
"""How many are looked at, and how many where the user sees too few of those."""
_AT_A_TIME = 100
_MOST_LOOKED_AT = 8_000
"""How many people with one word are looked at for the others: words that half of all have."""
_FEWEST_DIGITS = 3
_PERSONS_CALLED = 10
_CALLS_LOOKED_AT = 3
"""How many times as many calls as are wanted are looked at for those that the user sees."""
_NUMBER = re.compile(r"[\s+()./\-0-9\u00a0\u2010-\u2015]+")
_LAST_OF_CALL_IDS = max(CALL_ID_ALPHABET)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Somebody who was found: enough to be chosen from a list."""

    type: PersonType
    id: int
    name: str
    company: str | None
    email: str | None
    owner: str | None
    phone_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, the best first; calls newest first."""

    people: tuple[FoundPerson, ...]
    calls: tuple[CallRecord, ...]


Key = tuple[str, int]


def search(
    reader: Reader, text: str, *, user: User, country: str | None = None, limit: int = 10
) -> Found:
    """What a user sees of the people and calls that this text may mean.

    ``country`` is that of numbers without a country code. Nothing is found for nothing.
    """
    text = text.strip()[:200]
    words = [fold(part) for part in text.split() if "@" in part] or split_words(text)
    numbers = number_beginnings(text, country)
    people: list[FoundPerson] = []
    for most in _CANDIDATES:
        keys = [*_by_number(reader, numbers, most), *_by_words(reader, words, most)]
        people = _people(reader, keys, user, words, limit)
        if len(people) >= limit or len(keys) < most:
            break
    people += _of_companies(reader, people, user, limit - len(people))
    return Found(
        people=tuple(people),
        calls=tuple(_calls(reader, text, numbers, people, user, limit)),
    )


def number_beginnings(text: str, country: str | None) -> list[str]:
    """How an E.164 number may begin that is written like this; none for a text that is no number.

    ``0491 5`` in Australia, ``+61 491 5``, ``0061 4915`` and ``614915`` are the same beginning.
    """
    digits = digits_of(text)
    if not _NUMBER.fullmatch(text) or len(digits) < _FEWEST_DIGITS:
        return []
    if (whole := to_e164(text, country)) is not None:
        return [whole]
    if text.startswith("+"):
        return [f"+{digits}"]
    found = [f"+{digits[2:]}" if digits.startswith("00") else f"+{digits}"]
    code = _country_code(country)
    if code is not None:
        found.append(
            f"+{code}{digits.lstrip('0')}" if digits.startswith("0") else f"+{code}{digits}"
        )
    return [one for one in found if len(one) > _FEWEST_DIGITS]


def _country_code(country: str | None) -> int | None:
    return phonenumbers.country_code_for_region(country.upper()) or None if country else None


def _begins(column: sa.ColumnElement[Any], beginning: str, last: str) -> sa.ColumnElement[bool]:
    return sa.and_(column >= beginning, column <= beginning + last)


_NINES = "9" * 15


def _by_number(reader: Reader, beginnings: Sequence[str], most: int) -> list[Key]:
    found: list[Key] = []
    for one in beginnings:
        query = (
            sa.select(phone_numbers.c.person_type, phone_numbers.c.person_id)
            .where(_begins(phone_numbers.c.e164, one, _NINES))
            .order_by(phone_numbers.c.e164)
            .limit(most)
        )
        found += [(kind, int(key)) for kind, key in reader.ask(query)]
    return found


def _by_words(reader: Reader, words: Sequence[str], most: int) -> list[Key]:
    if not words:
        return []
    words = _rarest_first(reader, words) if len(words) > 1 else words
    driver = (
        sa.select(search_words.c.type, search_words.c.id)
        .where(_has(search_words, words[0]))
        .order_by(search_words.c.word)
        .limit(_MOST_LOOKED_AT if len(words) > 1 else most)
        .subquery("driver")
    )
    query = sa.select(driver.c.type, driver.c.id)
    for number, word in enumerate(words[1:]):
        other = search_words.alias(f"other_{number}")
        its = sa.and_(other.c.type == driver.c.type, other.c.id == driver.c.id, _has(other, word))
        query = query.where(sa.exists(sa.select(sa.literal_column("1")).where(its)))
    return [(kind, int(key)) for kind, key in reader.ask(query.limit(most))]


def _has(table: Any, word: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.word >= word, table.c.word < word + LAST)


def _rarest_first(reader: Reader, words: Sequence[str]) -> list[str]:
    def how_many(word: str) -> int:
        some = sa.select(search_words.c.id).where(_has(search_words, word))
        some = some.limit(_MOST_LOOKED_AT // 4)
        return int(reader.ask(sa.select(sa.func.count()).select_from(some.subquery()))[0][0])

    return sorted(words, key=lambda word: (how_many(word), -len(word)))


def _people(
    reader: Reader, keys: Iterable[Key], user: User, words: Sequence[str], limit: int
) -> list[FoundPerson]:
    found: list[tuple[Any, PersonType, Mapping[str, Any]]] = []
    remaining = iter(dict.fromkeys(keys))
    while len(found) < limit and (some := list(islice(remaining, _AT_A_TIME))):
        for kind in sorted({kind for kind, _ in some}):
            person_type = PersonType(kind)
            ids = [key for each, key in some if each == kind]
            wanted = PERSON_TABLES[person_type].c.id.in_(ids)
            theirs = _rows(reader, person_type, wanted, user)
            found += [(_rank(row, words), person_type, row) for row in theirs]
    found.sort(key=lambda one: one[0])
    return _shown(reader, [(kind, row) for _, kind, row in found[:limit]])


def _of_companies(
    reader: Reader, people: Sequence[FoundPerson], user: User, limit: int
) -> list[FoundPerson]:
    """Who works at the companies that were found."""
    ids = [one.id for one in people if one.type is PersonType.ACCOUNT]
    if not ids or limit <= 0:
        return []
    known = {one.id for one in people if one.type is PersonType.CONTACT}
    theirs = _rows(reader, PersonType.CONTACT, contacts.c.account_id.in_(ids), user, limit=limit)
    return _shown(reader, [(PersonType.CONTACT, row) for row in theirs if row["id"] not in known])


def _rows(
    reader: Reader,
    kind: PersonType,
    wanted: sa.ColumnElement[bool],
    user: User,
    limit: int | None = None,
) -> Sequence[Mapping[str, Any]]:
    table = PERSON_TABLES[kind]
    company: sa.ColumnElement[Any] = sa.null()
    source: Any = table
    if kind is PersonType.CONTACT:
        source, company = (
            table.outerjoin(accounts, accounts.c.id == table.c.account_id),
            accounts.c.name,
        )
    elif kind is PersonType.LEAD:
        company = table.c.company
    columns = (table.c.id, table.c.name, table.c.email, table.c.owner, table.c.updated_at)
    query = sa.select(*columns, company.label("company")).select_from(source).where(wanted)
    seen = visible_to(kind, user)
    if seen is not None:
        query = query.where(seen)
    return reader.connection.execute(query.limit(limit)).mappings().all()  # type: ignore[return-value]


def _rank(row: Mapping[str, Any], words: Sequence[str]) -> tuple[int, int, float, str]:
    """Whole words before beginnings of words, names before companies, the newest before others."""
    name, company = set(split_words(row["name"])), set(split_words(row["company"] or ""))
    in_name = sum(word in name for word in words)
    in_company = sum(word in company for word in words)
    begins = any(each.startswith(word) for each in name for word in words)
    return (-(2 * in_name + in_company), -int(begins), -row["updated_at"].timestamp(), row["name"])


def _shown(
    reader: Reader, found: Sequence[tuple[PersonType, Mapping[str, Any]]]
) -> list[FoundPerson]:
    numbers: dict[Key, list[str]] = {}
    for kind in {kind for kind, _ in found}:
        ids = [row["id"] for each, row in found if each is kind]
        query = sa.select(phone_numbers.c.person_id, phone_numbers.c.e164, phone_numbers.c.raw)
        query = query.where(phone_numbers.c.person_type == kind, phone_numbers.c.person_id.in_(ids))
        for key, e164, raw in reader.ask(query.order_by(phone_numbers.c.id)):
            numbers.setdefault((kind, int(key)), []).append(e164 or raw)
    return [
        FoundPerson(
            type=kind,
            id=row["id"],
            name=row["name"],
            company=row["company"],
            email=row["email"],
            owner=row["owner"],
            phone_numbers=tuple(numbers.get((kind, row["id"]), ())),
        )
        for kind, row in found
    ]


def _calls(
    reader: Reader,
    text: str,
    beginnings: Sequence[str],
    people: Sequence[FoundPerson],
    user: User,
    limit: int,
) -> list[CallRecord]:
    found: dict[tuple[str, str], CallRecord] = {}

    def look(wanted: sa.ColumnElement[bool], order: sa.ColumnElement[Any]) -> None:
        query = sa.select(calls).where(wanted).order_by(order).limit(_CALLS_LOOKED_AT * limit)
        kept = 0
        for row in reader.connection.execute(query).mappings().all():
            record = rows.call_from_row(row)
            if kept < limit and sees(reader, user, record):
                found[record.pbx, record.linkedid] = record
                kept += 1

    call_id = read_call_id(text)
    if 2 <= len(call_id) <= 12 and set(call_id) <= set(CALL_ID_ALPHABET):
        look(_begins(calls.c.call_id, call_id, _LAST_OF_CALL_IDS * 12), calls.c.call_id)
    numbers = beginnings or [
        each for one in people[:_PERSONS_CALLED] for each in one.phone_numbers if each[:1] == "+"
    ]
    for column in (calls.c.caller_e164, calls.c.dialled_e164):
        if beginnings:
            for one in beginnings:
                if to_e164(one) == one:
                    look(column == one, calls.c.started_at.desc())
                if len(found) < limit:
                    look(_begins(column, one, _NINES), column)
        elif numbers:
            look(column.in_(numbers), calls.c.started_at.desc())
    newest = sorted(found.values(), key=lambda one: one.started_at, reverse=True)
    return sorted(newest, key=lambda one: one.call_id != call_id)[:limit]
