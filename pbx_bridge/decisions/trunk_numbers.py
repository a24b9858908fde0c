"""Which tracking number was dialled, whatever form the trunk writes numbers in.

Trunks send +E.164, 00 and the country code, the national form, E.164 without its plus, or only
the last digits of a block. ``crm_store.numbers.to_e164`` reads the first four; what is left is
matched by the end of the number, and only where that fits one tracking number alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crm_store.records import TrackingNumber

MIN_SUFFIX_DIGITS: Final = 4
"""Shorter than this it is an extension, not the end of a published number."""

_DIGITS: Final = frozenset("0123456789")


def match_tracking_number(
    dialled: str, dialled_e164: str | None, tracking_numbers: Sequence[TrackingNumber]
) -> TrackingNumber | None:
    """Return the tracking number that was dialled, or None.

    First the exact text in which a tracking number was set up, then E.164, then the last
    digits (at least four; then without national zeros in front), provided that one tracking
    number alone ends in them.
    """
    for number in tracking_numbers:
        if dialled and dialled == number.raw:
            return number
    for number in tracking_numbers:
        if dialled_e164 is not None and dialled_e164 == number.e164:
            return number
    return _match_suffix(dialled, tracking_numbers)


def _match_suffix(
    dialled: str, tracking_numbers: Sequence[TrackingNumber]
) -> TrackingNumber | None:
    digits = "".join(character for character in dialled if character in _DIGITS)
    for ending in (digits, digits.lstrip("0")):
        if len(ending) >= MIN_SUFFIX_DIGITS:
            found = [number for number in tracking_numbers if number.e164.endswith(ending)]
            if found:
                return found[0] if len(found) == 1 else None
    return None
