"""Strangers' text as a terminal may show it."""

from __future__ import annotations


def visible(text: str) -> str:
    """A stranger's text without what a terminal would obey: no escapes, no line breaks.

    Whitespace becomes a space; characters that print nothing (controls, also those that turn
    the direction of writing) are left out.
    """
    return "".join(" " if c.isspace() else c for c in text if c.isprintable() or c.isspace())
