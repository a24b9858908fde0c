"""Taking a list in: from a file to a draft, and from its start to its end.

For the command line and for the bridge alike: both go on where the job's row says.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice
from pathlib import Path

from crm_store.errors import InvalidRecord, Problem
from crm_store.lists import imports
from crm_store.lists.feed import Feed, Part, open_chunks
from crm_store.lists.import_rows import Seen
from crm_store.lists.mapping import guess_mapping
from crm_store.lists.tables import TableForm, find_form, open_rows
from crm_store.lists.text import Encoding
from crm_store.records import Import, ImportOptions, ImportStatus, PersonType
from crm_store.store import Store
from crm_store.writer import Writer

_SAMPLE_ROWS = 200
_OTHERS_SECONDS = 1.0
_LONGEST_SECONDS = 2.0
"""So long at most nobody else can write, whatever the machine; the store's others wait for five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much is written at a time: large chunks are fast, small ones keep nobody waiting."""

    rows_per_chunk: int = 1_000
    pause_seconds: float = 0.0


ALONE = Pace(rows_per_chunk=20_000)
"""For a command, which has the machine to itself. New people's numbers and addresses fall all over
the indexes: the more of them are written together, the fewer pages are written."""

BESIDE_CALLS = Pace(rows_per_chunk=500, pause_seconds=0.01)
"""For the bridge: a call's write waits behind one chunk at most."""


def inspect_file(path: Path, name: str, record_type: PersonType, options: ImportOptions) -> Import:
    """Look at a file: a draft of its import, with every column's guess.

    Raises InvalidRecord for a file that is no list.
    """
    form = find_form(path)
    with open_rows(path, form) as rows:
        first = list(islice(rows, _SAMPLE_ROWS))
    if not first:
        raise InvalidRecord([Problem("file", "there is no row below its header")])
    sample = [row.cells for row in first if not row.problem]
    return Import(
        name=name,
        record_type=record_type,
        file=str(path),
        digest=digest_of(path),
        size=path.stat().st_size,
        encoding=form.encoding.name + (f" + {form.encoding.other}" if form.encoding.other else ""),
        delimiter=form.delimiter,
        has_header=form.has_header,
        notes=form.notes,
        columns=guess_mapping(record_type, form.header, sample, options.country),
        options=options,
    )


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def run_import(
    store: Store,
    import_id: int,
    *,
    path: Path | None = None,
    pace: Pace = ALONE,
    on_progress: Callable[[Import], None] = lambda job: None,
) -> Import:
    """Take a started import in, from where it is to its end; return what became of it.

    Ends early when it is cancelled. ``path`` is where the file is now. A file that is not the
    one that the import was made of ends it as failed, and so does one that cannot be read.
    """
    job = await store.read(lambda r: imports.need_import(r, import_id))
    file = path or Path(job.file)
    if job.status is not ImportStatus.RUNNING:
        return job
    if not file.is_file() or await asyncio.to_thread(digest_of, file) != job.digest:
        reason = f"{file.name} is not there any more, or is another file now"
        return await store.write(lambda w: imports.end_import(w, import_id, reason=reason))
    seen = Seen() if job.is_dry_run else None
    if job.is_dry_run and job.rows:
        job = await store.write(lambda w: _from_the_start(w, import_id))
    while job.status is ImportStatus.RUNNING:
        job, is_over, reason = await _pass(store, job, file, pace, seen, on_progress)
        if is_over and job.status is ImportStatus.RUNNING:
            job = await store.write(partial(_end, import_id=import_id, reason=reason))
        elif job.status is ImportStatus.RUNNING:
            await asyncio.sleep(_OTHERS_SECONDS)
    on_progress(job)
    return job


async def _pass(
    store: Store,
    job: Import,
    file: Path,
    pace: Pace,
    seen: Seen | None,
    on_progress: Callable[[Import], None],
) -> tuple[Import, bool, str]:
    """Take in what is left; say whether that is all, and why nothing more can be read.

    Another bridge may be at the same import: what it has taken in is not taken in again.
    """
    import_id = job.id or 0
    feed = Feed(
        path=str(file),
        form=form_of(job),
        record_type=job.record_type,
        columns=job.columns,
        country=job.options.country,
        skip=job.rows,
        rows_per_chunk=pace.rows_per_chunk,
    )
    async with open_chunks(feed) as chunks:
        async for chunk in chunks:
            if chunk.error:
                return job, True, chunk.error
            parts = chunk.parts
            while parts:
                first, standing = job.rows, list(accumulate(part.many for part in parts))
                take = partial(_take, import_id=import_id, first=first, parts=parts, seen=seen)
                job = await store.write(take)
                on_progress(job)
                if job.status is not ImportStatus.RUNNING or job.rows - first not in standing:
                    return job, False, ""
                parts = parts[standing.index(job.rows - first) + 1 :]
            if pace.pause_seconds:
                await asyncio.sleep(pace.pause_seconds)
    return job, True, ""


def _take(
    writer: Writer, import_id: int, first: int, parts: Sequence[Part], seen: Seen | None
) -> Import:
    """Take in some parts in one unit of work, all of them unless it takes too long."""
    ends_at = time.monotonic() + _LONGEST_SECONDS
    for part in parts:
        job = imports.take_chunk(writer, import_id, first, part.rows(), seen=seen)
        first += part.many
        if job.rows != first or time.monotonic() > ends_at:
            break
    return job


def form_of(job: Import) -> TableForm:
    """How the file of an import is read."""
    name, _, other = job.encoding.partition(" + ")
    return TableForm(
        encoding=Encoding(name=name, other=other or None),
        delimiter=job.delimiter,
        header=tuple(column.column for column in job.columns),
        has_header=job.has_header,
    )


def _end(writer: Writer, import_id: int, reason: str) -> Import:
    return imports.end_import(writer, import_id, reason=reason)


def _from_the_start(writer: Writer, import_id: int) -> Import:
    return imports.restart_dry_run(writer, import_id)


def check_same_file(job: Import, path: Path) -> None:
    """Raise InvalidRecord unless this is the file that an import was made of."""
    if digest_of(path) != job.digest:
        message = f"is not the file that import {job.id} was made of"
        raise InvalidRecord([Problem("file", message)])
