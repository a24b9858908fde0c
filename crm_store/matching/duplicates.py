"""Who may be on file twice: found by what two records have in common, reviewed side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_store.documents import plain
from crm_store.errors import NotPossible
from crm_store.kinds import KINDS, read_phone_numbers
from crm_store.matching.hanging import count_of
from crm_store.matching.likeness import Features, compare
from crm_store.matching.merging import fields_of_merge, merged_fields
from crm_store.reader import Reader
from crm_store.records import PersonType
from crm_store.tables import accounts, contacts, match_keys, not_duplicates, phone_numbers
from crm_store.writer import Writer

LIKELY = 60.0
"""From this score on a pair is shown unless somebody asks for another one."""

_MOST_PER_BLOCK = 200
"""More people than this with one key in common are compared with their neighbours only."""
_NEIGHBOURS = 20
_BLOCKS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record that may be the same as another one: how sure it is (0 to 100), and why."""

    id: int
    name: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records of one type that may be one."""

    record_type: PersonType
    first_id: int
    second_id: int
    first_name: str
    second_name: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPair:
    """One field of two records; ``merged`` is what a merge of the second into the first makes of
    it unless somebody chooses."""

    field: str
    first: Any
    second: Any
    merged: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """Two records for review: field by field, and how much hangs on each."""

    pair: Pair
    first_version: int
    second_version: int
    fields: tuple[FieldPair, ...]
    first_hanging: dict[str, int]
    second_hanging: dict[str, int]
    is_marked_different: bool


def candidates_of(
    reader: Reader,
    record_type: PersonType,
    record_id: int,
    *,
    least: float = LIKELY,
    with_marked: bool = False,
) -> list[Candidate]:
    """Who may be the same as one record, the likeliest first; without those that somebody has
    said are others. Raises RecordNotFound."""
    if reader.get(record_type.value, record_id) is None:
        raise reader.missing(record_type.value, record_id)
    others = _sharing(reader, record_type, record_id)
    if not with_marked:
        others -= _marked(reader, record_type, record_id)
    features = _features(reader, record_type, [record_id, *others])
    one = features.get(record_id)
    if one is None:
        return []
    found = []
    for other_id in others:
        if (other := features.get(other_id)) is None:
            continue
        likeness = compare(record_type.value, one, other)
        if likeness.score >= least:
            found.append(
                Candidate(
                    id=other_id,
                    name=other.name,
                    score=likeness.score,
                    reasons=likeness.reasons,
                )
            )
    return sorted(found, key=lambda each: (-each.score, each.id))


def find_pairs(reader: Reader, record_type: PersonType, *, least: float = LIKELY) -> Iterator[Pair]:
    """Every pair of one type that may be one; each once, read as they are asked for.

    Only people are compared who share a number or a match key, and in a crowd that does (a
    thousand at one switchboard) each with his neighbours by name.
    """
    table = not_duplicates
    marked = sa.select(table.c.low_id, table.c.high_id).where(table.c.record_type == record_type)
    told = {(low, high) for low, high in reader.connection.execute(marked)}
    for blocks in _blocks(reader, record_type):
        yield from _pairs_in(reader, record_type, blocks, least, told)


def top_pairs(
    reader: Reader, record_type: PersonType, *, least: float = LIKELY, limit: int = 50
) -> list[Pair]:
    """The likeliest pairs among the first that are found, ten times as many as are wanted."""
    found: list[Pair] = []
    for pair in find_pairs(reader, record_type, least=least):
        found.append(pair)
        if len(found) >= limit * 10:
            break
    return sorted(found, key=lambda each: (-each.score, each.first_id, each.second_id))[:limit]


def side_by_side(
    reader: Reader, record_type: PersonType, first_id: int, second_id: int
) -> SideBySide:
    """Two records for review. Raises RecordNotFound, and NotPossible for one and itself."""
    if first_id == second_id:
        raise NotPossible("a record is no duplicate of itself")
    kind = KINDS[record_type.value]
    records = []
    for record_id in (first_id, second_id):
        record = reader.get(kind.name, record_id)
        if record is None:
            raise reader.missing(kind.name, record_id)
        records.append(record)
    first, second = records
    merged = merged_fields(kind, first, second, {})  # type: ignore[arg-type]
    features = _features(reader, record_type, [first_id, second_id])
    likeness = compare(record_type.value, features[first_id], features[second_id])
    return SideBySide(
        pair=Pair(
            record_type=record_type,
            first_id=first_id,
            second_id=second_id,
            first_name=first.name,
            second_name=second.name,
            score=likeness.score,
            reasons=likeness.reasons,
        ),
        first_version=first.version,
        second_version=second.version,
        fields=tuple(
            FieldPair(
                field=name,
                first=plain(getattr(first, name)),
                second=plain(getattr(second, name)),
                merged=plain(merged[name]),
            )
            for name in fields_of_merge(record_type)
        ),
        first_hanging=count_of(reader, record_type, first_id),
        second_hanging=count_of(reader, record_type, second_id),
        is_marked_different=second_id in _marked(reader, record_type, first_id),
    )


def mark_different(writer: Writer, record_type: PersonType, one: int, other: int) -> bool:
    """Remember that two records are two; tell whether that is news. Raises RecordNotFound."""
    if one == other:
        raise NotPossible("a record is no other than itself")
    for record_id in (one, other):
        writer.need(record_type.value, record_id)
    low, high = sorted((one, other))
    if high in _marked(writer, record_type, low):
        return False
    values = {
        "record_type": record_type,
        "low_id": low,
        "high_id": high,
        "said_at": writer.now,
        "said_by": writer.by.user,
    }
    writer.connection.execute(sa.insert(not_duplicates), values)
    return True


def unmark_different(writer: Writer, record_type: PersonType, one: int, other: int) -> bool:
    """Forget that two records are two; tell whether anybody had said so."""
    low, high = sorted((one, other))
    done = writer.connection.execute(
        sa.delete(not_duplicates).where(
            not_duplicates.c.record_type == record_type,
            not_duplicates.c.low_id == low,
            not_duplicates.c.high_id == high,
        )
    )
    return done.rowcount > 0


def _sharing(reader: Reader, record_type: PersonType, record_id: int) -> set[int]:
    """Who shares a number or a match key with one record."""
    is_type = record_type.value
    found: set[int] = set()
    for table, column in ((phone_numbers, "e164"), (match_keys, "key")):
        mine = sa.select(table.c[column]).where(
            table.c.person_type == is_type,
            table.c.person_id == record_id,
            table.c[column].is_not(None),
        )
        theirs = sa.select(table.c.person_id).where(
            table.c.person_type == is_type, table.c[column].in_(mine)
        )
        found.update(reader.connection.execute(theirs.limit(10_000)).scalars())
    return found - {record_id}


def _marked(reader: Reader, record_type: PersonType, record_id: int) -> set[int]:
    """Of whom somebody has said that he is another one."""
    table = not_duplicates
    query = sa.select(table.c.low_id, table.c.high_id).where(
        table.c.record_type == record_type,
        sa.or_(table.c.low_id == record_id, table.c.high_id == record_id),
    )
    rows = reader.connection.execute(query)
    return {low if high == record_id else high for low, high in rows}


def _blocks(reader: Reader, record_type: PersonType) -> Iterator[list[list[int]]]:
    """Groups of people who share a number or a match key, some groups at a time."""
    for table, column in ((phone_numbers, "e164"), (match_keys, "key")):
        shared = (
            sa.select(table.c[column])
            .where(table.c.person_type == record_type.value, table.c[column].is_not(None))
            .group_by(table.c[column])
            .having(sa.func.count(table.c.person_id.distinct()) > 1)
            .order_by(table.c[column])
        )
        keys = list(reader.connection.execute(shared).scalars())
        for first in range(0, len(keys), _BLOCKS_AT_A_TIME):
            some = keys[first : first + _BLOCKS_AT_A_TIME]
            query = sa.select(table.c[column], table.c.person_id).where(
                table.c.person_type == record_type.value, table.c[column].in_(some)
            )
            blocks: dict[str, set[int]] = {key: set() for key in some}
            for key, person_id in reader.connection.execute(query):
                blocks[key].add(person_id)
            yield [sorted(block) for block in blocks.values()]


def _pairs_in(
    reader: Reader,
    record_type: PersonType,
    blocks: Sequence[Sequence[int]],
    least: float,
    told: set[tuple[int, int]],
) -> Iterator[Pair]:
    features = _features(reader, record_type, sorted({one for block in blocks for one in block}))
    for block in blocks:
        known = [one for one in block if one in features]
        for one, other in _to_compare(known, features):
            key = (min(one, other), max(one, other))
            if key in told:
                continue
            first, second = features[key[0]], features[key[1]]
            likeness = compare(record_type.value, first, second)
            if likeness.score < least:
                continue
            told.add(key)
            yield Pair(
                record_type=record_type,
                first_id=key[0],
                second_id=key[1],
                first_name=first.name,
                second_name=second.name,
                score=likeness.score,
                reasons=likeness.reasons,
            )


def _to_compare(block: Sequence[int], features: dict[int, Features]) -> Iterator[tuple[int, int]]:
    if len(block) <= _MOST_PER_BLOCK:
        yield from ((one, other) for at, one in enumerate(block) for other in block[at + 1 :])
        return
    by_name = sorted(block, key=lambda one: features[one].name.casefold())
    for at, one in enumerate(by_name):
        yield from ((one, other) for other in by_name[at + 1 : at + 1 + _NEIGHBOURS])


def _features(
    reader: Reader, record_type: PersonType, record_ids: Iterable[int]
) -> dict[int, Features]:
    table = KINDS[record_type.value].table
    company: Any = sa.null()
    source: Any = table
    if record_type is PersonType.LEAD:
        company = table.c.company
    elif record_type is PersonType.CONTACT:
        company = accounts.c.name
        source = contacts.outerjoin(accounts, accounts.c.id == contacts.c.account_id)
    elif record_type is PersonType.PERSON_ACCOUNT:
        company = table.c.street
    found: dict[int, Features] = {}
    wanted = list(record_ids)
    for first in range(0, len(wanted), 1_000):
        some = wanted[first : first + 1_000]
        numbers = read_phone_numbers(reader.connection, record_type, some)
        query = sa.select(table.c.id, table.c.name, table.c.email, company).select_from(source)
        for row in reader.connection.execute(query.where(table.c.id.in_(some))):
            found[row[0]] = Features(
                name=row[1],
                email=row[2],
                company=row[3],
                numbers=tuple(n.e164 for n in numbers.get(row[0], ()) if n.e164),
            )
    return found
