"""Call IDs: short names for calls that people read from a handset and type into a search box.

The alphabet is Crockford's base 32: digits, and letters without the look-alikes I, L, O and
without U (https://www.crockford.com/base32.html).
"""

from __future__ import annotations

from typing import Final

CALL_ID_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", " ": None, "-": None})


def read_call_id(text: str) -> str:
    """The call ID that somebody meant: any case, spaces, dashes and look-alikes forgiven."""
    return text.upper().translate(_LOOK_ALIKES)
