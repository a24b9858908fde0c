"""Phone numbers: whatever a trunk, a phone book or a stranger wrote, as E.164 or as nothing.

E.164 is ITU-T's international form: a plus, the country code, at most fifteen digits in all.
Number plans come from the phonenumbers library (Google's libphonenumber).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from crm_store.records import PhoneNumber

_LONGEST_TEXT = 40
"""Longer than any number with its separators. Nothing longer reaches parser or cache."""

_SEPARATORS = re.compile(r"[\s\-.()/\u00a0\u2010-\u2015\u202f\u200b\u2060\u202a-\u202c]+")
_DIALLABLE = re.compile(r"\+?[0-9]{4,18}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORTEST_WHOLE = 10
_FORMERLY_MEXICAN_MOBILE = re.compile(r"^\+521(?=[0-9]{10}$)")
"""Until 2019 mobiles in Mexico had a 1 after the country code; many networks still send it."""
_FORMERLY_BEFORE_MEXICAN = re.compile(r"^(?:521|01|04[45])(?=[0-9]{10}$)")


def to_e164(raw: str | None, country: str | None = None) -> str | None:
    """Read a number as ``+E.164``; None when it is withheld, a word, a short code or no number.

    Understood: ``+49 30 …``, ``0049 30 …`` and the country's own international prefix, the
    national form of ``country`` (ISO 3166-1, two letters), and E.164 that lost its plus where
    it cannot be a national number. With a plus, a trunk zero or the country's own code the length
    has to be right; without one the number has to exist in its number plan, so that an extension
    never becomes a stranger.
    Never raises, whatever the text.
    """
    if not raw or len(raw) > _LONGEST_TEXT:
        return None
    if _is_e164(raw):
        return raw
    return _read(raw, (country or "").upper() or None)


def phone_number(raw: str, country: str | None = None, label: str = "") -> PhoneNumber:
    """One of a person's numbers, from what somebody wrote."""
    return PhoneNumber(raw=raw, e164=to_e164(raw, country), label=label)


def digits_of(text: str) -> str:
    """The ASCII digits of a text, in order."""
    return "".join(character for character in text if character in "0123456789")


@lru_cache(maxsize=65_536)
def format_for_people(e164: str, country: str | None = None) -> str:
    """Write an E.164 number the way people of ``country`` do; abroad with its country code.

    A text that is no E.164 number comes back as it is.
    """
    number = _taken_apart(e164) or _parse(e164, None)
    if number is None:
        return e164
    is_home = country and phonenumbers.region_code_for_number(number) == country.upper()
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if is_home else style.INTERNATIONAL)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the library goes by for one country code: how long the numbers after it are, and what
    may be dialled before them (or stands for it, as in Argentina) and is taken away."""

    lengths: frozenset[int]
    prefix: re.Pattern[str] | None


@lru_cache(maxsize=2_000)
def _plan_of(code: str) -> _Plan | None:
    number = int(code)
    if number not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    region = phonenumbers.region_code_for_country_code(number)
    plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(number, region)
    if plan is None or plan.general_desc is None:
        return None
    general, prefix = plan.general_desc, plan.national_prefix_for_parsing
    return _Plan(
        frozenset(general.possible_length) - frozenset(general.possible_length_local_only),
        re.compile(prefix) if prefix else None,
    )


@lru_cache(maxsize=4_096)
def _is_e164(text: str) -> bool:
    """Whether reading this text would give the same text: a list has a million such numbers, and
    reading one takes fifty times as long. False only says that it has to be read."""
    return _taken_apart(text) is not None


def _taken_apart(text: str) -> phonenumbers.PhoneNumber | None:
    """What the library would read in E.164 as it ought to be; None where it has to look itself."""
    if not _E164.fullmatch(text):
        return None
    for width in (1, 2, 3):
        code, rest = text[1 : 1 + width], text[1 + width :]
        plan = _plan_of(code)
        if plan is not None:
            is_plain = (
                len(rest) in plan.lengths
                and rest[0] != "0"
                and (plan.prefix is None or not plan.prefix.match(rest))
            )
            return phonenumbers.PhoneNumber(int(code), int(rest)) if is_plain else None
    return None


@lru_cache(maxsize=65_536)
def _read(raw: str, country: str | None) -> str | None:
    text = _SEPARATORS.sub("", raw.strip())
    if not _DIALLABLE.fullmatch(text):
        return None
    if text.startswith("+"):
        return _e164(_parse_international(text), is_certain=True)
    if country == "MX":
        text = _FORMERLY_BEFORE_MEXICAN.sub("", text)
    national = _parse(text, country) if country else None
    is_whole = national is not None and _is_written_whole(text, national)
    if (found := _e164(national, is_certain=is_whole)) is not None:
        return found
    if text.startswith("00"):
        return _e164(_parse_international("+" + text[2:]), is_certain=True)
    if text.startswith("0") or (national is not None and phonenumbers.is_possible_number(national)):
        return None
    return _e164(_parse_international("+" + text), is_certain=False)


def _parse_international(text: str) -> phonenumbers.PhoneNumber | None:
    return _parse(_FORMERLY_MEXICAN_MOBILE.sub("+52", text), None)


def _is_written_whole(text: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number stands there with its trunk zero or its country code, in full length.

    No extension is written so; nor with the ten digits of North America. It need not be one that
    the plan has given out: networks send numbers of ranges that are newer than the library, or
    that regulators keep for tests and films.
    """
    if len(text) < _SHORTEST_WHOLE or number.italian_leading_zero:
        return False
    national, code = str(number.national_number), number.country_code
    is_north_american = code == 1 and text == national and text[0] in "23456789"
    return is_north_american or text in (f"0{national}", f"{code}{national}")


def _parse(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber | None, *, is_certain: bool) -> str | None:
    if number is None:
        return None
    if is_certain:
        verdict = phonenumbers.is_possible_number_with_reason(number)
        is_good = verdict == phonenumbers.ValidationResult.IS_POSSIBLE
    else:
        is_good = phonenumbers.is_valid_number(number)
    if not is_good:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
