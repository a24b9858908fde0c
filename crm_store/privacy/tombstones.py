"""Calls that must not be told by name again: a journal that is read once more brings nobody back.

Of an erased number a keyed hash is kept, and when it was erased. The key lies in the same store:
the hash keeps a number from being read, not from being guessed by somebody who has the store and
tries every number there is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from crm_store.engines import upserts
from crm_store.engines.prepared import Prepared
from crm_store.numbers import digits_of
from crm_store.privacy.anonymous import anonymised
from crm_store.privacy.settings import PrivacySettings
from crm_store.privacy.subject import forms_of
from crm_store.reader import Reader
from crm_store.records import CallRecord, Direction
from crm_store.tables import erased_numbers, settings, signing_keys
from crm_store.writer import Writer

_KEY_NAME = "erased numbers"
_KEY = sa.select(signing_keys.c.value).where(signing_keys.c.name == _KEY_NAME)
_WHAT_HOLDS = Prepared(
    lambda _: sa.select(
        sa.select(settings.c.value)
        .where(settings.c.name == sa.bindparam("section"))
        .scalar_subquery()
        .label("settings"),
        sa.select(signing_keys.c.value)
        .where(signing_keys.c.name == sa.bindparam("key"))
        .scalar_subquery()
        .label("key"),
    )
)


def forget_call(writer: Writer, call: CallRecord) -> CallRecord | None:
    """Write a call anonymously, where it must not be told by name; None where it may.

    That is a call of a number that was erased after it, and one that is older than call details
    are kept.
    """
    if not must_be_forgotten(writer, call, writer.now):
        return None
    nobodys = anonymised(call)
    writer.put_call(nobodys)
    writer.drop_story(call.pbx, call.linkedid)
    return nobodys


def must_be_forgotten(reader: Reader, call: CallRecord, now: datetime) -> bool:
    """Whether the call's outsider was erased since, or the call is too old to be kept by name."""
    given = {"section": PrivacySettings.name, "key": _KEY_NAME}
    section, key = _WHAT_HOLDS.run(reader.connection, given).fetchone()
    if section is not None:
        days = _read_settings(section).call_days
        if days is not None and call.started_at < now - timedelta(days=days):
            return True
    if key is None:
        return False
    digests = {_digest(key, one) for one in outside_numbers(call)}
    query: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        erased_numbers.c.digest.in_(digests), erased_numbers.c.erased_at > call.started_at
    )
    return bool(digests) and reader.connection.execute(query).first() is not None


def outside_numbers(call: CallRecord) -> set[str]:
    """The forms of the outsider's number: E.164, and the digits as they were sent."""
    if call.direction is Direction.INBOUND:
        said: Iterable[str | None] = (call.caller_e164, digits_of(call.caller_number))
    elif call.direction is Direction.OUTBOUND:
        said = (call.dialled_e164, digits_of(call.dialled_number))
    else:
        said = ()
    return {one for one in said if one}


def bury(writer: Writer, numbers: Iterable[str]) -> None:
    """Remember, as hashes, that these numbers were erased now."""
    key = writer.connection.execute(_KEY).scalar()
    if key is None:
        key = secrets.token_hex(32)
        values = {"name": _KEY_NAME, "value": key, "created_at": writer.now}
        writer.connection.execute(sa.insert(signing_keys), values)
    for form in sorted({form for number in numbers for form in forms_of(number)}):
        values = {"digest": _digest(key, form), "erased_at": writer.now}
        statement = upserts.upsert(
            writer.connection.dialect.name, erased_numbers, columns=tuple(values), key=("digest",)
        )
        writer.connection.execute(statement, values)


def _digest(key: str, number: str) -> str:
    return hmac.new(key.encode(), number.encode(), hashlib.sha256).hexdigest()


def _read_settings(value: object) -> PrivacySettings:
    if isinstance(value, str):
        value = msgspec.json.decode(value)
    return msgspec.convert(value, PrivacySettings)
