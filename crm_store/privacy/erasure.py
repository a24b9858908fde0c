"""Giving out, and erasing, all there is about somebody: in one unit of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa

from crm_store.documents import plain
from crm_store.kinds import KINDS
from crm_store.privacy import tombstones
from crm_store.privacy.anonymous import anonymised
from crm_store.privacy.found import Found
from crm_store.privacy.places import PLACES, Rule, searched_columns, tables_searched
from crm_store.privacy.subject import ERASED, Subject, subject_of
from crm_store.reader import Reader
from crm_store.records import CallRecord
from crm_store.rows import call_to_row
from crm_store.tables import activities, calls, events, history, leads, notes, opportunities
from crm_store.writer import Writer

_SECRET = frozenset({"token", "password_hash", "digest", "secret"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased: people by their types and ids, and how many rows of each table."""

    people: tuple[str, ...]
    kept: tuple[str, ...]
    """People who stay, without the number or the address."""
    calls: int
    recordings: int
    rows: dict[str, int]


def tell_everything(reader: Reader, found: Found) -> dict[str, list[Any]]:
    """All there is about who is meant, by table: rows in plain values."""
    told: dict[str, list[Any]] = {"people": [], "calls": [plain(one) for one in found.calls]}
    for (kind, _), person in sorted({**found.whole, **found.partly}.items(), key=itemgetter(0)):
        told["people"].append({"record": kind, **plain(person)})
    skipped = {KINDS[name].table.name for name in ("lead", "contact", "account", "person_account")}
    for table in tables_searched():
        if table.name in skipped | {"phone_numbers", "search_words", "match_keys", "calls"}:
            continue
        rows = [_shown(row) for row in _rows(reader, table, found)]
        if rows:
            told[table.name] = rows
    return told


def erase(writer: Writer, found: Found) -> Erasure:
    """Erase who is meant. The files of ``found.files`` are the caller's to delete before.

    Calls and opportunities stay as figures. Web hooks are told which records are gone, by their
    ids alone.
    """
    counts: Counter[str] = Counter()
    recordings = len(found.files)
    for call in found.calls:
        write_anonymously(writer, call)
    _loosen(writer, found)
    counts.update(_delete_tied(writer, found))
    for kind, key in sorted(found.hanging):
        writer.remove(kind, key, is_told=False)
        counts[KINDS[kind].table.name] += 1
    for kind, key in sorted(found.whole):
        writer.remove(kind, key, is_told=False)
        counts[KINDS[kind].table.name] += 1
    for (kind, key), person in sorted(found.partly.items(), key=itemgetter(0)):
        _take_off(writer, kind, key, person, found.subject)
    _blank_history(writer, found)
    for table in tables_searched():
        counts[table.name] += _sweep(writer, table, found.subject)
    for kind, key in sorted(found.gone):
        writer.write_history(kind, key, "erased", 0, {})
        if KINDS[kind].is_announced:
            writer.announce(f"{kind}.erased", {"object": {"id": key}, "changes": {}})
    tombstones.bury(writer, found.subject.numbers)
    return Erasure(
        people=tuple(f"{kind}:{key}" for kind, key in sorted(found.whole)),
        kept=tuple(f"{kind}:{key}" for kind, key in sorted(found.partly)),
        calls=len(found.calls),
        recordings=recordings,
        rows={name: many for name, many in sorted(counts.items()) if many},
    )


def write_anonymously(writer: Writer, call: CallRecord) -> None:
    """Write a call over with what is left of it when nobody is in it."""
    own = sa.and_(calls.c.pbx == call.pbx, calls.c.linkedid == call.linkedid)
    values = call_to_row(anonymised(call)) | {"updated_at": writer.now}
    writer.connection.execute(sa.update(calls).where(own).values(values))
    writer.drop_story(call.pbx, call.linkedid)


def _loosen(writer: Writer, found: Found) -> None:
    """Let others point to nobody: leads to the people, opportunities; calls to activities."""
    for column, kind in ((leads.c.contact_id, "contact"), (leads.c.account_id, "account")):
        gone = sa.update(leads).where(column.in_(found.ids(kind)))
        writer.connection.execute(gone.values({column.name: None}))
    tied = PLACES["opportunities"].tied
    assert tied is not None  # noqa: S101 - it is declared with one
    rows = writer.connection.execute(sa.select(opportunities).where(tied(found))).mappings().all()
    for row in rows:
        links = {"contact_id": "contact", "account_id": "account", "lead_id": "lead"}
        left = {
            column: None if (kind, row[column]) in found.gone else row[column]
            for column, kind in links.items()
        }
        is_nobodys = left["contact_id"] is None and left["account_id"] is None
        texts = {"name": ERASED, "comment": ""} if is_nobodys else {}
        own = sa.update(opportunities).where(opportunities.c.id == row["id"])
        writer.connection.execute(own.values(**left, **texts, version=row["version"] + 1))
        if is_nobodys:
            entries = sa.update(history).where(
                history.c.object_type == "opportunity", history.c.object_key == str(row["id"])
            )
            writer.connection.execute(entries.values(changes={}))
            its = sa.and_(notes.c.object_type == "opportunity", notes.c.object_id == row["id"])
            writer.connection.execute(sa.delete(notes).where(its))
    of_cases = sa.update(activities).where(activities.c.case_id.in_(found.ids("case")))
    writer.connection.execute(of_cases.values(case_id=None))
    _drop_candidates(writer, found)


def _drop_candidates(writer: Writer, found: Found) -> None:
    """Calls of others whose look-up found who is meant too: they forget that it did."""
    names = {person.name for person in found.whole.values() if person.name}
    said = sa.cast(calls.c.candidates, sa.Text())
    query = sa.select(calls.c.id, calls.c.candidates).where(
        sa.or_(sa.false(), *(said.contains(name, autoescape=True) for name in sorted(names)))
    )
    for number, candidates in writer.connection.execute(query).all():
        left = tuple(one for one in candidates if (str(one.type), one.id) not in found.whole)
        own = sa.update(calls).where(calls.c.id == number)
        writer.connection.execute(own.values(candidates=left))


def _delete_tied(writer: Writer, found: Found) -> dict[str, int]:
    counts = {"events": _delete_events(writer, found)}
    for table in reversed(tables_searched()):
        place = PLACES[table.name]
        if place.rule in (Rule.DELETE, Rule.PART) and place.tied is not None:
            gone = sa.delete(table).where(place.tied(found))
            counts[table.name] = writer.connection.execute(gone).rowcount
    return counts


def _delete_events(writer: Writer, found: Found) -> int:
    """Delete what was told of records that are gone; their deliveries go with it."""
    many = 0
    for kind in sorted({kind for kind, _ in found.gone}):
        query = sa.select(events.c.id, events.c.payload).where(events.c.type.like(f"{kind}.%"))
        for number, payload in writer.connection.execute(query).all():
            said = msgspec.json.decode(payload).get("data", {}).get("object") or {}
            if (kind, said.get("id")) in found.gone:
                writer.connection.execute(sa.delete(events).where(events.c.id == number))
                many += 1
    return many


def _take_off(writer: Writer, kind: str, key: int, person: Any, subject: Subject) -> None:
    """Take the number or the address off somebody who stays."""
    numbers = tuple(
        one
        for one in person.phone_numbers
        if not (subject_of([one], None).numbers & subject.numbers or subject.is_in(one.raw))
    )
    email = None if subject_of((), person.email).emails & subject.emails else person.email
    changes = {"phone_numbers": numbers, "email": email}
    writer.change(kind, key, changes, is_checked=False)


def _blank_history(writer: Writer, found: Found) -> None:
    tied = PLACES["history"].tied
    assert tied is not None  # noqa: S101 - it is declared with one
    writer.connection.execute(sa.update(history).where(tied(found)).values(changes={}))


def _sweep(writer: Writer, table: sa.Table, subject: Subject) -> int:
    """Delete or clean the rows that name one of them yet; return how many there were."""
    columns, many = searched_columns(table), 0
    if not columns or not subject:
        return 0
    rows = writer.connection.execute(sa.select(table).where(subject.may_be_in(*columns))).mappings()
    for row in rows.all():
        said = {column.name: _built_in(row[column.name]) for column in columns}
        cleaned = {name: subject.cleaned(value) for name, value in said.items()}
        changed = {name: value for name, value in cleaned.items() if value != _listed(said[name])}
        if not changed:
            continue
        many += 1
        if "key" in changed:
            changed["key"] = None
        if "version" in table.c:
            changed["version"] = row["version"] + 1
        own = sa.and_(*(column == row[column.name] for column in table.primary_key))
        if PLACES[table.name].rule is Rule.DELETE:
            writer.connection.execute(sa.delete(table).where(own))
        else:
            writer.connection.execute(sa.update(table).where(own).values(changed))
    return many


def _rows(reader: Reader, table: sa.Table, found: Found) -> Iterator[Mapping[Any, Any]]:
    columns, place = searched_columns(table), PLACES[table.name]
    named = found.subject.may_be_in(*columns)
    ties = [tied(found) for tied in (place.tied, place.shown) if tied is not None]
    is_tied = sa.or_(sa.false(), *ties)
    query = sa.select(table, is_tied.label("is_tied")).where(sa.or_(named, is_tied))
    for row in reader.connection.execute(query.order_by(*table.primary_key)).mappings().all():
        said = {column.name: _built_in(row[column.name]) for column in columns}
        if row["is_tied"] or found.subject.cleaned(said) != _listed(said):
            yield row


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    hidden = _SECRET | {"is_tied"}
    return {name: plain(value) for name, value in row.items() if name not in hidden}


def _built_in(value: Any) -> Any:
    """A value in texts, numbers, lists and dicts, as it is written down."""
    return value if isinstance(value, (str, int, float, type(None))) else plain(value)


def _listed(value: Any) -> Any:
    """The value with every sequence as a list, as cleaning makes them."""
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(part) for part in value]
    return value
