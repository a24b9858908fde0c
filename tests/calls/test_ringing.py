"""Which phones rang: AMI's exact word, the leg's own note, and what is left where neither is."""

from __future__ import annotations

import pytest

from pbx_bridge.calls.events import EventKind as K
from pbx_bridge.calls.story import tell_call
from tests.calls.make import at, event
from tests.calls.replay import LAB_LINES

DESK = ("1.2", "PJSIP/1001-00000002")


@pytest.mark.parametrize(
    ("state", "began"), [("Ringing", 0.1), ("Down", None), ("", None)], ids=repr
)
def test_a_phone_that_was_busy_within_a_second(state: str, began: float | None) -> None:
    """The note says that it rang before AMI has; without a note, who was that quick never rang."""
    note = event(K.USER_DEFINED, 0.3, *DESK, user_event="PBX_BRIDGE_LEG_END")
    note.extra.update(state=state)
    refusal = event(K.CHANNEL_HUNG_UP, 0.3, *DESK, app="AppDial")
    refusal.extra.update(hangupcause="17")
    call = tell_call(
        pbx="lab",
        linkedid="1.1",
        lines=LAB_LINES,
        events=[
            event(K.CHANNEL_STARTED, 0, number="0311112222", context="from-trunk"),
            event(K.CHANNEL_STARTED, 0.1, *DESK),
            *([note] if state else []),
            refusal,
            event(K.CHANNEL_ENDED, 0.3, *DESK, app="AppDial"),
            event(K.CHANNEL_HUNG_UP, 0.4),
            event(K.CHANNEL_ENDED, 0.4),
        ],
    )

    assert call is not None
    assert call.parties[0].rang_at == (None if began is None else at(began))
