"""A list as a table: a header and rows of texts, each with the line that it begins on."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]  # it ships no types

from crm_store.errors import InvalidRecord, Problem
from crm_store.lists.cells import read_cell, spreadsheet_text
from crm_store.lists.text import Encoding, find_encoding, open_lines

DELIMITERS = ",;\t|"
MOST_COLUMNS = 500
_SNIFFED_ROWS = 50
_MOST_UNPACKED = 4 << 30
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_TOLD = re.compile(r"\+?[0-9][0-9 ()./-]{6,}|[^@\s]+@[^@\s]+\.[^@\s]+")
"""A phone number or an e-mail address: no header says such a thing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line that it begins on (from 1), its cells, or why it cannot be read."""

    line: int
    cells: Sequence[str]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableForm:
    """How a file is to be read; found once, kept with the import."""

    encoding: Encoding
    delimiter: str
    """Empty for a spreadsheet."""
    header: tuple[str, ...]
    has_header: bool = True
    notes: tuple[str, ...] = ()


def find_form(path: Path) -> TableForm:
    """Look at a file and say how to read it. Raises InvalidRecord for one that is no list."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise _no_list("the file is empty")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _no_list("this is an old Excel file (.xls): save it as XLSX or CSV")
    if start.startswith(b"PK"):
        return _spreadsheet_form(path)
    encoding = find_encoding(path)
    delimiter = _sniff(path, encoding)
    form = TableForm(encoding=encoding, delimiter=delimiter, header=(), notes=encoding.notes)
    with closing(_text_rows(path, form)) as rows:
        first = next((row for row in rows if any(cell.strip() for cell in row.cells)), None)
    return _with_header(form, first)


@contextmanager
def open_rows(path: Path, form: TableForm, *, skip: int = 0) -> Iterator[Iterator[Row]]:
    """The rows of a list without its header and without empty ones, ``skip`` of them left out."""
    rows = _text_rows(path, form) if form.delimiter else _spreadsheet_rows(path)
    with closing(rows):
        filled = (row for row in rows if row.problem or any(cell.strip() for cell in row.cells))
        yield islice(_in_shape(filled, form), skip + form.has_header, None)


def _in_shape(rows: Iterator[Row], form: TableForm) -> Iterator[Row]:
    """Every row as wide as the header; one that says more is a problem."""
    width = len(form.header)
    for row in rows:
        extra = len(row.cells) - width
        if row.problem:
            yield row
        elif extra > 0 and any(cell.strip() for cell in row.cells[width:]):
            yield Row(row.line, (), f"has {len(row.cells)} cells, and the header {width}")
        elif extra:
            yield Row(row.line, [*row.cells[:width], *[""] * -extra], row.problem)
        else:
            yield row


def _text_rows(path: Path, form: TableForm) -> Generator[Row, None, None]:
    lines = open_lines(path, form.encoding)
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    clean = read_cell
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, (), _csv_problem(str(error), line, reader.line_num))
            continue
        if (line == 1 and cells[:1] == [f"sep={form.delimiter}"]) or cells == ["sep=", ""]:
            continue
        yield Row(line, [clean(cell) if cell[:1] == "'" else cell for cell in cells])


def _csv_problem(said: str, line: int, last: int) -> str:
    if "field larger" in said or "unexpected end" in said:
        return f"a quotation mark is never closed; the lines up to {last} were taken for one cell"
    if "expected after" in said:
        return 'a quotation mark inside of a quoted cell has to be doubled: ""'
    return f"cannot be read: {said}"


def _sniff(path: Path, encoding: Encoding) -> str:
    """The delimiter that cuts the first rows into as many cells each, and most of them."""
    with closing(open_lines(path, encoding)) as lines:
        sample = list(islice(lines, _SNIFFED_ROWS))
    if sample and (told := _SEPARATOR_LINE.fullmatch(sample[0].strip("\ufeff"))):
        return told[1]

    def fit(delimiter: str) -> tuple[float, int]:
        reader = csv.reader(sample, delimiter=delimiter)
        try:
            widths = Counter(len(row) for row in reader if row)
        except csv.Error:
            return 0.0, 0
        if not widths:
            return 0.0, 0
        width, many = widths.most_common(1)[0]
        return (many / widths.total() if width > 1 else 0.0), width

    return max(DELIMITERS, key=fit)


def _spreadsheet_form(path: Path) -> TableForm:
    try:
        with zipfile.ZipFile(path) as parts:
            if "xl/workbook.xml" not in parts.namelist():
                raise _no_list("this is a ZIP file and no spreadsheet: unpack it first")
            if sum(part.file_size for part in parts.infolist()) > _MOST_UNPACKED:
                raise _no_list("unpacked it is larger than 4 GB")
    except zipfile.BadZipFile:
        raise _no_list("this spreadsheet is damaged") from None
    form = TableForm(encoding=Encoding(name="xlsx"), delimiter="", header=())
    with closing(_spreadsheet_rows(path)) as rows:
        sample = list(islice(rows, _SNIFFED_ROWS))
    first = next((row for row in sample if any(cell.strip() for cell in row.cells)), None)
    form = _with_header(form, first)
    if any(cell.startswith("=") for row in sample for cell in row.cells):
        note = "There are formulas in it: they are taken as the text that they are."
        return TableForm(
            encoding=form.encoding,
            delimiter="",
            header=form.header,
            has_header=form.has_header,
            notes=(*form.notes, note),
        )
    return form


def _spreadsheet_rows(path: Path) -> Generator[Row, None, None]:
    """The rows of the first sheet; a formula is its text, and is never computed."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise _no_list(f"this spreadsheet cannot be read: {error}") from None
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            return
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            yield Row(number, [spreadsheet_text(value) for value in values])
    finally:
        book.close()


def _with_header(form: TableForm, first: Row | None) -> TableForm:
    if first is None:
        raise _no_list("there is no row in it")
    if first.problem:
        raise _no_list(f"line {first.line} {first.problem}")
    if len(first.cells) > MOST_COLUMNS:
        raise _no_list(f"it has more than {MOST_COLUMNS} columns")
    cells = [cell.strip() for cell in first.cells]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    has_header = not any(_TOLD.fullmatch(cell) for cell in cells)
    notes = form.notes
    if not has_header:
        cells = [""] * len(cells)
        notes = (*notes, "It has no header: the first row is taken for a person.")
    return TableForm(
        encoding=form.encoding,
        delimiter=form.delimiter,
        header=tuple(_distinct(cells)),
        has_header=has_header,
        notes=notes,
    )


def _distinct(header: Sequence[str]) -> Iterator[str]:
    """Names for the columns, each once: an empty one goes by its place, a second one is counted."""
    seen: set[str] = set()
    for place, cell in enumerate(header):
        name = cell or f"column {_letters(place)}"
        count = 2
        wanted = name
        while name in seen:
            name = f"{wanted} ({count})"
            count += 1
        seen.add(name)
        yield name


def _letters(place: int) -> str:
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def _no_list(why: str) -> InvalidRecord:
    return InvalidRecord([Problem("file", why)])
