"""What the door found out about each caller, kept until his call is written down."""

from __future__ import annotations

import asyncio

from pbx_bridge.ledger import Visit

_KEPT = 20_000
"""Visits whose calls never show in the events (no journal, say) are let go of beyond this."""


class Visits:
    """Visits by the caller's channel, those still at the door among them."""

    def __init__(self) -> None:
        self._visits: dict[str, asyncio.Future[Visit]] = {}

    def expect(self, channel_id: str) -> asyncio.Future[Visit]:
        """The visit of this channel: begun, or about to begin."""
        if channel_id not in self._visits:
            if len(self._visits) >= _KEPT:
                self._visits.pop(next(iter(self._visits))).cancel()
            self._visits[channel_id] = asyncio.get_running_loop().create_future()
        return self._visits[channel_id]

    async def wait(self, channel_id: str, seconds: float) -> Visit | None:
        """What the door found out; waits for it, but no longer than so."""
        visit = self.expect(channel_id)
        await asyncio.wait({visit}, timeout=seconds)
        return self.find(channel_id)

    def find(self, channel_id: str) -> Visit | None:
        """What the door found out, as far as it has."""
        visit = self._visits.get(channel_id)
        return visit.result() if visit is not None and visit.done() else None

    def forget(self, channel_id: str) -> None:
        """Let go of a visit whose call is over and written."""
        self._visits.pop(channel_id, None)
