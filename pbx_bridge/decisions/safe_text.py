"""Strangers' text made safe: for one line of a page, and for a handset.

Callers are strangers and their names are hostile until cleaned: Asterisk stores a SIP display
name raw, a line break in it splits SIP headers and injects AMI fields, and quotes, ``$``,
backticks and separators are evaluated in some corner of any dialplan. Contacts' and campaigns'
names come from people who never heard of SIP; they are cleaned alike.
"""

from __future__ import annotations

import unicodedata
from typing import Final

UNSAFE_CHARACTERS: Final = frozenset('"\\$`;,|&<>{}')
"""What may be evaluated, or separate one thing from the next, in a dialplan or a SIP header."""


def fold_line(text: str, *, cap: int | None = None) -> str:
    """Return ``text`` as one line for people to read, of at most ``cap`` characters.

    Control characters, CR and LF among them, become spaces; what else Unicode calls "other"
    goes (category C: invisible direction marks, lone surrogates, unassigned); the rest is NFC
    with white space folded. Punctuation stays: a page or a query has its own ways to quote.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_without_control(character) for character in text)
        text = unicodedata.normalize("NFC", text)
    text = " ".join(text.split())
    return text if cap is None else text[:cap].rstrip()


def clean_text(text: str, *, cap: int | None = None) -> str:
    """Return ``text`` as one line that may go to a handset, an AMI action or a variable.

    As :func:`fold_line`, and without :data:`UNSAFE_CHARACTERS`. Those are taken out after NFC,
    which may itself yield some: it turns the Greek question mark into a semicolon.
    """
    safe = "".join(each for each in fold_line(text) if each not in UNSAFE_CHARACTERS)
    return fold_line(safe, cap=cap)


def is_safe_text(text: str) -> bool:
    """Say whether ``text`` holds no character that :func:`clean_text` would take out."""
    return not any(
        character in UNSAFE_CHARACTERS or unicodedata.category(character)[0] == "C"
        for character in text
    )


def _without_control(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category[0] == "C" else character
