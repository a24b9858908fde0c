"""Where a page ended, as one opaque text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from crm_store.documents import plain

_LONGEST = 8_000


def cursor_of(question: str, values: Sequence[Any]) -> str:
    """The text for these values of the last row; ``question`` says what they are sorted by."""
    said = msgspec.json.encode([question, *(plain(value) for value in values)])
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def read_cursor(text: str, question: str) -> list[Any]:
    """The values of a cursor; ValueError for one that is damaged or of another question."""
    if len(text) > _LONGEST:
        raise ValueError("it is too long")
    try:
        padded = text + "=" * (-len(text) % 4)
        said = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, msgspec.DecodeError):
        raise ValueError("it is damaged") from None
    if not isinstance(said, list) or not said or said[0] != question:
        raise ValueError("it was given for another order")
    return said[1:]
