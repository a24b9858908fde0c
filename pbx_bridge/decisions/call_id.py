"""The call ID: six characters that an agent reads off a handset and types into a search box.

A call ID is *derived* from the call's own key, (pbx, linkedid), never drawn by lot. So every
bridge that sees the call comes to the same ID without asking another, the handset shows it
before anything is written, and a replay of the journal gives the same ID again.

**Collisions.** Six of 23 symbols (``crm_store/call_ids.py`` says why these) make 148,035,889 IDs.
By the birthday bound the first two calls to want the same ID are expected after some 15,000
calls, and in a store of a million calls a new call meets a taken ID with a chance of 0.7 %. The
store is asked before the handset shows an ID, and the next attempt's is taken then: it is
independent of the first, so two attempts both fail with 0.005 %, three with one in three
million. A call that is already stored keeps the ID it has, whatever the attempt.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from itertools import count
from typing import Final

from crm_store.call_ids import CALL_ID_ALPHABET

CALL_ID_LENGTH: Final = 6

_PERSONALISATION: Final = b"pbx-bridge:call"
"""blake2b's domain separation (16 bytes at most). Changing it changes every call ID."""


def call_ids(pbx: str, linkedid: str) -> Iterator[str]:
    """Yield the call IDs to try for one call, in order, without end.

    The first is the call's ID unless the store says that another call has it; then the second
    is, and so on.
    """
    return (_derive_call_id(pbx, linkedid, attempt) for attempt in count(1))


def is_call_id(text: str) -> bool:
    """Say whether ``text`` has the form of a call ID, exactly as :func:`call_ids` writes it."""
    return len(text) == CALL_ID_LENGTH and all(character in CALL_ID_ALPHABET for character in text)


def _derive_call_id(pbx: str, linkedid: str, attempt: int) -> str:
    # Lengths in front keep ("a", "bc") and ("ab", "c") apart.
    key = f"{len(pbx)}:{pbx},{len(linkedid)}:{linkedid},{attempt}"
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, person=_PERSONALISATION)
    rest = int.from_bytes(digest.digest(), "big")
    characters = []
    for _ in range(CALL_ID_LENGTH):
        rest, index = divmod(rest, len(CALL_ID_ALPHABET))
        characters.append(CALL_ID_ALPHABET[index])
    return "".join(characters)
