"""What the handset shows while it rings: who calls, or which campaign brought the caller.

A known caller shows as his name and company. A stranger shows as the campaign that he answers
and the call ID that finds him again (``Google Ads 7K4Q2M``). A withheld caller shows as that
and the call ID: nothing else is known of him, and his number, which the PBX may well have,
was not meant for us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pbx_bridge.decisions.safe_text import clean_text
from pbx_bridge.decisions.templates import Template, parse_template

__all__ = [
    "DISPLAY_NAME_CAP",
    "CallerOnDisplay",
    "DisplayTemplates",
    "Template",
    "make_display_name",
    "parse_template",
]

DISPLAY_NAME_CAP: Final = 40
"""Characters. Desk phones show 16 to 24 of a line and scroll the rest; beyond 40 some cut."""

_LEAST_CAP: Final = 10
_NEVER_SHORTENED: Final = frozenset({"call_id"})

DEFAULT_KNOWN: Final = parse_template("{name} - {account}")
DEFAULT_STRANGER: Final = parse_template("{campaign} {call_id}")
DEFAULT_WITHHELD: Final = parse_template("Withheld {call_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOnDisplay:
    """What is known of a ringing call when its text for the handset is made.

    Any text may be empty and any text may be hostile. ``is_known``: the CRM knows the caller.
    """

    call_id: str
    is_known: bool = False
    is_withheld: bool = False
    name: str = ""
    account: str = ""
    type: str = ""
    campaign: str = ""
    source: str = ""
    label: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayTemplates:
    """The templates for the three kinds of caller, and how long a display name may be.

    ``cap`` is in characters and leaves room for a call ID (at least 10); ValueError otherwise.
    """

    known: Template = DEFAULT_KNOWN
    stranger: Template = DEFAULT_STRANGER
    withheld: Template = DEFAULT_WITHHELD
    cap: int = DISPLAY_NAME_CAP

    def __post_init__(self) -> None:  # noqa: D105 - the class says it
        if self.cap < _LEAST_CAP:
            raise ValueError(
                f"a display name of {self.cap} characters is too short; at least {_LEAST_CAP}"
            )


def make_display_name(caller: CallerOnDisplay, templates: DisplayTemplates) -> str:
    """Return the caller-ID name for the handset: safe, one line, at most ``templates.cap``.

    Too long a text loses the ends of its longest fields, never a part of the call ID. Where
    nothing is left to show (a name made of emoji modifiers, a template of empty fields) it is
    the caller's number, and the call ID of a withheld caller. Never raises.
    """
    call_id = clean_text(caller.call_id, cap=templates.cap)
    number = "" if caller.is_withheld else clean_text(caller.number, cap=templates.cap)
    values = _clean_values(caller, call_id, number, templates.cap)
    text = _fill_within(_choose_template(caller, templates), values, templates.cap)
    return text or number or call_id


def _choose_template(caller: CallerOnDisplay, templates: DisplayTemplates) -> Template:
    if caller.is_withheld:
        return templates.withheld
    return templates.known if caller.is_known else templates.stranger


def _clean_values(
    caller: CallerOnDisplay, call_id: str, number: str, cap: int
) -> Mapping[str, str]:
    label = clean_text(caller.label, cap=cap)
    return {
        "name": "" if caller.is_withheld else clean_text(caller.name, cap=cap),
        "account": clean_text(caller.account, cap=cap),
        "type": clean_text(caller.type, cap=cap),
        "campaign": clean_text(caller.campaign, cap=cap) or label,
        "source": clean_text(caller.source, cap=cap),
        "label": label,
        "number": number,
        "call_id": call_id,
    }


def _fill_within(template: Template, values: Mapping[str, str], cap: int) -> str:
    """Fill the template, shortening the longest fields until it fits.

    A template whose fixed text alone is too long is cut, or gives way to the call ID if it
    was to show that.
    """
    remaining = {name: values[name] for name in template.field_names}
    text = clean_text(template.fill(remaining))
    while len(text) > cap:
        longest = max(remaining, key=lambda name: _shortenable(name, remaining), default="")
        if not longest or not _shortenable(longest, remaining):
            return remaining.get("call_id") or text[:cap].rstrip()
        remaining[longest] = remaining[longest][:-1].rstrip()
        text = clean_text(template.fill(remaining))
    return text


def _shortenable(name: str, values: Mapping[str, str]) -> int:
    return 0 if name in _NEVER_SHORTENED else len(values[name])
