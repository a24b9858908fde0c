"""Answers for programs: JSON lines, and CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from crm_store.documents import Document

_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet takes for the beginning of a formula, or skips on its way to one; some take
the full-width forms of East Asia as well."""

_NUMBER = re.compile(r"\+[0-9]{1,20}")
"""A phone number: as a formula it is itself, so it stays readable."""


async def write_jsonl(documents: AsyncIterator[Document]) -> int:
    """Write a line of JSON for each, as it comes; return how many."""
    count = 0
    encode = msgspec.json.Encoder().encode
    async for document in documents:
        sys.stdout.buffer.write(encode(document) + b"\n")
        count += 1
    sys.stdout.buffer.flush()
    return count


async def write_csv(documents: AsyncIterator[Document], fields: Sequence[str]) -> int:
    """Write RFC 4180 with a header (UTF-8, CRLF), a row for each as it comes; return how many."""
    count = 0
    sys.stdout.buffer.write(_csv_row(fields))
    async for document in documents:
        sys.stdout.buffer.write(_csv_row([csv_cell(document[name]) for name in fields]))
        count += 1
    sys.stdout.buffer.flush()
    return count


def csv_cell(value: Any) -> str:
    """One value as a cell: empty for None, JSON for lists and objects, else its text.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, which makes it
    text there (https://owasp.org/www-community/attacks/CSV_Injection). A bare phone number
    (``+`` and digits) cannot do anything and is left as it is.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    is_risky = _FORMULA.match(value.lstrip(" ")) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_risky else value


def _csv_row(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
