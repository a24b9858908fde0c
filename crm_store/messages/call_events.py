"""Which events the writing of a call means.

A call is told of when it starts, when the first human answers, and when it ends: each once, by
an id made of what it is, however often the same journal is read. What is changed in a call that
has ended is told as ``call.updated``, and a call that turns out to be a part of another one as
``call.merged``. A call that is first seen when it is over is told of by its end alone, and only
while that is news: ``CallEventSettings.news_hours``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final

import msgspec

from crm_store.documents import call_document
from crm_store.errors import Problem, out_of_range
from crm_store.messages.outbox import event_id_of, event_payload
from crm_store.records import CallRecord
from crm_store.writer import Writer

CALL_EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "call.started": "a call rings here, or is placed from here",
        "call.answered": "the first human has answered, and the call is up",
        "call.ended": "a call is over",
        "call.updated": "a call that is over is told anew: somebody wrote something on it, "
        "a recording was measured, or the journal knew more",
        "call.merged": "a call turned out to be a part of another one, and is gone",
    }
)
"""The types of event about calls, and when they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEventSettings:
    """How old a call may be, when it is first seen, for its end to be told."""

    name: ClassVar[str] = "call_events"

    news_hours: float = 24.0
    """0 tells of no call that is first seen when it is over; 1000000 of every backfilled one."""

    def problems(self) -> list[Problem]:
        """What keeps it from being written."""
        return out_of_range("news_hours", self.news_hours, 0, 1_000_000)


def announce_call(writer: Writer, before: CallRecord | None, after: CallRecord) -> None:
    """Tell what ``after``, which has just been written, says that ``before`` did not.

    ``before`` is the call as the store had it, None where it had none.
    """
    if not any(writer.listeners_to(event_type) for event_type in CALL_EVENTS):
        return
    stored = writer.call(after.pbx, after.linkedid)
    if stored is None or stored == before:
        return
    if stored.ended_at is None:
        if before is None:
            _tell_once(writer, "call.started", stored)
        if stored.answered_at is not None and (before is None or before.answered_at is None):
            _tell_once(writer, "call.answered", stored)
    elif before is None:
        news = timedelta(hours=writer.settings(CallEventSettings).news_hours)
        if writer.now - stored.ended_at <= news:
            _tell_once(writer, "call.ended", stored)
    elif before.ended_at is None:
        if not _tell_once(writer, "call.ended", stored):
            _tell_another_end(writer, stored)
    elif changes := _changes(call_document(before), call_document(stored)):
        writer.announce("call.updated", _said(stored, changes))


def announce_merged_call(writer: Writer, merged: CallRecord, into: str | None) -> None:
    """Tell that a call was a part of another one all the time: of that of the linkedid ``into``."""
    said = {"object": call_document(merged), "changes": {}, "actor": None, "into": into}
    event_id = event_id_of("call.merged", merged.pbx, merged.linkedid)
    writer.announce("call.merged", said, event_id=event_id)


def _tell_once(writer: Writer, event_type: str, call: CallRecord) -> bool:
    """Tell of what happens to a call once only. False where nobody was told, or was before."""
    event_id = event_id_of(event_type, call.pbx, call.linkedid)
    if not writer.listeners_to(event_type):
        return True
    return writer.announce(event_type, _said(call, {}), event_id=event_id)


def _tell_another_end(writer: Writer, call: CallRecord) -> None:
    """Tell of a call that went on after its end was told, and is over once more.

    A journal that is read again lets every call of it go on and end: that is no news.
    """
    told = event_payload(writer.connection, event_id_of("call.ended", call.pbx, call.linkedid))
    document = call_document(call)
    changes = _changes(told["data"]["object"], document) if told is not None else {}
    if changes:
        what = msgspec.json.encode(document).decode()
        writer.announce(
            "call.updated", _said(call, changes), event_id=event_id_of("call.updated", what)
        )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (old.get(name), new[name]) for name in new if old.get(name) != new[name]}


def _said(call: CallRecord, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": call_document(call), "changes": changes, "actor": None}
