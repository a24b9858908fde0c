"""What came over a link and told nothing: counted, so that the administrator sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class MessageCounts:
    """Messages of one link that came to nothing, since the bridge runs."""

    unreadable: int = 0
    dropped: int = 0
    """Events for which there was no more room."""
