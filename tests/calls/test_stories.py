"""Events kept as text come back as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbx_bridge.stories import pack_story, unpack_story
from tests.calls.replay import JOURNALS, read_journal


@pytest.mark.parametrize("name", sorted(path.stem for path in JOURNALS.glob("*.csv")))
def test_a_kept_story_is_told_again_word_for_word(name: str) -> None:
    """Hostile names, microseconds and all."""
    events = read_journal(name)
    story = pack_story(events, linkedid=events[0].linkedid, is_withheld=False)
    assert unpack_story(story) == events


def test_a_story_that_cannot_be_read_holds_nothing() -> None:
    """Another version's text must not stop a backfill."""
    assert unpack_story('[{"what": 1}]') == []


def test_a_withheld_number_is_not_kept_in_a_story() -> None:
    """Neither the number nor the name, wherever in the events they stand."""
    events = [
        replace(event, number=event.number.replace("anonymous", "+61491570006"), ani="+61491570006")
        for event in read_journal("privacy_anonymous")
    ]
    story = pack_story(events, linkedid=events[0].linkedid, is_withheld=True)
    kept = unpack_story(story)
    assert "491570006" not in story
    assert [event.name for event in kept if event.uniqueid == events[0].linkedid] == [""] * sum(
        event.uniqueid == events[0].linkedid for event in events
    )
    assert [(e.kind, e.at, e.uniqueid) for e in kept] == [
        (e.kind, e.at, e.uniqueid) for e in events
    ]
