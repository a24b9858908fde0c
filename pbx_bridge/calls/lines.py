"""Which channels lead outside: what the administrator told us about his trunks. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

_PSEUDO = (
    "Announcer/",
    "AudioSocket/",
    "Bridge/",
    "CBAnn/",
    "CBRec/",
    "DAHDI/pseudo",
    "Message/",
    "MulticastRTP/",
    "OutgoingSpoolFailed/",
    "Recorder/",
    "Snoop/",
    "Surrogate/",
    "UnicastRTP/",
    "WebSocket/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The outside lines of one PBX: globs on channel names, and on the contexts they arrive in.

    A channel's name ends in a serial (``PJSIP/carrier-0000001f``); a glob may leave it out.
    """

    trunks: tuple[str, ...] = ()
    inbound_contexts: frozenset[str] = field(default_factory=frozenset)

    def is_trunk(self, channel: str, context: str) -> bool:
        """Whether a channel leads outside, by its name or by the context its endpoint has."""
        if _matches(self.inbound_contexts, context) or _matches(self.trunks, channel):
            return True
        endpoint, dash, _serial = channel.rpartition("-")
        return bool(dash) and _matches(self.trunks, endpoint)


@lru_cache(maxsize=4096)
def _matches(globs: Collection[str], name: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def is_local(channel: str) -> bool:
    """Whether a channel is one half of a Local pair: plumbing between two parts of a dialplan."""
    return channel.startswith("Local/")


def is_phone(channel: str) -> bool:
    """Whether a person can be at the other end: neither plumbing nor an announcer or recorder."""
    return not channel.startswith(_PSEUDO) and not is_local(channel)


def local_pair(channel: str) -> str:
    """Name the pair that ``Local/x@y-00000001;1`` and ``;2`` have in common."""
    return channel[:-2]


def endpoint_of(channel: str) -> str:
    """``PJSIP/1001-0000008c`` → ``1001``; ``Local/1002@internal-00000001;1`` → ``1002``."""
    resource = channel.partition("/")[2]
    if is_local(channel):
        return resource.partition("@")[0]
    endpoint, dash, _serial = resource.rpartition("-")
    return endpoint if dash else resource
