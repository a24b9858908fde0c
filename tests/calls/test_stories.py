"""Events kept as text come back as they were."""

from __future__ import annotations

import pytest

from pbx_bridge.stories import pack_story, unpack_story
from tests.calls.replay import JOURNALS, read_journal


@pytest.mark.parametrize("name", sorted(path.stem for path in JOURNALS.glob("*.csv")))
def test_a_kept_story_is_told_again_word_for_word(name: str) -> None:
    """Hostile names, microseconds and all."""
    events = read_journal(name)
    assert unpack_story(pack_story(events)) == events


def test_a_story_that_cannot_be_read_holds_nothing() -> None:
    """Another version's text must not stop a backfill."""
    assert unpack_story('[{"what": 1}]') == []
