"""When two people look like one: what they have in common, and how much of it.

Pure. Two records are compared only when they share a **match key** or a number: an e-mail
address, or the sound of a name together with that of a company. That keeps a million people
feasible; rapidfuzz then says how alike the names really are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

LEGAL_FORMS = frozenset(
    [
        "ab",
        "ag",
        "and",
        "aps",
        "as",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "ev",
        "gmbh",
        "inc",
        "incorporated",
        "kg",
        "kk",
        "limited",
        "llc",
        "llp",
        "ltd",
        "mbh",
        "nv",
        "oy",
        "ohg",
        "plc",
        "proprietary",
        "pte",
        "pty",
        "sa",
        "sarl",
        "sas",
        "spa",
        "srl",
        "the",
        "ug",
        "und",
    ]
)
_TITLES = frozenset(
    ["dr", "frau", "herr", "madam", "miss", "mr", "mrs", "ms", "prof", "professor", "sir"]
)
_SOUNDS = str.maketrans("fpvgjkqsxztn", "bbbcccccccdm", "aeiouyhw")
"""The letters that Soundex takes for one, and those that it leaves out."""
_WORDS = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9]+")
_TWICE = re.compile(r"(.)\1+")

ALIKE = 90.0
"""How alike (0 to 100) two names have to be to be taken for one."""
COMPANIES_ALIKE = 85.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How sure it is that two records are one (0 to 100), and why."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What of a person is compared. ``company`` is where he works or, privately, lives."""

    name: str
    company: str | None = None
    email: str | None = None
    numbers: Collection[str] = ()


def fold(text: str) -> list[str]:
    """The words of a name: small letters without accents, without punctuation."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(each for each in text if not unicodedata.combining(each))
    return _WORDS.findall(text.lower())


def email_key(email: str) -> str:
    """An address as it is compared: the case does not matter."""
    return email.strip().casefold()


def keys_of(person_type: str, name: str, email: str | None, company: str | None) -> tuple[str, ...]:
    """The match keys of a person; none where nothing says enough.

    A name alone says enough for a company, and not for a human: there it goes with the company
    (for a private customer, with the street). Digits are told with the sound, since names whose
    digits differ are never alike: a thousand shops of one name would else share one key.
    """
    keys = [] if not email else [f"e:{email_key(email)[:200]}"]
    sound = _sound_of_company(name) if person_type == "account" else _sound_of_person(name)
    if sound and person_type == "account":
        keys.append(f"n:{sound[:60]}{_told_digits(name)}")
    elif sound and company and (place := _sound_of_company(company)):
        told = f"{sound[:60]}{_told_digits(name)}|{place[:60]}{_told_digits(company)}"
        keys.append(f"n:{told}")
    return tuple(keys)


def _told_digits(name: str) -> str:
    found = _DIGITS.findall(name)
    return f"#{','.join(sorted(found))[:60]}" if found else ""


def _sound_of_person(name: str) -> str:
    words = [_sound(word) for word in fold(name) if word not in _TITLES]
    if len(words) < 2:
        return words[0] if words else ""
    words.sort(key=lambda word: (-len(word), word))
    return f"{words[0]} {min(word[0] for word in words[1:])}"


def _sound_of_company(name: str) -> str:
    words = fold(name)
    return next((_sound(word) for word in words if word not in LEGAL_FORMS), "".join(words[:1]))


@lru_cache(maxsize=65_536)
def _sound(word: str) -> str:
    """The first letter and the sounds of the consonants after it, none twice in a row."""
    return word[0] + _TWICE.sub(r"\1", word[1:].translate(_SOUNDS))


def compare(person_type: str, one: Features, other: Features) -> Likeness:
    """How alike two people of one type are; a score of 0 says that nothing speaks for it."""
    reasons: list[str] = []
    score = 0.0
    names = names_alike(one.name, other.name, is_company=person_type == "account")
    if shared := sorted(set(one.numbers) & set(other.numbers)):
        reasons.append(f"same number {shared[0]}")
        score = max(score, 75.0 + names / 5)
    if one.email and other.email and email_key(one.email) == email_key(other.email):
        reasons.append(f"same e-mail {email_key(one.email)}")
        score = max(score, 80.0 + names / 5)
    if names >= ALIKE:
        if person_type == "account":
            reasons.append(f"similar name ({names:.0f} %)")
            score = max(score, names * 0.9)
        elif one.company and other.company:
            places = names_alike(one.company, other.company, is_company=True)
            if places >= COMPANIES_ALIKE:
                where = "address" if person_type == "person_account" else "company"
                reasons.append(f"similar name and {where} ({names:.0f} % and {places:.0f} %)")
                score = max(score, min(names, places) * 0.9)
    if len(reasons) > 1:
        score = min(100.0, score + 5.0)
    return Likeness(score=round(score, 1), reasons=tuple(reasons))


def names_alike(one: str, other: str, *, is_company: bool = False) -> float:
    """How alike two names are, from 0 to 100, whatever the order and the case of their words.

    Where their digits differ they are not alike at all: ``Shop 12`` is not ``Shop 13``.
    """
    digits, words = _comparable(one, is_company)
    other_digits, other_words = _comparable(other, is_company)
    return fuzz.ratio(words, other_words) if digits == other_digits else 0.0


@lru_cache(maxsize=16_384)
def _comparable(name: str, is_company: bool) -> tuple[list[str], str]:
    """The digits and the words of a name that are compared, both in order."""
    words = fold(name)
    kept = [word for word in words if word not in (LEGAL_FORMS if is_company else _TITLES)]
    return sorted(_DIGITS.findall(name)), " ".join(sorted(kept or words))
