"""Words as people type them into a search box: without case, accents and apostrophes. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MOST_WORDS = 16
LONGEST_WORD = 40
LAST = "\U0010ffff"
"""Sorts behind every other character, byte by byte."""

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")


def fold(text: str) -> str:
    """The text in small letters, without accents: ``Müller`` and ``MULLER`` are the same."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def split_words(text: str) -> list[str]:
    """The words of a text, folded, each once, in order; sixteen at most."""
    plain = _APOSTROPHES.sub("", fold(text[:1_000]))
    return list(dict.fromkeys(one[:LONGEST_WORD] for one in _WORD.findall(plain)))[:MOST_WORDS]


def words_of(texts: Iterable[str | None]) -> frozenset[str]:
    """The words of several texts together. An address of e-mail is one word, and whole."""
    found: set[str] = set()
    for text in texts:
        if not text:
            continue
        if "@" in text and " " not in text:
            found.add(fold(text)[:LONGEST_WORD])
        else:
            found.update(split_words(text))
    return frozenset(found)
