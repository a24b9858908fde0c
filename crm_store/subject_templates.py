"""Templates for subjects: ``Missed call[ from {name}][ on {label}][ ({reason})]``.

Text with ``{field}`` in it; what stands in square brackets is left out when a field in it is
empty. Nothing else: no formats, no conditions, no brackets in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

SUBJECT_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "direction": "inbound or outbound",
        "type": "the call type in words: missed call",
        "name": "whom the call is about or, for a stranger, his number",
        "account": "the company that he belongs to",
        "number": "the number on the outside, as people write it",
        "campaign": "the campaign of the tracking number",
        "source": "its source",
        "label": "its label",
        "agent": "who of us had the call: the user, or the extension",
        "reason": "why nobody spoke with the caller: no answer, busy, …",
        "call_id": "the call ID",
    }
)
LONGEST_TEMPLATE = 500

_TOKEN = re.compile(r"\{([^{}\[\]]*)\}|([\[\]])|([^{}\[\]]+)|([{}])")


@dataclass(frozen=True, slots=True)
class SubjectTemplate:
    """A parsed template: groups of texts and fields; an optional one needs all its fields."""

    groups: tuple[tuple[bool, tuple[tuple[str, bool], ...]], ...]
    """(is it optional, its parts as (text or name of a field, is it a field))."""
    fields: frozenset[str]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with every field's value in it; a missing value is empty."""
        written = []
        for is_optional, parts in self.groups:
            if is_optional and any(is_field and not values.get(text) for text, is_field in parts):
                continue
            written += [values.get(text, "") if is_field else text for text, is_field in parts]
        return "".join(written)


@lru_cache(maxsize=256)
def parse_subject(template: str) -> SubjectTemplate:
    """Read a template.

    Raises ValueError for an unknown field (naming it and the known ones), for a brace or bracket
    without its partner, for brackets in brackets, and for one that is too long.
    """
    if len(template) > LONGEST_TEMPLATE:
        raise ValueError(f"is longer than {LONGEST_TEMPLATE} characters")
    groups: list[tuple[bool, tuple[tuple[str, bool], ...]]] = []
    parts: list[tuple[str, bool]] = []
    is_optional = False
    for name, bracket, text, brace in _TOKEN.findall(template):
        if brace:
            raise ValueError("has a brace without its partner")
        if bracket:
            if (bracket == "[") is is_optional:
                raise ValueError("has a bracket without its partner, or one within another")
            groups.append((is_optional, tuple(parts)))
            parts, is_optional = [], not is_optional
        elif text:
            parts.append((text, False))
        else:
            if name not in SUBJECT_FIELDS:
                known = ", ".join(f"{{{each}}}" for each in SUBJECT_FIELDS)
                raise ValueError(f"has the unknown field {{{name}}}; known are: {known}")
            parts.append((name, True))
    if is_optional:
        raise ValueError("has a bracket without its partner, or one within another")
    groups.append((False, tuple(parts)))
    fields = frozenset(text for _, parts in groups for text, is_field in parts if is_field)
    return SubjectTemplate(tuple(group for group in groups if group[1]), fields)
