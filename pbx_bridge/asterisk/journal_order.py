"""How far the rows of a journal are out of order: looked at before it is read, by their times.

Asterisk writes rows a millisecond out of order at most, so a journal can be sorted as it is read:
whatever is older than every row still to come is in its place. A look at the times alone, some
microseconds a row, says where that is; a journal that was shuffled or pieced together shows it
there, and is sorted on disk instead.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import IO

from pbx_bridge.asterisk.cel import UnreadableRowError, parse_instant
from pbx_bridge.asterisk.journal_files import is_plain

BLOCK_BYTES = 1 << 20
_TIMES = re.compile(rb'^"?[^",\r\n]{1,80}"?,"?[A-Z_]{3,40}"?,"?(\d[^",\r\n]*)', re.MULTILINE)
"""The time of every row, as ``journal_rows.ROW_START`` knows where one starts."""
_ZONE_AT = 26
"""Where in ``2026-11-22T21:54:25.374576+0000`` the zone begins."""
_HOLE = b"\0" * 16
_BLOCKS_APART = 8
"""A row further than this from its place is not waited for in memory."""


@dataclass(frozen=True, slots=True)
class _Block:
    earliest: bytes
    latest: bytes


def find_order(file: IO[bytes]) -> list[datetime] | None:
    """The earliest time of each block of a journal and of all that follow it, block by block.

    None where it cannot be sorted as it is read: a pipe, a compressed file, times of several
    forms or zones, rows far from their place. The file is left at its beginning.
    """
    if not _is_seekable(file):
        return None
    start = file.tell()
    try:
        if not is_plain(file):
            return None
        file.seek(start)
        return _order_of(_blocks(file))
    except UnreadableRowError:
        return None
    finally:
        file.seek(start)


def read_block(file: IO[bytes]) -> bytes:
    """Some more of a journal, up to the end of a line; nothing at its end."""
    return file.read(BLOCK_BYTES) + file.readline()


def _is_seekable(file: IO[bytes]) -> bool:
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except io.UnsupportedOperation:
        return file.seekable()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := read_block(file):
        yield block


def _order_of(blocks: Iterator[bytes]) -> list[datetime] | None:
    known: list[_Block] = []
    form: tuple[int, bytes] | None = None
    for block in blocks:
        times = _TIMES.findall(block)
        if _HOLE in block or not times:
            return None
        form = form or (len(times[0]), times[0][_ZONE_AT:])
        if any(len(time) != form[0] or not time.endswith(form[1]) for time in times):
            return None
        known.append(_Block(min(times), max(times)))
    earliest = list(accumulate((block.earliest for block in reversed(known)), min))[::-1]
    later = [*earliest[_BLOCKS_APART:], *[b"\xff"] * _BLOCKS_APART]
    if any(block.latest >= bound for block, bound in zip(known, later, strict=False)):
        return None
    return [parse_instant(time.decode("ascii", "replace")) for time in earliest]
