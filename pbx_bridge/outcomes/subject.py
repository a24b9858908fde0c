"""The one line that says what a call was, as a colleague would put it.

The administrator may write a template for each call type. A part that is not known is left out,
never written as "unknown" or "None". Every part has its own share of the 255 characters, so that
a caller with a very long name cannot push out of the line who answered him.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crm_store.call_logging import SUBJECTS, CallLoggingSettings
from crm_store.records import CallType, Direction
from crm_store.subject_templates import parse_subject
from pbx_bridge.decisions.safe_text import fold_line
from pbx_bridge.outcomes.call_type import AnyCall, call_type

SUBJECT_CAP: Final = 255

_CAPS: Final = {"name": 100, "account": 60, "label": 60, "campaign": 60, "source": 40, "agent": 50}
_OTHERS_CAP: Final = 40
_UNDECIDED: Final = {
    Direction.INBOUND: "Inbound call[ from {name}][ on {label}]",
    Direction.OUTBOUND: "Outbound call[ to {name}][ by {agent}]",
    Direction.INTERNAL: "Internal call[ from {name}][ on {label}]",
}
_USUAL: Final = CallLoggingSettings()


def make_subject(
    call: AnyCall, values: Mapping[str, str], settings: CallLoggingSettings = _USUAL
) -> str:
    """Return an activity's subject: one line, at most 255 characters.

    ``values`` are fields of :data:`crm_store.subject_templates.SUBJECT_FIELDS`: ``name`` is the
    person on the outside, or his number, ``label`` the tracking number's, ``agent`` our person:
    who answered an inbound call, who placed an outbound one. Each may be empty. What the call
    itself tells (direction, type, and the reason of a missed or unanswered one) is added.
    """
    kind = call_type(call)
    known = {
        **values,
        "direction": call.direction.value,
        "type": kind.replace("_", " ") if kind is not None else f"{call.direction} call",
        "reason": _why(call, kind),
    }
    if kind is None:
        return _fill(_UNDECIDED[call.direction], known)
    return _fill(settings.rule_of(kind).subject, known) or _fill(SUBJECTS[kind], known)


def _fill(template: str, values: Mapping[str, str]) -> str:
    try:
        parsed = parse_subject(template)
    except ValueError:  # written by a version that knew more fields
        return ""
    lines = {
        name: fold_line(values[name], cap=_CAPS.get(name, _OTHERS_CAP))
        for name in parsed.fields
        if values.get(name)
    }
    return fold_line(parsed.fill(lines), cap=SUBJECT_CAP)


def _why(call: AnyCall, kind: CallType | None) -> str:
    is_unanswered = kind in (CallType.MISSED, CallType.OUTBOUND_UNANSWERED)
    if not is_unanswered or call.missed_reason is None:
        return ""
    return call.missed_reason.replace("_", " ")
