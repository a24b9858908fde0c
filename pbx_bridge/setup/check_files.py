"""What Asterisk writes on this host, as findings: the journal and the recordings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pbx_bridge.asterisk.cel import JOURNAL_FIELDS, UnreadableRowError, event_from_row
from pbx_bridge.asterisk.journal import NEVER_CUT_BYTES
from pbx_bridge.asterisk.journal_rows import JournalRow, split_rows
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.config import PbxConfig
from pbx_bridge.setup.findings import Finding, bad, doubtful, good

_LAST_BYTES = 256 * 1024


def findings(pbx: PbxConfig, started_at: datetime | None) -> Iterator[Finding]:
    """Judge one PBX's files; ``started_at`` is when its Asterisk started, where ARI told it."""
    if pbx.journal_table is None:
        yield _journal(f"{pbx.name} journal", pbx.journal, started_at)
    yield _recordings(f"{pbx.name} recordings", pbx.recordings)


def _journal(subject: str, path: Path | None, started_at: datetime | None) -> Finding:
    if path is None:
        return doubtful(
            subject,
            "none is configured: calls that ring while the bridge is away are not recorded",
            "On the PBX's own host set journal = …, elsewhere journal_table = …; else `backfill`.",
        )
    if not path.parent.is_dir():
        return bad(
            subject,
            f"the folder {path.parent} does not exist: Asterisk writes nothing",
            f"install -d -o asterisk -g asterisk {path.parent}",
        )
    if not path.exists():
        return doubtful(
            subject,
            f"{path} does not exist yet: nothing was written since the folder was made",
            "Include cel_custom_pbx_bridge.conf and place a call; `cel show status` tells more.",
        )
    try:
        rows = _last_rows(path)
    except OSError as error:
        advice = f"The bridge's user must be able to read it: see `ls -l {path}`."
        return bad(subject, f"{path}: {error.strerror}", advice)
    return _judge_rows(subject, path, rows, started_at)


def _judge_rows(
    subject: str, path: Path, rows: list[JournalRow], started_at: datetime | None
) -> Finding:
    if not rows:
        return doubtful(subject, f"{path} is empty", "Place a call, and look again.")
    try:
        last = _read_row(rows[-1])
    except UnreadableRowError as problem:
        return bad(
            subject,
            f"{path}: its last row cannot be read: {problem}",
            "Take the mapping of cel_custom_pbx_bridge.conf as it is, and cel.conf's dateformat.",
        )
    age = f"last row {last.at.astimezone():%Y-%m-%d %H:%M:%S}"
    if started_at is not None and last.at < started_at:
        return doubtful(
            subject,
            f"{path}: no row since Asterisk started at {started_at.astimezone():%Y-%m-%d %H:%M:%S}",
            "Is CEL on (`cel show status`), and cli_pbx_bridge.conf included? It writes one then.",
        )
    return good(subject, f"{path}, {age}")


def _last_rows(path: Path) -> list[JournalRow]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LAST_BYTES))
        if size > _LAST_BYTES:
            file.readline()
        return list(split_rows(file))


def _read_row(row: JournalRow) -> ChannelEvent:
    """Read the row as the bridge does; a whole one has all fields, unless Asterisk cut it."""
    if len(row.fields) != len(JOURNAL_FIELDS) and row.ends_at - row.starts_at < NEVER_CUT_BYTES:
        raise UnreadableRowError(f"{len(row.fields)} fields, expected {len(JOURNAL_FIELDS)}")
    return event_from_row(row.fields)


def _recordings(subject: str, folder: Path | None) -> Finding:
    if folder is None:
        return doubtful(
            subject,
            "no folder is configured: recordings have neither length nor link",
            "On the PBX's own host set recordings = …, Asterisk's monitor folder.",
        )
    if not folder.is_dir():
        advice = "Compare with astspooldir in asterisk.conf; MixMonitor writes to its monitor/."
        return bad(subject, f"the folder {folder} does not exist", advice)
    if not os.access(folder, os.R_OK | os.X_OK):
        advice = f"The bridge's user must be able to read it: see `ls -ld {folder}`."
        return bad(subject, f"{folder}: may not be read", advice)
    return good(subject, str(folder))
