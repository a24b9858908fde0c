"""Answers for people: tables in local time, with nothing in them that a terminal would obey."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crm_store.numbers import format_for_people
from crm_store.records import Activity, CallRecord, Lead
from pbx_bridge.commands.plain import visible

_WIDTH_IN_A_FILE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, and what of a record stands in it."""

    heading: str
    text: Callable[[Any], str]
    is_number: bool = False
    is_kept_whole: bool = False


def print_table(columns: Sequence[Column], records: Iterable[Any]) -> None:
    """Print records on standard output, as wide as the terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_IN_A_FILE)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(
            column.heading,
            justify="right" if column.is_number else "left",
            no_wrap=column.is_kept_whole,
        )
    for record in records:
        table.add_row(*(Text(visible(column.text(record))) for column in columns))
    console.print(table)


def _local(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _duration(seconds: float | None) -> str:
    """``7s``, ``1:30``, ``1:02:03``."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest}s"


def _who(call: CallRecord) -> str:
    if call.is_withheld:
        return "withheld"
    number = format_for_people(call.caller_e164) if call.caller_e164 else call.caller_number
    name = call.matched.name if call.matched else call.caller_name
    return number if name in {"", number} else f"{name} {number}"


def _dialled(call: CallRecord) -> str:
    return call.tracking_number.label if call.tracking_number else call.dialled_number


def _campaign(call: CallRecord) -> str:
    return (call.tracking_number.campaign or "") if call.tracking_number else ""


def _outcome(call: CallRecord) -> str:
    if call.outcome is None:
        return "up" if call.ended_at is None else ""
    return f"{call.outcome}, {call.missed_reason}" if call.missed_reason else call.outcome


def _became(call: CallRecord) -> str:
    return f"{call.record.type} {call.record.id}" if call.record else ""


def _number(lead: Lead) -> str:
    return ", ".join(
        format_for_people(number.e164) if number.e164 else number.raw
        for number in lead.phone_numbers
    )


def _about(activity: Activity) -> str:
    return f"{activity.about.type} {activity.about.id}" if activity.about else ""


_ID = Column(heading="id", text=lambda record: str(record.id), is_number=True, is_kept_whole=True)
_WAIT = Column(
    heading="wait",
    text=lambda record: _duration(record.wait_seconds),
    is_number=True,
    is_kept_whole=True,
)
_TALK = Column(
    heading="talk",
    text=lambda record: _duration(record.talk_seconds),
    is_number=True,
    is_kept_whole=True,
)
_CALL = Column(heading="call", text=lambda record: record.call_id or "", is_kept_whole=True)
_CREATED = Column(
    heading="created", text=lambda record: _local(record.created_at), is_kept_whole=True
)
_OWNER = Column(heading="owner", text=lambda record: record.owner or "")
_STATUS = Column(heading="status", text=lambda record: record.status, is_kept_whole=True)

CALL_COLUMNS = (
    Column(heading="started", text=lambda call: _local(call.started_at), is_kept_whole=True),
    _CALL,
    Column(heading="direction", text=lambda call: call.direction, is_kept_whole=True),
    Column(heading="who", text=_who),
    Column(heading="dialled", text=_dialled),
    Column(heading="campaign", text=_campaign),
    Column(heading="agent", text=lambda call: call.agent or call.answered_by or ""),
    Column(heading="outcome", text=_outcome),
    _WAIT,
    _TALK,
    Column(heading="became", text=_became, is_kept_whole=True),
)

LEAD_COLUMNS = (
    _ID,
    _CREATED,
    Column(heading="name", text=lambda lead: lead.name),
    Column(heading="company", text=lambda lead: lead.company or ""),
    Column(heading="number", text=_number),
    _STATUS,
    _OWNER,
    Column(heading="campaign", text=lambda lead: lead.campaign or ""),
    _CALL,
    _WAIT,
    _TALK,
)

ACTIVITY_COLUMNS = (
    _ID,
    _CREATED,
    Column(heading="subject", text=lambda activity: activity.subject),
    _STATUS,
    _OWNER,
    Column(heading="about", text=_about, is_kept_whole=True),
    _CALL,
    _WAIT,
    _TALK,
)
