"""Phone numbers: whatever a trunk, a phone book or a stranger wrote, as E.164 or as nothing.

E.164 is ITU-T's international form: a plus, the country code, at most fifteen digits in all.
Number plans come from the phonenumbers library (Google's libphonenumber).
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from crm_store.records import PhoneNumber

_LONGEST_TEXT = 40
"""Longer than any number with its separators. Nothing longer reaches parser or cache."""

_SEPARATORS = re.compile(r"[\s\-.()/\u00a0\u2010-\u2015\u202f\u200b\u2060\u202a-\u202c]+")
_DIALLABLE = re.compile(r"\+?[0-9]{4,18}")


def to_e164(raw: str | None, country: str | None = None) -> str | None:
    """Read a number as ``+E.164``; None when it is withheld, a word, a short code or no number.

    Understood: ``+49 30 …``, ``0049 30 …`` and the country's own international prefix, the
    national form of ``country`` (ISO 3166-1, two letters), and E.164 that lost its plus where
    it cannot be a national number. With a plus the length has to be right; without one the
    number has to exist in its number plan, so that an extension never becomes a stranger.
    Never raises, whatever the text.
    """
    if not raw or len(raw) > _LONGEST_TEXT:
        return None
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
    number = _parse(e164, None)
    if number is None:
        return e164
    is_home = country and phonenumbers.region_code_for_number(number) == country.upper()
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if is_home else style.INTERNATIONAL)


@lru_cache(maxsize=65_536)
def _read(raw: str, country: str | None) -> str | None:
    text = _SEPARATORS.sub("", raw.strip())
    if not _DIALLABLE.fullmatch(text):
        return None
    if text.startswith("+"):
        return _e164(_parse(text, None), is_certain=True)
    national = _parse(text, country) if country else None
    if (found := _e164(national, is_certain=False)) is not None:
        return found
    if text.startswith("00"):
        return _e164(_parse("+" + text[2:], None), is_certain=True)
    if text.startswith("0") or (national is not None and phonenumbers.is_possible_number(national)):
        return None
    return _e164(_parse("+" + text, None), is_certain=False)


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
