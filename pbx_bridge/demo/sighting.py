"""What is known of one call at one moment: from the caller's line, the handsets and the store."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crm_store.filters import CallFilter, LeadFilter
from crm_store.reader import Reader
from crm_store.records import Activity, CallRecord, Lead
from pbx_bridge.demo import company
from pbx_bridge.demo.office import SAME_CALL, Office, is_same_call
from pbx_bridge.demo.script import WITHHELD
from pbx_bridge.lab import WireCall, wav_seconds
from pbx_bridge.lab.phone import read_incoming_call

_BEFORE = timedelta(milliseconds=50)
"""How much earlier than the caller's a phone's clock reading may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handset:
    """A phone that the PBX called: its display as the INVITE brought it, and its own wire."""

    extension: str
    display_name: str
    number: str
    wire: WireCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One call at one moment.

    ``caller`` is the wire of whoever placed it (None for a softphone of the reader's own);
    ``outside`` that of the number called, when one of us called out. ``lead`` and ``activity``
    are what was written for it. ``leads_of_number`` counts the leads that have the number
    outside, ``found_by_call_id`` the calls that asking for its call ID finds.
    ``file_seconds`` are the lengths of the recorded files, measured here.
    """

    caller: WireCall | None = None
    outside: WireCall | None = None
    handsets: tuple[Handset, ...] = ()
    record: CallRecord | None = None
    lead: Lead | None = None
    activity: Activity | None = None
    leads_of_number: int = 0
    found_by_call_id: int = 0
    file_seconds: tuple[float, ...] = ()

    @property
    def is_recorded_over(self) -> bool:
        """Whether the store says that the call has ended."""
        return self.record is not None and self.record.ended_at is not None


def find_handsets(
    office: Office, number: str, since: datetime, until: datetime | None
) -> tuple[Handset, ...]:
    """Return what the handsets showed that rang for this number in that time, by extension."""
    handsets = []
    for extension, wire in office.calls_rung_since(since):
        shown = read_incoming_call(wire)
        if shown.number == number and (until is None or wire.invited_at <= until):
            handsets.append(
                Handset(
                    extension=extension,
                    display_name=shown.display_name,
                    number=shown.number,
                    wire=wire,
                )
            )
    return tuple(handsets)


async def look(
    office: Office,
    *,
    caller: WireCall | None,
    outside: WireCall | None = None,
    record: CallRecord | None = None,
    number: str | None = None,
) -> Sighting:
    """Look at a call from all sides.

    ``record`` is what the store says when that is known already; else the store is asked for the
    call that began when the caller's wire says. ``number`` is that of whoever is outside, for
    counting the leads that have it.
    """
    if record is None and caller is not None:
        record = await find_record(office, caller)
    if caller is not None:
        shown_number, began, ended = caller.from_number, caller.invited_at, caller.ended_at
    elif record is not None:
        shown_number = WITHHELD if record.is_withheld else record.caller_number
        began, ended = record.started_at, record.ended_at
    else:
        return Sighting()
    handsets = find_handsets(office, shown_number, began - _BEFORE, ended)
    if record is None:
        return Sighting(caller=caller, outside=outside, handsets=handsets)
    lead, activity, leads, found = await office.store.read(
        lambda reader: _read_customer_side(reader, record, number)
    )
    return Sighting(
        caller=caller,
        outside=outside,
        handsets=handsets,
        record=record,
        lead=lead,
        activity=activity,
        leads_of_number=leads,
        found_by_call_id=found,
        file_seconds=await asyncio.to_thread(_measure, [r.path for r in record.recordings]),
    )


async def find_record(office: Office, caller: WireCall) -> CallRecord | None:
    """Return the call that the store has for what the caller's wire saw."""
    wanted = CallFilter(since=caller.invited_at - SAME_CALL, until=caller.invited_at + SAME_CALL)
    found = await office.store.read(
        lambda reader: [
            record for record in reader.find_calls(wanted) if is_same_call(caller, record)
        ]
    )
    return min(found, key=lambda each: abs(each.started_at - caller.invited_at), default=None)


def _read_customer_side(
    reader: Reader, record: CallRecord, number: str | None
) -> tuple[Lead | None, Activity | None, int, int]:
    lead: Lead | None = None
    if record.record is not None and record.record.type == "lead":
        person = reader.person(record.record)
        lead = person if isinstance(person, Lead) else None
    wanted = LeadFilter(number=number, country=company.COUNTRY)
    leads = list(reader.find_leads(wanted)) if number else []
    asked = CallFilter(call_id=(record.call_id or "").lower())
    found = [each for each in reader.find_calls(asked) if each.linkedid == record.linkedid]
    return lead, reader.activity_of(record.pbx, record.linkedid), len(leads), len(found)


def _measure(paths: Iterable[str]) -> tuple[float, ...]:
    lengths = []
    for path in paths:
        try:
            lengths.append(wav_seconds(Path(path)))
        except (OSError, EOFError, wave.Error):
            continue  # still being written, or not there: the count tells
    return tuple(lengths)
