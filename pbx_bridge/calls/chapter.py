"""One call in the book, while it is being written. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pbx_bridge.calls.events import ChannelEvent


@dataclass(slots=True)
class Chapter:
    """The events of one call, while it is being written."""

    linkedid: str
    events: dict[tuple[object, ...], ChannelEvent] = field(default_factory=dict)
    open_uniqueids: set[str] = field(default_factory=set)
    ended_uniqueids: set[str] = field(default_factory=set)
    hung_up_uniqueids: set[str] = field(default_factory=set)
    bridge_ids: set[str] = field(default_factory=set)
    apart_from: set[str] = field(default_factory=set)
    """Calls that it has met and does not go on as one with."""
    is_announced: bool = False
    ended_at: datetime | None = None
    cut_off_at: datetime | None = None

    @property
    def is_hung_up(self) -> bool:
        """Whether nothing but the ``CHAN_END`` of its last legs is missing."""
        return self.open_uniqueids <= self.hung_up_uniqueids

    def last_at(self) -> datetime:
        """The time of its latest event."""
        return max(event.at for event in self.events.values())
