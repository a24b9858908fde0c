"""SIP as it stood on the wire, with the time of every message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pbx_bridge.lab.errors import LabError

_TRACED = re.compile(
    rb"-{40,} (\d{4}-\d\d-\d\d)[ T\t]+(\d\d:\d\d:\d\d\.\d+)[^\n]*\n"
    rb"UDP message (sent|received)[^\n]*?(\d+)[^\n]*?\n\n"
)
_QUOTED_NAME = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*<', re.DOTALL)
_PLAIN_NAME = re.compile(r"\s*([^<\"]*?)\s*<")
_USER = re.compile(r"<?\s*sips?:(?:([^@>;]*)@)?", re.IGNORECASE)

Side = Literal["caller", "callee"]


def parse_display_name(name_addr: str) -> str:
    """Return the display name of a From or P-Asserted-Identity value, quoting undone; "" if none.

    RFC 3261 section 25.1: a quoted string in which a backslash takes the next character literally,
    or bare words before ``<``.
    """
    if quoted := _QUOTED_NAME.match(name_addr):
        return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
    if plain := _PLAIN_NAME.match(name_addr):
        return plain[1]
    return ""


def parse_user(name_addr: str) -> str:
    """Return the user part of the URI in a From, To or P-Asserted-Identity value; "" if none."""
    addressed = name_addr[name_addr.rfind("<") :] if "<" in name_addr else name_addr
    found = _USER.search(addressed)
    return (found[1] or "") if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SipMessage:
    """One message; ``is_sent`` from the point of view of whoever traced it."""

    at: datetime
    is_sent: bool
    text: str

    @property
    def start_line(self) -> str:
        """The request or status line."""
        return self.text.split("\r\n", 1)[0]

    @property
    def status(self) -> int | None:
        """The status code of a response, None for a request."""
        return int(self.start_line[8:11]) if self.start_line.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        if self.status is None:
            return self.start_line.split(" ", 1)[0]
        return self.header("CSeq").rpartition(" ")[2]

    def header(self, name: str) -> str:
        """Return the value of the first header of that name, "" when there is none."""
        wanted = name.lower()
        for line in self.text.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.strip().lower() == wanted:
                return value.strip()
        return ""


def parse_sipp_trace(trace: bytes) -> Iterator[SipMessage]:
    """Yield the messages of SIPp's log, written with TZ=UTC, but for a half-written last one."""
    for found in _TRACED.finditer(trace):
        day, time, direction, length = (group.decode() for group in found.groups())
        body = trace[found.end() : found.end() + int(length)]
        if len(body) == int(length):
            yield SipMessage(
                at=datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC),
                is_sent=direction == "sent",
                text=body.decode("utf-8", "surrogateescape"),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCall:
    """What one side saw of a call. Instants are aware UTC; None stands for "did not happen".

    ``final_status`` is the INVITE's: 200, 486, 487 for a cancelled call. ``ended_by`` is the side
    that sent BYE or CANCEL or refused. ``reason`` is the Reason header that came with the end.
    """

    sip_call_id: str
    from_header: str
    request_uri: str
    invited_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    final_status: int | None
    ended_by: Side | None
    reason: str
    messages: tuple[SipMessage, ...]

    @property
    def display_name(self) -> str:
        """The caller's name in the INVITE's From header."""
        return parse_display_name(self.from_header)

    @property
    def from_number(self) -> str:
        """The user part of the INVITE's From header."""
        return parse_user(self.from_header)

    @property
    def talk_seconds(self) -> float:
        """Seconds from the answer to the end; 0 while unanswered or not yet over."""
        if self.answered_at is None or self.ended_at is None:
            return 0.0
        return (self.ended_at - self.answered_at).total_seconds()


def read_wire_calls(messages: Iterable[SipMessage]) -> list[WireCall]:
    """Group a trace by Call-ID into calls, in the order of their INVITEs."""
    dialogs: dict[str, list[SipMessage]] = {}
    for message in messages:
        dialogs.setdefault(message.header("Call-ID"), []).append(message)
    return [_read_call(dialog) for dialog in dialogs.values() if dialog[0].method == "INVITE"]


def _first(messages: Iterable[SipMessage], method: str, *statuses: int | None) -> SipMessage | None:
    return next((m for m in messages if m.method == method and m.status in statuses), None)


def _read_call(dialog: list[SipMessage]) -> WireCall:
    invite = dialog[0]
    if invite.status is not None:
        raise LabError(f"the trace of {invite.header('Call-ID')} starts with {invite.start_line}")
    finals = [m for m in dialog if m.method == "INVITE" and (m.status or 0) >= 200]
    # A challenge (401, 407) is answered by a second INVITE and is not how the call ended.
    final = next((m for m in finals if m.status not in (401, 407)), finals[-1] if finals else None)
    is_answered = final is not None and final.status is not None and final.status < 300
    ending = _first(dialog, "BYE", None) or _first(dialog, "CANCEL", None)
    ended_by: Side | None = None
    if ending is None and final is not None and not is_answered:
        ending, ended_by = final, "callee"
    elif ending is not None:
        ended_by = "caller" if ending.is_sent == invite.is_sent else "callee"
    ringing = _first(dialog, "INVITE", 180, 183)
    return WireCall(
        sip_call_id=invite.header("Call-ID"),
        from_header=invite.header("From"),
        request_uri=invite.start_line.split(" ")[1],
        invited_at=invite.at,
        ringing_at=ringing.at if ringing else None,
        answered_at=final.at if is_answered and final else None,
        ended_at=ending.at if ending else None,
        final_status=final.status if final else None,
        ended_by=ended_by,
        reason=ending.header("Reason") if ending else "",
        messages=tuple(dialog),
    )
