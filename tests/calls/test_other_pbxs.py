"""PBXs that nobody here has seen: other drivers, other names, other versions, other settings.

Every recorded call is told again as such a PBX would have journaled it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.events import EventKind as K
from pbx_bridge.calls.lines import Lines
from tests.calls.replay import JOURNALS, LAB_LINES, read_journal, tell_calls

NAMES = sorted(path.stem for path in JOURNALS.glob("*.csv"))


def _rename(call: Call, change: Callable[[str], str]) -> Call:
    """The same record with the channels under other names."""
    parties = tuple(replace(party, channel=change(party.channel)) for party in call.parties)
    return replace(call, parties=parties)


def _reword(events: list[ChannelEvent], change: Callable[[str], str]) -> list[ChannelEvent]:
    """The same events with ``change`` made wherever a channel may be named."""
    return [
        replace(
            event,
            channel=change(event.channel),
            peer=change(event.peer),
            app_args=change(event.app_args),
            extra={key: change(value) for key, value in event.extra.items()},
        )
        for event in events
    ]


@pytest.mark.parametrize("technology", ["SIP", "IAX2"])
@pytest.mark.parametrize("name", NAMES)
def test_another_channel_driver_tells_the_same_calls(name: str, technology: str) -> None:
    """SIP/1001-0000008c is as good as PJSIP/1001-0000008c."""

    def change(text: str) -> str:
        return text.replace("PJSIP/", f"{technology}/")

    events = read_journal(name)
    lines = Lines(
        trunks=tuple(change(glob) for glob in LAB_LINES.trunks),
        inbound_contexts=LAB_LINES.inbound_contexts,
    )
    expected = {key: _rename(call, change) for key, call in tell_calls(events).items()}
    assert tell_calls(_reword(events, change), lines=lines) == expected


@pytest.mark.parametrize("name", NAMES)
def test_names_with_dashes_tell_the_same_calls(name: str) -> None:
    """An endpoint may be called desk-1001-left; its number is what the caller ID says."""

    def change(text: str) -> str:
        return re.sub(r"PJSIP/(100\d)\b", r"PJSIP/desk-\1-left", text)

    events = read_journal(name)
    expected = {key: _rename(call, change) for key, call in tell_calls(events).items()}
    assert tell_calls(_reword(events, change)) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("matrix_")])
def test_phones_that_all_show_the_switchboards_number_are_told_apart(name: str) -> None:
    """A caller ID may be the same on every desk: an endpoint that is an extension has the word."""
    events = read_journal(name)
    same = [
        replace(event, number="100") if re.match(r"PJSIP/100\d-", event.channel) else event
        for event in events
    ]
    expected = {key: _who(call) for key, call in tell_calls(events).items()}
    assert {key: _who(call) for key, call in tell_calls(same).items()} == expected


def _who(call: Call) -> tuple[str | None, list[str]]:
    return call.answered_by, [party.extension for party in call.parties]


@pytest.mark.parametrize("name", NAMES)
def test_trunks_by_name_alone_or_by_context_alone_tell_the_same_calls(name: str) -> None:
    """An administrator may list his trunks' names or their contexts: one of them is enough."""
    events = read_journal(name)
    by_name = tell_calls(events, lines=Lines(trunks=LAB_LINES.trunks))
    by_context = tell_calls(events, lines=Lines(inbound_contexts=LAB_LINES.inbound_contexts))
    assert (by_name, by_context) == (tell_calls(events), tell_calls(events))


_KNOWN_BY_SOUNDS = {"vm_pound", "vm_silence", "rt_vm_long_greeting"}


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param({K.LINKEDID_ENDED}, id="no-linkedid-end"),
        pytest.param({K.LOCAL_OPTIMIZED, K.LOCAL_OPTIMIZE_BEGUN}, id="no-local-optimize"),
        pytest.param({K.STREAM_BEGUN, K.STREAM_ENDED}, id="no-streams"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_rows_that_other_versions_lack_are_not_needed(name: str, missing: set[K]) -> None:
    """Asterisk 16 knows nothing of streams, nor of the beginning of an optimisation."""
    events = read_journal(name)
    rest = [event for event in events if event.kind not in missing]
    if name in _KNOWN_BY_SOUNDS and K.STREAM_BEGUN in missing:
        pytest.skip("whether a message was left is a matter of the beep there")
    assert tell_calls(rest) == tell_calls(events)


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param({K.CHANNEL_ENDED}, id="no-chan-end"),
        pytest.param({K.CHANNEL_ENDED, K.LINKEDID_ENDED}, id="no-ends-at-all"),
    ],
)
@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("restart_")])
def test_a_hang_up_is_the_end_where_no_chan_end_comes(name: str, missing: set[K]) -> None:
    """`events=` without CHAN_END: a call is over when it was, not when the journal is."""
    events = read_journal(name)
    rest = [event for event in events if event.kind not in missing]
    hours_later = [
        replace(event, at=event.at + timedelta(hours=8), uniqueid="later", linkedid="later")
        for event in read_journal("snippet_plain")
    ]
    told = tell_calls([*rest, *hours_later])
    told.pop("later", None)
    whole = tell_calls(events)
    assert {key: _without_times(call) for key, call in told.items()} == {
        key: _without_times(call) for key, call in whole.items()
    }
    for key, call in told.items():
        assert call.ended_at is not None
        assert call.ended_at == pytest.approx(whole[key].ended_at, abs=timedelta(seconds=0.1))


def test_a_call_whose_chan_end_was_lost_is_over_a_while_later() -> None:
    """It does not stay up until the PBX is restarted: the next events of others end it."""
    plain, lost = read_journal("snippet_plain"), K.CHANNEL_ENDED
    book = CallBook("lab", LAB_LINES)
    for event in plain:
        if event.kind is not lost or event.uniqueid != event.linkedid:
            book.apply(event)
    assert list(book.open_calls()) == [plain[0].linkedid]
    later = replace(
        plain[0], at=plain[-1].at + timedelta(seconds=31), uniqueid="later", linkedid="later"
    )
    assert [(change.kind, change.linkedid) for change in book.apply(later)] == [
        (ChangeKind.ENDED, plain[0].linkedid)
    ]
    assert list(book.open_calls()) == []


def test_a_busy_phone_of_a_driver_that_names_nobody_is_busy() -> None:
    """IAX2 and SIP phones do not say who hung up, and an IAX2 trunk names the caller's channel: as
    played on Asterisk 22 and 16, where caller and phone were gone within a millisecond."""
    events = []
    for event in read_journal("busy_486"):
        extra = dict(event.extra)
        if event.kind is K.CHANNEL_HUNG_UP:
            is_caller = event.uniqueid == event.linkedid
            extra["hangupsource"] = event.channel if is_caller else ""
        events.append(replace(event, extra=extra))
    assert tell_calls(events) == tell_calls(read_journal("busy_486"))


@pytest.mark.parametrize("hours", [1, 30])
def test_a_call_whose_end_was_lost_did_not_last_for_days(hours: int) -> None:
    """While it may still be up it is told as up to now; a day later it ended with its last row."""
    begun = [event for event in read_journal("snippet_plain") if event.kind is not K.BRIDGE_LEFT]
    begun = begun[:11]
    later = timedelta(hours=hours)
    others = [
        replace(event, at=event.at + later, uniqueid=f"2{event.uniqueid}", linkedid="2")
        for event in read_journal("snippet_plain")
    ]
    call = tell_calls([*begun, *others])[begun[0].linkedid]
    assert call.is_estimated
    assert call.ended_at == (others[-1].at if hours == 1 else begun[-1].at)


_TOO_SHORT_FOR_SECONDS = {
    "forward_loop": "a loop that forwards within milliseconds",
    "own_busy_then_queue_cancel": "what ended with the caller, and what ended a moment before him",
    "park_refer": "a Local channel's call to the slot, and the transfer, in one second",
    "rt2_r_att_menu": "a hand-over to a menu, and whom the caller then chose, in one second",
    "rt2_r_n_two_callers": "an agent who leaves, and the callers whom he joins, in one second",
    "rt_conf_three_outside": "who of those who met within a second was there first",
    "stasis_bridge_busy": "what ended with the caller, and what ended a moment before him",
}
"""What cannot be told apart in whole seconds."""
_HURRIED = "matrix_"
"""Journals of scenarios that play in tenths of a second what people take seconds for."""


def _without_times(call: Call) -> dict[str, object]:
    return {
        "direction": call.direction,
        "outcome": call.outcome,
        "missed_reason": call.missed_reason,
        "caller": (call.caller_number, call.caller_name, call.is_withheld),
        "dialled_number": call.dialled_number,
        "answered_by": call.answered_by,
        "is_estimated": call.is_estimated,
        "parties": [(party.extension, party.answered_at is None) for party in call.parties],
        "transfers": [(t.kind, t.by, t.to, t.completed) for t in call.transfers],
        "recordings": [recording.path for recording in call.recordings],
        "hangup_cause": call.hangup_cause,
    }


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES
        if name not in _TOO_SHORT_FOR_SECONDS and not name.startswith(_HURRIED)
    ],
)
def test_times_in_whole_seconds_tell_the_same_story(name: str) -> None:
    """Without %q in dateformat a talk may fit into one instant: who spoke is told all the same."""
    events = read_journal(name)
    whole = [replace(event, at=event.at.replace(microsecond=0)) for event in events]
    expected = {key: _without_times(call) for key, call in tell_calls(events).items()}
    assert {key: _without_times(call) for key, call in tell_calls(whole).items()} == expected
