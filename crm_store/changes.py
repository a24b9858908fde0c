"""Making, changing and removing records: with a version, a history entry and an event each.

One transaction holds the change, what the history says of it, and what others are told. Nothing
is written where nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_store import ids
from crm_store.checking.checks import find_problems
from crm_store.checking.filling import filled_in
from crm_store.checking.settings_checks import settings_problems
from crm_store.documents import plain
from crm_store.engines.prepared import Prepared
from crm_store.errors import (
    InvalidRecord,
    Problem,
    RecordExists,
    VersionConflict,
)
from crm_store.kinds import KINDS, Key, Kind, kind_of
from crm_store.messages.outbox import Listener, new_event_id, read_listeners, write_event
from crm_store.reader import Reader
from crm_store.records import By, Note, Ref
from crm_store.search.search_words import write_words
from crm_store.settings import S
from crm_store.tables import history, notes, settings

SYSTEM = By()
_INSERTS: dict[tuple[str, ...], Prepared] = {}
_INSERT_HISTORY = Prepared(
    lambda _: sa.insert(history).values({c.name: sa.bindparam(c.name) for c in history.c[1:]})
)


class RecordWriter(Reader):
    """The part of the Writer that makes, changes and removes records.

    ``by`` is who does it, for the history; a unit of work sets it before it writes.
    """

    now: datetime
    by: By
    country: str | None = None
    """Whose national numbers people type (ISO 3166-1), for a person who says no country."""
    _listeners: tuple[Listener, ...] | None = None

    def add(self, record: Any, *, is_checked: bool = True, action: str = "created") -> Key:
        """Make a record; return its id or name.

        Raises InvalidRecord (unless it comes from our own hand and is not checked), and
        RecordExists for a name that is taken.
        """
        kind = kind_of(record)
        record = self._stamped(kind, record)
        if is_checked:
            record = filled_in(self, self.by, self.now, record, None, self.country)
            _refuse(find_problems(self._connection, kind, record, None))
        values = kind.row(self._connection, record)
        if kind.key != "id" and self.get(kind.name, values[kind.key]) is not None:
            raise RecordExists(f"there is a {kind.name} {values[kind.key]!r} already")
        key: Key = _insert(kind, tuple(values)).run(self._connection, values).fetchone()[0]
        kind.write_parts(self._connection, key, record, None)
        write_words(self._connection, kind.name, key, record, None)
        differences = _differences(kind, None, record)
        if kind.key == "id" and self._is_listened_to(kind, action):
            record = replace(record, id=key)
        self._tell(kind, key, record, action, 1, differences)
        return key

    def restore(self, record: Any, *, action: str = "restored") -> None:
        """Make a record again that was removed, under the number that it had and as it is."""
        kind = kind_of(record)
        values = kind.row(self._connection, record) | {"id": record.id}
        self._connection.execute(sa.insert(kind.table).values(values))
        kind.write_parts(self._connection, record.id, record, None)
        write_words(self._connection, kind.name, record.id, record, None)
        differences = _differences(kind, None, record)
        self._tell(kind, record.id, record, action, record.version, differences)

    def change(
        self,
        kind_name: str,
        key: Key,
        changes: Mapping[str, Any],
        *,
        version: int | None = None,
        action: str = "updated",
        is_checked: bool = True,
    ) -> Any:
        """Change fields of a record; return it as it is now.

        ``version`` is the one that the change was made for; None changes whatever is there.
        Raises RecordNotFound, VersionConflict, and InvalidRecord for unknown fields or values
        that they may not hold.
        """
        kind = KINDS[kind_name]
        before = self.need(kind_name, key, version=version, is_locked=True)
        unknown = sorted(set(changes) - kind.changeable)
        if unknown:
            _refuse([Problem(name, "is no field that can be changed") for name in unknown])
        after = replace(before, **changes)
        if is_checked:
            after = filled_in(self, self.by, self.now, after, before, self.country)
        differences = _differences(kind, before, after)
        if not differences and not _secrets_differ(kind, before, after):
            return before
        if is_checked:
            _refuse(find_problems(self._connection, kind, after, before))
        after = replace(after, version=before.version + 1, updated_at=self.now)
        values = kind.row(self._connection, after)
        own_row = kind.table.c[kind.key] == key
        self._connection.execute(sa.update(kind.table).where(own_row).values(values))
        kind.write_parts(self._connection, key, after, before)
        write_words(self._connection, kind.name, key, after, before)
        self._tell(kind, key, after, action, after.version, differences)
        return after

    def save(self, record: Any, *, is_checked: bool = False) -> Key:
        """Make a record that goes by its name, or bring the one of that name up to date."""
        kind = kind_of(record)
        key: Key = getattr(record, kind.key)
        if self.get(kind.name, key) is None:
            return self.add(record, is_checked=is_checked)
        given = {name: getattr(record, name) for name in kind.changeable - kind.secret}
        self.change(kind.name, key, given, is_checked=is_checked)
        return key

    def remove(
        self,
        kind_name: str,
        key: Key,
        *,
        version: int | None = None,
        action: str = "deleted",
        is_told: bool = True,
    ) -> Any:
        """Remove a record; return what it was. The history keeps every field of it."""
        kind = KINDS[kind_name]
        before = self.need(kind_name, key, version=version, is_locked=True)
        empty = {f: () for f in ("phone_numbers", "extensions", "groups") if f in kind.parts}
        kind.write_parts(self._connection, key, replace(before, **empty), before)
        write_words(self._connection, kind.name, key, None, before)
        kind.forget_parts(self._connection, key, before)
        self._connection.execute(sa.delete(kind.table).where(kind.table.c[kind.key] == key))
        if kind.key == "id":
            ids.retire(self._connection, kind.table, int(key))
        differences = {
            name: (old, None) for name, (_, old) in _differences(kind, None, before).items()
        }
        if is_told:
            self._tell(kind, key, before, action, before.version + 1, differences)
        return before

    def need(
        self, kind_name: str, key: Key, *, version: int | None = None, is_locked: bool = False
    ) -> Any:
        """The record; RecordNotFound without one, VersionConflict when it is at another version.

        ``is_locked`` lets nobody else change it until the unit of work is committed.
        """
        record = self._get(kind_name, key, is_locked=is_locked)
        if record is None:
            raise self.missing(kind_name, key)
        if version is not None and record.version != version:
            raise VersionConflict(kind_name, key, expected=version, current=record.version)
        return record

    def write_note(self, about: Ref, text: str) -> Note:
        """Write down something about a record, stamped with now and who it is by."""
        if not text.strip():
            raise InvalidRecord([Problem("text", "is required")])
        self.need(about.type, about.id)
        values = {
            "object_type": about.type,
            "object_id": about.id,
            "text": text,
            "author": self.by.user,
            "created_at": self.now,
        }
        made = self._connection.execute(sa.insert(notes).returning(notes.c.id), values)
        return Note(
            about=about,
            text=text,
            author=self.by.user,
            id=made.scalar_one(),
            created_at=self.now,
        )

    def put_settings(self, section: S, *, version: int | None = None) -> int:
        """Write one section of the settings; return its version.

        ``version`` is the one that was read (0: nobody had written it). Raises VersionConflict,
        and InvalidRecord for what cannot be, by its key.
        """
        before, current = self.settings_with_version(type(section))
        if version is not None and version != current:
            raise VersionConflict("settings", section.name, expected=version, current=current)
        _refuse(settings_problems(self, section))
        values = {
            "name": section.name,
            "value": plain(section),
            "version": current + 1,
            "updated_at": self.now,
        }
        if current:
            own = sa.update(settings).where(settings.c.name == section.name)
            self._connection.execute(own.values(values))
        else:
            self._connection.execute(sa.insert(settings), values)
        old, new = plain(before), plain(section)
        differences = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
        self.write_history("settings", section.name, "updated", current + 1, differences)
        return current + 1

    def write_history(
        self,
        object_type: str,
        key: Key,
        action: str,
        version: int,
        changes: Mapping[str, tuple[Any, Any]],
    ) -> None:
        """Write down what was done with a record; ``changes`` are in plain values."""
        _INSERT_HISTORY.run(
            self._connection,
            {
                "object_type": object_type,
                "object_key": str(key),
                "at": self.now,
                "actor": self.by.user,
                "via": self.by.via,
                "action": action,
                "version": version,
                "changes": changes,
            },
        )

    def announce(
        self, event_type: str, data: Mapping[str, Any], *, event_id: str | None = None
    ) -> bool:
        """Tell whoever listens, once this unit of work is committed; whether anybody is told.

        An ``event_id`` that has been told already is not told again.
        """
        listeners = self.listeners_to(event_type)
        if not listeners:
            return False
        return write_event(
            self._connection, self.now, listeners, event_type, data, event_id or new_event_id()
        )

    def listeners_to(self, event_type: str) -> tuple[Listener, ...]:
        """The web hooks that want events of this type; asked for once in a unit of work."""
        if self._listeners is None:
            self._listeners = read_listeners(self._connection)
        return tuple(one for one in self._listeners if one.wants(event_type))

    def _stamped(self, kind: Kind[Any], record: Any) -> Any:
        stamps = {
            "version": 1,
            "created_at": getattr(record, "created_at", None) or self.now,
            "updated_at": record.updated_at or self.now,
        }
        return replace(record, **{k: v for k, v in stamps.items() if k in kind.fields})

    def _tell(
        self,
        kind: Kind[Any],
        key: Key,
        record: Any,
        action: str,
        version: int,
        differences: Mapping[str, tuple[Any, Any]],
    ) -> None:
        self.write_history(kind.name, key, action, version, differences)
        if self._is_listened_to(kind, action):
            said = {"object": plain(record), "changes": differences, "actor": self.by.user}
            self.announce(f"{kind.name}.{action}", said)

    def _is_listened_to(self, kind: Kind[Any], action: str) -> bool:
        return kind.is_announced and bool(self.listeners_to(f"{kind.name}.{action}"))


def _insert(kind: Kind[Any], columns: tuple[str, ...]) -> Prepared:
    """The statement that inserts a row of these columns and returns its key."""
    made = _INSERTS.get((kind.name, *columns))
    if made is None:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in columns}
        made = _INSERTS[(kind.name, *columns)] = Prepared(
            lambda dialect: (
                sa.insert(kind.table)
                .values(values if kind.key != "id" else values | ids.next_id(dialect, kind.table))
                .returning(kind.table.c[kind.key])
            )
        )
    return made


def _differences(kind: Kind[Any], before: Any | None, after: Any) -> dict[str, tuple[Any, Any]]:
    """Field → (old, new) in plain values, for every field that the history tells of."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in kind.told:
        new = getattr(after, name)
        old = getattr(before, name) if before is not None else None
        if new is old or new == old or (before is None and new in ((), "", {}, frozenset())):
            continue
        found[name] = (plain(old), plain(new))
    return found


def _secrets_differ(kind: Kind[Any], before: Any, after: Any) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in kind.secret)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidRecord(problems)
