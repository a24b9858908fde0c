"""Channel events in one line each, for tests that need no whole journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pbx_bridge.calls.events import ChannelEvent, EventKind

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def event(
    kind: EventKind,
    seconds: float,
    uniqueid: str = "1.1",
    channel: str = "PJSIP/trunk-00000001",
    *,
    linkedid: str = "1.1",
    bridge: str = "",
    is_holding: bool = False,
    **fields: str,
) -> ChannelEvent:
    """One event; ``bridge`` is the mixing bridge that it is about."""
    extra = {"bridge_id": bridge} if bridge else {}
    if bridge:
        extra["bridge_technology"] = "holding_bridge" if is_holding else "simple_bridge"
    return ChannelEvent(
        kind=kind,
        at=at(seconds),
        uniqueid=uniqueid,
        linkedid=linkedid,
        channel=channel,
        extra=extra,
        **fields,
    )
