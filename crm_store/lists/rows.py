"""A row of a list as the fields of a person, or what is wrong with it, column by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crm_store.engines.column_types import AMOUNT_LIMIT
from crm_store.lists.cells import written_out
from crm_store.lists.fields import ATTRIBUTE, ID, PHONE
from crm_store.lists.tables import Row
from crm_store.matching.likeness import keys_of
from crm_store.numbers import to_e164
from crm_store.records import ImportColumn, PersonType, PhoneNumber
from crm_store.search.words import words_of

LONGEST_NAME = 500
LONGEST_TEXT = 20_000
_LONGEST_SHOWN = 80
_MOST_NUMBERS = 20

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
    r"(?!test$|local$|localhost$|invalid$|example$|onion$|arpa$)[A-Za-z]{2,63}"
)
"""What every address looks like but a few; those are left to the library."""
_LABELLED = re.compile(r"([A-Za-z][A-Za-z ._/-]{0,30}):\s*(.+)")
_BETWEEN_NUMBERS = re.compile(r"[;\n|]+| / | or |,(?=\s*[+(0-9]{2})")
_COUNTRIES = {code.casefold(): code for code in phonenumbers.SUPPORTED_REGIONS} | {
    "australia": "AU",
    "austria": "AT",
    "canada": "CA",
    "deutschland": "DE",
    "france": "FR",
    "germany": "DE",
    "great britain": "GB",
    "india": "IN",
    "ireland": "IE",
    "italy": "IT",
    "japan": "JP",
    "netherlands": "NL",
    "new zealand": "NZ",
    "singapore": "SG",
    "spain": "ES",
    "switzerland": "CH",
    "uk": "GB",
    "united kingdom": "GB",
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
}


class RowProblem(msgspec.Struct, array_like=True, frozen=True):
    """What is wrong with one cell (``column`` is empty for the row as a whole)."""

    column: str
    value: str
    message: str


class ReadRow(msgspec.Struct, array_like=True):
    """One row, read: its fields in plain values, its numbers, and what it may be known by.

    With a problem nothing of it is to be written.
    """

    line: int
    fields: dict[str, Any] = {}
    numbers: tuple[PhoneNumber, ...] = ()
    id: int | None = None
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()


class _BadCellError(ValueError):
    """A cell holds what its field cannot."""


class RowReader:
    """Reads the rows of one list, by its mapping."""

    def __init__(
        self,
        record_type: PersonType,
        columns: Sequence[ImportColumn],
        country: str | None,
    ) -> None:
        self.record_type = record_type
        self.country = country.upper() if country else None
        self._texts: list[tuple[int, str, str, Callable[[str], Any]]] = []
        self._phones: list[tuple[int, str, str]] = []
        self._is_ours = any(column.field == ID for column in columns)
        for place, column in enumerate(columns):
            field = column.field
            if field is None:
                continue
            if field.split(".")[0] == PHONE:
                self._phones.append((place, column.column, field.partition(".")[2]))
            else:
                read = _READERS.get(field, _text)
                self._texts.append((place, column.column, field, read))

    def read(self, row: Row) -> ReadRow:
        """The fields of one row."""
        if row.problem:
            return ReadRow(row.line, problems=(RowProblem("", "", row.problem),))
        fields: dict[str, Any] = {}
        problems: list[RowProblem] = []
        cells = row.cells
        for place, column, field, read in self._texts:
            cell = cells[place].strip()
            if not cell:
                continue
            try:
                value = read(cell)
            except _BadCellError as error:
                problems.append(RowProblem(column, _short(cell), str(error)))
                continue
            if field == "comment" and "comment" in fields:
                value = f"{fields['comment']}\n{value}"
            fields[field] = value
        numbers = self._numbers(cells, fields.get("country") or self.country, problems)
        own_id = fields.pop(ID, None)
        problem = self._settle(fields)
        if problem is not None:
            problems.append(problem)
        if problems:
            return ReadRow(row.line, problems=tuple(problems))
        name, email = fields["name"], fields.get("email")
        company = fields.get(_COMPANY[self.record_type])
        return ReadRow(
            row.line,
            fields,
            numbers,
            own_id,
            keys_of(self.record_type, name, email, company),
            tuple(words_of((name, email, fields.get("company")))),
        )

    def _numbers(
        self, cells: Sequence[str], country: str | None, problems: list[RowProblem]
    ) -> tuple[PhoneNumber, ...]:
        found: list[PhoneNumber] = []
        for place, column, label in self._phones:
            cell = cells[place].strip()
            if not cell:
                continue
            for text in _BETWEEN_NUMBERS.split(cell) if len(cell) > 8 else (cell,):
                if not (text := text.strip()):
                    continue
                try:
                    number = read_number(text, country, label)
                except _BadCellError as error:
                    if not self._is_ours:
                        problems.append(RowProblem(column, _short(text), str(error)))
                        continue
                    number = PhoneNumber(raw=text, e164=None, label=label)
                if not any(_is_same(number, other) for other in found):
                    found.append(number)
        if len(found) > _MOST_NUMBERS:
            message = f"more than {_MOST_NUMBERS} numbers"
            problems.append(RowProblem(self._phones[0][1], "", message))
        return tuple(found)

    def _settle(self, fields: dict[str, Any]) -> RowProblem | None:
        """Make one name of its parts; a prospect without one goes by his company."""
        first, last = fields.pop("first_name", ""), fields.pop("last_name", "")
        if not fields.get("name"):
            name = " ".join(part for part in (first, last) if part) or fields.get("company", "")
            if not name:
                return RowProblem("", "", "a name is required")
            fields["name"] = name
        attributes = {k: fields.pop(k) for k in list(fields) if k.startswith(ATTRIBUTE)}
        if attributes:
            fields["attributes"] = fields.get("attributes", {}) | {
                name.removeprefix(ATTRIBUTE): value for name, value in attributes.items()
            }
        return None


_COMPANY = {
    PersonType.LEAD: "company",
    PersonType.CONTACT: "account",
    PersonType.ACCOUNT: "company",
    PersonType.PERSON_ACCOUNT: "street",
}


def read_number(text: str, country: str | None, label: str = "") -> PhoneNumber:
    """A phone number as it stands in a cell, also as ``work: +61 …``. ValueError for none."""
    if (labelled := _LABELLED.fullmatch(text)) is not None:
        label, text = labelled[1].strip(), labelled[2].strip()
    digits = written_out(text)
    if digits is None:
        raise _BadCellError(f"{text!r} was shortened by a spreadsheet: its last digits are lost")
    e164 = to_e164(digits, country)
    if e164 is None and digits is not text and digits.isdecimal():
        e164 = to_e164(f"+{digits}", None) or to_e164(f"0{digits}", country)
    if e164 is None and country and digits.isdecimal() and not digits.startswith("0"):
        e164 = to_e164(f"0{digits}", country)
    if e164 is None:
        where = f" in {country}" if country else ""
        hint = "" if country else "; is the country of the list set?"
        raise _BadCellError(f"{_short(text)!r} is no phone number{where}{hint}")
    return PhoneNumber(raw=text if digits is text else digits, e164=e164, label=label)


def _is_same(one: PhoneNumber, other: PhoneNumber) -> bool:
    return one.e164 == other.e164 and (one.e164 is not None or one.raw == other.raw)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _text(cell: str) -> str:
    if len(cell) > LONGEST_TEXT:
        raise _BadCellError(f"is longer than {LONGEST_TEXT} characters")
    return cell


def _line(cell: str) -> str:
    if len(cell) > LONGEST_NAME:
        raise _BadCellError(f"is longer than {LONGEST_NAME} characters")
    return " ".join(cell.split()) if not cell.isalnum() else cell


def _email(cell: str) -> str:
    if len(cell) > 60 or _PLAIN_EMAIL.fullmatch(cell) is None:
        try:
            validate_email(cell, check_deliverability=False)
        except EmailNotValidError as error:
            raise _BadCellError(f"{_short(cell)!r} is no e-mail address: {error}") from None
    return cell


def _country(cell: str) -> str:
    code = _COUNTRIES.get(cell.casefold())
    if code is None:
        raise _BadCellError(f"{_short(cell)!r} is no country: two letters of ISO 3166, such as AU")
    return code


def _whole(cell: str, most: int = 2_147_483_647) -> int:
    digits = written_out(cell.rstrip("%").strip().replace(" ", ""))
    if digits is None or not digits.isdecimal() or not digits.isascii() or int(digits) > most:
        limit = f" from 0 to {most}" if most < 1_000 else ""
        raise _BadCellError(f"{_short(cell)!r} is no whole number{limit}")
    return int(digits)


def _amount(cell: str) -> str:
    text = re.sub(r"[\s'$€£]", "", cell)
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+\.\d+", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d+,\d{1,2}", text):
        text = text.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise _BadCellError(f"{_short(cell)!r} is no amount") from None
    if not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT:
        raise _BadCellError(f"has to be from 0 to below {AMOUNT_LIMIT}")
    if amount != amount.quantize(Decimal("0.0001")):
        raise _BadCellError("has more than four decimals")
    return f"{amount:f}"


def _listed(cell: str) -> list[str]:
    return list(dict.fromkeys(one.strip() for one in cell.split(";") if one.strip()))


def _object(cell: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(cell, type=dict[str, Any])
    except msgspec.DecodeError:
        raise _BadCellError("is no JSON object") from None


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("name", "first_name", "last_name", "company", "account", "title"), _line),
    **dict.fromkeys(("city", "region", "postal_code", "key", "owner", "owner_group"), _line),
    **dict.fromkeys(("campaign", "source", "status", "type", "category", "priority"), _line),
    **dict.fromkeys(("importance", "medium", "keyword", "currency"), _line),
    "email": _email,
    "country": _country,
    "employees": _whole,
    "probability": lambda cell: _whole(cell, 100),
    "target_amount": _amount,
    ID: _whole,
    **dict.fromkeys(("team", "competitors", "products"), _listed),
    "attributes": _object,
}
