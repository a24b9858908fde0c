"""Column types that mean the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

AMOUNT_LIMIT = Decimal(10) ** 11
_AMOUNT_STEP = Decimal("0.0001")
_CENT = Decimal("0.01")
_POSTGRESQL = "postgresql"
_encode = msgspec.json.Encoder().encode


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

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Write an instant; ValueError for one without a time zone."""
        return _with_time_zone if dialect.name == _POSTGRESQL else _instant_text

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

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        """Write a text."""
        return storable


class Amount(sa.TypeDecorator[Decimal]):
    """An amount of money, exact to four decimals, below :data:`AMOUNT_LIMIT`.

    PostgreSQL: ``numeric(18, 4)``. SQLite has no decimals: its eight-byte number is exact for
    fifteen digits, and so for every amount below the limit.
    """

    impl = sa.Double
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the engine's own type."""
        if dialect.name == _POSTGRESQL:
            return dialect.type_descriptor(sa.Numeric(18, 4))
        return dialect.type_descriptor(sa.Double())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write an amount; ValueError for one that would not come back as it is."""
        if value is None:
            return None
        if abs(value) >= AMOUNT_LIMIT or value != value.quantize(_AMOUNT_STEP):
            raise ValueError(f"{value} is no amount below {AMOUNT_LIMIT} with four decimals")
        return value if dialect.name == _POSTGRESQL else float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read an amount: to the cent, or to four decimals where it has them."""
        if value is None:
            return None
        exact = Decimal(str(value)).quantize(_AMOUNT_STEP).normalize()
        return exact.quantize(_CENT) if exact == exact.quantize(_CENT) else exact


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

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        """Write a value; as text for PostgreSQL too, whose driver takes it so."""
        return json_text

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read a value, in its shape."""
        if value is None:
            return None
        return self._decode(value) if isinstance(value, str) else self._convert(value)

    def _convert(self, value: Any) -> Any:
        return msgspec.convert(value, self.shape)


def _with_time_zone(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r}: an instant needs a time zone")
    return value


def _instant_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = cast(datetime, _with_time_zone(value)).astimezone(UTC)
    text = _encode(value).decode()[1:-1]
    return text if value.microsecond else f"{text[:-1]}.000000Z"


def storable(text: str | None) -> str | None:
    """The text with what no engine can store replaced by U+FFFD; a word of an enum as plain text.

    (sqlite3 is slow to take a subclass of str.)
    """
    if text is None:
        return None
    if type(text) is not str:
        text = str.__str__(text)
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text.replace("\0", "\ufffd")


def json_text(value: Any) -> str | None:
    """The value as JSON that both engines store."""
    if value == ():
        return "[]"
    if value is None:
        return None
    try:
        text = _encode(value).decode()
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
