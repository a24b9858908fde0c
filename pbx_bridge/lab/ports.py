"""Free ports on loopback, for several labs at once.

Four ranges below the kernel's own ephemeral ones keep the parts of a lab out of each other's way:
phones' sound 12000-14999, signalling and control 15000-19999, callers' sound 20000-24999,
Asterisk's sound 25000-31998 (``etc/rtp.conf``).
"""

from __future__ import annotations

import itertools
import random
import socket
from contextlib import suppress

from pbx_bridge.lab.errors import LabError

PHONE_RTP = (12000, 14998)
CALLER_RTP = (20000, 24998)
_CONTROL = range(15000, 20000)
_MEDIA = range(*CALLER_RTP, 4)
_turns = itertools.count(random.randrange(len(_CONTROL)))  # noqa: S311 - it keeps no secret
_media_turns = itertools.count(random.randrange(len(_MEDIA)))  # noqa: S311 - nor does this
"""No port is given out twice before all others were: who has one may not use it yet."""


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port that nothing uses on ``address``, neither UDP nor TCP, at this moment."""
    for turn in itertools.islice(_turns, len(_CONTROL)):
        port = _CONTROL[turn % len(_CONTROL)]
        with suppress(OSError):
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((address, port))
            return port
    raise LabError(f"no free port on {address} between {_CONTROL.start} and {_CONTROL.stop}")


def free_media_port(address: str = "127.0.0.1") -> int:
    """Return an even port for a caller's sound; like the three after it, nothing uses it now."""
    for turn in itertools.islice(_media_turns, len(_MEDIA)):
        port = _MEDIA[turn % len(_MEDIA)]
        if not any(is_udp_port_taken(address, port + offset) for offset in range(4)):
            return port
    low, high = CALLER_RTP
    raise LabError(f"no free port for sound on {address} between {low} and {high}")


def is_udp_port_taken(address: str, port: int) -> bool:
    """Whether some program holds this UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False
