"""The one line that says what a call was, as a colleague would put it.

A part that is not known is left out, never written as "unknown" or "None". Every part has its
own share of the 255 characters, so that a caller with a very long name cannot push out of the
line who answered him.
"""

from __future__ import annotations

from typing import Final

from crm_store.records import CallType
from pbx_bridge.calls.call import Call, Direction
from pbx_bridge.decisions.safe_text import fold_line
from pbx_bridge.outcomes.call_type import call_type

SUBJECT_CAP: Final = 255

_NAME_CAP: Final = 100
_LABEL_CAP: Final = 60
_AGENT_CAP: Final = 50

_OPENINGS: Final[dict[CallType, str]] = {
    CallType.INBOUND_ANSWERED: "Inbound answered call",
    CallType.MISSED: "Missed call",
    CallType.VOICEMAIL: "Voicemail",
    CallType.OUTBOUND_ANSWERED: "Outbound answered call",
    CallType.OUTBOUND_UNANSWERED: "Outbound unanswered call",
}
_UNDECIDED: Final = {Direction.INBOUND: "Inbound call", Direction.OUTBOUND: "Outbound call"}


def make_subject(call: Call, *, name: str, label: str, agent: str) -> str:
    """Return an activity's subject: one line, at most 255 characters.

    ``name`` is the person on the outside, or his number. ``label`` is the tracking number's.
    ``agent`` is our person: who answered an inbound call, who placed an outbound one. Each may
    be empty. A missed or unanswered call says why: ``(no answer)``.
    """
    kind = call_type(call)
    opening = _UNDECIDED.get(call.direction, "Internal call") if kind is None else _OPENINGS[kind]
    outside = fold_line(name, cap=_NAME_CAP)
    ours = fold_line(agent, cap=_AGENT_CAP)
    if call.direction is Direction.OUTBOUND:
        parts = [opening, _part("to", outside), _part("by", ours)]
    else:
        parts = [opening, _part("from", outside), _part("on", fold_line(label, cap=_LABEL_CAP))]
        if kind is CallType.INBOUND_ANSWERED:
            parts.append(_part("answered by", ours))
    parts.append(_why(call, kind))
    return " ".join(part for part in parts if part)


def _part(preposition: str, text: str) -> str:
    return f"{preposition} {text}" if text else ""


def _why(call: Call, kind: CallType | None) -> str:
    is_unanswered = kind in (CallType.MISSED, CallType.OUTBOUND_UNANSWERED)
    if not is_unanswered or call.missed_reason is None:
        return ""
    return f"({call.missed_reason.replace('_', ' ')})"
