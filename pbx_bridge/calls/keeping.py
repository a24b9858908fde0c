"""Two calls have met: which of them goes on, and do they go on as one? Pure."""

from __future__ import annotations

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.chapter import Chapter
from pbx_bridge.calls.events import ORIGINATED, ChannelEvent, EventKind, birth_of
from pbx_bridge.calls.lines import Lines, endpoint_of, is_local, is_phone, local_pair
from pbx_bridge.calls.plot import FULL_NUMBER
from pbx_bridge.calls.story import tell_call

_WORTH = {Direction.INBOUND: 2, Direction.OUTBOUND: 1, Direction.INTERNAL: 0, None: -1}


def choose_keeper(one: Chapter, other: Chapter, lines: Lines) -> tuple[Chapter, Chapter] | None:
    """The call that goes on and the one that becomes part of it; None where they stay two."""
    older, newer = sorted((one, other), key=lambda chapter: birth_of(chapter.linkedid))
    older_way, newer_way = _direction(older, lines), _direction(newer, lines)
    if older_way is newer_way is Direction.INBOUND:
        return None
    is_out = newer_way is Direction.OUTBOUND
    dialled = _dialled_by_ours(newer, lines) if is_out else None
    is_his_own = dialled is not None and _came_later(older, dialled)
    if is_his_own and _WORTH[older_way] >= _WORTH[Direction.OUTBOUND]:
        return None
    if _WORTH[newer_way] <= _WORTH[older_way] or (is_out and _has_dialled_out(older)):
        return older, newer
    if older_way is Direction.OUTBOUND or _waits_for_calls(older):
        return None
    is_question = dialled is not None and not is_his_own
    return (older, newer) if is_question else (newer, older)


def _dialled_by_ours(chapter: Chapter, lines: Lines) -> ChannelEvent | None:
    """How one of ours dialled this call; None where the PBX, or somebody outside, began it."""
    for event in chapter.events.values():
        if event.kind is EventKind.CHANNEL_STARTED and event.uniqueid == chapter.linkedid:
            is_ours = not lines.is_trunk(event.channel, event.context)
            return event if is_ours and is_phone(event.channel) else None
    return None


def _came_later(chapter: Chapter, dialled: ChannelEvent) -> bool:
    """Whether the phone that dialled came into this call afterwards: it had another reason."""
    phone = endpoint_of(dialled.channel)
    events = [each for each in chapter.events.values() if endpoint_of(each.channel) == phone]
    return bool(events) and min(each.at for each in events) > dialled.at


def _has_dialled_out(chapter: Chapter) -> bool:
    """Whether somebody dialled a number outside: an application then calls it for him."""
    return any(
        event.kind is EventKind.CHANNEL_STARTED
        and event.uniqueid == chapter.linkedid
        and FULL_NUMBER.fullmatch(event.exten)
        for event in chapter.events.values()
    )


def _waits_for_calls(chapter: Chapter) -> bool:
    """Whether this is a phone all by itself that dialled in before the caller did.

    An agent who logs in (AgentLogin) waits so for one customer after the other, perhaps all day:
    his session is no part of any of their calls.
    """
    channels = chapter.open_uniqueids | chapter.ended_uniqueids
    return channels == {chapter.linkedid}


def _direction(chapter: Chapter, lines: Lines) -> Direction | None:
    call = tell_call(
        pbx="",
        linkedid=chapter.linkedid,
        events=tuple(chapter.events.values()),
        lines=lines,
    )
    return call.direction if call else None


def rang_in_vain(chapter: Chapter, event: ChannelEvent) -> bool:
    """Whether Originate's channel ends and met nobody, and this row has the number that it showed.

    It is on the channel that Originate made, or, where that is a Local channel, on its other half.
    """
    if event.kind is not EventKind.CHANNEL_HUNG_UP:
        return False
    known = chapter.events.values()
    if any(each.kind is EventKind.BRIDGE_ENTERED for each in known):
        return False
    if event.uniqueid == chapter.linkedid:
        return event.app == ORIGINATED
    pair = local_pair(event.channel)
    return is_local(event.channel) and any(
        each.uniqueid == chapter.linkedid and local_pair(each.channel) == pair for each in known
    )
