"""What a PBX tells us: one frozen event per CEL row, in our own words.

Vendor spellings end at the translating file (``asterisk/cel.py``); from here on there is
one vocabulary for live events, replayed journals and tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ORIGINATED = "AppDial2"
"""What Asterisk writes for an application on a channel that Originate, or ARI, has made."""


class EventKind(StrEnum):
    """The CEL event types that matter to a call; any other row is ``OTHER``."""

    CHANNEL_STARTED = "CHAN_START"
    CHANNEL_RINGING = "RINGING"
    """Not CEL: AMI ``Newstate`` Ringing, the only exact word on when one phone rang."""
    CHANNEL_ANSWERED = "ANSWER"
    CHANNEL_HUNG_UP = "HANGUP"
    CHANNEL_ENDED = "CHAN_END"
    APP_STARTED = "APP_START"
    APP_ENDED = "APP_END"
    BRIDGE_ENTERED = "BRIDGE_ENTER"
    BRIDGE_LEFT = "BRIDGE_EXIT"
    BLIND_TRANSFERRED = "BLINDTRANSFER"
    ATTENDED_TRANSFERRED = "ATTENDEDTRANSFER"
    PICKED_UP = "PICKUP"
    FORWARDED = "FORWARD"
    PARKED = "PARK_START"
    UNPARKED = "PARK_END"
    LOCAL_OPTIMIZED = "LOCAL_OPTIMIZE"
    LOCAL_OPTIMIZE_BEGUN = "LOCAL_OPTIMIZE_BEGIN"
    LINKEDID_ENDED = "LINKEDID_END"
    STREAM_BEGUN = "STREAM_BEGIN"
    STREAM_ENDED = "STREAM_END"
    USER_DEFINED = "USER_DEFINED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEvent:
    """One thing that happened to one channel on one PBX.

    ``at`` is aware and UTC. Texts are as the PBX sent them (callers are strangers: hostile).
    ``extra`` is CEL's eventextra, flattened to strings; for a user event it is the parsed
    ``key=value|key=value`` text, with text that has no ``=`` under ``"text"``.
    """

    kind: EventKind
    at: datetime
    uniqueid: str
    linkedid: str
    channel: str
    number: str = ""
    name: str = ""
    exten: str = ""
    context: str = ""
    peer: str = ""
    app: str = ""
    app_args: str = ""
    user_event: str = ""
    account_code: str = ""
    ani: str = ""
    rdnis: str = ""
    dnid: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


_SERIAL = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})$")


def birth_of(uniqueid: str) -> tuple[int, int, str]:
    """Order uniqueids as Asterisk gives them out: by the second and the serial of the channel."""
    match = _SERIAL.search(uniqueid)
    return (int(match[1]), int(match[2]), uniqueid) if match else (0, 0, uniqueid)
