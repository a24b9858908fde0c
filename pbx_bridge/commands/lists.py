"""``import`` and ``export``: lists of people from a file, and everything there is as a file."""

from __future__ import annotations

import asyncio
import csv
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any, cast

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crm_store.lists import imports
from crm_store.lists.cells import defuse
from crm_store.lists.exports import EXPORTS, Export, Spreadsheet, csv_header, csv_rows, json_line
from crm_store.lists.importing import digest_of, inspect_file, run_import
from crm_store.lists.mapping import remap
from crm_store.records import (
    Duplicates,
    Import,
    ImportColumn,
    ImportOptions,
    ImportProblem,
    ImportStatus,
    PersonType,
)
from crm_store.store import Store
from pbx_bridge import app
from pbx_bridge.commands.invocation import config_of, errors, existing_store, tell
from pbx_bridge.commands.plain import visible
from pbx_bridge.config import Config
from pbx_bridge.errors import PbxBridgeError

_SHOWN_PROBLEMS = 20
_AT_ONCE = 1_000


class People(StrEnum):
    """What a list is of."""

    LEADS = "leads"
    CONTACTS = "contacts"
    ACCOUNTS = "accounts"
    PERSON_ACCOUNTS = "person_accounts"

    @property
    def record_type(self) -> PersonType:
        """The type of its records."""
        return PersonType(self.value.removesuffix("s"))


What = StrEnum("What", {name.upper(): name for name in EXPORTS})  # type: ignore[misc]


class ExportFormat(StrEnum):
    """How a list is given out."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


def import_list(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX.")],
    record_type: Annotated[People, typer.Option("--as", help="What the rows are.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="May be repeated; `Fax=` leaves out."),
    ] = None,
    duplicates: Annotated[
        Duplicates, typer.Option(help="What to do with a row that is on file already.")
    ] = Duplicates.SKIP,
    country: Annotated[
        str | None, typer.Option(help="Where national numbers are from; else [numbers] country.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Whose they are, unless a row says so.")] = None,
    group: Annotated[str | None, typer.Option(help="The group that owns them, likewise.")] = None,
    campaign: Annotated[str | None, typer.Option(help="What brought them, likewise.")] = None,
    source: Annotated[str | None, typer.Option(help="Where from, likewise.")] = None,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nobody.")
    ] = False,
    is_resumed: Annotated[
        bool, typer.Option("--resume", help="Go on with this file where it was cut off.")
    ] = False,
    is_afresh: Annotated[
        bool, typer.Option("--afresh", help="Begin again although it was cut off.")
    ] = False,
    problems: Annotated[
        Path | None, typer.Option(help="Write every row that was not taken in to this CSV file.")
    ] = None,
) -> None:
    """Take in leads, contacts or accounts from a list."""
    config = config_of(context)
    options = ImportOptions(
        duplicates=duplicates,
        country=(country or config.numbers.country or "").upper() or None,
        owner=owner,
        owner_group=group,
        campaign=campaign,
        source=source,
    )
    if not file.is_file():
        raise PbxBridgeError(f"{visible(str(file))}: is no file", hint="Nothing was read.")
    wanted = _Wanted(record_type.record_type, _pairs(mapping or []), options, is_dry_run)
    done = asyncio.run(_import(config, file.absolute(), wanted, is_resumed, is_afresh, problems))
    if done.status is not ImportStatus.DONE:
        raise typer.Exit(1)


class _Wanted:
    def __init__(
        self,
        record_type: PersonType,
        mapping: dict[str, str | None],
        options: ImportOptions,
        is_dry_run: bool,
    ) -> None:
        self.record_type, self.mapping = record_type, mapping
        self.options, self.is_dry_run = options, is_dry_run


def _pairs(given: Sequence[str]) -> dict[str, str | None]:
    pairs: dict[str, str | None] = {}
    for text in given:
        column, found, field = text.rpartition("=")
        if not found or not column:
            raise typer.BadParameter(f"{text!r}: expected COLUMN=FIELD, for instance Tel=phone")
        pairs[column] = field.strip() or None
    return pairs


async def _import(
    config: Config,
    file: Path,
    wanted: _Wanted,
    is_resumed: bool,
    is_afresh: bool,
    problems: Path | None,
) -> Import:
    async with app.open_store(config, migrate=True) as store:
        job = await _job(store, file, wanted, is_resumed, is_afresh)
        for note in job.notes:
            tell(note)
        if not is_resumed:
            _show_mapping(job.columns)
        import_id = cast(int, job.id)
        with _progress(job) as on_progress:
            done = await run_import(store, import_id, path=file, on_progress=on_progress)
        await _say(store, done, problems)
        if done.is_dry_run:
            await store.write(lambda w: imports.forget_dry_run(w, import_id))
        return done


async def _job(
    store: Store, file: Path, wanted: _Wanted, is_resumed: bool, is_afresh: bool
) -> Import:
    """The import to run: the one that was cut off, or a new one."""
    digest = digest_of(file)
    unfinished = await store.read(lambda r: imports.find_unfinished(r, digest, wanted.record_type))
    if is_resumed:
        if unfinished is None:
            raise PbxBridgeError(
                "no import of exactly this file was cut off", hint="Import it without --resume."
            )
        tell(f"import {unfinished.id} goes on after {unfinished.rows:,} rows")
        return await store.write(lambda w: imports.resume_import(w, cast(int, unfinished.id)))
    if unfinished is not None and not wanted.is_dry_run:
        if not is_afresh:
            raise PbxBridgeError(
                f"import {unfinished.id} of this file was cut off after {unfinished.rows:,} rows",
                hint="--resume goes on with it; --afresh begins again.",
            )
        await store.write(lambda w: imports.cancel_import(w, cast(int, unfinished.id)))
    draft = inspect_file(file, file.name, wanted.record_type, wanted.options)
    draft = replace(draft, columns=remap(draft.record_type, draft.columns, wanted.mapping))

    def add_and_start(writer: Any) -> Import:
        made = imports.add_import(writer, draft)
        return imports.start_import(writer, cast(int, made.id), is_dry_run=wanted.is_dry_run)

    return await store.write(add_and_start)


def _show_mapping(columns: Sequence[ImportColumn]) -> None:
    for column in columns:
        examples = ", ".join(visible(one) for one in column.examples)
        if not examples:
            continue
        if column.field is None:
            tell(f"  {visible(column.column)}: left out ({column.why}): {examples}")
        else:
            sure = f"{column.confidence:.0%}"
            tell(f"  {visible(column.column)} → {column.field} ({sure}): {examples}")


@contextmanager
def _progress(job: Import) -> Iterator[Callable[[Import], None]]:
    """Show rows, rate and counts, on a terminal only."""
    if not errors.is_terminal:
        yield lambda now: None
        return
    started, first = time.monotonic(), job.rows
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("reading", total=None)

        def show(now: Import) -> None:
            rate = (now.rows - first) / max(time.monotonic() - started, 0.001)
            said = f"{now.rows:,} rows, {rate:,.0f} per second: {_counts(now)}"
            progress.update(task, description=said)

        yield show


def _counts(job: Import) -> str:
    would = "would be " if job.is_dry_run else ""
    return (
        f"{job.created:,} {would}created, {job.updated:,} {would}updated, "
        f"{job.skipped:,} {would}left out, {job.failed:,} with problems"
    )


async def _say(store: Store, job: Import, problems: Path | None) -> None:
    import_id = cast(int, job.id)
    tell(f"import {import_id}: {job.rows:,} rows: {_counts(job)}")
    found = await store.read(lambda r: imports.problems_of(r, import_id, limit=_SHOWN_PROBLEMS + 1))
    for one in found[:_SHOWN_PROBLEMS]:
        tell(f"  {_said(one)}")
    if len(found) > _SHOWN_PROBLEMS and problems is None:
        tell("  … and more: --problems FILE writes all of them")
    if problems is not None:
        await _write_problems(store, import_id, problems)
    if job.reason:
        tell(f"error: {job.reason}", style="red")


def _said(one: ImportProblem) -> str:
    where = f"line {one.line}" + (f", column {visible(one.column)}" if one.column else "")
    return f"{where}: {visible(one.message)}"


async def _write_problems(store: Store, import_id: int, path: Path) -> None:
    after = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["line", "column", "value", "message"])
        while found := await store.read(
            partial(imports.problems_of, import_id=import_id, after=after, limit=_AT_ONCE)
        ):
            rows.writerows(
                [one.line, defuse(one.column), defuse(one.value), defuse(one.message)]
                for one in found
            )
            after = found[-1].id or 0


def export(
    context: typer.Context,
    what: Annotated[What, typer.Argument(help="Which records.")],
    form: Annotated[ExportFormat, typer.Option("--format", help="xlsx needs -o.")] = (
        ExportFormat.CSV
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Into this file, not standard output.")
    ] = None,
) -> None:
    """Give out all records of one kind, as a list that can be taken in again."""
    config = config_of(context)
    if form is ExportFormat.XLSX and output is None:
        raise typer.BadParameter("a spreadsheet needs a file: -o FILE.xlsx")
    asyncio.run(_export(config, EXPORTS[what.value], form, output))


async def _export(config: Config, export: Export, form: ExportFormat, output: Path | None) -> None:
    async with existing_store(config) as store:
        if form is ExportFormat.XLSX and output is not None:
            sheet = Spreadsheet(export)
            async for some in _blocks(store, export):
                for record in some:
                    sheet.add(record)
            sheet.save(output)
            return
        with _target(output) as target:
            if form is ExportFormat.CSV:
                target.write(csv_header(export))
            async for some in _blocks(store, export):
                if form is ExportFormat.CSV:
                    target.write(csv_rows(export, some))
                else:
                    target.writelines(json_line(record) for record in some)
            target.flush()


@contextmanager
def _target(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        with output.open("wb") as file:
            yield file
    except OSError as error:
        raise PbxBridgeError(f"{visible(str(output))}: {error.strerror}") from None


async def _blocks(store: Store, export: Export) -> AsyncGenerator[list[Any], None]:
    some: list[Any] = []
    found = cast("AsyncGenerator[Any, None]", store.stream(export.records))
    async with aclosing(found) as records:
        async for record in records:
            some.append(record)
            if len(some) == _AT_ONCE:
                yield some
                some = []
    if some:
        yield some
