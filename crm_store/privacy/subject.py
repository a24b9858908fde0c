"""Whom it is about: phone numbers and e-mail addresses, and how they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import phonenumbers
import sqlalchemy as sa

from crm_store.errors import InvalidRecord, Problem
from crm_store.numbers import digits_of, to_e164

_SEPARATORS = " -./()\u00a0"
_FEWEST_DIGITS = 6
"""Fewer are an extension, or stand in half of all texts."""
ERASED = "[erased]"


@dataclass(frozen=True)
class Subject:
    """A person as far as texts name him. ``numbers`` are E.164, or digits where none is known."""

    numbers: frozenset[str] = field(default_factory=frozenset)
    emails: frozenset[str] = field(default_factory=frozenset)
    """In small letters."""

    def __or__(self, other: Subject) -> Subject:
        """Both together."""
        return Subject(self.numbers | other.numbers, self.emails | other.emails)

    def __bool__(self) -> bool:
        """Whether it names anybody."""
        return bool(self.numbers or self.emails)

    @cached_property
    def endings(self) -> frozenset[str]:
        """The digits of each number without country code or trunk prefix."""
        return frozenset(_national(number) for number in self.numbers)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a text says where it names one of them, however the number is written."""
        apart = f"[{re.escape(_SEPARATORS)}]*"
        parts = [rf"(?<![\w.+-]){re.escape(email)}(?![\w-])" for email in sorted(self.emails)]
        for number in sorted(self.numbers):
            national = _national(number)
            code = digits_of(number).removesuffix(national)
            prefix = rf"(?:\+?(?:00{apart})?{apart.join(code)}{apart})?" if code else ""
            digits = apart.join(national)
            parts.append(rf"(?<!\d){prefix}(?:\(?0\)?{apart})?{digits}(?!\d)")
        return re.compile("|".join(parts) if parts else r"(?!)", re.IGNORECASE)

    def is_in(self, text: str | None) -> bool:
        """Whether a text names one of them."""
        return bool(text) and self.pattern.search(text or "") is not None

    def cleaned(self, value: Any) -> Any:
        """A value, texts in lists and dicts too, without them."""
        if isinstance(value, str):
            return self.pattern.sub(ERASED, value)
        if isinstance(value, dict):
            return {self.cleaned(key): self.cleaned(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.cleaned(part) for part in value]
        return value

    def may_be_in(self, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """A condition that is true wherever one of these columns names one of them, and more."""
        found: list[sa.ColumnElement[bool]] = [sa.false()]
        for column in columns:
            text = sa.func.lower(sa.cast(column, sa.Text()))
            found += [text.contains(email, autoescape=True) for email in sorted(self.emails)]
            squeezed: sa.ColumnElement[Any] = sa.cast(column, sa.Text())
            for separator in _SEPARATORS:
                squeezed = sa.func.replace(squeezed, separator, "")
            found += [squeezed.contains(ending) for ending in sorted(self.endings)]
        return sa.or_(*found)


def read_subject(text: str, country: str | None = None) -> Subject:
    """A number in any form, or an e-mail address; InvalidRecord for what is neither."""
    text = text.strip()
    if "@" in text and " " not in text and len(text) <= 320:
        return Subject(emails=frozenset({text.lower()}))
    number = number_of(text, country)
    if number is None or any(character.isalpha() for character in text):
        said = f"{text[:40]!r} is neither a phone number nor an e-mail address"
        raise InvalidRecord([Problem("subject", said)])
    return Subject(numbers=frozenset({number}))


def number_of(text: str | None, country: str | None = None) -> str | None:
    """E.164 where it is a number, its digits where it may be one; None for an extension."""
    if not text:
        return None
    digits = digits_of(text)
    return to_e164(text, country) or (digits if len(digits) >= _FEWEST_DIGITS else None)


def subject_of(numbers: Iterable[Any], email: str | None) -> Subject:
    """What a person on file is named by: his numbers and his e-mail address."""
    found = {number.e164 or number_of(number.raw) for number in numbers}
    return Subject(
        frozenset(one for one in found if one is not None),
        frozenset({email.strip().lower()} if email and "@" in email else ()),
    )


def forms_of(number: str) -> set[str]:
    """The number, and its digits as trunks send them."""
    digits, national = digits_of(number), _national(number)
    return {number, digits, f"00{digits}", national, f"0{national}"}


def _national(number: str) -> str:
    if number.startswith("+"):
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return digits_of(number)
        return str(phonenumbers.national_significant_number(parsed))
    return digits_of(number).lstrip("0") or digits_of(number)
