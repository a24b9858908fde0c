"""The PBX's own time, as far as its answers tell it."""

from __future__ import annotations

from datetime import datetime

_SURE_SECONDS = 0.25
"""An answer that took longer does not tell when it was given."""


class PbxClock:
    """What time it is on the PBX, reckoned from this host's monotonic clock.

    Neither a wrong clock on either host nor a process that was frozen for a while makes an event
    look older or younger than it is.
    """

    def __init__(self) -> None:
        self._ahead: float | None = None

    def set(self, pbx_time: float, *, asked_at: float, answered_at: float) -> None:
        """The PBX said its time (seconds since the epoch) between these two monotonic instants."""
        if self._ahead is None or answered_at - asked_at < _SURE_SECONDS:
            self._ahead = pbx_time - asked_at

    def now(self, monotonic_now: float) -> float | None:
        """Seconds since the epoch on the PBX; None before it was asked."""
        return None if self._ahead is None else monotonic_now + self._ahead

    def age(self, at: datetime | None, monotonic_now: float) -> float:
        """How many seconds ago something happened there; 0 when that cannot be told."""
        now = self.now(monotonic_now)
        return 0.0 if now is None or at is None else max(0.0, now - at.timestamp())
