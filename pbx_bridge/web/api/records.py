"""Every kind of record over the API: listed, read, made, changed and removed, all in one way.

What only some kinds can do (winning a lead, closing a case) is an action, in a module of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Annotated, Any, get_args
from urllib.parse import quote

from pydantic import Field

from crm_store.access.roles import require
from crm_store.access.visibility import visible_to
from crm_store.capture.responses import respond_to
from crm_store.errors import RecordNotFound, UnknownReference, VersionConflict
from crm_store.kinds import KINDS, Key, Kind
from crm_store.reader import Reader
from crm_store.records import HistoryEntry, Note, PersonType, RecordType, Ref, Role
from crm_store.search.finding import Page, Question, find, find_documents
from crm_store.writer import Writer
from pbx_bridge.web.api.access import forget_sessions
from pbx_bridge.web.api.calculated import ANSWERED, CALCULATED
from pbx_bridge.web.api.endpoint import Answer, ApiCall, Endpoint
from pbx_bridge.web.api.list_query import ListQuery
from pbx_bridge.web.api.pages import page_of
from pbx_bridge.web.api.plurals import plural_of, spoken, tag_of
from pbx_bridge.web.api.problems import ApiProblem
from pbx_bridge.web.api.record_shapes import as_fields, as_record, change_shape, new_shape
from pbx_bridge.web.api.unseen import refuse_unseen
from pbx_bridge.web.api.versions import as_precondition, etag_of, wanted_version

_NOTED: frozenset[str] = frozenset(PersonType) | frozenset(
    word for part in get_args(RecordType) for word in get_args(part)
)
"""The types that a reference can name, and so a note be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveQuery:
    """The version that is removed, where ``If-Match`` does not say it."""

    version: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which part of a history: entries behind the one with the id ``after``."""

    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Changes, oldest first. ``next`` is the ``after`` of the next page; None: there is none."""

    items: tuple[HistoryEntry, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What was written down about a record, oldest first."""

    items: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """What to write down."""

    text: Annotated[str, Field(min_length=1, max_length=100_000)]


def key_of(kind: Kind[Any], call: ApiCall) -> Key:
    """The record that the path names."""
    text = call.path[kind.key]
    return int(text) if kind.key == "id" else text


async def list_records(kind: Kind[Any], call: ApiCall) -> Page:
    """A page of those that the user sees."""
    question: Question = call.query
    seen = visible_to(kind.name, call.user)
    ask = find if kind.record in CALCULATED else find_documents
    return await call.read(lambda reader: ask(reader, question, seen=seen))


async def read_record(kind: Kind[Any], call: ApiCall) -> Answer:
    """One record, with its version as ETag."""
    key = key_of(kind, call)
    record = await call.read(lambda reader: call.find(reader, kind.name, key))
    return Answer(value=record, headers=etag_of(record))


async def make_record(kind: Kind[Any], call: ApiCall, values: dict[str, Any]) -> Answer:
    """A new record; 201 with where it is."""
    require(call.user, "change", kind.name)

    def make(writer: Writer) -> Answer:
        made = as_record(writer, kind, values)
        refuse_unseen(call, writer, {name: getattr(made, name) for name in kind.fields})
        key = writer.add(made)
        if kind.name == PersonType.LEAD:
            respond_to(writer, int(key))
        record = writer.need(kind.name, key)
        where = f"/api/v1/{plural_of(kind)}/{quote(str(key), safe='')}"
        return Answer(value=record, status=201, headers={"Location": where, **etag_of(record)})

    return await call.write(make)


async def change_record(kind: Kind[Any], call: ApiCall, values: dict[str, Any]) -> Answer:
    """A record with some fields changed, if it is still at the version that was read."""
    require(call.user, "change", kind.name)
    key = key_of(kind, call)
    changes = {name: value for name, value in values.items() if name != "version"}
    said = 'send "version" in the body, or If-Match with the ETag'
    version = wanted_version(call, values.get("version"), said)

    def change(writer: Writer) -> Any:
        call.find(writer, kind.name, key)
        fields = as_fields(writer, changes)
        refuse_unseen(call, writer, fields)
        return writer.change(kind.name, key, fields, version=version)

    try:
        record = await call.write(change)
    except VersionConflict as conflict:
        raise as_precondition(call, conflict) from None
    if kind.name == "user":
        forget_sessions(call.store)
    return Answer(value=record, headers=etag_of(record))


async def remove_record(kind: Kind[Any], call: ApiCall) -> None:
    """Remove a record, if it is still at the version that was read."""
    require(call.user, "remove", kind.name)
    key, given = key_of(kind, call), call.query.version
    said = "send ?version=, or If-Match with the ETag"
    version = wanted_version(call, given, said)

    def remove(writer: Writer) -> None:
        call.find(writer, kind.name, key)
        writer.remove(kind.name, key, version=version)

    try:
        await call.write(remove)
    except VersionConflict as conflict:
        raise as_precondition(call, conflict) from None
    except UnknownReference:
        raise ApiProblem(
            409, "in-use", "Other records name it", "change or remove those first"
        ) from None
    if kind.name == "user":
        forget_sessions(call.store)


async def read_history(kind: Kind[Any], call: ApiCall) -> History:
    """Who changed what, when, from what to what; also of a record that is gone."""
    key, query = key_of(kind, call), call.query

    def read(reader: Reader) -> tuple[HistoryEntry, ...]:
        if reader.get(kind.name, key) is not None or call.user.role is Role.AGENT:
            call.find(reader, kind.name, key)
        entries = (one for one in reader.history_of(kind.name, key) if one.id > query.after)
        found = tuple(islice(entries, query.limit + 1))
        if not found and not query.after and reader.get(kind.name, key) is None:
            raise RecordNotFound(kind.name, key)
        return found

    found = await call.read(read)
    items = found[: query.limit]
    return History(items=items, next=items[-1].id if len(found) > query.limit else None)


async def read_notes(kind: Kind[Any], call: ApiCall) -> Notes:
    """What was written down about a record, oldest first."""
    key = int(call.path["id"])

    def read(reader: Reader) -> Notes:
        call.find(reader, kind.name, key)
        return Notes(items=tuple(reader.notes_about(_ref(kind, key))))

    return await call.read(read)


async def write_note(kind: Kind[Any], call: ApiCall, note: NewNote) -> Note:
    """Write something down about a record, stamped with now and who it is by."""
    require(call.user, "change", "note")
    key = int(call.path["id"])

    def write(writer: Writer) -> Note:
        call.find(writer, kind.name, key)
        return writer.write_note(_ref(kind, key), note.text)

    return await call.write(write)


def _ref(kind: Kind[Any], key: int) -> Ref:
    return Ref(type=kind.name, id=key)  # type: ignore[arg-type]  # one of _NOTED


def endpoints_of(kind: Kind[Any]) -> Iterator[Endpoint]:
    """The endpoints that every kind has."""
    plural, one, tag = plural_of(kind), spoken(kind.name), tag_of(kind)
    many = spoken(plural.replace("-", "_"))
    path, own = f"/{plural}", f"/{plural}/{{{kind.key}}}"
    types = {kind.key: int if kind.key == "id" else str}
    slug, record = kind.name, ANSWERED.get(kind.record, kind.record)

    def endpoint(run: Any, **said: Any) -> Endpoint:
        said.setdefault("path_types", types if "{" in said["path"] else {})
        said.setdefault("description", (run.__doc__ or "").strip())
        return Endpoint(run=partial(run, kind), tag=tag, **said)

    yield endpoint(
        list_records,
        method="GET",
        path=path,
        query=ListQuery(kind.name),
        returns=page_of(record),
        name=f"list_{plural.replace('-', '_')}",
        summary=f"List {many}",
    )
    yield endpoint(
        make_record,
        method="POST",
        path=path,
        body=new_shape(kind),
        returns=record,
        status=201,
        scope="write",
        name=f"create_{slug}",
        summary=f"Make {_a(one)}",
    )
    yield endpoint(
        read_record,
        method="GET",
        path=own,
        returns=record,
        name=f"get_{slug}",
        summary=f"Read {_a(one)}",
    )
    yield endpoint(
        change_record,
        method="PATCH",
        path=own,
        body=change_shape(kind),
        returns=record,
        scope="write",
        name=f"update_{slug}",
        summary=f"Change {_a(one)}",
    )
    yield endpoint(
        remove_record,
        method="DELETE",
        path=own,
        query=RemoveQuery,
        status=204,
        scope="write",
        name=f"delete_{slug}",
        summary=f"Remove {_a(one)}",
    )
    yield endpoint(
        read_history,
        method="GET",
        path=f"{own}/history",
        query=HistoryQuery,
        returns=History,
        name=f"history_of_{slug}",
        summary=f"Who changed {_a(one)}",
    )
    if kind.name in _NOTED:
        yield endpoint(
            read_notes,
            method="GET",
            path=f"{own}/notes",
            returns=Notes,
            name=f"notes_about_{slug}",
            summary=f"Notes about {_a(one)}",
        )
        yield endpoint(
            write_note,
            method="POST",
            path=f"{own}/notes",
            body=NewNote,
            returns=Note,
            status=201,
            scope="write",
            name=f"write_note_about_{slug}",
            summary=f"Write a note about {_a(one)}",
        )


def _a(one: str) -> str:
    return one if one == "business hours" else f"{'an' if one[0] in 'aeio' else 'a'} {one}"


ENDPOINTS = tuple(endpoint for kind in KINDS.values() for endpoint in endpoints_of(kind))
