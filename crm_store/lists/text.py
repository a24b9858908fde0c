"""The text of a file in whatever encoding: UTF-8, UTF-16 or one of the old ones, also mixed."""

from __future__ import annotations

import codecs
import io
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import charset_normalizer

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16
_OLD = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r"),
    *("shift_jis", "gb18030", "big5", "euc_kr", "cp437", "cp850", "mac_roman"),
)
_WESTERN = "cp1252"
_TOO_FEW = 24
"""With fewer bytes beyond ASCII than this any guess but the commonest is reading tea leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How the bytes of a file become text.

    ``other`` is for the lines that are not UTF-8, where a file holds both.
    """

    name: str
    other: str | None = None
    notes: tuple[str, ...] = ()


def find_encoding(path: Path) -> Encoding:
    """Read through a file, once, and say how to read it."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return Encoding(name=name)
        if (wide := _wide(start)) is not None:
            return Encoding(name=wide)
        file.seek(0)
        if _is_utf8(file):
            return Encoding(name="utf-8")
        file.seek(0)
        return _old_encoding(file)


def open_lines(path: Path, encoding: Encoding) -> Generator[str, None, None]:
    """The lines of a file, with their ends; what cannot be read is U+FFFD."""
    with path.open("rb") as file:
        if encoding.other is None:
            with io.TextIOWrapper(file, encoding.name, errors="replace", newline="") as text:
                yield from text
        else:
            for line in file:
                try:
                    yield line.decode()
                except UnicodeDecodeError:
                    yield line.decode(encoding.other, errors="replace")


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is NUL."""
    half = len(start) // 2
    if half < 2:
        return None
    if start[1::2].count(0) > half * 0.6 and start[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if start[0::2].count(0) > half * 0.6 and start[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _old_encoding(file: BinaryIO) -> Encoding:
    sample = bytearray()
    is_utf8 = is_other = first_other = 0
    for number, line in enumerate(file, 1):
        if line.isascii():
            continue
        try:
            line.decode()
            is_utf8 += 1
        except UnicodeDecodeError:
            is_other += 1
            first_other = first_other or number
            if len(sample) < _SAMPLE:
                sample += line
    other = _guess(bytes(sample))
    if is_utf8 * 20 <= is_other:
        return Encoding(name=other, notes=(f"It is no UTF-8; it was read as {other}.",))
    lines = "1 line is" if is_other == 1 else f"{is_other} lines are"
    note = f"{lines} no UTF-8, the first is line {first_other}: read as {other}."
    return Encoding(name="utf-8", other=other, notes=(f"The encodings are mixed. {note}",))


def _guess(sample: bytes) -> str:
    beyond = sum(byte > 127 for byte in sample)
    if beyond >= _TOO_FEW:
        best = charset_normalizer.from_bytes(sample, cp_isolation=list(_OLD)).best()
        if best is not None:
            return best.encoding
    return _WESTERN
