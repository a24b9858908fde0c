"""Has Asterisk been restarted? What its channels' ids give away. Pure.

A uniqueid is ``second.serial``, with the system's name in front where it has one. Serials count
up by one from the start of Asterisk: a serial that was used before, under a later second, belongs
to another life of the PBX, and no channel of the former one lives on.

The second is that of the channel's making, so it fits the time of its first event. Where it does
not (events moved in time, a clock that was set), ids say nothing about lives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

_UNIQUEID = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})$")
_SAME_MOMENT_SECONDS = 1
"""Two channels made at once may have their seconds and serials the wrong way round."""
_OWN_TIME_SECONDS = 5
"""How far the second in an id may be from the event that made the channel."""
_JITTER = 64
"""How far serials may lie out of order within one life."""


@dataclass(slots=True)
class SerialWatch:
    """Second and serial of each system's newest channel, in its present life. Mutable."""

    _latest: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_new_life(self, uniqueid: str, made_at: datetime) -> bool:
        """Take note of a channel that has just been made; say whether Asterisk began anew."""
        match = _UNIQUEID.search(uniqueid)
        if match is None:
            return False
        system, second, serial = uniqueid[: match.start()], int(match[1]), int(match[2])
        if abs(made_at.timestamp() - second) > _OWN_TIME_SECONDS:
            return False
        last_second, last_serial = self._latest.get(system, (second, -1))
        is_new = _is_reset(serial, last_serial, second - last_second)
        if is_new or serial > last_serial:
            self._latest[system] = (second, serial)
        return is_new


def _is_reset(serial: int, last_serial: int, seconds_later: int) -> bool:
    if serial > last_serial:
        return False
    if serial < last_serial - _JITTER or serial <= 1 < last_serial - 1:
        return True
    is_used_before = serial in {0, last_serial}
    return seconds_later > (0 if is_used_before else _SAME_MOMENT_SECONDS)
