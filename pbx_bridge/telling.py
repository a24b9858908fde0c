"""From events to told calls: what the book says of each event, told here and now. No store.

A live bridge tells and writes in one process (:mod:`pbx_bridge.call_flow`); a backfill tells in
one and writes in another. Both tell by this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.flow_settings import FlowCounts

_log = structlog.get_logger(__name__)

FINAL_CHANGES = frozenset({ChangeKind.ENDED, ChangeKind.ABSORBED})
"""Changes after which a call has nothing more to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened to a call, and the call as it stood then; None for machinery of the PBX."""

    change: Change
    call: Call | None
    events: tuple[ChannelEvent, ...] = ()
    """All of a call that is over; none of one that goes on."""


class Telling:
    """Gives a PBX's events to its book, and tells the calls that are worth writing."""

    def __init__(self, book: CallBook, counts: FlowCounts) -> None:
        self.book = book
        self._counts = counts
        self._answered: set[str] = set()

    def begin_anew(self) -> None:
        """Forget the calls so far: their events are about to be read again."""
        self.book = self.book.fresh()
        self._answered.clear()

    def take(self, event: ChannelEvent) -> list[Change]:
        """Give the book an event; what it cannot make sense of costs no other call anything."""
        try:
            return self.book.apply(event)
        except Exception:
            self._counts.anomalies += 1
            _log.exception("event not understood", pbx=self.book.pbx, linkedid=event.linkedid)
            return []

    def tell(self, changes: Iterable[Change], *, is_live: bool) -> list[Told]:
        """Tell the calls that these changes make worth writing; not live, those that are over.

        Each is told here and now: when its turn to be written comes, the book may have gone on,
        or have let go of it.
        """
        told: list[Told] = []
        for change in changes:
            is_final = change.kind in FINAL_CHANGES
            if not is_final and (not is_live or change.linkedid in self._answered):
                continue
            try:
                call = self.book.tell(change.linkedid)
            except Exception:
                self._counts.unwritten += 1
                _log.exception("call not told", pbx=self.book.pbx, linkedid=change.linkedid)
                continue
            if is_final and call is not None:
                self._counts.anomalies += call.anomalies
            if is_final or self._is_news(change, call):
                events = self.book.events_of(change.linkedid) if is_final and call else ()
                told.append(Told(change=change, call=call, events=events))
        return told

    def forget(self, linkedid: str) -> None:
        """Let go of a call that is over and written."""
        self._answered.discard(linkedid)

    def _is_news(self, change: Change, call: Call | None) -> bool:
        """A call that goes on is written when it starts and when it is answered."""
        if change.kind is ChangeKind.STARTED:
            return True
        if call is None or call.answered_at is None:
            return False
        self._answered.add(change.linkedid)
        return True
