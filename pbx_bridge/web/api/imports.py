"""Lists that are taken in: upload, mapping, dry run, start, progress, what was wrong."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import uuid4

from aiohttp import BodyPartReader, web
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from crm_store.access import roles
from crm_store.errors import InvalidRecord, Problem, RecordNotFound
from crm_store.lists import imports
from crm_store.lists.cells import defuse
from crm_store.lists.importing import inspect_file
from crm_store.reader import Reader
from crm_store.records import (
    Duplicates,
    Import,
    ImportOptions,
    ImportProblem,
    PersonType,
)
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.api.problems import ApiProblem
from pbx_bridge.web.services import services_of

_TAG = "Lists"
_CSV = "text/csv"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM = "multipart/form-data"
_ACCEPTED = (_CSV, _XLSX, _FORM, "application/octet-stream")
_AT_ONCE = 1 << 16
_Id = Annotated[int, Field(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadQuery:
    """What the list is of, what it is called, and the country of its national numbers."""

    record_type: PersonType
    name: Annotated[str, Field(min_length=1, max_length=200)] = "list"
    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsQuery:
    """Those ``before`` the one with this id, newest first."""

    before: _Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """Some imports. ``next`` is the ``before`` of the next page; None: there is none."""

    items: tuple[Import, ...]
    next: int | None


class OptionChanges(TypedDict, total=False):
    """How rows are taken in: what is left out stays as it is."""

    __pydantic_config__ = ConfigDict(extra="forbid", title="OptionChanges")  # type: ignore[misc]

    duplicates: Duplicates
    country: str | None
    owner: str | None
    owner_group: str | None
    campaign: str | None
    source: str | None
    apply_rules: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChanges:
    """What is to be different: columns to fields (null: to none), or how rows are taken in."""

    mapping: dict[str, str | None] | None = None
    options: OptionChanges | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Whether it is a dry run: one that says what would happen and writes nobody."""

    is_dry_run: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemsQuery:
    """Those ``after`` the one with this id, in the order of the rows."""

    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblems:
    """Some problems. ``next`` is the ``after`` of the next page; None: there is none."""

    items: tuple[ImportProblem, ...]
    next: int | None


@endpoint(
    "POST",
    "/imports",
    query=UploadQuery,
    returns=Import,
    status=201,
    scope="write",
    tag=_TAG,
    summary="Upload a list",
    accepts=_ACCEPTED,
)
async def upload_import(call: ApiCall) -> Import:
    """Take a CSV or XLSX file, as the body or as the part ``file`` of a form.

    Nothing of it is taken in yet: the answer says how it was read and which column was taken for
    which field, with examples.
    """
    roles.require(call.user, "change", "import")
    services = services_of(call.services)
    folder = services.lists_folder or Path(tempfile.gettempdir()) / "pbx-bridge-lists"
    query: UploadQuery = call.query
    options = ImportOptions(country=(query.country or services.country or "").upper() or None)
    path = folder / f"{uuid4().hex}.list"
    try:
        await _save(call.request, path, services.lists_most_bytes)
        draft = await asyncio.to_thread(inspect_file, path, query.name, query.record_type, options)
        return await call.write(lambda w: imports.add_import(w, draft))
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


@endpoint("GET", "/imports", query=ImportsQuery, returns=Imports, tag=_TAG, summary="List imports")
async def list_imports(call: ApiCall) -> Imports:
    """The imports, newest first."""
    roles.require(call.user, "see", "import")
    query: ImportsQuery = call.query
    found = await call.read(
        lambda r: imports.list_imports(r, before=query.before, limit=query.limit)
    )
    is_full = len(found) == query.limit
    return Imports(items=tuple(found), next=found[-1].id if is_full else None)


@endpoint("GET", "/imports/{id}", returns=Import, tag=_TAG, summary="Read an import")
async def read_import(call: ApiCall) -> Import:
    """One import: its columns, its options, and how far it has come."""
    roles.require(call.user, "see", "import")
    return await call.read(lambda r: imports.need_import(r, int(call.path["id"])))


@endpoint(
    "PATCH",
    "/imports/{id}",
    body=ImportChanges,
    returns=Import,
    scope="write",
    tag=_TAG,
    summary="Change a draft's mapping or options",
)
async def change_import(call: ApiCall, body: ImportChanges) -> Import:
    """Map columns to other fields, or say what becomes of duplicates. Only of a draft."""
    roles.require(call.user, "change", "import")
    key = int(call.path["id"])

    def change(writer: Writer) -> Import:
        options = None
        if body.options is not None:
            given = cast(dict[str, Any], body.options)
            options = replace(imports.need_import(writer, key).options, **given)
        return imports.change_import(
            writer, key, mapping=body.mapping, options=options, version=body.version
        )

    return await call.write(change)


@endpoint(
    "POST",
    "/imports/{id}/start",
    body=Start,
    returns=Import,
    scope="write",
    tag=_TAG,
    summary="Start an import, or a dry run",
)
async def start_import(call: ApiCall, body: Start) -> Import:
    """Let it be taken in, in the background; ask for the import to see how far it is."""
    roles.require(call.user, "change", "import")
    return await call.write(
        lambda w: imports.start_import(
            w, int(call.path["id"]), is_dry_run=body.is_dry_run, version=body.version
        )
    )


@endpoint(
    "POST",
    "/imports/{id}/cancel",
    returns=Import,
    scope="write",
    tag=_TAG,
    summary="Cancel an import",
)
async def cancel_import(call: ApiCall) -> Import:
    """Stop it where it is. What was taken in stays, with this import as its origin."""
    roles.require(call.user, "change", "import")
    return await call.write(lambda w: imports.cancel_import(w, int(call.path["id"])))


@endpoint(
    "POST",
    "/imports/{id}/resume",
    returns=Import,
    scope="write",
    tag=_TAG,
    summary="Go on with an import that failed",
)
async def resume_import(call: ApiCall) -> Import:
    """Go on where it stopped: no row is taken in twice."""
    roles.require(call.user, "change", "import")
    return await call.write(lambda w: imports.resume_import(w, int(call.path["id"])))


@endpoint(
    "GET",
    "/imports/{id}/problems",
    query=ProblemsQuery,
    returns=ImportProblems,
    tag=_TAG,
    summary="List the rows that were not taken in",
)
async def list_import_problems(call: ApiCall) -> ImportProblems:
    """Each with line, column and what is wrong, in the order of the rows."""
    roles.require(call.user, "see", "import")
    query: ProblemsQuery = call.query
    import_id = int(call.path["id"])

    def look(reader: Reader) -> list[ImportProblem]:
        imports.need_import(reader, import_id)
        return imports.problems_of(reader, import_id, after=query.after, limit=query.limit)

    found = await call.read(look)
    is_full = len(found) == query.limit
    return ImportProblems(items=tuple(found), next=found[-1].id if is_full else None)


@endpoint(
    "GET",
    "/imports/{id}/problems.csv",
    produces=(_CSV,),
    tag=_TAG,
    summary="Download the rows that were not taken in",
)
async def download_import_problems(call: ApiCall) -> web.StreamResponse:
    """All of them as a list: line, column, value, message."""
    roles.require(call.user, "see", "import")
    import_id = int(call.path["id"])
    if await call.read(lambda r: imports.get_import(r, import_id)) is None:
        raise RecordNotFound("import", import_id)
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{_CSV}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="import-{import_id}-problems.csv"',
        }
    )
    await response.prepare(call.request)
    await response.write(b"\xef\xbb\xbfline,column,value,message\r\n")
    async for block in _problem_rows(call, import_id):
        await response.write(block)
    await response.write_eof()
    return response


async def _problem_rows(call: ApiCall, import_id: int) -> AsyncIterator[bytes]:
    after = 0
    while found := await call.read(
        partial(imports.problems_of, import_id=import_id, after=after, limit=1_000)
    ):
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        for one in found:
            rows.writerow([one.line, defuse(one.column), defuse(one.value), defuse(one.message)])
        yield text.getvalue().encode()
        after = found[-1].id or 0


async def _save(request: web.Request, path: Path, most_bytes: int) -> None:
    """Write what is sent to a file, as it comes."""
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for block in _blocks(request):
            size += len(block)
            if size > most_bytes:
                limit = f"a list may have {most_bytes // 1_000_000} MB"
                raise ApiProblem(413, "too-large", "The list is too large", limit)
            await asyncio.to_thread(file.write, block)
    if not size:
        raise InvalidRecord([Problem("file", "there is nothing in it")])


async def _blocks(request: web.Request) -> AsyncIterator[bytes]:
    if request.content_type == _FORM:
        try:
            part = await _file_part(request)
        except (ValueError, AssertionError, RuntimeError):
            raise ApiProblem(400, "bad-form", "The form cannot be read") from None
        while block := await part.read_chunk(_AT_ONCE):
            yield part.decode(block)
    elif request.content_type in _ACCEPTED:
        if request.content.at_eof():  # somebody has read it for its fingerprint
            yield await request.read()
        async for block in request.content.iter_chunked(_AT_ONCE):
            yield block
    else:
        known = ", ".join(_ACCEPTED)
        raise ApiProblem(415, "media-type", "The body has to be a list", f"as one of {known}")


async def _file_part(request: web.Request) -> BodyPartReader:
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if isinstance(part, BodyPartReader) and part.name == "file":
            return part
    raise InvalidRecord([Problem("file", "the form has no part of this name")])


ENDPOINTS = (
    upload_import,
    list_imports,
    read_import,
    change_import,
    start_import,
    cancel_import,
    resume_import,
    list_import_problems,
    download_import_problems,
)
