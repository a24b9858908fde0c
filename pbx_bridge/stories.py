"""The events of a call as text, kept while its beginning or end is missing.

A journal may reach us in pieces and in any order (rotated files, one backfill after another). A
call told from a piece is estimated; its events are kept, and with the next piece it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pbx_bridge.calls.events import ChannelEvent

_decoder = msgspec.json.Decoder(list[ChannelEvent])


def pack_story(events: Iterable[ChannelEvent]) -> str:
    """Write events as text."""
    return msgspec.json.encode(list(events)).decode()


def unpack_story(story: str) -> list[ChannelEvent]:
    """Read events back; a text that is none (another version's) holds none."""
    try:
        return _decoder.decode(story)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return []
