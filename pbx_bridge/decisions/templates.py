"""The administrator's templates for what a handset shows: ``{name} - {account}``.

The language is text with ``{field}`` in it and nothing else: no format specifications, no
attributes, no conditions. A template is checked when the configuration is read, so that a
typing mistake stops the start and not a call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pbx_bridge.decisions.safe_text import is_safe_text

TEMPLATE_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "the known caller's name",
        "account": "the company that the known caller belongs to",
        "type": "what the known caller is: contact, lead, account or person account",
        "campaign": "the campaign of the tracking number, or its label where it has none",
        "source": "where that campaign's callers come from, for example a search engine",
        "label": "the tracking number's label",
        "number": "the caller's number",
        "call_id": "the call ID; never shortened",
    }
)

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_SEPARATORS: Final = " -–—/·:"
_OPENING: Final = "(["
_CLOSING: Final = ")]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed template: the text in front, then each field with the text that follows it."""

    text: str
    lead: str
    fields: tuple[tuple[str, str], ...]

    @property
    def field_names(self) -> frozenset[str]:
        """The names of the fields that the template prints."""
        return frozenset(name for name, _ in self.fields)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with every field's value in it; a missing value counts as empty.

        An empty field takes the text between it and the field before along, and the brackets
        around it: ``{name} - {account} ({label})`` of a name alone is just the name.
        """
        written, glue, is_begun = self.lead, "", False
        for name, following in self.fields:
            value = values.get(name, "")
            if value:
                written += (glue if is_begun else glue.lstrip(_SEPARATORS)) + value
                glue, is_begun = following, True
            else:
                glue = following.lstrip(_CLOSING)
                written = written if is_begun else written.rstrip(_OPENING)
        return (written + glue).strip(_SEPARATORS)


def parse_template(text: str) -> Template:
    """Return ``text`` as a :class:`Template`.

    Raises ValueError on an unknown field (naming it and the known ones), on a brace without
    its partner, and on a character that must not reach a handset.
    """
    lead, *rest = _FIELD.split(text)
    names, following = rest[::2], rest[1::2]
    for name in names:
        if name not in TEMPLATE_FIELDS:
            known = ", ".join(TEMPLATE_FIELDS)
            raise ValueError(f"unknown field {{{name}}} in template {text!r}; known are: {known}")
    literal = "".join([lead, *following])
    if "{" in literal or "}" in literal:
        raise ValueError(f"a brace without its partner in template {text!r}")
    if not is_safe_text(literal):
        raise ValueError(
            f"template {text!r} holds a character that must not reach a handset: "
            'none of " \\ $ ` ; , | & < > and no control character'
        )
    return Template(text=text, lead=lead, fields=tuple(zip(names, following, strict=True)))
