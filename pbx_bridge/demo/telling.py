"""One call in words, row by row: who called, what the handsets showed, what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from crm_store.numbers import format_for_people, to_e164
from crm_store.records import CallRecord, Outcome
from pbx_bridge.demo import company
from pbx_bridge.demo.script import WITHHELD
from pbx_bridge.demo.sighting import Handset, Sighting
from pbx_bridge.lab.sip import WireCall, parse_user

DISPLAY_WIDTH = 34
_LABELS = {number.e164: number.label for number in company.tracking_numbers_on_any_day()}
_REFUSALS = {486: "busy", 603: "declined", 487: "stopped ringing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a call's block: what it is about (may be empty: as above), and the words."""

    label: str
    words: Text


def tell_call(sighting: Sighting, *, caller: str, dials: str, says: str = "") -> list[Row]:
    """Return the rows of a call as it stands; ``caller`` and ``dials`` are numbers as dialled."""
    rows = [Row(label="caller", words=_who_calls(caller, dials))]
    spoken = [Row(label="", words=Text(f"“{says}”", style="italic"))] if says else []
    if caller not in company.PHONES:
        rows += spoken
    rows += [
        Row(label="" if index else "handset", words=words)
        for index, words in enumerate(map(_tell_handset, sighting.handsets))
    ]
    if sighting.outside is not None:
        rows += [Row(label="outside", words=_tell_outside(sighting.outside)), *spoken]
    if sighting.record is not None:
        rows.append(Row(label="call", words=_tell_record(sighting.record)))
        rows += _tell_recordings(sighting.record)
        rows += _tell_customer_side(sighting, sighting.record)
    return rows


def people_number(raw: str) -> str:
    """Return a number as the company's people would write it."""
    e164 = to_e164(raw, company.COUNTRY)
    return format_for_people(e164, company.COUNTRY) if e164 else raw


def _who_calls(caller: str, dials: str) -> Text:
    name = company.PHONES.get(caller)
    who = "number withheld" if caller == WITHHELD else people_number(caller)
    text = Text.assemble(
        (f"{name}, extension {caller}" if name else who, "bold"), f" dials {people_number(dials)}"
    )
    label = _LABELS.get(to_e164(dials, company.COUNTRY) or "")
    return text.append(f", the number on “{label}”", style="dim") if label else text


def _tell_handset(handset: Handset) -> Text:
    name = company.PHONES.get(handset.extension, "")
    text = Text(f"{handset.extension} {name:<6}")
    display = handset.display_name or handset.number
    text.append(f" {display:<{DISPLAY_WIDTH}} ", style="bold black on bright_green")
    text.append("  " + _say_state(handset.wire))
    return text


def _tell_outside(wire: WireCall) -> Text:
    text = Text(f"{people_number(parse_user(wire.request_uri))}  ")
    return text.append(_say_state(wire))


def _say_state(wire: WireCall) -> str:
    if wire.answered_at is not None:
        waited = (wire.answered_at - wire.invited_at).total_seconds()
        return f"picked up after {waited:.1f} s"
    if wire.ended_at is not None:
        rang = (wire.ended_at - wire.invited_at).total_seconds()
        return f"{_REFUSALS.get(wire.final_status or 0, 'silent')} after {rang:.1f} s"
    return "ringing …"


def _tell_record(record: CallRecord) -> Text:
    text = Text.assemble((record.call_id or "", "bold cyan"))
    for words in _say_outcome(record):
        text.append(f" · {words}")
    return text


def _say_outcome(record: CallRecord) -> Iterator[str]:
    number = record.answered_by or ""
    who = company.PHONES.get(number) or people_number(number)
    if record.ended_at is None:
        yield f"talking with {who} …" if record.answered_at else "ringing …"
        return
    if record.outcome is Outcome.ANSWERED:
        yield f"answered by {who}"
        yield f"waited {record.wait_seconds:.1f} s"
        yield f"talked {record.talk_seconds:.1f} s"
        return
    reason = f", {record.missed_reason.replace('_', ' ')}" if record.missed_reason else ""
    yield f"{record.outcome or 'undecided'}{reason}"
    yield f"over after {record.wait_seconds:.1f} s"


def _tell_recordings(record: CallRecord) -> Iterator[Row]:
    for recording in record.recordings:
        if recording.seconds:
            words = Text(f"{recording.seconds:.1f} s of sound in ")
            words.append(Path(recording.path).name, style="bold")
            yield Row(label="recording", words=words)


def _tell_customer_side(sighting: Sighting, record: CallRecord) -> list[Row]:
    """What was written for the call, and on the next line how it stands."""
    if (lead := sighting.lead) is not None:
        what = Text.assemble(("new lead ", "magenta"), (lead.name, "bold"))
        known = {"campaign": lead.campaign, "source": lead.source, "owner": lead.owner}
        facts = [f"{name} {value}" for name, value in known.items() if value]
    elif (activity := sighting.activity) is not None:
        what = Text.assemble(("activity ", "blue"), (activity.subject, "bold"))
        facts = [activity.status.replace("_", " ")]
        if activity.owner:
            facts.append(f"owner {activity.owner}")
    else:
        what = Text("the call alone")
        why = "number withheld, so nobody to put it down to" if record.is_withheld else ""
        facts = [why, "its ID finds it"] if why else []
    rows = [Row(label="in the CRM", words=what)]
    if facts:
        rows.append(Row(label="", words=Text(" · ".join(facts), style="dim")))
    return rows
