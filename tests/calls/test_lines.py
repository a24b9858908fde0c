"""Which channels lead outside."""

from __future__ import annotations

import pytest

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.events import EventKind
from pbx_bridge.calls.lines import Lines, endpoint_of, is_phone
from pbx_bridge.calls.story import tell_call
from tests.calls.make import event

LINES = Lines(
    trunks=("PJSIP/carrier-*",), inbound_contexts=frozenset({"from-trunk", "from-trunk-*"})
)


@pytest.mark.parametrize(
    ("channel", "context", "is_trunk"),
    [
        ("PJSIP/carrier-0000001f", "anything", True),
        ("PJSIP/1001-0000001f", "from-internal", False),
        ("SIP/my-provider-0000001f", "from-trunk-sip-my-provider", True),
        ("DAHDI/i1/0412000111-4", "from-trunk", True),
        ("PJSIP/carriers-desk-00000001", "from-internal", False),
    ],
)
def test_a_channel_leads_outside_by_its_name_or_its_context(
    channel: str, context: str, is_trunk: bool
) -> None:
    """Globs on both: FreePBX gives each trunk a context of its own."""
    assert LINES.is_trunk(channel, context) is is_trunk


@pytest.mark.parametrize("trunk", ["PJSIP/sydney-trunk", "PJSIP/*-trunk", "PJSIP/sydney-trunk-*"])
def test_a_trunk_may_be_named_without_its_serial(trunk: str) -> None:
    """Who names the endpoint means its channels, and no other endpoint's."""
    lines = Lines(trunks=(trunk,))
    channels = ("PJSIP/sydney-trunk-0000001f", "PJSIP/sydney-0000001f", "PJSIP/1001-0000001f")
    assert [lines.is_trunk(channel, "") for channel in channels] == [True, False, False]


@pytest.mark.parametrize(
    ("channel", "endpoint"),
    [
        ("PJSIP/1001-0000008c", "1001"),
        ("PJSIP/front-desk-0000008c", "front-desk"),
        ("Local/1002@internal-00000001;1", "1002"),
        ("IAX2/branch-4312", "branch"),
    ],
)
def test_an_endpoint_is_read_from_its_channel(channel: str, endpoint: str) -> None:
    """Names with dashes, Local pairs, other drivers."""
    assert endpoint_of(channel) == endpoint


@pytest.mark.parametrize("channel", ["CBAnn/room-1", "Local/1@x-1;1", "Snoop/1", "DAHDI/pseudo-1"])
def test_machines_are_no_phones(channel: str) -> None:
    """Nobody can be at the other end of these."""
    assert not is_phone(channel)


@pytest.mark.parametrize(
    ("is_answered", "way"), [(True, Direction.INTERNAL), (False, Direction.OUTBOUND)]
)
def test_a_full_number_that_reached_nobody_was_for_the_outside_unless_the_house_took_it(
    *, is_answered: bool, way: Direction
) -> None:
    """One of ours may dial his own company's number, and get its menu."""
    desk = {"channel": "PJSIP/1001-00000001", "exten": "0255501234", "number": "1001"}
    kinds = [
        EventKind.CHANNEL_STARTED,
        *([EventKind.CHANNEL_ANSWERED] if is_answered else []),
        EventKind.CHANNEL_HUNG_UP,
        EventKind.CHANNEL_ENDED,
    ]
    call = tell_call(
        pbx="office",
        linkedid="1.1",
        events=[event(kind, second, **desk) for second, kind in enumerate(kinds)],
        lines=Lines(trunks=("PJSIP/trunk-*",)),
    )
    assert call is not None
    assert call.direction is way
