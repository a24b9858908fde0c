"""Logs: one line an event, key=value, with the call ID and linkedid where there is a call."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog

from crm_store.records import CallRecord


def set_up_logs(level: str, form: Literal["logfmt", "json"]) -> None:
    """Write the program's own log to standard error from here on."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("event"),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Unbreakable(sys.stderr))),
        cache_logger_on_first_use=True,
    )


class _Unbreakable:
    """A stream that loses what it cannot write: a full disk, a reader who is gone.

    A log that cannot be written must not end what it is about.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if it can be written."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, if it can be flushed."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def log_call(record: CallRecord) -> None:
    """Say in a line what an ended call was."""
    if record.ended_at is not None:
        structlog.get_logger(__name__).info(
            "call ended",
            call_id=record.call_id,
            pbx=record.pbx,
            linkedid=record.linkedid,
            direction=record.direction.value,
            outcome=record.outcome.value if record.outcome else None,
            reason=record.missed_reason.value if record.missed_reason else None,
            talk_seconds=round(record.talk_seconds, 3),
            record=f"{record.record.type}:{record.record.id}" if record.record else None,
        )
