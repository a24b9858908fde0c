"""Whether a call came out as it must: what was expected, what came, and how they differ. Pure.

Outcomes and texts are expected by the script; times by the wire: the caller's own view of when
he called and when it was over, the answering phone's of when somebody picked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from crm_store.records import CallRecord, Matched, Outcome
from pbx_bridge.demo.script import DemoCall, Expected, ExpectedActivity, ExpectedLead
from pbx_bridge.demo.sighting import Handset, Sighting
from pbx_bridge.lab.sip import WireCall

WIRE_SECONDS: Final = 0.1
"""How far a time of the record may be from what the SIP side saw."""
RECORDING_SECONDS: Final = 0.3
"""How far the length of a recording may be from the talk."""
_TOLERANCES: Final = {
    "started_at": WIRE_SECONDS,
    "answered_at": WIRE_SECONDS,
    "ended_at": WIRE_SECONDS,
    "ring_seconds": WIRE_SECONDS,
    "wait_seconds": WIRE_SECONDS,
    "talk_seconds": WIRE_SECONDS,
    "recorded_seconds": RECORDING_SECONDS,
    "file_seconds": RECORDING_SECONDS,
}
LEAST_MESSAGE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``expected`` and ``actual`` have the same keys; ``problems`` is empty when all agree."""

    expected: Mapping[str, Any]
    actual: Mapping[str, Any]
    problems: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether everything came out as it must."""
        return not self.problems


def judge(call: DemoCall, expected: Expected, sighting: Sighting) -> Verdict:
    """Compare what must come of ``call`` with what was seen of it, whole."""
    if sighting.caller is None or sighting.record is None:
        what = "the call was never placed" if sighting.caller is None else "no record in the store"
        return Verdict(expected=_fixed(call, expected, ""), actual={}, problems=(what,))
    call_id = sighting.record.call_id or ""
    wanted = _fixed(call, expected, call_id) | _times(sighting, sighting.caller, expected)
    came = _came(sighting, sighting.record)
    return Verdict(expected=wanted, actual=came, problems=tuple(_differences(wanted, came)))


def _fixed(call: DemoCall, expected: Expected, call_id: str) -> dict[str, Any]:
    """What the script says, with this call's ID in it."""
    return {
        "direction": expected.direction,
        "outcome": expected.outcome,
        "missed_reason": expected.missed_reason,
        "enrichment": expected.enrichment,
        "caller_number": "" if call.is_withheld else call.caller,
        "caller_e164": expected.caller_e164,
        "dialled_number": call.dials,
        "is_withheld": call.is_withheld,
        "campaign": expected.campaign,
        "label": expected.label,
        "matched": expected.matched,
        "answered_by": expected.answered_by,
        "agent": expected.agent,
        "handsets": {
            extension: text.format(call_id=call_id) for extension, text in expected.handsets.items()
        },
        "became": None if expected.became is None else asdict(expected.became),
        "leads_of_number": expected.leads,
        "found_by_call_id": 1,
        "is_estimated": False,
    }


def _times(sighting: Sighting, caller: WireCall, expected: Expected) -> dict[str, Any]:
    """What the SIP side saw: instants, and the lengths that follow from them."""
    answering = _answering_wire(sighting, expected)
    answered_at = answering.answered_at if answering else None
    ended_at = caller.ended_at
    talk = _seconds(answered_at, ended_at)
    rings = _ring_seconds(sighting)
    times = {
        "started_at": caller.invited_at,
        "answered_at": answered_at,
        "ended_at": ended_at,
        "ring_seconds": rings,
        "wait_seconds": _seconds(caller.invited_at, answered_at or ended_at),
        "talk_seconds": talk,
    }
    if expected.is_recorded:
        times |= {"recorded_seconds": talk, "file_seconds": talk}
    elif expected.has_message:
        message = max(LEAST_MESSAGE_SECONDS, *sighting.file_seconds, 0.0)
        times |= {"recorded_seconds": message, "file_seconds": message}
    else:
        times |= {"recorded_seconds": None, "file_seconds": None}
    return times


def _answering_wire(sighting: Sighting, expected: Expected) -> WireCall | None:
    if expected.outcome is not Outcome.ANSWERED:
        return None
    if sighting.outside is not None:
        return sighting.outside
    wires = (each.wire for each in sighting.handsets if each.extension == expected.answered_by)
    return next((wire for wire in wires if wire.answered_at is not None), None)


def _ring_seconds(sighting: Sighting) -> float:
    """How long at least one phone rang; the phones of a group ring at the same time."""
    wires = [handset.wire for handset in sighting.handsets]
    if sighting.outside is not None:
        wires = [sighting.outside]
    begins = [wire.ringing_at for wire in wires if wire.ringing_at is not None]
    ends = [end for wire in wires if (end := wire.answered_at or wire.ended_at) is not None]
    return _seconds(min(begins), max(ends)) if begins and ends else 0.0


def _came(sighting: Sighting, record: CallRecord) -> dict[str, Any]:
    """What the store and the handsets say, under the same keys."""
    heard = [each.seconds for each in record.recordings if each.seconds]
    files = [seconds for seconds in sighting.file_seconds if seconds > 0]
    number = record.tracking_number
    return {
        "direction": record.direction,
        "outcome": record.outcome,
        "missed_reason": record.missed_reason,
        "enrichment": record.enrichment,
        "caller_number": "" if record.caller_number == "anonymous" else record.caller_number,
        "caller_e164": record.caller_e164,
        "dialled_number": record.dialled_number,
        "is_withheld": record.is_withheld,
        "campaign": number.campaign if number else None,
        "label": number.label if number else None,
        "matched": _name(record.matched),
        "answered_by": record.answered_by,
        "agent": record.agent,
        "handsets": _shown(sighting.handsets),
        "became": _became(sighting),
        "leads_of_number": sighting.leads_of_number,
        "found_by_call_id": sighting.found_by_call_id,
        "is_estimated": record.is_estimated,
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "ring_seconds": record.ring_seconds,
        "wait_seconds": record.wait_seconds,
        "talk_seconds": record.talk_seconds,
        "recorded_seconds": sum(heard) if heard else None,
        "file_seconds": sum(files) if files else None,
    }


def _shown(handsets: tuple[Handset, ...]) -> dict[str, str]:
    """What each phone showed; a phone that rang twice under two names shows both."""
    shown: dict[str, str] = {}
    for handset in handsets:
        before = shown.get(handset.extension, handset.display_name)
        same = before == handset.display_name
        shown[handset.extension] = before if same else f"{before}, then {handset.display_name}"
    return shown


def _became(sighting: Sighting) -> dict[str, Any] | None:
    if (lead := sighting.lead) is not None:
        return asdict(
            ExpectedLead(
                name=lead.name,
                campaign=lead.campaign or "",
                source=lead.source or "",
                owner=lead.owner,
            )
        )
    if (activity := sighting.activity) is not None:
        return asdict(
            ExpectedActivity(
                subject=activity.subject,
                status=activity.status,
                about=_name(activity.about) or "",
                owner=activity.owner,
            )
        )
    return None


def _name(matched: Matched | None) -> str | None:
    return f"{matched.type} {matched.name}" if matched else None


def _seconds(begin: datetime | None, end: datetime | None) -> float:
    return 0.0 if begin is None or end is None else (end - begin) / timedelta(seconds=1)


def _differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}: expected {_say(wanted)}, came {_say(actual[key])}"
        for key, wanted in expected.items()
        if not _agree(wanted, actual[key], _TOLERANCES.get(key))
    ]


def _agree(wanted: Any, came: Any, tolerance_seconds: float | None) -> bool:
    if tolerance_seconds is None or wanted is None or came is None:
        return bool(wanted == came)
    apart = came - wanted
    seconds: float = apart / timedelta(seconds=1) if isinstance(apart, timedelta) else apart
    return abs(seconds) <= tolerance_seconds


def _say(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%H:%M:%S.%f")[:-3]
    if isinstance(value, float):
        return f"{value:.3f} s"
    return "nothing" if value is None else repr(value) if isinstance(value, dict) else f"{value}"
