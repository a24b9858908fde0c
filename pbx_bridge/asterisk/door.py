"""The door in the dialplan, as ARI shows it: who stands there, and whether it is ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pbx_bridge.calls.identity import is_withheld_number

_OUR_WORD = "inbound"
"""What the dialplan says first at our door: ``inbound:NUMBER:PRESENTATION``."""


class CallerId(msgspec.Struct):
    """Who calls, as sent."""

    number: str = ""
    name: str = ""


class Place(msgspec.Struct):
    """Where in the dialplan a channel is; an old Asterisk does not name the application."""

    context: str = ""
    exten: str = ""
    app_name: str = ""
    app_data: str = ""


class Channel(msgspec.Struct):
    """The parts of ARI's channel that we read."""

    id: str = ""
    name: str = ""
    caller: CallerId = msgspec.field(default_factory=CallerId)
    dialplan: Place = msgspec.field(default_factory=Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingingChannel:
    """A caller's channel that waits at the door.

    ``is_claimed`` is False for a broadcast (claim it when the answer is ready) and True when the
    channel is in our hands already (``Stasis``, or after the claim): it must be continued.
    ``at`` is the PBX's time of the event, ``waited_seconds`` how old it was when it was read.
    Texts are a stranger's.
    """

    channel_id: str
    channel: str
    caller_number: str
    caller_name: str
    dialled_number: str
    context: str
    is_claimed: bool
    is_withheld: bool
    at: datetime | None = None
    waited_seconds: float = 0.0


def read_caller(
    channel: Channel, *, args: list[str], is_claimed: bool, timestamp: str
) -> RingingChannel:
    """Read a channel and what the dialplan said at the door.

    A broadcast has the words in the running application's data, a start in its own arguments,
    which Asterisk may have split at the colons.
    """
    data = channel.dialplan.app_data.split(",")
    said = ":".join(args) if is_claimed else next(iter(data[2:]), "")
    _, number, presentation = [*said.split(":"), "", ""][:3]
    return RingingChannel(
        channel_id=channel.id,
        channel=channel.name,
        caller_number=channel.caller.number,
        caller_name=channel.caller.name,
        dialled_number=number or channel.dialplan.exten,
        context=channel.dialplan.context,
        is_claimed=is_claimed,
        is_withheld=presentation.startswith("prohib") or is_withheld_number(channel.caller.number),
        at=_instant(timestamp),
    )


def is_our_door(place: Place, app: str) -> bool:
    """Whether a channel in Stasis is there by our dialplan's door, for a bridge called ``app``.

    Not by ``Stasis()`` of an application of the administrator's, whatever its name.
    """
    words = place.app_data.split(",")
    if place.app_name == "StasisBroadcast":
        wanted, said = [*words, "", ""][1:3]
        return said.startswith(f"{_OUR_WORD}:") and _matches(wanted, app)
    if place.app_name == "Stasis":
        is_greeted = any(word.startswith(f"{_OUR_WORD}:") for word in words[1:])
        return words[0] == app or (is_greeted and app.startswith(words[0]))
    return False


def _matches(pattern: str, app: str) -> bool:
    try:
        return re.search(pattern, app) is not None
    except re.error:
        return False


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
