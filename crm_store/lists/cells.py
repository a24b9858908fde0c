"""What stands in a cell: safe to open in a spreadsheet, and the same when it comes back."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import Any

_BEGINS_FORMULA = r"[ ]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""What a spreadsheet takes for the beginning of a formula, or skips on its way to one; some take
the full-width forms of East Asia as well."""
_RISKY = re.compile(f"'*{_BEGINS_FORMULA}")
"""Also with apostrophes before it, so that one that we put there can be told from one that was
there."""

_DEFUSED = re.compile(f"'+{_BEGINS_FORMULA}")
_NUMBER = re.compile(r"\+[0-9]{1,20}(; ?\+[0-9]{1,20})*")
"""Phone numbers: they can do nothing, and stay readable."""

_SCIENTIFIC = re.compile(r"\s*([0-9])[.,]?([0-9]*)[eE]\+?([0-9]{1,2})\s*")
_WHOLE = re.compile(r"([0-9]{5,})\.0+")


def defuse(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it as a formula.

    See https://owasp.org/www-community/attacks/CSV_Injection. A phone number is left as it is.
    """
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def read_cell(text: str) -> str:
    """The text of a cell, without the apostrophe that :func:`defuse` puts before a formula."""
    return text[1:] if text.startswith("'") and _DEFUSED.match(text) else text


def spreadsheet_text(value: Any) -> str:
    """A spreadsheet's value as text: whole numbers without decimals, dates after ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value)
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def written_out(text: str) -> str | None:
    """A whole number that a spreadsheet wrote with an exponent or decimals, in its digits.

    None where digits are lost: ``6.14916E+10`` was some number of eleven digits once. A text
    that is no such number comes back as it is.
    """
    if (whole := _WHOLE.fullmatch(text.strip())) is not None:
        return whole[1]
    found = _SCIENTIFIC.fullmatch(text)
    if found is None:
        return text
    digits, exponent = found[1] + found[2], int(found[3])
    if len(digits.rstrip("0") or "0") > exponent + 1 or exponent > 20:
        return text
    return digits.ljust(exponent + 1, "0")[: exponent + 1] if len(digits) > exponent else None
