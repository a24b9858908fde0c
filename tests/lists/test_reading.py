"""Lists in whatever shape people have them: read, or refused with line and column."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_store.errors import InvalidRecord
from crm_store.lists.cells import defuse, read_cell, written_out
from crm_store.lists.mapping import guess_mapping, remap
from crm_store.lists.rows import ReadRow, RowReader
from crm_store.lists.tables import Row, find_form, open_rows
from crm_store.records import ImportColumn, PersonType

NAMES = ["Name;Ort", "Ada;Köln", "Zoë;Málaga"]


def rows_of(path: Path) -> tuple[Any, list[tuple[int, list[str], str]]]:
    form = find_form(path)
    with open_rows(path, form) as rows:
        return form, [(row.line, list(row.cells), row.problem) for row in rows]


def read_rows(columns: dict[str, str], *rows: Sequence[str], country: str = "AU") -> list[ReadRow]:
    mapping = [ImportColumn(column=name, field=field) for name, field in columns.items()]
    reader = RowReader(PersonType.LEAD, mapping, country)
    return [reader.read(Row(line, cells)) for line, cells in enumerate(rows, 2)]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_a_list_is_read_in_the_encoding_that_it_has(
    write_list: Any, encoding: str, found: str
) -> None:
    """With a byte order mark or without one, UTF-8 or UTF-16 or an old one."""
    form, rows = rows_of(write_list(NAMES, encoding=encoding))
    assert (form.encoding.name, form.delimiter, form.header) == (found, ";", ("Name", "Ort"))
    assert [cells for _, cells, _ in rows] == [["Ada", "Köln"], ["Zoë", "Málaga"]]


def test_mixed_encodings_are_read_line_by_line_and_told(tmp_path: Path) -> None:
    """Two exports pasted together: every name is right, and the report names the first line."""
    path = tmp_path / "mixed.csv"
    path.write_bytes("Name,Ort\nZoë,Köln\n".encode() + "Bjørn,Århus\nAda,Perth\n".encode("cp1252"))
    form, rows = rows_of(path)
    assert [cells for _, cells, _ in rows] == [
        ["Zoë", "Köln"],
        ["Bjørn", "Århus"],
        ["Ada", "Perth"],
    ]
    assert form.notes == (
        "The encodings are mixed. 1 line is no UTF-8, the first is line 3: read as cp1252.",
    )


def test_cyrillic_in_an_old_encoding_is_recognised(tmp_path: Path) -> None:
    """With enough of it to tell; not as Western letters."""
    path = tmp_path / "list.csv"
    text = "Имя;Город\n" + "Анна Петрова;Москва\nИван Сидоров;Санкт-Петербург\n" * 20
    path.write_bytes(text.encode("cp1251"))
    _, rows = rows_of(path)
    assert rows[0][1] == ["Анна Петрова", "Москва"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(write_list: Any, delimiter: str) -> None:
    """Also where the cells hold the other ones."""
    lines = [f"Name{delimiter}Note", f'Ada{delimiter}"a, b; c | d\te"', f"Bob{delimiter}x"]
    form, rows = rows_of(write_list(lines))
    assert form.delimiter == delimiter
    assert rows[0][1] == ["Ada", "a, b; c | d\te"]


def test_line_breaks_in_cells_keep_the_lines_right(write_list: Any) -> None:
    """A row has the line that it begins on, as an editor shows it."""
    _, rows = rows_of(write_list(["Name,Note", 'Ada,"one', 'two"', "", "Bob,x"]))
    assert rows == [(2, ["Ada", "one\r\ntwo"], ""), (5, ["Bob", "x"], "")]


def test_ragged_rows_are_filled_or_told(write_list: Any) -> None:
    """A short row has empty cells; one that says too much is an error; empty ends are nothing."""
    _, rows = rows_of(write_list(["A,B", "1", "1,2,3", "1,2,,"]))
    assert rows == [
        (2, ["1", ""], ""),
        (3, [], "has 3 cells, and the header 2"),
        (4, ["1", "2"], ""),
    ]


def test_headers_that_are_empty_or_there_twice_get_names(write_list: Any) -> None:
    """Each column can be named."""
    form, _ = rows_of(write_list(["Phone,,Phone,Name", "1,2,3,4"]))
    assert form.header == ("Phone", "column B", "Phone (2)", "Name")


def test_a_list_without_a_header_loses_no_row(write_list: Any) -> None:
    """The first row has a number in it: it is somebody."""
    form, rows = rows_of(write_list(["Ada,0491 570 006", "Bob,0491 570 156"]))
    assert (form.has_header, form.header) == (False, ("column A", "column B"))
    assert [line for line, _, _ in rows] == [1, 2]
    assert form.notes == ("It has no header: the first row is taken for a person.",)


def test_a_quotation_mark_that_is_never_closed_is_told_once(write_list: Any) -> None:
    """The row says where it began; the rows before it are fine."""
    _, rows = rows_of(write_list(["A,B", "1,2", '3,"four', "5,6"]))
    assert [row[:2] for row in rows] == [(2, ["1", "2"]), (3, [])]
    assert "never closed" in rows[1][2]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "no row"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as XLSX"),
        (b"PK\x03\x04 nothing", "damaged"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes, why: str
) -> None:
    """An empty file, an old spreadsheet, a broken one."""
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidRecord, match=why):
        find_form(path)


def test_a_spreadsheet_is_read_as_text(tmp_path: Path) -> None:
    """Whole numbers without decimals, days after ISO 8601, formulas as they are."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Name", "Tel", "Since", "Note"])
    sheet.append(["Ada", 61491570006.0, date(2026, 1, 2), "=cmd|' /C calc'!A0"])
    sheet.append(["Bob", 6.1491570156e10, True, 1.5])
    path = tmp_path / "list.xlsx"
    book.save(path)
    form, rows = rows_of(path)
    assert rows == [
        (2, ["Ada", "61491570006", "2026-01-02", "=cmd|' /C calc'!A0"], ""),
        (3, ["Bob", "61491570156", "true", "1.5"], ""),
    ]
    assert form.notes == ("There are formulas in it: they are taken as the text that they are.",)


@pytest.mark.parametrize(
    ("cell", "e164"),
    [
        ("0491 570 006", "+61491570006"),
        ("0491.570.006", "+61491570006"),
        ("(02) 9876-5432", "+61298765432"),
        ("+61 491 570 006", "+61491570006"),
        ("0061491570006", "+61491570006"),
        ("491570006", "+61491570006"),
        ("61491570006.0", "+61491570006"),
        ("6.1491570006E+10", "+61491570006"),
        ("mobile: 0491 570 006", "+61491570006"),
    ],
)
def test_numbers_are_read_however_they_are_written(cell: str, e164: str) -> None:
    """Also as a spreadsheet has mangled them, where no digit is lost."""
    (row,) = read_rows({"N": "name", "P": "phone"}, ["Ada", cell])
    assert [number.e164 for number in row.numbers] == [e164]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("abc", "'abc' is no phone number in AU"),
        ("6.14916E+10", "was shortened by a spreadsheet"),
        ("12", "'12' is no phone number in AU"),
        ("1-800-FLOWERS", "is no phone number"),
    ],
)
def test_what_is_no_number_is_told_with_its_column(cell: str, message: str) -> None:
    """Nothing else of the row is taken."""
    (row,) = read_rows({"N": "name", "Phone": "phone"}, ["Ada", cell])
    assert [(p.column, p.value) for p in row.problems] == [("Phone", cell)]
    assert message in row.problems[0].message
    assert row.fields == {}


def test_every_wrong_cell_of_a_row_is_told() -> None:
    """Not the first one only."""
    columns = {"N": "name", "M": "email", "C": "country", "P": "probability", "A": "target_amount"}
    (row,) = read_rows(columns, ["", "ada at home", "Atlantis", "150", "much"])
    assert [p.column for p in row.problems] == ["M", "C", "P", "A", ""]
    assert row.problems[-1].message == "a name is required"


def test_names_numbers_and_amounts_are_put_together() -> None:
    """First and last name; several numbers in a cell; money as Europe and America write it."""
    columns = {"F": "first_name", "L": "last_name", "P": "phone", "A": "target_amount"}
    one, other = read_rows(
        columns,
        ["Ada", "Lovelace", "0491 570 006; work: 02 9876 5432", "€ 1.234,50"],
        ["Bob", "", "0491570006 / 0491 570 006", "$1,234.50"],
    )
    assert one.fields == {"name": "Ada Lovelace", "target_amount": "1234.50"}
    numbers = [(n.label, n.e164) for n in one.numbers]
    assert numbers == [("", "+61491570006"), ("work", "+61298765432")]
    assert other.fields == {"name": "Bob", "target_amount": "1234.50"}
    assert len(other.numbers) == 1


def test_columns_are_guessed_from_their_heads_and_from_what_is_in_them() -> None:
    """English words, similar ones, and values that speak for themselves; examples for people."""
    header = ["Full Name", "Organization", "E-Mail adress", "Handy", "x1", "x2", "Shoe size"]
    sample = [["Ada", "AE", "ada@x.example.com", "0491570006", "a@b.com", "02 9876 5432", "39"]]
    found = guess_mapping(PersonType.LEAD, header, sample, "AU")
    assert [one.field for one in found] == [
        "name",
        "company",
        "email",
        "phone.mobile",
        None,
        "phone",
        None,
    ]
    assert found[5].examples == ("02 9876 5432",)
    assert found[4].why == "another column is surer to be the email"
    assert found[0].confidence == 1.0


def test_a_mapping_can_be_changed_and_refuses_what_cannot_be() -> None:
    """An unknown column, an unknown field, two columns to one field."""
    columns = guess_mapping(PersonType.LEAD, ["Name", "Mail", "Extra"], [])
    changed = remap(PersonType.LEAD, columns, {"Extra": "attributes.size", "Mail": None})
    assert [one.field for one in changed] == ["name", None, "attributes.size"]
    moved = remap(PersonType.LEAD, columns, {"Extra": "name"})
    assert [one.field for one in moved] == [None, "email", "name"]
    for mapping, why in (
        ({"Nix": "name"}, "Nix: no column is called so"),
        ({"Name": "shoes"}, "'shoes' is no field"),
        ({"Name": "email", "Mail": "email"}, "another column fills email already"),
    ):
        with pytest.raises(InvalidRecord, match=why):
            remap(PersonType.LEAD, columns, mapping)


_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_stands_in_the_cells_comes_out_of_them(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    """Any text in any cell, written as a program writes it; only empty rows are left out."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["name", "b", "c"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        form, found = rows_of(path)
    if form.delimiter != delimiter:
        return  # cells full of another delimiter: nobody could tell
    filled = [[read_cell(c) for c in row] for row in rows if any(c.strip() for c in row)]
    assert [cells for _, cells, _ in found] == filled


@given(content=st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_at_all_break_the_reader(content: bytes) -> None:
    """Rows, problems or a refusal: never another error."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(content)
        try:
            form, rows = rows_of(path)
        except InvalidRecord:
            return
        assert all(problem or len(cells) == len(form.header) for _, cells, problem in rows)


@given(text=st.text(st.sampled_from("'=+-@ \ta1"), max_size=6))
def test_a_cell_that_was_defused_comes_back_as_it_was(text: str) -> None:
    """And what a spreadsheet would run never stands bare, but for a phone number."""
    safe = defuse(text)
    assert read_cell(safe) == text
    bare = safe.lstrip(" ")
    assert not bare.startswith(("=", "-", "@", "\t")) or safe.startswith("'")
    assert not bare.startswith("+") or bare[1:].isdecimal()


def test_digits_are_written_out_only_where_all_are_there() -> None:
    """12 digits in the mantissa of E+11 are all; fewer are not."""
    said = {text: written_out(text) for text in ("6.1491570006E+10", "6.1E+10", "12", "61491.0")}
    expected = {"6.1491570006E+10": "61491570006", "6.1E+10": None, "12": "12", "61491.0": "61491"}
    assert said == expected
