"""Replay recorded journals through the one call builder, as backfill does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pbx_bridge.asterisk.cel import event_from_row
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.lines import Lines

JOURNALS = Path(__file__).parent / "journals"
LAB_LINES = Lines(
    trunks=("PJSIP/trunk-*", "PJSIP/carrier-*"),
    inbound_contexts=frozenset({"from-trunk", "from-pstn*"}),
)


def read_journal(name: str) -> list[ChannelEvent]:
    with (JOURNALS / f"{name}.csv").open("rb") as file:
        return read_events(file)


def read_events(file: BinaryIO) -> list[ChannelEvent]:
    events = [event_from_row(row.fields) for row in split_rows(file)]
    return sorted(events, key=lambda event: event.at)


def tell_calls(events: Iterable[ChannelEvent], *, lines: Lines = LAB_LINES) -> dict[str, Call]:
    """Feed events to a call book; return the calls that were over in the end, by linkedid."""
    book, told = CallBook("lab", lines), dict[str, Call]()

    def note(changes: list[Change]) -> None:
        for change in changes:
            call = book.tell(change.linkedid) if change.kind is ChangeKind.ENDED else None
            if call is not None:
                told[change.linkedid] = call
            elif change.kind is ChangeKind.ABSORBED:
                told.pop(change.linkedid, None)

    for event in events:
        note(book.apply(event))
    note(book.cut_off_open_calls())
    return dict(sorted(told.items(), key=lambda item: item[1].started_at))
