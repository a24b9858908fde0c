"""Lists that were imported, and records that were merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm_store.records.words import PersonType


class ImportStatus(StrEnum):
    """How far an import has come."""

    DRAFT = "draft"
    """The file is there and its columns are guessed; nobody has started it."""
    RUNNING = "running"
    """Started; a bridge or a command works on it, or has to go on with it."""
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """The file could not be read any further; ``reason`` says why."""


class Duplicates(StrEnum):
    """What an import does with a row that is on file already."""

    SKIP = "skip"
    FILL = "fill"
    """Update the fields that are empty on file."""
    UPDATE = "update"
    """Update every field that the row fills."""
    CREATE = "create"
    """Make another record all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportColumn:
    """One column of a list, and the field that it fills (None: none).

    ``confidence`` is from 0 to 1; ``why`` says what the guess goes by.
    """

    column: str
    field: str | None = None
    confidence: float = 0.0
    why: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a list is taken in.

    ``country`` (ISO 3166-1) is where its national numbers are from. The rest is for rows that
    say nothing of it.
    """

    duplicates: Duplicates = Duplicates.SKIP
    country: str | None = None
    owner: str | None = None
    owner_group: str | None = None
    campaign: str | None = None
    source: str | None = None
    apply_rules: bool = False
    """Whether the response rules are asked for each new lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One list, and what became of its rows so far.

    ``rows`` counts those that were read; each was created, updated, skipped as a duplicate, or
    has a problem. ``file`` is where the list is kept until it is taken in; ``digest`` (SHA-256)
    tells whether a file that is given again is the same one.
    """

    name: str
    record_type: PersonType
    file: str
    digest: str
    size: int
    status: ImportStatus = ImportStatus.DRAFT
    is_dry_run: bool = False
    encoding: str = ""
    delimiter: str = ""
    has_header: bool = True
    notes: tuple[str, ...] = ()
    """What was noticed about the file as a whole."""
    columns: tuple[ImportColumn, ...] = ()
    options: ImportOptions = field(default_factory=ImportOptions)
    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    reason: str = ""
    created_by: str | None = None
    id: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblem:
    """What was wrong with one row of a list; ``value`` is what stood there (its beginning)."""

    line: int
    column: str
    value: str
    message: str
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Something that hung on the loser of a merge and hangs on the winner since."""

    table: str
    id: int
    column: str
    """The column that refers to the person."""
    name: str | None = None
    """What an activity called him it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two records of one type that were made one.

    ``loser`` is what the other record was, in plain values; ``changes`` are the winner's fields,
    each from what to what.
    """

    id: int
    record_type: PersonType
    winner_id: int
    loser_id: int
    winner_name: str
    loser_name: str
    merged_at: datetime
    merged_by: str | None
    loser: dict[str, Any]
    changes: dict[str, tuple[Any, Any]]
    moved: tuple[Moved, ...]
    undone_at: datetime | None = None
    undone_by: str | None = None
