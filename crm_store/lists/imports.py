"""Lists that are taken in: a job for each, and how far it has come.

The position of a job is committed with the rows that it speaks of: whatever is killed, and
whenever, no row is taken in twice and none is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import sqlalchemy as sa

from crm_store.checking.checks import find_problems
from crm_store.errors import InvalidRecord, NotPossible, Problem, RecordNotFound, VersionConflict
from crm_store.kinds import KINDS
from crm_store.lists.import_rows import Seen, take_rows
from crm_store.lists.mapping import remap
from crm_store.lists.rows import ReadRow
from crm_store.reader import Reader
from crm_store.records import (
    By,
    Import,
    ImportColumn,
    ImportOptions,
    ImportProblem,
    ImportStatus,
    PersonType,
)
from crm_store.tables import import_problems, imports
from crm_store.writer import Writer

_COLUMNS = tuple(each.name for each in fields(Import) if each.name != "id")
_COUNTS = ("rows", "created", "updated", "skipped", "failed")
NAME_FIELDS = frozenset({"name", "first_name", "last_name", "company", "id", "key"})


def add_import(writer: Writer, job: Import) -> Import:
    """Write down a list that somebody gave, as a draft."""
    made = replace(
        job, created_at=writer.now, updated_at=writer.now, created_by=writer.by.user, version=1
    )
    insert = sa.insert(imports).values(_row(made)).returning(imports.c.id)
    made = replace(made, id=int(writer.connection.execute(insert).scalar_one()))
    writer.write_history("import", str(made.id), "created", 1, {"name": (None, job.name)})
    return made


def get_import(reader: Reader, import_id: int) -> Import | None:
    """One import."""
    query = sa.select(imports).where(imports.c.id == import_id)
    row = reader.connection.execute(query).mappings().first()
    return None if row is None else _import(row)


def need_import(reader: Reader, import_id: int) -> Import:
    """One import; RecordNotFound without it."""
    found = get_import(reader, import_id)
    if found is None:
        raise RecordNotFound("import", import_id)
    return found


def list_imports(reader: Reader, *, before: int | None = None, limit: int = 50) -> list[Import]:
    """The imports, newest first."""
    query = sa.select(imports).order_by(imports.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(imports.c.id < before)
    return [_import(row) for row in reader.connection.execute(query).mappings()]


def running_imports(reader: Reader) -> list[Import]:
    """The imports that somebody has started and that are not over, oldest first."""
    is_running = imports.c.status == ImportStatus.RUNNING
    query = sa.select(imports).where(is_running).order_by(imports.c.id)
    return [_import(row) for row in reader.connection.execute(query).mappings()]


def find_unfinished(reader: Reader, digest: str, record_type: PersonType) -> Import | None:
    """The newest import of exactly this file that was started and did not come to its end."""
    query = (
        sa.select(imports)
        .where(
            imports.c.digest == digest,
            imports.c.record_type == record_type,
            imports.c.status.in_([ImportStatus.RUNNING, ImportStatus.FAILED]),
            imports.c.is_dry_run.is_(sa.false()),
        )
        .order_by(imports.c.id.desc())
        .limit(1)
    )
    row = reader.connection.execute(query).mappings().first()
    return None if row is None else _import(row)


def problems_of(
    reader: Reader, import_id: int, *, after: int = 0, limit: int = 500
) -> list[ImportProblem]:
    """What was wrong with rows, in their order; ``after`` is the id of the last one known."""
    query = (
        sa.select(import_problems)
        .where(import_problems.c.import_id == import_id, import_problems.c.id > after)
        .order_by(import_problems.c.id)
        .limit(limit)
    )
    return [
        ImportProblem(
            id=row["id"],
            line=row["line"],
            column=row["column"],
            value=row["value"],
            message=row["message"],
        )
        for row in reader.connection.execute(query).mappings()
    ]


def change_import(
    writer: Writer,
    import_id: int,
    *,
    mapping: Mapping[str, str | None] | None = None,
    options: ImportOptions | None = None,
    version: int | None = None,
) -> Import:
    """Change the mapping or the options of a draft. Raises InvalidRecord, NotPossible."""
    job = _locked(writer, import_id, version)
    _refuse_unless(job, ImportStatus.DRAFT)
    if options is not None:
        _check_options(writer, job.record_type, options)
    columns = remap(job.record_type, job.columns, mapping) if mapping else job.columns
    return _update(writer, job, "updated", columns=columns, options=options or job.options)


def start_import(
    writer: Writer, import_id: int, *, is_dry_run: bool = False, version: int | None = None
) -> Import:
    """Let a draft be taken in; a dry run says what would happen and writes nobody.

    After a dry run the same import can be started again.
    """
    job = _locked(writer, import_id, version)
    is_again = job.status is ImportStatus.DONE and job.is_dry_run
    if not is_again:
        _refuse_unless(job, ImportStatus.DRAFT)
    _check_options(writer, job.record_type, job.options)
    if not any(column.field in NAME_FIELDS for column in job.columns):
        raise InvalidRecord([Problem("columns", "no column is the name: map one to it")])
    forget_problems(writer, import_id)
    return _update(
        writer,
        job,
        "started",
        status=ImportStatus.RUNNING,
        is_dry_run=is_dry_run,
        started_at=writer.now,
        ended_at=None,
        **dict.fromkeys(_COUNTS, 0),
    )


def resume_import(writer: Writer, import_id: int) -> Import:
    """Go on with an import that failed or was cut off."""
    job = _locked(writer, import_id, None)
    if job.status is ImportStatus.RUNNING:
        return job
    _refuse_unless(job, ImportStatus.FAILED)
    return _update(writer, job, "resumed", status=ImportStatus.RUNNING, ended_at=None, reason="")


def cancel_import(writer: Writer, import_id: int) -> Import:
    """Stop an import where it is. What was taken in stays."""
    job = _locked(writer, import_id, None)
    if job.status in (ImportStatus.DONE, ImportStatus.CANCELLED):
        raise NotPossible(f"import {import_id} is {job.status.value} already")
    return _update(writer, job, "cancelled", status=ImportStatus.CANCELLED, ended_at=writer.now)


def take_chunk(
    writer: Writer,
    import_id: int,
    first: int,
    rows: Sequence[ReadRow],
    *,
    seen: Seen | None = None,
) -> Import:
    """Take in some rows, of which ``first`` is the number of rows before them.

    A chunk that was taken in already, or comes too early, changes nothing: the answer's ``rows``
    says where to go on. So does one of an import that is not running. ``seen`` is what a dry run
    remembers from chunk to chunk.
    """
    job = _locked(writer, import_id, None)
    if job.status is not ImportStatus.RUNNING or job.rows != first:
        return job
    writer.by = By(user=job.created_by, via=f"import {import_id}")
    taken = take_rows(writer, job, rows, seen)
    _write_problems(writer, import_id, taken.problems)
    changes: dict[str, Any] = {
        "rows": job.rows + len(rows),
        "created": job.created + taken.created,
        "updated": job.updated + taken.updated,
        "skipped": job.skipped + taken.skipped,
        "failed": job.failed + taken.failed,
    }
    return _store(writer, replace(job, **changes, updated_at=writer.now))


def restart_dry_run(writer: Writer, import_id: int) -> Import:
    """Begin a dry run again that was cut off: what it had seen is forgotten."""
    forget_problems(writer, import_id)
    nothing: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
    return _store(writer, replace(_locked(writer, import_id, None), **nothing))


def forget_dry_run(writer: Writer, import_id: int) -> None:
    """Let go of a dry run that nobody wants to start in earnest."""
    job = _locked(writer, import_id, None)
    if job.is_dry_run and job.status is not ImportStatus.RUNNING:
        _update(writer, job, "cancelled", status=ImportStatus.CANCELLED)


def end_import(writer: Writer, import_id: int, *, reason: str = "") -> Import:
    """The last row was taken in; or the rest cannot be read, for this reason."""
    job = _locked(writer, import_id, None)
    if job.status is not ImportStatus.RUNNING:
        return job
    status = ImportStatus.FAILED if reason else ImportStatus.DONE
    return _update(writer, job, status.value, status=status, reason=reason, ended_at=writer.now)


def forget_problems(writer: Writer, import_id: int) -> None:
    """Delete what was wrong with rows."""
    theirs = sa.delete(import_problems).where(import_problems.c.import_id == import_id)
    writer.connection.execute(theirs)


def _write_problems(writer: Writer, import_id: int, problems: Sequence[ImportProblem]) -> None:
    if problems:
        writer.connection.execute(
            sa.insert(import_problems),
            [
                {
                    "import_id": import_id,
                    "line": each.line,
                    "column": each.column,
                    "value": each.value,
                    "message": each.message,
                }
                for each in problems
            ],
        )


def _check_options(reader: Reader, record_type: PersonType, options: ImportOptions) -> None:
    """Refuse what no row could have: an owner who is not there, a source that is not listed."""
    kind = KINDS[record_type.value]
    given = {
        name: value
        for name in ("owner", "owner_group", "campaign", "source")
        if (value := getattr(options, name)) is not None
    }
    problems = [
        Problem(f"options.{each.field}", each.message)
        for each in find_problems(reader.connection, kind, kind.record(name="-", **given), None)
        if each.field in given
    ]
    if problems:
        raise InvalidRecord(problems)


def _refuse_unless(job: Import, status: ImportStatus) -> None:
    if job.status is not status:
        raise NotPossible(f"import {job.id} is {job.status.value}, not {status.value}")


def _locked(writer: Writer, import_id: int, version: int | None) -> Import:
    query = sa.select(imports).where(imports.c.id == import_id)
    if writer.connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = writer.connection.execute(query).mappings().first()
    if row is None:
        raise RecordNotFound("import", import_id)
    job = _import(row)
    if version is not None and version != job.version:
        raise VersionConflict("import", import_id, expected=version, current=job.version)
    return job


def _update(writer: Writer, job: Import, action: str, **changes: Any) -> Import:
    """Change what people decide about an import: with a version and a history entry."""
    made = replace(job, **changes, updated_at=writer.now, version=job.version + 1)
    told = {
        name: (str(getattr(job, name)), str(getattr(made, name)))
        for name in ("status", "is_dry_run", "reason")
        if getattr(job, name) != getattr(made, name)
    }
    writer.write_history("import", str(job.id), action, made.version, told)
    return _store(writer, made)


def _store(writer: Writer, job: Import) -> Import:
    update = sa.update(imports).where(imports.c.id == job.id).values(_row(job))
    writer.connection.execute(update)
    return job


def _row(job: Import) -> dict[str, Any]:
    return {name: getattr(job, name) for name in _COLUMNS}


def _import(row: Mapping[Any, Any]) -> Import:
    values = {name: row[name] for name in _COLUMNS}
    values["record_type"] = PersonType(values["record_type"])
    values["status"] = ImportStatus(values["status"])
    return Import(id=row["id"], **values)


def mapping_of(columns: Sequence[ImportColumn]) -> dict[str, str | None]:
    """Column → field."""
    return {column.column: column.field for column in columns}
