"""Who is let in: sessions, API tokens, and every look at a recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CredentialKind(StrEnum):
    """What lets somebody in: a session that he signed in for, or a token made for a program."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A session or an API token. The store keeps a hash of the secret, never the secret.

    ``scopes`` are ``read``, ``write`` and ``admin``; what the user's role does not cover (any
    more) is of no use. ``address`` is where a session was signed in from. ``last_used_at`` is
    kept to the minute.
    """

    id: int
    kind: CredentialKind
    user: str
    name: str
    scopes: tuple[str, ...]
    address: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLook:
    """One look at a recording: who, when, which file of which call, and from where."""

    id: int
    at: datetime
    user: str
    pbx: str
    linkedid: str
    call_id: str | None
    path: str
    address: str
