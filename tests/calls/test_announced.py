"""When a call is announced: soon enough to be found while it rings, and not too soon."""

from __future__ import annotations

import pytest

from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.events import EventKind as K
from tests.calls.replay import JOURNALS, LAB_LINES, read_journal

NAMES = sorted(path.stem for path in JOURNALS.glob("*.csv"))


def _announce(events: list[ChannelEvent]) -> list[tuple[Change, Call | None]]:
    """Every announcement, with what the book told of the call at that moment."""
    book = CallBook("lab", LAB_LINES)
    return [
        (change, book.tell(change.linkedid))
        for event in events
        for change in book.apply(event)
        if change.kind is ChangeKind.STARTED
    ]


def _note(started: ChannelEvent, **said: str) -> ChannelEvent:
    """Our dialplan's first note on a caller's channel."""
    return ChannelEvent(
        kind=K.USER_DEFINED,
        at=started.at,
        uniqueid=started.uniqueid,
        linkedid=started.linkedid,
        channel=started.channel,
        user_event="PBX_BRIDGE_START",
        extra=said,
    )


def test_a_withheld_number_is_never_told_not_even_at_first() -> None:
    """The call is announced when the note has come that says that its number is withheld."""
    started = next(e for e in read_journal("snippet_plain") if e.kind is K.CHANNEL_STARTED)
    ((_, call),) = _announce([started, _note(started, pres="prohib", direction="inbound")])

    assert call is not None
    assert (call.caller_number, call.is_withheld) == ("anonymous", True)


@pytest.mark.parametrize("name", NAMES)
def test_every_call_is_announced_before_its_end(name: str) -> None:
    """Whatever the dialplan notes or leaves unsaid, no call ends that was not announced."""
    book, announced = CallBook("lab", LAB_LINES), set()
    for event in read_journal(name):
        for change in book.apply(event):
            if change.kind is ChangeKind.STARTED:
                announced.add(change.linkedid)
            if change.kind is ChangeKind.ENDED and book.tell(change.linkedid) is not None:
                assert change.linkedid in announced
