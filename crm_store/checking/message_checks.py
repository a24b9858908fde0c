"""Whether a web hook or a mail template may be written: each problem by field."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from crm_store.errors import Problem
from crm_store.messages.mail_templates import find_template_problems
from crm_store.records import EmailTemplate, WebHook

_LONGEST_URL = 2_000
_MOST_GLOBS = 50
_GLOB = re.compile(r"\*|[a-z_]{1,40}\.(\*|[a-z_]{1,40})")
_SECRET_BYTES = range(24, 65)
"""How long a secret may be, as Standard Webhooks has it."""


def find(record: Any, before: Any | None) -> Iterator[Problem]:
    """What keeps a hook or template from being written; records of other kinds have no problem."""
    if isinstance(record, WebHook):
        yield from _of_hook(record, before)
    elif isinstance(record, EmailTemplate):
        yield from find_template_problems(record)


def _of_hook(hook: WebHook, before: WebHook | None) -> Iterator[Problem]:
    if before is None or hook.url != before.url:
        problem = _problem_of_url(hook.url)
        if problem:
            yield Problem("url", problem)
    if not hook.events:
        yield Problem("events", "is required: the types of event that it wants, such as call.*")
    if len(hook.events) > _MOST_GLOBS:
        yield Problem("events", f"holds {_MOST_GLOBS} types at most")
    for glob in hook.events:
        if not _GLOB.fullmatch(glob):
            yield Problem(
                "events", f"{glob!r} is no type of event: expected one like lead.won, lead.* or *"
            )
    if hook.secret and not is_secret(hook.secret):
        yield Problem("secret", "has to be whsec_ and 24 to 64 bytes in base64, or empty")


def _problem_of_url(url: str) -> str | None:
    if len(url) > _LONGEST_URL:
        return f"is longer than {_LONGEST_URL} characters"
    if any(not c.isprintable() or c.isspace() for c in url):
        return "holds a space or a control character"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"cannot be read: {error}"
    if parts.scheme not in ("http", "https") or not host:
        return "has to be an address like https://crm.example.com/hooks"
    if parts.username is not None or parts.password is not None:
        return "must hold no password: what is sent is signed, and that proves who we are"
    return "must have no fragment (#…)" if parts.fragment else None


def is_secret(text: str) -> bool:
    """Whether this is a secret to sign with."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith("whsec_") and len(key) in _SECRET_BYTES
