"""The text of a journal → rows of fields, whatever was cut, broken or forged in between. Pure.

Asterisk writes CSV with every field quoted, but cuts a row at 1,023 bytes in the middle of a
quote, and a caller's name may hold a line break. So a row does not end where a line ends: it
ends where its quotes are balanced, or at the latest where the next line begins like a row. A
stranger cannot forge such a beginning: the quotes inside a field are doubled.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

ROW_START = re.compile(rb'"?[^",\r\n]{1,80}"?,"?[A-Z_]{3,40}"?,"?\d')
_FIELDS = 19
_BEFORE_EXTRA = 16
"""The fields before eventextra hold no commas of their own; name and arguments come after it."""
_HOLE = re.compile(rb"(\0{16,})")
"""Where the disk was full, or lost its power; one NUL by itself is a stranger's."""
_AFTER_EXTRA = 2
MAX_ROW_BYTES = 64 * 1024
"""A row longer than this is no row of Asterisk's; it is given up rather than collected."""


class JournalRow(NamedTuple):
    """One row: its fields, where in the file it began and ended (bytes), and on which line it
    began, counted from where reading did."""

    fields: list[str]
    starts_at: int
    ends_at: int
    line: int


class RowSplitter:
    """Cut a stream of lines into rows; keeps what is unfinished until more arrives."""

    def __init__(self, offset: int = 0) -> None:
        self._pending = b""
        self._pending_at = offset
        self._pending_line = 0
        self._offset = offset
        self._line = 0

    def feed(self, line: bytes) -> Iterable[JournalRow]:
        """Take one line (with its line break, unless it is the file's last); the rows it ends.

        A disk that was full, or lost its power, leaves a hole of NULs: what stands before it is
        cut off there, what stands behind it counts.
        """
        self._line += 1
        is_broken = self._pending or line[-1:] != b"\n" or b"\0" in line or line.isspace()
        if is_broken or line.count(b'"') % 2:
            return self._feed_patiently(line)
        starts_at, self._offset = self._offset, self._offset + len(line)
        return (JournalRow(split_fields(line), starts_at, self._offset, self._line),)

    def _feed_patiently(self, line: bytes) -> Iterator[JournalRow]:
        if b"\0" not in line:
            yield from self._feed(line)
            return
        for place, piece in enumerate(_HOLE.split(line)):
            if place % 2:
                yield from self.flush()
                self._offset += len(piece)
            elif piece:
                yield from self._feed(piece)

    def _feed(self, line: bytes) -> Iterator[JournalRow]:
        if self._pending and (ROW_START.match(line) or len(self._pending) > MAX_ROW_BYTES):
            yield from self.flush()
        if not self._pending:
            self._pending_at, self._pending_line = self._offset, self._line
        self._pending += line
        self._offset += len(line)
        if line.endswith(b"\n") and self._pending.count(b'"') % 2 == 0:
            yield from self.flush()

    def flush(self) -> Iterator[JournalRow]:
        """Give up waiting: what is there is the row, however it ends."""
        pending, self._pending = self._pending, b""
        if pending.strip():
            fields = split_fields(pending)
            yield JournalRow(fields, self._pending_at, self._offset, self._pending_line)


def split_fields(row: bytes) -> list[str]:
    """Split one CSV row; unreadable bytes become U+FFFD, an open quote is closed by the end."""
    text = row.decode("utf-8", errors="replace").rstrip("\r\n").removeprefix("\ufeff")
    if (fields := _split_plain(text)) is not None:
        return fields
    try:
        records = csv.reader(io.StringIO(text, newline=""), strict=False)
        fields = [field for record in records for field in record]
    except csv.Error:
        return []
    if len(fields) > _FIELDS and not text.startswith('"'):
        return _split_unquoted(text)
    return fields


def _split_plain(text: str) -> list[str] | None:
    """Split a row as Asterisk writes nearly all of them, in half the time; None where it is not.

    All is quoted, and quotes stand nowhere but around fields and, doubled, in the JSON.
    """
    if text[:1] != '"' or text[-1:] != '"':
        return None
    *before, rest = text[1:-1].split('","', _BEFORE_EXTRA)
    after = rest.rsplit('","', _AFTER_EXTRA)
    if len(before) != _BEFORE_EXTRA or len(after) != 1 + _AFTER_EXTRA:
        return None
    extra, *texts = after
    if '"' in "".join(before) or '"' in "".join(texts) or '"' in extra.replace('""', ""):
        return None
    return [*before, extra.replace('""', '"'), *texts]


def _split_unquoted(text: str) -> list[str]:
    """Split a row of a PBX that quotes nothing: the commas in JSON and in arguments are no ends."""
    *before, rest = text.split(",", _BEFORE_EXTRA)
    extra = ""
    if rest.startswith("{"):
        try:
            _, length = json.JSONDecoder().raw_decode(rest)
        except (ValueError, RecursionError):
            return [*before, rest]
        extra, rest = rest[:length], rest[length + 1 :]
    else:
        extra, _, rest = rest.partition(",")
    name, _, app_args = rest.partition(",")
    return [*before, extra, name, app_args]


def split_rows(lines: Iterable[bytes]) -> Iterator[JournalRow]:
    """Split a whole journal, first line to last."""
    splitter = RowSplitter()
    for line in lines:
        yield from splitter.feed(line)
    yield from splitter.flush()
