"""A journal as it lies about: plain, compressed by logrotate, or saved by an editor as UTF-16."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, cast

_LONGEST_MAGIC = 6
_COMPRESSED: tuple[tuple[bytes, Callable[[IO[bytes]], Iterable[bytes]]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)


def read_lines(file: IO[bytes], note_problem: Callable[[str], None]) -> Iterator[bytes]:
    """Yield the lines of a journal, compressed or not; UTF-16 comes out as UTF-8.

    What a compressed file holds up to the place where it is broken is read all the same, and
    ``note_problem`` is told of the rest.
    """
    source = file if isinstance(file, io.BufferedReader) else io.BufferedReader(_as_raw(file))
    magic = source.peek(_LONGEST_MAGIC)[:_LONGEST_MAGIC]
    for beginning, unpack in _COMPRESSED:
        if magic.startswith(beginning):
            yield from _lines_until_broken(unpack(source), note_problem)
            return
    if magic.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from codecs.EncodedFile(source, "utf-8", "utf-16", errors="replace")
        return
    yield from source


def is_plain(file: IO[bytes]) -> bool:
    """Whether a journal is what it looks like: neither compressed nor UTF-16. Reads some of it."""
    magic = file.read(_LONGEST_MAGIC)
    others = (*(each for each, _ in _COMPRESSED), codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return not magic.startswith(others)


def _as_raw(file: IO[bytes]) -> io.RawIOBase:
    return cast(io.RawIOBase, file)


def _lines_until_broken(
    lines: Iterable[bytes], note_problem: Callable[[str], None]
) -> Iterator[bytes]:
    try:
        yield from lines
    except _BROKEN as error:
        note_problem(f"the compressed file is broken from here on: {error}")
