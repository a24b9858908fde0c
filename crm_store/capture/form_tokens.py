"""What says that a form was shown by us, when, and only once: a signed time and a random name.

HMAC-SHA256 over the form, the time and the name, with a key that the store made on first use.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa

from crm_store.reader import Reader
from crm_store.tables import signing_keys
from crm_store.writer import Writer

_NAME = "web forms"


def form_key(reader: Reader) -> bytes | None:
    """What forms are signed with; None before :func:`make_form_key`."""
    value = sa.select(signing_keys.c.value).where(signing_keys.c.name == _NAME)
    found = reader.connection.execute(value).scalar()
    return None if found is None else bytes.fromhex(found)


def make_form_key(writer: Writer) -> bytes:
    """What forms are signed with, made where there is none."""
    writer.lock_number(_NAME)
    key = form_key(writer)
    if key is None:
        key = secrets.token_bytes(32)
        row = {"name": _NAME, "value": key.hex(), "created_at": writer.now}
        writer.connection.execute(sa.insert(signing_keys), row)
    return key


def sign(key: bytes, form: str, at: datetime, name: str | None = None) -> str:
    """A token for a form that is shown now: ``time.name.signature``."""
    said = f"{int(at.timestamp() * 1000)}.{name or secrets.token_urlsafe(12)}"
    return f"{said}.{_signature(key, form, said)}"


def shown_at(key: bytes, form: str, token: str) -> datetime | None:
    """When the form of this token was shown; None for a token that is not ours."""
    said, _, signature = token.rpartition(".")
    if not said.isascii() or not hmac.compare_digest(
        _signature(key, form, said).encode(), signature.encode(errors="replace")
    ):
        return None
    try:
        return datetime.fromtimestamp(int(said.partition(".")[0]) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _signature(key: bytes, form: str, said: str) -> str:
    return hmac.new(key, f"{form}.{said}".encode(), sha256).hexdigest()
