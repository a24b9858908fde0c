"""What AGI sends and what we answer: an environment → a caller, variables → commands. Pure.

Asterisk opens an AGI session with lines ``agi_NAME: VALUE`` and an empty one. Caller's number and
name stand in the middle of them as the network sent them, line ends too: a stranger can write
lines of his own. So nothing is believed that is said twice, unknown or incomplete: such a call
goes on without us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.calls.identity import is_withheld_number

PATH = "inbound"
"""The script that the dialplan asks for: ``agi://HOST:PORT/inbound``."""
COMPLETE = "PBX_BRIDGE_COMPLETE"
"""Set last: without it the dialplan believes no answer."""
DONE = b"200 result=1"
"""What Asterisk says of a command that it carried out."""

MOST_COMMAND_BYTES = 2000
"""Asterisk reads a command of 2,047 bytes; a longer one would be cut."""

_LINE = re.compile(r"agi_([a-z0-9_]{1,40}): ?(.*)", re.DOTALL)
_NEEDED = ("request", "channel", "uniqueid", "callerid", "callingpres", "extension", "threadid")
"""``threadid`` comes last, but for the dialplan's own arguments."""
_NOTHING = "unknown"
"""Asterisk's word for a number that is not there."""
_RESTRICTION, _RESTRICTED = 0x60, 0x20
"""The bits of ``agi_callingpres`` that say whether a number may be shown (Q.931 4.5.10)."""


class UnreadableEnvironmentError(ValueError):
    """Not what Asterisk sends, or not only; the message says why."""


def parse_environment(text: bytes) -> dict[str, str]:
    """Read an environment (without its empty line) into names without ``agi_``, and values.

    Raises:
        UnreadableEnvironmentError: a line of another kind, a name that comes twice or is missing.
    """
    found: dict[str, str] = {}
    for line in text.decode("utf-8", errors="replace").removesuffix("\n").split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise UnreadableEnvironmentError(f"not an AGI line: {line[:40]!r}")
        name, value = match.groups()
        if name in found:
            raise UnreadableEnvironmentError(f"agi_{name} comes twice")
        found[name] = value
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise UnreadableEnvironmentError(f"no agi_{missing[0]}")
    return found


def read_request(environment: Mapping[str, str]) -> tuple[str, str | None]:
    """The script that was asked for, and the PBX that its query names: ``inbound?pbx=NAME``."""
    url = urlsplit(environment.get("network_script", ""))
    return url.path.strip("/"), next(iter(parse_qs(url.query).get("pbx", [])), None)


def read_caller(environment: Mapping[str, str]) -> RingingChannel:
    """The caller, who waits in AGI: he has to be let go.

    The dialplan gives number and presentation as arguments; an ``AGI()`` without any means the
    extension that it stands in.
    """
    number = _known(environment["callerid"])
    presentation = environment.get("arg_2", "")
    return RingingChannel(
        channel_id=environment["uniqueid"],
        channel=environment["channel"],
        caller_number=number,
        caller_name=_known(environment.get("calleridname", "")),
        dialled_number=environment.get("arg_1") or environment["extension"],
        context=environment.get("context", ""),
        is_claimed=True,
        is_withheld=presentation.startswith("prohib")
        or _is_restricted(environment["callingpres"])
        or is_withheld_number(number),
    )


def _known(value: str) -> str:
    return "" if value == _NOTHING else value


def _is_restricted(presentation: str) -> bool:
    is_number = presentation.isascii() and presentation.isdigit() and len(presentation) < 4
    return is_number and int(presentation) & _RESTRICTION == _RESTRICTED


def compose_set(name: str, value: str) -> bytes:
    """``SET VARIABLE``; a function such as ``CALLERID(name)`` is set by the same command."""
    return f"SET VARIABLE {_quote(name)} {_quote(value)}\n".encode()


def _quote(text: str) -> str:
    """A word as AGI reads it: in quotes, with quotes and backslashes escaped, on one line."""
    one_line = "".join(" " if character in "\r\n\0" else character for character in text)
    escaped = one_line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
