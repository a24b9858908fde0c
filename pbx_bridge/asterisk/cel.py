"""CEL rows and AMI CEL messages → :class:`ChannelEvent`. Pure: the only file with vendor spellings.

The journal's field order and the traps of its rows (cut at 1,023 bytes, identity only on the
first row) are described in ``dialplan/cel_custom_pbx_bridge.conf`` and ``docs/architecture.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from pbx_bridge.calls.events import ChannelEvent, EventKind

JOURNAL_FIELDS = (
    "eventtype",
    "eventenum",
    "eventtime",
    "uniqueid",
    "linkedid",
    "channame",
    "num",
    "exten",
    "context",
    "peer",
    "appname",
    "userdeftype",
    "accountcode",
    "ani",
    "rdnis",
    "dnid",
    "eventextra",
    "name",
    "appdata",
)
"""The 19 fields of the journal, in order: ids first, strangers' free text last."""

_IDENTIFYING_FIELDS = 6
"""A row that was cut before its channel name tells nothing about any channel."""

_EVENT_ENUM = re.compile(r"[A-Z_]{3,40}|Unknown")
"""How every Asterisk names its event types: what is none is of a row with other fields."""
_KINDS: dict[str, EventKind] = {kind.value: kind for kind in EventKind}
_NOTHING: Mapping[str, str] = {}
_parse_texts = msgspec.json.Decoder(dict[str, str]).decode
"""Most of eventextra is an object of texts; what is not is read by the patient way."""


class UnreadableRowError(ValueError):
    """A row that no event can be made of; the message says why."""


def event_from_row(row: Sequence[str]) -> ChannelEvent:
    """Translate one journal row; a row that Asterisk cut short may lack its last fields.

    Raises:
        UnreadableRowError: too short, no ids, or no time with a zone.
    """
    if len(row) < _IDENTIFYING_FIELDS:
        many = f"{len(row)} field{'' if len(row) == 1 else 's'}"
        raise UnreadableRowError(f"{many}, expected {len(JOURNAL_FIELDS)}{_guess_separator(row)}")
    if len(row) > len(JOURNAL_FIELDS):
        raise UnreadableRowError(f"{len(row)} fields, expected {len(JOURNAL_FIELDS)}")
    padded = [*row, *([""] * (len(JOURNAL_FIELDS) - len(row)))] if len(row) < 19 else row
    event_enum = padded[1] or ("USER_DEFINED" if padded[11] else padded[0])
    if event_enum not in _KINDS and not _EVENT_ENUM.fullmatch(event_enum):
        raise UnreadableRowError(f"no event type where eventenum belongs: {event_enum[:40]!r}")
    if not padded[3] or not padded[4]:
        raise UnreadableRowError("no uniqueid or no linkedid")
    return _make_event(
        event_type=padded[0],
        event_enum=event_enum,
        at=parse_instant(padded[2]),
        uniqueid=padded[3],
        linkedid=padded[4],
        channel=padded[5],
        number=padded[6],
        exten=padded[7],
        context=padded[8],
        peer=padded[9],
        app=padded[10],
        user_event=padded[11],
        account_code=padded[12],
        ani=padded[13],
        rdnis=padded[14],
        dnid=padded[15],
        extra_text=padded[16],
        name=padded[17],
        app_args=padded[18],
    )


def _guess_separator(row: Sequence[str]) -> str:
    """Say what the fields seem to be separated by, where it is no comma."""
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if sum(field.count(separator) for field in row) >= _IDENTIFYING_FIELDS:
            return f" separated by commas: these seem to be separated by {name}"
    return ""


def event_from_record(row: Mapping[str, Any]) -> ChannelEvent:
    """Translate one row of a database table, by the names of its columns.

    ``eventtime`` is an epoch with a fraction, an instant with a zone, or, where the column has no
    zone, UTC (``usegmtime=yes``). Columns that a table lacks are empty.

    Raises:
        UnreadableRowError: the row lacks its ids or its time.
    """

    def text(key: str) -> str:
        value = row.get(key)
        return "" if value is None else str(value)

    if not text("uniqueid") or not text("linkedid"):
        raise UnreadableRowError("no uniqueid or no linkedid")
    event_type = text("eventtype")
    return _make_event(
        event_type=event_type,
        event_enum="USER_DEFINED" if text("userdeftype") else event_type,
        at=_instant_of_column(row.get("eventtime")),
        uniqueid=text("uniqueid"),
        linkedid=text("linkedid"),
        channel=text("channame"),
        number=text("cid_num"),
        exten=text("exten"),
        context=text("context"),
        peer=text("peer"),
        app=text("appname"),
        user_event=text("userdeftype"),
        account_code=text("accountcode"),
        ani=text("cid_ani"),
        rdnis=text("cid_rdnis"),
        dnid=text("cid_dnid"),
        extra_text=text("extra"),
        name=text("cid_name"),
        app_args=text("appdata"),
    )


def _instant_of_column(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return parse_instant(str(value))


def row_from_event(event: ChannelEvent) -> list[str]:
    """Write an event as the journal has it: :func:`event_from_row` gives the same event back."""
    is_ours = event.kind is EventKind.USER_DEFINED
    extra: Mapping[str, str] = event.extra
    if is_ours:
        words = [extra["text"]] if "text" in extra else []
        words += [f"{key}={value}" for key, value in extra.items() if key != "text"]
        extra = {"extra": "|".join(words)}
    return [
        event.user_event if is_ours else event.kind.value,
        event.kind.value,
        event.at.isoformat(),
        event.uniqueid,
        event.linkedid,
        event.channel,
        event.number,
        event.exten,
        event.context,
        event.peer,
        event.app,
        event.user_event,
        event.account_code,
        event.ani,
        event.rdnis,
        event.dnid,
        json.dumps(extra) if extra else "",
        event.name,
        event.app_args,
    ]


def event_from_message(message: Mapping[str, object], *, timestamp: str) -> ChannelEvent:
    """Translate one AMI ``CEL`` event; ``timestamp`` is AMI's own epoch with microseconds.

    AMI's ``EventTime`` has whole seconds only, so ``manager.conf`` needs ``timestampevents=yes``.

    Raises:
        UnreadableRowError: the message lacks its ids or its time.
    """

    def text(key: str) -> str:
        value = message.get(key, "")
        return value if isinstance(value, str) else ""

    if not text("UniqueID") or not text("LinkedID"):
        raise UnreadableRowError("no UniqueID or no LinkedID")
    event_type = text("EventName")
    return _make_event(
        event_type=event_type,
        event_enum="USER_DEFINED" if text("UserDefType") else event_type,
        at=parse_instant(timestamp or text("EventTime")),
        uniqueid=text("UniqueID"),
        linkedid=text("LinkedID"),
        channel=text("Channel"),
        number=text("CallerIDnum"),
        exten=text("Exten"),
        context=text("Context"),
        peer=text("Peer"),
        app=text("Application"),
        user_event=text("UserDefType"),
        account_code=text("AccountCode"),
        ani=text("CallerIDani"),
        rdnis=text("CallerIDrdnis"),
        dnid=text("CallerIDdnid"),
        extra_text=text("Extra"),
        name=text("CallerIDname"),
        app_args=text("AppData"),
    )


def parse_instant(text: str) -> datetime:
    """Read a CEL time: ISO 8601 with a zone, or Asterisk's default epoch with a fraction.

    Raises:
        UnreadableRowError: not a time, or a time without a zone (whose instant nobody knows).
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _parse_epoch(text)
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        if text.isdigit():
            return _parse_epoch(text)
        raise UnreadableRowError(f"time without a zone: {text[:40]!r}; set dateformat in cel.conf")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise UnreadableRowError(f"not a time: {text[:40]!r}") from None


def _parse_epoch(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise UnreadableRowError(f"not a time: {text[:40]!r}") from None


def _make_event(
    *,
    event_type: str,
    event_enum: str,
    at: datetime,
    uniqueid: str,
    linkedid: str,
    channel: str,
    number: str,
    exten: str,
    context: str,
    peer: str,
    app: str,
    user_event: str,
    account_code: str,
    ani: str,
    rdnis: str,
    dnid: str,
    extra_text: str,
    name: str,
    app_args: str,
) -> ChannelEvent:
    kind = _KINDS.get(event_enum, EventKind.OTHER)
    extra = _NOTHING
    if kind is EventKind.USER_DEFINED:
        user_event = user_event or event_type
        extra = _parse_user_event(extra_text, app_args)
    elif extra_text:
        extra = _parse_extra(extra_text)
    return ChannelEvent(
        kind=kind,
        at=at,
        uniqueid=uniqueid,
        linkedid=linkedid,
        channel=channel,
        number=number,
        name=name,
        exten=exten,
        context=context,
        peer=peer,
        app=app,
        app_args=app_args,
        user_event=user_event,
        account_code=account_code,
        ani=ani,
        rdnis=rdnis,
        dnid=dnid,
        extra=extra,
    )


def _parse_extra(text: str) -> Mapping[str, str]:
    """CEL's eventextra is JSON text that may have been cut: what cannot be read is left out."""
    try:
        return _parse_texts(text)
    except (ValueError, RecursionError):
        pass
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING
    if not isinstance(parsed, dict):
        return _NOTHING
    return {_readable(key): _readable(str(value)) for key, value in parsed.items()}


def _readable(text: str) -> str:
    """The text with lone surrogates (``\\ud800`` in JSON), which cannot be written, as U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _parse_user_event(extra_text: str, app_args: str) -> Mapping[str, str]:
    """Read ``key=value|key=value``; it stands twice in a row, so a cut one is read from either."""
    text = _parse_extra(extra_text).get("extra")
    if text is None:
        text = app_args.partition(",")[2]
    fields: dict[str, str] = {}
    for part in text.split("|"):
        key, equals, value = part.partition("=")
        if equals:
            fields[key.strip()] = value
        elif part.strip():
            fields.setdefault("text", part.strip())
    return fields
