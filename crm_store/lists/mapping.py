"""Which column fills which field: guessed from the heads and from what is in the columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from crm_store.errors import InvalidRecord, Problem
from crm_store.lists.fields import ID, OURS, PHONE, is_field, known_fields, synonyms_of
from crm_store.matching.likeness import fold
from crm_store.numbers import to_e164
from crm_store.records import ImportColumn, PersonType

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EXAMPLES = 3
_LONGEST_EXAMPLE = 60
_MOSTLY = 0.6
_SIMILAR = 84.0
_OURS_ONLY = frozenset({"version", "created_at", "updated_at", "first_call", "state", "origin"})


def guess_mapping(
    record_type: PersonType,
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    country: str | None = None,
) -> tuple[ImportColumn, ...]:
    """One guess for each column, each field but a phone number once: the surest column has it."""
    is_ours = set(header) >= OURS
    guesses = [
        _guess(record_type, name, [row[place] for row in sample], country, is_ours)
        for place, name in enumerate(header)
    ]
    taken: set[str] = set()
    for guess in sorted(guesses, key=lambda one: -one.confidence):
        field = guess.field
        if field is None or field.split(".")[0] == PHONE:
            continue
        if field in taken:
            why = f"another column is surer to be the {field}"
            place = guesses.index(guess)
            guesses[place] = replace(guess, field=None, confidence=0.0, why=why)
        taken.add(field)
    return tuple(guesses)


def remap(
    record_type: PersonType, columns: Sequence[ImportColumn], changes: Mapping[str, str | None]
) -> tuple[ImportColumn, ...]:
    """The mapping with some columns changed (None, or empty: to no field).

    Raises InvalidRecord for a column or a field that is not there, and for two columns to one
    field.
    """
    problems = []
    names = {one.column for one in columns}
    for column, field in changes.items():
        if column not in names:
            known = ", ".join(sorted(names))
            problems.append(Problem(column, f"no column is called so; there are: {known}"))
        elif field and not is_field(record_type, field):
            known = ", ".join(known_fields(record_type))
            problems.append(Problem(column, f"{field!r} is no field; there are: {known}"))
    chosen = tuple(
        replace(one, field=changes[one.column] or None, confidence=1.0, why="chosen")
        if one.column in changes
        else one
        for one in columns
    )
    wanted = {field for field in changes.values() if field}
    chosen = tuple(
        replace(one, field=None, confidence=0.0, why=f"another column was chosen for {one.field}")
        if one.column not in changes and one.field in wanted and not _may_repeat(one.field)
        else one
        for one in chosen
    )
    filled = [one.field for one in chosen if one.field and not _may_repeat(one.field)]
    problems += [
        Problem(one.column, f"another column fills {one.field} already")
        for one in chosen
        if one.column in changes and filled.count(one.field or "") > 1
    ]
    if problems:
        raise InvalidRecord(problems)
    return chosen


def _may_repeat(field: str | None) -> bool:
    return field is not None and field.split(".")[0] in (PHONE, "comment")


def _guess(
    record_type: PersonType, column: str, values: list[str], country: str | None, is_ours: bool
) -> ImportColumn:
    said = [value.strip() for value in values if value.strip()]
    examples = tuple(value[:_LONGEST_EXAMPLE] for value in dict.fromkeys(said))[:_EXAMPLES]

    def made(field: str | None, confidence: float, why: str) -> ImportColumn:
        return ImportColumn(
            column=column,
            field=field,
            confidence=round(confidence, 2),
            why=why,
            examples=examples,
        )

    if is_ours:
        if column == ID:
            return made(ID, 1.0, "our own number")
        if column in _OURS_ONLY or not (column == "phone_numbers" or is_field(record_type, column)):
            return made(None, 1.0, "the store gives it itself")
        return made("phone" if column == "phone_numbers" else column, 1.0, "our own name for it")
    looks = _looks_like(said, country)
    by_name, likeness = _by_name(record_type, column)
    if looks == "email" and by_name != "email":
        return made("email", 0.8, "its values look like e-mail addresses")
    if looks == PHONE and (by_name is None or not by_name.startswith(PHONE)):
        if by_name in ("key", "postal_code") and likeness == 1.0:
            return made(by_name, 0.7, f"the column is called {column!r}")
        return made(PHONE, 0.75, "its values look like phone numbers")
    if by_name is None:
        return made(None, 0.0, "nothing is known by this name")
    if said and (by_name == "email" or by_name.startswith(PHONE)) and looks is None:
        return made(by_name, likeness * 0.5, f"the column is called {column!r}; its values are odd")
    return made(by_name, likeness, f"the column is called {column!r}")


def _by_name(record_type: PersonType, column: str) -> tuple[str | None, float]:
    wanted = " ".join(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)))
    words = {
        " ".join(fold(word)): name
        for name, said in reversed(synonyms_of(record_type).items())
        for word in said
    }
    if wanted in words:
        return words[wanted], 1.0
    if len(wanted) < 4:
        return None, 0.0
    best = process.extractOne(
        wanted, list(words), scorer=fuzz.token_sort_ratio, score_cutoff=_SIMILAR
    )
    return (words[best[0]], best[1] / 100 * 0.9) if best else (None, 0.0)


def _looks_like(said: list[str], country: str | None) -> str | None:
    if not said:
        return None
    if sum(_EMAIL.fullmatch(value) is not None for value in said) >= len(said) * _MOSTLY:
        return "email"
    numbers = sum(
        len(value) >= 8 and to_e164(value.split(";")[0], country) is not None for value in said
    )
    return PHONE if numbers >= len(said) * _MOSTLY else None
