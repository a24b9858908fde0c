"""Column types that mean the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

_POSTGRESQL = "postgresql"


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware instant, to the microsecond; a naive one is refused.

    PostgreSQL: ``timestamptz``. SQLite: RFC 3339 text of constant width, such as
    ``2026-11-22T09:30:00.000000Z``, so that text order is time order and people can read it.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the engine's own type."""
        if dialect.name == _POSTGRESQL:
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write an instant; ValueError for one without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: an instant needs a time zone")
        if dialect.name == _POSTGRESQL:
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read an instant, in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        instant: datetime = value
        return instant.astimezone(UTC)


class StorableText(sa.TypeDecorator[str]):
    """Text from anywhere: what no engine can store (NUL, lone surrogates) becomes U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write a text."""
        return None if value is None else storable(value)


class Json(sa.TypeDecorator[Any]):
    """A frozen value of one shape as JSON: ``text`` in SQLite, ``jsonb`` in PostgreSQL.

    ``shape`` is what reading gives back, for instance ``tuple[Party, ...]``.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self._decode: Callable[[str], Any] = msgspec.json.Decoder(shape).decode

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the engine's own type."""
        if dialect.name == _POSTGRESQL:
            return dialect.type_descriptor(postgresql.JSONB())
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write a value."""
        if value is None:
            return None
        text = json_text(value)
        return msgspec.json.decode(text) if dialect.name == _POSTGRESQL else text

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read a value, in its shape."""
        if value is None:
            return None
        return self._decode(value) if isinstance(value, str) else self._convert(value)

    def _convert(self, value: Any) -> Any:
        return msgspec.convert(value, self.shape)


def storable(text: str) -> str:
    """The text with what no engine can store replaced by U+FFFD."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text.replace("\0", "\ufffd")


def json_text(value: Any) -> str:
    """The value as JSON that both engines store."""
    if value == ():
        return "[]"
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json_text(_storable_parts(msgspec.to_builtins(value)))
    if "\\u0000" in text:
        return msgspec.json.encode(_storable_parts(msgspec.json.decode(text))).decode()
    return text


def _storable_parts(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _storable_parts(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable_parts(part) for part in value]
    return value
