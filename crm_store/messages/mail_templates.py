"""The language of mail templates: text with ``{name}`` in it, or ``{name|customer}``.

What stands behind the bar is written where there is no value. A line all of whose placeholders
are empty is left out, so that what may be missing goes on a line of its own. Nothing else is
special, braces of a style sheet included. Values are a stranger's text: they are written as they
are and never read as a template.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crm_store.errors import Problem
from crm_store.records import EmailTemplate

PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "whom the mail is for",
        "company": "his company",
        "email": "his address",
        "phone": "his phone number",
        "product": "what he is interested in",
        "message": "what he wrote",
        "campaign": "the campaign that brought him",
        "source": "where that campaign's visitors come from",
        "owner": "who looks after him",
        "owner_phone": "that user's phone number",
        "our_company": "our own name",
        "login_name": "the user name of a trial",
        "login_url": "where to sign in to it",
        "trial_until": "when it ends",
        "event": "what the event is called",
        "event_date": "when it takes place",
        "event_place": "where",
        "event_url": "a page about it",
    }
)
"""What a template may name, and what is written there."""

_PLACEHOLDER: Final = re.compile(r"\{\s*([\w-]+)\s*(?:\|([^{}\r\n]*))?\}")
_LONGEST_VALUE: Final = 500
_LONGEST_SUBJECT: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a mail says, filled in."""

    subject: str
    text: str
    html: str


def find_template_problems(template: EmailTemplate) -> Iterator[Problem]:
    """What keeps a template from being one: an unknown placeholder, an empty part."""
    for field in ("subject", "text"):
        if not getattr(template, field).strip():
            yield Problem(field, "is required")
    if any(not c.isprintable() for c in template.subject):
        yield Problem("subject", "is one line, without control characters")
    for field in ("subject", "text", "html"):
        for match in _PLACEHOLDER.finditer(getattr(template, field)):
            if match[1] not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                yield Problem(field, f"{{{match[1]}}} is no placeholder; known are: {known}")


def render(template: EmailTemplate, values: Mapping[str, str]) -> Rendered:
    """The mail that a template makes of these values; one that is missing counts as empty."""
    tame = {name: _tame(name, value) for name, value in values.items()}
    one_line = {name: " ".join(value.split()) for name, value in tame.items()}
    in_html = {name: html.escape(value).replace("\n", "<br>") for name, value in tame.items()}
    return Rendered(
        subject=" ".join(_fill(template.subject, one_line).split())[:_LONGEST_SUBJECT].strip(),
        text=_fill_lines(template.text, tame),
        html=_fill_lines(template.html, in_html, html.escape),
    )


def _tame(name: str, value: str) -> str:
    """The value without control characters; empty for an address that is none of the web.

    Only a message may have several lines.
    """
    value = "".join(c if c.isprintable() or c == "\n" else " " for c in value).strip()
    if name != "message":
        value = " ".join(value.split())
    if name.endswith("_url") and not value.lower().startswith(("https://", "http://")):
        return ""
    return value[:_LONGEST_VALUE]


def _fill_lines(text: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    lines = text.splitlines()
    return "\n".join(_fill(line, values, escape) for line in lines if _says_something(line, values))


def _says_something(line: str, values: Mapping[str, str]) -> bool:
    found = _PLACEHOLDER.findall(line)
    return not found or any(values.get(name) or instead.strip() for name, instead in found)


def _fill(text: str, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    return _PLACEHOLDER.sub(
        lambda match: values.get(match[1]) or escape((match[2] or "").strip()), text
    )
