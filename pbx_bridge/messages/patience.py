"""How long to wait before something is tried again. Pure: chance is a parameter."""

from __future__ import annotations

from typing import Final

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

WEB_HOOK_WAITS: Final = (
    *(5.0, 30.0, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR),
    12 * HOUR,
)
"""Between the attempts at one delivery: fifteen of them in about three days."""

MAIL_WAITS: Final = (
    *(1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 8 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR),
)
"""Between the attempts at one mail; it is given up after three days in any case."""

_LONGEST_REST: Final = MINUTE
_JITTER: Final = 0.2


def wait_before(waits: tuple[float, ...], tries: int, chance: float) -> float | None:
    """Seconds from try number ``tries`` (from 1) that failed to the next; None: that was the last.

    ``chance`` between 0 and 1 spreads it by a fifth to either side, so that not everything that
    failed together comes back together.
    """
    if tries > len(waits):
        return None
    return waits[tries - 1] * _spread(chance)


def rest_after(failures: int, chance: float) -> float:
    """How long a receiver is left in peace that has failed so often in a row: 1 s to 1 min."""
    return min(2.0 ** min(failures, 10) / 2, _LONGEST_REST) * _spread(chance)


def _spread(chance: float) -> float:
    return 1 + _JITTER * (2 * chance - 1)
