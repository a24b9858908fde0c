"""The files of a journal: which one follows which, and where in one a reader may go on."""

from __future__ import annotations

import gzip
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import structlog

from pbx_bridge.asterisk.journal_rows import ROW_START

_log = structlog.get_logger(__name__)

_LONGEST_START = 200
"""How much of a row shows that it is one."""
_UNREADABLE = (".bz2", ".xz", ".zst")
"""Compressed by what is not read here."""


def find_rotated(path: Path, inode: int) -> list[Path]:
    """The file that had our inode when we left, and those written since, under their new names.

    Empty when ``path`` is still the same file, or when ours is gone for good.
    """
    with suppress(FileNotFoundError):
        if not inode or path.stat().st_ino == inode:
            return []
    for each in path.parent.glob(f"{path.name}*"):
        if (stat := each.stat()).st_ino == inode:
            return [each, *written_since(path, inode, age_of(stat))]
    _log.warning(
        "the journal that was being read is gone: compressed, or deleted",
        journal=str(path),
        advice="pbx-bridge backfill tells what stands in its copies",
    )
    return []


def written_since(path: Path, inode: int, age: tuple[int, int]) -> list[Path]:
    """The files beside a journal that were finished since one of this age, oldest first."""
    beside = (each for each in path.parent.glob(f"{path.name}?*") if each.is_file())
    siblings = [(each, each.stat()) for each in beside if each.suffix not in _UNREADABLE]
    others = sorted((age_of(stat), each) for each, stat in siblings if stat.st_ino != inode)
    return [each for its_age, each in others if its_age > age]


def age_of(stat: os.stat_result) -> tuple[int, int]:
    """Files of one moment are in the order in which they were moved."""
    return stat.st_mtime_ns, stat.st_ctime_ns


def open_journal(path: Path) -> IO[bytes]:
    """Open a journal, also one that ``logrotate`` has compressed (``.gz``)."""
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def is_row_start(file: IO[bytes], offset: int) -> bool:
    """Whether a row may begin here: behind a line break, and, if there is more, like a row."""
    if offset == 0:
        return True
    file.seek(offset - 1)
    before, line = file.read(1), file.readline(_LONGEST_START)
    return before == b"\n" and (not line or ROW_START.match(line) is not None)
