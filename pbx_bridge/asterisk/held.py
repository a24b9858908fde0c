"""Callers who stand in Stasis for too long: whose bridge has died or hangs, and who lets them go.

The dialplan's own time limit ends our door (``T`` in extensions_pbx_bridge.conf). This is for
the doors that have none: an older copy of the dialplan, a context of the administrator's own, an
Asterisk without ``func_timeout``.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf


class HeldCallers:
    """Who stands in Stasis, and for how long he has been seen there.

    Times are monotonic seconds. A channel counts from the moment it was first seen: no clock of
    the PBX's is needed, and one that a healthy bridge has just claimed is never in question.
    """

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self._since: dict[str, float] = {}

    def find_overdue(self, standing: Iterable[str], now: float) -> list[str]:
        """Of the channels that stand in Stasis now, those that have stood there for too long."""
        self._since = {each: self._since.get(each, now) for each in standing}
        return [each for each, since in self._since.items() if now - since >= self._limit_seconds]

    def try_again_later(self, channel_id: str, now: float) -> None:
        """He was told to go on; if that did not help he is overdue again after the limit."""
        self._since[channel_id] = now

    def leave_alone(self, channel_id: str) -> None:
        """He is somebody else's: not in question as long as he stands there."""
        self._since[channel_id] = inf
