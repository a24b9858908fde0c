"""The call book of one PBX: which events belong to which call, and when a call is over. Pure.

Asterisk gives every channel a linkedid, and merges linkedids when calls meet: without a row of
its own, the same uniqueid simply appears under another linkedid. What then becomes of the two
calls depends on who is in them. A consultation, a picked-up ring or a call-back is absorbed by
the customer's call. Two outside callers who end up with each other stay two calls: each rang us
for a reason. So do a customer whom we had called and a later caller, and a customer and an agent
who had logged in and waited.

``LINKEDID_END`` is not the end of a call; a call is over when each of its legs has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.chapter import Chapter
from pbx_bridge.calls.events import ChannelEvent, EventKind, birth_of
from pbx_bridge.calls.keeping import choose_keeper, rang_in_vain
from pbx_bridge.calls.lines import Lines, is_phone
from pbx_bridge.calls.meetings import is_call_in, summons
from pbx_bridge.calls.restarts import SerialWatch
from pbx_bridge.calls.story import tell_call

CLOCK_STEP = timedelta(minutes=10)
"""Rows are a moment out of order at most: what lies so far back is another clock."""
REMEMBERED = timedelta(seconds=30)
"""How long an ended call is kept for rows that come late, and for neighbours still talking."""
LONGEST_SILENCE = timedelta(days=1)
"""A call of which nothing was heard for so long was over long ago, and its end was lost."""


_TELLING = frozenset(
    {
        EventKind.CHANNEL_STARTED,
        EventKind.BRIDGE_ENTERED,
        EventKind.BLIND_TRANSFERRED,
        EventKind.ATTENDED_TRANSFERRED,
    }
)

_BRIDGING = frozenset({EventKind.BRIDGE_ENTERED, EventKind.BRIDGE_LEFT})


class CallBook:
    """Collects one PBX's events into calls. Mutable, but it does nothing else: no I/O, no clock.

    Feed events with :meth:`apply`; ask for a call's present telling with :meth:`tell`.
    """

    def __init__(self, pbx: str, lines: Lines) -> None:
        self.pbx = pbx
        self._lines = lines
        self._chapters: dict[str, Chapter] = {}
        self._chapter_of: dict[str, Chapter] = {}
        self._by_bridge: dict[str, set[str]] = {}
        self._by_caller: dict[str, set[str]] = {}
        self._last_at: datetime | None = None
        self._serials = SerialWatch()
        self._ended: dict[str, datetime] = {}
        self._hung_up: dict[str, datetime] = {}
        """When every leg that is left of a call was hung up."""
        self._forget_after: datetime | None = None

    def fresh(self) -> CallBook:
        """An empty book of the same PBX."""
        return CallBook(self.pbx, self._lines)

    @property
    def last_at(self) -> datetime | None:
        """The time of the latest event seen: the last proof that the PBX lived."""
        return self._last_at

    def open_calls(self) -> Iterator[str]:
        """The linkedids of the calls that have started and are still up."""
        return (
            key
            for key, chapter in self._chapters.items()
            if chapter.ended_at is None and chapter.is_announced and key == chapter.linkedid
        )

    def is_open(self, linkedid: str) -> bool:
        """Whether the call that this linkedid belongs to is still up."""
        chapter = self._chapters.get(linkedid)
        return chapter is not None and chapter.ended_at is None

    def remembers(self, linkedid: str) -> bool:
        """Whether the call that this linkedid belongs to is up, or was a moment ago."""
        return linkedid in self._chapters

    def has_channel(self, uniqueid: str) -> bool:
        """Whether an event has told of this channel."""
        return uniqueid in self._chapter_of

    def linkedids_of(self, linkedid: str) -> frozenset[str]:
        """Every linkedid that the events of this call have carried."""
        chapter = self._chapters.get(linkedid)
        if chapter is None:
            return frozenset({linkedid})
        return frozenset({linkedid, *(event.linkedid for event in chapter.events.values())})

    def events_of(self, linkedid: str) -> tuple[ChannelEvent, ...]:
        """Every event of one call, in the order of arrival."""
        return tuple(self._chapters[linkedid].events.values())

    def apply(self, event: ChannelEvent) -> list[Change]:
        """Take one event; say what it meant for which calls."""
        changes: list[Change] = []
        is_restart, last_sign_at = self._is_restart(event), self._last_at
        self._note_time(event.at)
        if is_restart:
            changes += self.cut_off_open_calls(last_sign_at)
        if self._hung_up:
            changes += self._end_hung_up()
        chapter = self._find_chapter(event, changes)
        identity = _identify(event)
        if identity in chapter.events:
            return changes
        chapter.events[identity] = event
        self._note_bridge(chapter, event)
        self._note_caller(chapter, event)
        chapter = self._gather_rung(chapter, event, changes)
        chapter = self._gather_summoned(chapter, event, changes)
        chapter = self._gather_consulted(chapter, event, changes)
        changes += self._follow(chapter, event)
        if event.kind in _BRIDGING:
            changes += self._tell_neighbours_again(chapter, event)
        self._forget()
        return changes

    def _note_time(self, at: datetime) -> None:
        """Keep the latest time; one far before it says that the PBX's clock was set back."""
        if self._last_at is None or at > self._last_at:
            self._last_at = at
        elif self._last_at - at > CLOCK_STEP:
            self._last_at, self._forget_after = at, None
            self._ended = {name: min(ended_at, at) for name, ended_at in self._ended.items()}

    def tell(self, linkedid: str) -> Call | None:
        """Tell a call as it stands; None for machinery that is no call."""
        chapter = self._chapters.get(linkedid)
        if chapter is None:
            return None
        return tell_call(
            pbx=self.pbx,
            linkedid=linkedid,
            events=tuple(chapter.events.values()),
            neighbour_events=tuple(self._neighbour_events(chapter)),
            lines=self._lines,
            cut_off_at=chapter.cut_off_at,
        )

    def cut_off_open_calls(self, at: datetime | None = None) -> list[Change]:
        """End every open call at the last sign of life: the PBX died, or the journal is over."""
        ended_at = at or self._last_at
        changes = []
        for chapter in [c for c in self._chapters.values() if c.ended_at is None]:
            last_at = chapter.last_at()
            if not chapter.is_hung_up:
                is_lost = ended_at is not None and ended_at - last_at > LONGEST_SILENCE
                if ended_at is not None and not is_lost:
                    last_at = max(last_at, ended_at)
                chapter.cut_off_at = last_at
            changes += self._end(chapter, last_at)
        return changes

    def _end_hung_up(self) -> Iterator[Change]:
        """End the calls whose legs were all hung up a while ago, whatever row of theirs is missing.

        Nothing happens on a channel between its ``HANGUP`` and its ``CHAN_END``, which follow each
        other at once; a row gets lost, or cel.conf does not name ``CHAN_END``.
        """
        for linkedid, hung_up_at in list(self._hung_up.items()):
            if self._last_at is None or self._last_at - hung_up_at < REMEMBERED:
                break
            del self._hung_up[linkedid]
            chapter = self._chapters.get(linkedid)
            if chapter is not None and chapter.ended_at is None and chapter.is_hung_up:
                chapter.ended_uniqueids |= chapter.open_uniqueids
                chapter.open_uniqueids.clear()
                yield from self._end(chapter, chapter.last_at())

    def _find_chapter(self, event: ChannelEvent, changes: list[Change]) -> Chapter:
        """A channel stays in its call; a linkedid it is seen under later is a merge."""
        known = self._chapter_of.get(event.uniqueid)
        named = self._chapters.get(event.linkedid)
        if known is None:
            chapter = named or self._open_chapter(event.linkedid)
            self._chapter_of[event.uniqueid] = chapter
            return chapter
        if event.linkedid == known.linkedid or named is known:
            return known
        if named is None:
            self._chapters[event.linkedid] = known
            return known
        return self._merge(known, named, event, changes)

    def _open_chapter(self, linkedid: str) -> Chapter:
        chapter = self._chapters[linkedid] = Chapter(linkedid)
        return chapter

    def _merge(
        self, one: Chapter, other: Chapter, event: ChannelEvent, changes: list[Change]
    ) -> Chapter:
        """Let the customer's call absorb the other; two outside calls stay two."""
        if other.linkedid in one.apart_from:
            return one
        chosen = choose_keeper(one, other, self._lines)
        if chosen is None:
            one.apart_from.add(other.linkedid)
            return one
        keeper, absorbed = chosen
        keeper.events.update(absorbed.events)
        keeper.open_uniqueids |= absorbed.open_uniqueids
        keeper.ended_uniqueids |= absorbed.ended_uniqueids
        keeper.hung_up_uniqueids |= absorbed.hung_up_uniqueids
        keeper.bridge_ids |= absorbed.bridge_ids
        keeper.ended_at = None
        self._ended.pop(keeper.linkedid, None)
        self._ended.pop(absorbed.linkedid, None)
        for key in [k for k, chapter in self._chapters.items() if chapter is absorbed]:
            self._chapters[key] = keeper
        for uniqueid in {each.uniqueid for each in absorbed.events.values()}:
            self._chapter_of[uniqueid] = keeper
        for bridge_id in absorbed.bridge_ids:
            self._by_bridge[bridge_id].discard(absorbed.linkedid)
            self._by_bridge[bridge_id].add(keeper.linkedid)
        if absorbed.is_announced:
            changes.append(
                Change(
                    kind=ChangeKind.ABSORBED,
                    linkedid=absorbed.linkedid,
                    at=event.at,
                    into=keeper.linkedid,
                )
            )
        return keeper

    def _note_bridge(self, chapter: Chapter, event: ChannelEvent) -> None:
        bridge_id = event.extra.get("bridge_id")
        if bridge_id and event.kind is EventKind.BRIDGE_ENTERED:
            chapter.bridge_ids.add(bridge_id)
            self._by_bridge.setdefault(bridge_id, set()).add(chapter.linkedid)

    def _note_caller(self, chapter: Chapter, event: ChannelEvent) -> None:
        if is_call_in(event, self._lines):
            self._by_caller.setdefault(event.number, set()).add(chapter.linkedid)

    def _gather_rung(self, chapter: Chapter, event: ChannelEvent, changes: list[Change]) -> Chapter:
        """A phone that the PBX rings apart, with the number of somebody who is on the line.

        It rings for him, also where they never meet: nobody lifts, or he gives up. Where two with
        that number are on the line, nothing tells for whom.
        """
        if event.number not in self._by_caller or not rang_in_vain(chapter, event):
            return chapter
        rung_at = min(each.at for each in chapter.events.values())
        callers = [
            caller
            for name in self._by_caller[event.number]
            if (caller := self._chapters.get(name)) is not None
            and caller is not chapter
            and birth_of(name) < birth_of(event.uniqueid)
            and (caller.ended_at is None or rung_at <= caller.ended_at)
        ]
        return self._merge(chapter, callers[0], event, changes) if len(callers) == 1 else chapter

    def _gather_summoned(
        self, chapter: Chapter, event: ChannelEvent, changes: list[Change]
    ) -> Chapter:
        """Two calls meet in a bridge: a phone that the PBX rang for the caller joins his call."""
        is_holding = event.extra.get("bridge_technology") == "holding_bridge"
        if event.kind is not EventKind.BRIDGE_ENTERED or is_holding:
            return chapter
        for name in sorted(self._by_bridge.get(event.extra.get("bridge_id", ""), ())):
            met = self._chapters.get(name)
            if met is None or met is chapter:
                continue
            one, other = ((c.linkedid, tuple(c.events.values())) for c in (chapter, met))
            if summons(one, other, self._lines) or summons(other, one, self._lines):
                chapter = self._merge(chapter, met, event, changes)
        return chapter

    def _gather_consulted(
        self, chapter: Chapter, event: ChannelEvent, changes: list[Change]
    ) -> Chapter:
        """Who hands a call on to his second line makes one call of both.

        Where that line has been answered Asterisk merges the linkedids. Where it still rings, they
        stay two until somebody lifts: whose phone rings in vain rings for the caller all the same.
        """
        second = event.extra.get("channel2_uniqueid")
        if event.kind is not EventKind.ATTENDED_TRANSFERRED or not second:
            return chapter
        other = self._chapter_of.setdefault(second, chapter)
        return chapter if other is chapter else self._merge(chapter, other, event, changes)

    def _neighbour_events(self, chapter: Chapter) -> Iterable[ChannelEvent]:
        names = {
            name
            for bridge_id in chapter.bridge_ids
            for name in self._by_bridge.get(bridge_id, ())
            if name != chapter.linkedid
        }
        for name in sorted(names):
            neighbour = self._chapters.get(name)
            if neighbour is not None and neighbour is not chapter:
                yield from neighbour.events.values()

    def _tell_neighbours_again(self, chapter: Chapter, event: ChannelEvent) -> Iterator[Change]:
        """A row that comes late may be about the company of a call that is over by now."""
        for name in self._by_bridge.get(event.extra.get("bridge_id", ""), ()):
            near = self._chapters.get(name)
            if near is None or near is chapter or near.ended_at is None:
                continue
            if event.at <= near.ended_at:
                yield Change(kind=ChangeKind.ENDED, linkedid=near.linkedid, at=near.ended_at)

    def _follow(self, chapter: Chapter, event: ChannelEvent) -> list[Change]:
        """Keep count of the legs; say when the call starts, moves on and ends."""
        kind = event.kind
        if kind is EventKind.CHANNEL_ENDED:
            chapter.open_uniqueids.discard(event.uniqueid)
            chapter.ended_uniqueids.add(event.uniqueid)
        elif event.uniqueid not in chapter.ended_uniqueids:
            chapter.open_uniqueids.add(event.uniqueid)
        if kind is EventKind.CHANNEL_HUNG_UP or kind is EventKind.CHANNEL_ENDED:
            self._note_hung_up(chapter, event)
        if chapter.open_uniqueids and chapter.ended_at is not None:
            self._reopen(chapter)
        if not chapter.is_announced:
            return self._announce(chapter, event)
        if not chapter.open_uniqueids:
            is_news = chapter.ended_at is None or event.kind is not EventKind.LINKEDID_ENDED
            return self._end(chapter, event.at) if is_news else []
        if event.kind in _TELLING:
            return [Change(kind=ChangeKind.PROGRESSED, linkedid=chapter.linkedid, at=event.at)]
        return []

    def _note_hung_up(self, chapter: Chapter, event: ChannelEvent) -> None:
        chapter.hung_up_uniqueids.add(event.uniqueid)
        self._hung_up.pop(chapter.linkedid, None)
        if chapter.open_uniqueids and chapter.is_hung_up:
            self._hung_up[chapter.linkedid] = event.at

    def _reopen(self, chapter: Chapter) -> None:
        """A leg that lives on proves that the call is not over: what cut it off was a mistake."""
        chapter.ended_at = chapter.cut_off_at = None
        self._ended.pop(chapter.linkedid, None)

    def _announce(self, chapter: Chapter, event: ChannelEvent) -> list[Change]:
        """Say that a call has started, with the second thing that is known of a phone's channel.

        A channel's first event does not tell whether its number is withheld; our dialplan's note
        of that comes next. Announced a moment too soon, a number would be looked up and kept
        that was not meant for us.
        """
        changes = []
        if is_phone(event.channel) and event.kind is not EventKind.CHANNEL_STARTED:
            chapter.is_announced = True
            changes.append(Change(kind=ChangeKind.STARTED, linkedid=chapter.linkedid, at=event.at))
        return changes if chapter.open_uniqueids else changes + self._end(chapter, event.at)

    def _end(self, chapter: Chapter, at: datetime) -> list[Change]:
        chapter.ended_at = at
        self._ended[chapter.linkedid] = at if self._last_at is None else max(at, self._last_at)
        return [Change(kind=ChangeKind.ENDED, linkedid=chapter.linkedid, at=at)]

    def _is_restart(self, event: ChannelEvent) -> bool:
        """Asterisk counts its channels from 0 again after a restart, and our boot note says so."""
        if event.user_event == "PBX_BRIDGE_BOOT":
            return any(
                chapter.ended_at is None and event.uniqueid not in chapter.open_uniqueids
                for chapter in self._chapters.values()
            )
        if event.kind is not EventKind.CHANNEL_STARTED:
            return False
        is_new_life = self._serials.is_new_life(event.uniqueid, event.at)
        return is_new_life and self._last_at is not None and event.at > self._last_at

    def _forget(self) -> None:
        """Let go of calls that ended a while ago and whose neighbours have ended as well."""
        if self._last_at is None or not self._ended:
            return
        if self._forget_after is not None and self._last_at < self._forget_after:
            return
        self._forget_after = self._last_at + REMEMBERED / 10
        before = self._last_at - REMEMBERED
        for linkedid, ended_at in list(self._ended.items()):
            if ended_at >= before:
                break
            self._forget_call(linkedid, before)

    def _forget_call(self, linkedid: str, before: datetime) -> None:
        chapter = self._chapters.get(linkedid)
        if chapter is None:
            del self._ended[linkedid]
            return
        near = {name for id_ in chapter.bridge_ids for name in self._by_bridge.get(id_, ())}
        if any(self.is_open(name) or self._ended.get(name, before) > before for name in near):
            return
        del self._ended[linkedid]
        for key in [linkedid, *{event.linkedid for event in chapter.events.values()}]:
            if self._chapters.get(key) is chapter:
                del self._chapters[key]
        for number in {event.number for event in chapter.events.values()}:
            self._drop(self._by_caller, number, linkedid)
        for uniqueid in chapter.ended_uniqueids | chapter.open_uniqueids:
            self._chapter_of.pop(uniqueid, None)
        for bridge_id in chapter.bridge_ids:
            self._drop(self._by_bridge, bridge_id, linkedid)

    @staticmethod
    def _drop(index: dict[str, set[str]], key: str, linkedid: str) -> None:
        members = index.get(key)
        if members is not None:
            members.discard(linkedid)
            if not members:
                del index[key]


def _identify(event: ChannelEvent) -> tuple[object, ...]:
    """What tells an event from every other, also where the PBX's times have whole seconds."""
    extra = event.extra
    what = (extra.get("bridge_id") or extra.get("sound")) if extra else None
    at, app, note = event.at, event.app, event.user_event
    return (event.kind, event.uniqueid, at, app, note, event.peer, what)
