"""Making two records of one type one, and parting them again.

Everything that hung on the loser hangs on the winner afterwards, in one transaction: what was
done with it, its calls, cases, opportunities, notes and history. Its number leads to the winner
from then on (see ``resolve``). The merge remembers what it changed and moved; undoing it puts
everything back that nobody has changed since, and says what it could not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import msgspec
import sqlalchemy as sa

from crm_store.documents import plain
from crm_store.errors import InvalidRecord, MergedInto, NotPossible, Problem, RecordNotFound
from crm_store.kinds import KINDS, PersonKind
from crm_store.matching.hanging import HANGING, move_rows, rows_of
from crm_store.matching.merged import merged_into
from crm_store.reader import Reader
from crm_store.records import CallRecord, Matched, Merge, Moved, Person, PersonType, Ref
from crm_store.tables import groups, merges, users
from crm_store.writer import Writer

Choice = Literal["mine", "theirs", "both"]
"""Whose value of a field stays: the winner's, the loser's, or (of lists and comments) both."""

_EMPTY: tuple[Any, ...] = (None, (), "", {})
_NOT_CHOSEN = frozenset({"id", "version", "created_at", "updated_at", "account", "origin"})
_TOGETHER = (
    ("status", "state", "lost_reason", "completed_at", "started_at"),
    ("type", "attributes"),
    ("estimate", "expected_at"),
    ("target_amount", "currency"),
)
"""Fields that make sense only together: the first one's choice is that of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What undoing a merge could not put back: each in words, nothing where all went back."""

    merge: Merge
    record: Any
    """The loser, as it is again."""
    left: tuple[str, ...] = ()


def fields_of_merge(record_type: PersonType) -> tuple[str, ...]:
    """The fields that can be chosen when two records of this type are merged."""
    kind = KINDS[record_type.value]
    return tuple(n for n in kind.fields if n in kind.changeable and n not in _NOT_CHOSEN)


def merge(
    writer: Writer,
    record_type: PersonType,
    winner_id: int,
    loser_id: int,
    choices: Mapping[str, Choice] | None = None,
    *,
    winner_version: int | None = None,
    loser_version: int | None = None,
) -> Merge:
    """Make the loser part of the winner.

    ``choices`` say whose value a field has; without one the winner's stays unless it is empty,
    and lists have both. Raises NotPossible for a record and itself, RecordNotFound for one that
    is not there, MergedInto for one that was merged already, VersionConflict, InvalidRecord.
    """
    if winner_id == loser_id:
        raise NotPossible(f"a {_said(record_type)} cannot be merged with itself")
    kind = _kind(record_type)
    choices = choices or {}
    _check_choices(record_type, choices)
    versions = {winner_id: winner_version, loser_id: loser_version}
    people = [writer.need(kind.name, record_id) for record_id in versions]
    for e164 in sorted({n.e164 for one in people for n in one.phone_numbers if n.e164}):
        writer.lock_number(e164)
    found = {  # in the order of their numbers, so that two merges never wait in a ring
        record_id: writer.need(kind.name, record_id, version=versions[record_id], is_locked=True)
        for record_id in sorted(versions)
    }
    winner, loser = found[winner_id], found[loser_id]
    after = merged_fields(kind, winner, loser, choices)
    changes = {
        name: (plain(getattr(winner, name)), plain(value))
        for name, value in after.items()
        if getattr(winner, name) != value
    }
    moved = _move_all(writer, record_type, loser_id, replace(winner, **after))
    writer.remove(kind.name, loser_id, action="merged_into")
    if changes:
        writer.change(kind.name, winner_id, after, action="merged", is_checked=False)
    row = {
        "record_type": record_type,
        "winner_id": winner_id,
        "loser_id": loser_id,
        "winner_name": winner.name,
        "loser_name": loser.name,
        "merged_at": writer.now,
        "merged_by": writer.by.user,
        "loser": plain(loser),
        "changes": changes,
        "moved": moved,
    }
    insert = sa.insert(merges).values(row).returning(merges.c.id)
    merge_id = int(writer.connection.execute(insert).scalar_one())
    version = winner.version + bool(changes)
    told = {"merged": (None, {"merge": merge_id, "id": loser_id, "name": loser.name})}
    writer.write_history(kind.name, winner_id, "merged", version, told)
    return need_merge(writer, merge_id)


def merged_fields(
    kind: PersonKind, winner: Any, loser: Any, choices: Mapping[str, Choice]
) -> dict[str, Any]:
    """What the winner's fields are after a merge with these choices. Pure."""
    after = {}
    for name in fields_of_merge(kind.person_type):
        leader = next((group[0] for group in _TOGETHER if name in group), name)
        mine, theirs = getattr(winner, name), getattr(loser, name)
        choice = choices.get(name) or choices.get(leader)
        if leader != name and choice is None:
            choice = "theirs" if getattr(winner, leader) in _EMPTY else "mine"
        if choice is None:
            choice = "both" if isinstance(mine, tuple) and name != "first_call" else None
        if choice == "both":
            after[name] = _both(mine, theirs)
        elif choice == "theirs":
            after[name] = theirs
        else:
            after[name] = theirs if choice is None and mine in _EMPTY else mine
    return after


def resolve(reader: Reader, ref: Ref) -> Ref:
    """The record that a reference means now: the one it names or, where that was merged, the
    winner. A reference to what is gone altogether comes back as it is."""
    kind = KINDS[ref.type]
    query = sa.select(kind.table.c.id).where(kind.table.c.id == ref.id)
    if reader.connection.execute(query).first() is not None:
        return ref
    into = merged_into(reader.connection, ref.type, ref.id)
    return ref if into is None else Ref(type=ref.type, id=into)


def follow_merges(reader: Reader, call: CallRecord) -> CallRecord:
    """A call that is told again, with what it was put down to and became as it is now.

    Call it once the caller's number is locked: another bridge may have merged him meanwhile.
    """
    matched, record = call.matched, call.record
    if matched is not None:
        ref = resolve(reader, Ref(type=matched.type, id=matched.id))
        if ref.id != matched.id:
            matched = Matched(type=matched.type, id=ref.id, name=matched.name)
    if record is not None:
        record = resolve(reader, record)
    if matched == call.matched and record == call.record:
        return call
    return replace(call, matched=matched, record=record)


def undo_merge(writer: Writer, merge_id: int) -> Undone:
    """Part two records again. Raises NotPossible where that was done already, or where the winner
    has become part of another record since."""
    found = need_merge(writer, merge_id, is_locked=True)
    kind = _kind(found.record_type)
    if found.undone_at is not None:
        raise NotPossible(f"merge {merge_id} was undone already")
    try:
        winner = writer.need(kind.name, found.winner_id, is_locked=True)
    except MergedInto as error:
        message = f"{_said(found.record_type)} {found.winner_id} was merged into {error.into} since"
        raise NotPossible(message, hint="undo that merge first") from None
    except RecordNotFound:
        winner = None
    left: list[str] = []
    row = sa.update(merges).where(merges.c.id == merge_id)
    writer.connection.execute(row.values(undone_at=writer.now, undone_by=writer.by.user))
    if winner is None:
        left.append(f"{_said(found.record_type)} {found.winner_id} is not there any more")
    else:
        left += _give_back(writer, kind, winner, found)
    loser = _restore(writer, kind, found, left)
    left += _move_back(writer, found, loser)
    done = need_merge(writer, merge_id)
    return Undone(merge=done, record=writer.get(kind.name, found.loser_id), left=tuple(left))


def need_merge(reader: Reader, merge_id: int, *, is_locked: bool = False) -> Merge:
    """One merge; RecordNotFound without it."""
    query = sa.select(merges).where(merges.c.id == merge_id)
    if is_locked and reader.connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = reader.connection.execute(query).mappings().first()
    if row is None:
        raise RecordNotFound("merge", merge_id)
    return _merge(row)


def list_merges(
    reader: Reader,
    *,
    about: Ref | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Merge]:
    """The merges, newest first; ``about`` one record, as winner or as loser."""
    query = sa.select(merges).order_by(merges.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(merges.c.id < before)
    if about is not None:
        is_one = sa.or_(merges.c.winner_id == about.id, merges.c.loser_id == about.id)
        query = query.where(merges.c.record_type == about.type, is_one)
    return [_merge(row) for row in reader.connection.execute(query).mappings()]


def _move_all(
    writer: Writer, record_type: PersonType, loser_id: int, winner: Person
) -> tuple[Moved, ...]:
    return tuple(
        moved
        for hanging in HANGING[record_type]
        for moved in move_rows(
            writer,
            hanging,
            record_type,
            rows_of(writer, hanging, record_type, loser_id),
            winner,
        )
    )


def _give_back(writer: Writer, kind: PersonKind, winner: Any, found: Merge) -> list[str]:
    """Put the winner's fields back to what they were, where they are what the merge made them."""
    changes, left = {}, []
    for name, (old, new) in found.changes.items():
        if plain(getattr(winner, name)) == new:
            changes[name] = _field(kind, name, old)
        else:
            left.append(f"{name} of {_said(kind.person_type)} {winner.id} was changed since")
    if changes:
        writer.change(kind.name, winner.id, changes, action="parted", is_checked=False)
    else:
        told = {"parted": (None, {"merge": found.id, "id": found.loser_id})}
        writer.write_history(kind.name, winner.id, "parted", winner.version, told)
    return left


def _restore(writer: Writer, kind: PersonKind, found: Merge, left: list[str]) -> Any:
    """Make the loser again under its own number."""
    loser = msgspec.convert(found.loser, kind.record, strict=False)
    changes: dict[str, Any] = {"version": loser.version + 2, "updated_at": writer.now}
    for name, table in (("owner", users), ("owner_group", groups), ("unit", groups)):
        value = getattr(loser, name, None)
        query = sa.select(table.c.name).where(table.c.name == value)
        if value is not None and writer.connection.execute(query).first() is None:
            changes[name] = None
            left.append(f"{name} {value!r} is not there any more")
    for name, of_type in (
        ("account_id", PersonType.ACCOUNT),
        ("contact_id", PersonType.CONTACT),
    ):
        value = getattr(loser, name, None)
        if value is not None:
            ref = resolve(writer, Ref(type=of_type, id=value))
            if writer.person(ref) is None:
                changes[name] = None
                left.append(f"{_said(of_type)} {value} is not there any more")
            else:
                changes[name] = ref.id
    if loser.key is not None and _is_key_taken(writer, kind, loser.key):
        changes["key"] = None
        left.append(f"the key {loser.key!r} belongs to another record now")
    restored = replace(loser, **changes)
    writer.restore(restored)
    return restored


def _move_back(writer: Writer, found: Merge, loser: Person) -> list[str]:
    """Let hang on the loser what hung on him, where it still hangs on the winner."""
    left = []
    moved: dict[tuple[str, str], list[Moved]] = defaultdict(list)
    for each in found.moved:
        moved[each.table, each.column].append(each)
    for hanging in HANGING[found.record_type]:
        theirs = moved[hanging.table.name, hanging.column]
        wanted = [each.id for each in theirs]
        still = rows_of(writer, hanging, found.record_type, found.winner_id, wanted)
        names = {each.id: each.name for each in theirs}
        move_rows(writer, hanging, found.record_type, still, loser, names)
        gone = sorted(set(wanted) - set(still))
        left += [f"{hanging.said} {one} was moved or removed since" for one in gone]
    return left


def _is_key_taken(writer: Writer, kind: PersonKind, key: str) -> bool:
    query = sa.select(kind.table.c.id).where(kind.table.c.key == key)
    return writer.connection.execute(query).first() is not None


def _field(kind: PersonKind, name: str, value: Any) -> Any:
    """A field's value from its plain form."""
    whole = {"name": "-", name: value}
    return getattr(msgspec.convert(whole, kind.record, strict=False), name)


def _both(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, tuple):
        known = {_identity(one) for one in mine}
        return (*mine, *(one for one in theirs if _identity(one) not in known))
    if isinstance(mine, dict):
        return theirs | mine
    if mine in _EMPTY or theirs in _EMPTY or mine == theirs:
        return theirs if mine in _EMPTY else mine
    return f"{mine}\n{theirs}"


def _identity(one: Any) -> Any:
    return getattr(one, "e164", None) or getattr(one, "product", None) or one


def _check_choices(record_type: PersonType, choices: Mapping[str, Choice]) -> None:
    known = fields_of_merge(record_type)
    problems = []
    for name, choice in choices.items():
        if name not in known:
            problems.append(Problem(f"choices.{name}", "is no field that can be chosen"))
        elif choice == "both" and name not in _MAY_HAVE_BOTH:
            problems.append(Problem(f"choices.{name}", "has one value: mine or theirs"))
    if problems:
        raise InvalidRecord(problems)


_MAY_HAVE_BOTH = frozenset(
    {"phone_numbers", "team", "competitors", "products", "attributes", "comment"}
)


def _kind(record_type: PersonType) -> PersonKind:
    return cast(PersonKind, KINDS[record_type.value])


def _said(record_type: PersonType) -> str:
    return record_type.value.replace("_", " ")


def _merge(row: Mapping[Any, Any]) -> Merge:
    values = {name: row[name] for name in (column.name for column in merges.c)}
    return Merge(**{**values, "record_type": PersonType(values["record_type"])})
