"""Everything there is, as lists: rows for a spreadsheet, which can be taken in again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec
from openpyxl import Workbook  # type: ignore[import-untyped]  # it ships no types
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.cell.cell import (  # type: ignore[import-untyped]
    ILLEGAL_CHARACTERS_RE as ILLEGAL_CHARACTERS,
)

from crm_store.documents import plain
from crm_store.lists.cells import defuse
from crm_store.reader import Reader
from crm_store.records import (
    Account,
    Activity,
    CallRecord,
    Case,
    Contact,
    Lead,
    Opportunity,
    PersonAccount,
)

_ROWS_PER_SHEET = 1_000_000
_LONGEST_CELL = 32_767
_LABEL = re.compile(r"[A-Za-z][A-Za-z ._/-]{0,30}")
_RISKY_FIRST = ("=", "+", "-", "@", "\t", "\r", "\n", "'", " ")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of record that can be given out: what it is called, its columns, its records."""

    name: str
    columns: tuple[str, ...]
    records: Callable[[Reader], Iterator[Any]]


def _of(name: str, kind: str, record: type[Any]) -> Export:
    columns = tuple(each.name for each in fields(record))
    first = ("id", "name") if "name" in columns else ("id", "subject")
    rest = (column for column in columns if column not in first)
    return Export(name, (*first, *rest), lambda reader: reader.all_of(kind))


EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        _of("leads", "lead", Lead),
        _of("contacts", "contact", Contact),
        _of("accounts", "account", Account),
        _of("person_accounts", "person_account", PersonAccount),
        _of("activities", "activity", Activity),
        _of("opportunities", "opportunity", Opportunity),
        _of("cases", "case", Case),
        Export(
            "calls",
            tuple(each.name for each in fields(CallRecord)),
            lambda reader: reader.find_calls(),
        ),
    )
}
"""What can be given out, by its name."""


def json_line(record: Any) -> bytes:
    """A record as one line of JSON, whole."""
    return _encode(plain(record)) + b"\n"


def cell_text(name: str, value: Any) -> str:
    """One field as the text of a cell: several words or numbers with semicolons between them."""
    if name == "phone_numbers":
        return "; ".join(_number(number) for number in value)
    if name == "products":
        return "; ".join(interest.product for interest in value)
    value = plain(value)
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    return value if isinstance(value, str) else _encode(value).decode()


def csv_rows(export: Export, records: Iterator[Any] | Sequence[Any]) -> bytes:
    """Records as rows of CSV (RFC 4180, UTF-8), safe to open in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for record in records:
        row = [defuse(cell_text(name, getattr(record, name))) for name in export.columns]
        writer.writerow(row)
    return text.getvalue().encode()


def csv_header(export: Export) -> bytes:
    """The first row. With a mark before it, by which a spreadsheet knows that it is UTF-8."""
    return b"\xef\xbb\xbf" + ",".join(export.columns).encode() + b"\r\n"


class Spreadsheet:
    """An XLSX file, written row by row; every cell is a text, and never a formula."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._book = Workbook(write_only=True)
        self._sheet: Any = None
        self._rows = 0

    def add(self, record: Any) -> None:
        """Write one record; after a million rows on the next sheet."""
        if self._rows % _ROWS_PER_SHEET == 0:
            self._new_sheet()
        self._rows += 1
        names = self._export.columns
        self._sheet.append([self._cell(cell_text(n, getattr(record, n))) for n in names])

    def save(self, path: Path) -> None:
        """Write the file."""
        if self._sheet is None:
            self._new_sheet()
        self._book.save(path)

    def _new_sheet(self) -> None:
        number = self._rows // _ROWS_PER_SHEET + 1
        title = self._export.name if number == 1 else f"{self._export.name} {number}"
        self._sheet = self._book.create_sheet(title)
        self._sheet.append(list(self._export.columns))

    def _cell(self, text: str) -> Any:
        if not text:
            return None
        cell = WriteOnlyCell(self._sheet)
        cell.value = ILLEGAL_CHARACTERS.sub("\ufffd", text)[:_LONGEST_CELL]
        cell.data_type = "s"
        if text.startswith(_RISKY_FIRST):
            cell.quotePrefix = True
        return cell


def _number(number: Any) -> str:
    text = number.e164 or number.raw.replace(";", ",")
    is_safe = number.label and _LABEL.fullmatch(number.label)
    return f"{number.label}: {text}" if is_safe else str(text)
