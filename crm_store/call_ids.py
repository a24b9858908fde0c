"""Call IDs: short names for calls that people read from a handset and type into a search box.

Of each group of look-alikes the alphabet has one member at most, and none of those that people
confuse however they are printed: no 0 and O, no 1 I L, no U V; of 2 Z, 5 S, 8 B and 6 G only
the digit. It has no vowels, so no words.
"""

from __future__ import annotations

from typing import Final

CALL_ID_ALPHABET: Final = "23456789CDFHJKMNPQRTWXY"

_MEANT: Final = str.maketrans("ZSBG", "2586")


def read_call_id(text: str) -> str:
    """The call ID that somebody meant: any case, spaces, dashes and look-alikes forgiven.

    A look-alike that no call ID has becomes the character that it was read from (``Z`` is
    ``2``). Text that is no call ID stays text: compare the result, don't trust it.
    """
    kept = (character for character in text if not (character.isspace() or _is_dash(character)))
    return "".join(kept).upper().translate(_MEANT)


def _is_dash(character: str) -> bool:
    return character in "-_.\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
