"""The events of a call as text, kept while its beginning or end is missing.

A journal may reach us in pieces and in any order (rotated files, one backfill after another). A
call told from a piece is estimated; its events are kept, and with the next piece it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from pbx_bridge.calls.events import ChannelEvent

_decoder = msgspec.json.Decoder(list[ChannelEvent])


def pack_story(events: Iterable[ChannelEvent], linkedid: str, is_withheld: bool) -> str:
    """Write events as text; a number that was withheld is not kept, nor the name beside it."""
    kept = list(events)
    if is_withheld:
        kept = _without_identity(kept, linkedid)
    return msgspec.json.encode(kept).decode()


def _without_identity(events: list[ChannelEvent], linkedid: str) -> list[ChannelEvent]:
    """The same events with the caller's number and name gone, wherever they stand."""
    caller = [event for event in events if event.uniqueid == linkedid]
    hidden = {text for event in caller for text in (event.number, event.ani) if len(text) > 3}
    hidden -= {"anonymous"}

    def clean(text: str) -> str:
        for number in hidden:
            text = text.replace(number, "anonymous")
        return text

    return [
        replace(
            event,
            number=clean(event.number),
            ani=clean(event.ani),
            name="" if event.uniqueid == linkedid else clean(event.name),
            app_args=clean(event.app_args),
            channel=clean(event.channel),
            peer=clean(event.peer),
            extra={key: clean(value) for key, value in event.extra.items()},
        )
        for event in events
    ]


def unpack_story(story: str) -> list[ChannelEvent]:
    """Read events back; a text that is none (another version's) holds none."""
    try:
        return _decoder.decode(story)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return []
