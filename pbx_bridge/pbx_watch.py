"""Watching one PBX: its links kept, its journal followed, its calls given to the call flow.

Every bridge of a PBX greets its callers. One of them writes its calls down, the others stand by
(``pbx_lease.py``): a *term* is the time for which that is us, and begins at the mark.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing, suppress
from datetime import datetime

import structlog

from crm_store.errors import StoreError
from crm_store.records import JournalPosition
from crm_store.store import Store
from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.asterisk.journal import JournalCounts, JournalEvent
from pbx_bridge.asterisk.keeping import LinkState
from pbx_bridge.asterisk.links import AsteriskLine
from pbx_bridge.asterisk.sources import EventSource
from pbx_bridge.asterisk.spool import Spool
from pbx_bridge.call_flow import CallFlow
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.errors import LinkError
from pbx_bridge.journal_marks import JournalMarks, Mark
from pbx_bridge.pbx_lease import LeaseKeeper
from pbx_bridge.ports import Switchboard
from pbx_bridge.telling import FINAL_CHANGES
from pbx_bridge.web.health import PbxHealth
from pbx_bridge.writes import Writes

_log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 0.1
_TRY_AGAIN_SECONDS = 1.0
_PRUNE_SECONDS = 60.0
_RINGS_KEPT = 5_000
"""A phone's ringing comes over AMI, often before the journal has told that the phone exists."""


class PbxWatch:
    """One PBX's tasks, started in the one task group.

    ``source`` is where its events are read; where AMI is all there is, that is the ``spool``, into
    which this writes what AMI tells. ``has_ari`` is False where the dialplan's door is FastAGI,
    whose callers come by :meth:`greet`.
    """

    def __init__(
        self,
        *,
        name: str,
        line: AsteriskLine,
        flow: CallFlow,
        store: Store,
        lease: LeaseKeeper,
        source: EventSource,
        spool: Spool | None = None,
        has_ari: bool = True,
    ) -> None:
        self.name = name
        self._has_ari = has_ari
        self._line = line
        self._flow = flow
        self._store = store
        self._source = source
        self._source_state = LinkState(name=f"{name} events", is_up=True, problem="")
        self._spool = spool
        self._lease = lease
        self._counts = JournalCounts()
        self._marks = JournalMarks()
        self._rings: dict[str, ChannelEvent] = {}
        self._is_caught_up = False
        self.health = PbxHealth(
            name=name,
            links=[*([line.ari_state] if has_ari else []), line.ami_state, self._source_state],
            rescued=lambda: line.rescued,
            flow=flow.counts,
            journal=self._counts,
            spool=spool.counts if spool is not None else None,
            open_calls=lambda: sum(1 for _ in flow.book.open_calls()),
            is_caught_up=lambda: self._is_caught_up or self.stands_by,
            is_writing=lambda: lease.is_ours,
        )

    def calls_up(self) -> list[Call]:
        """The calls that are up, as they stand."""
        book = self._flow.book
        told = (book.tell(linkedid) for linkedid in list(book.open_calls()))
        return [one for one in told if one is not None]

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start this PBX's tasks in the one task group."""
        name = self.name
        if self._has_ari:
            tasks.create_task(self._line.keep_ari(self._greet), name=f"{name} ARI")
        has_spool = self._spool is not None
        tasks.create_task(self._line.keep_ami(self._take, with_cel=has_spool), name=f"{name} AMI")
        if self._spool is not None:
            tasks.create_task(self._prune(self._spool), name=f"{name} spool")
        tasks.create_task(self._write_calls(), name=f"{name} calls")

    @property
    def stands_by(self) -> bool:
        """Whether another bridge writes this PBX's calls down."""
        return bool(self._lease.holder) and not self._lease.is_mine

    async def greet(self, caller: RingingChannel, switchboard: Switchboard) -> None:
        """Greet a caller who waits at a switchboard other than the line's own."""
        await self._flow.greet(caller, switchboard)

    def mark_fastagi(self, is_open: bool) -> None:
        """The door that this PBX uses instead of ARI is now open or shut."""
        self._line.mark_fastagi(is_open)

    async def _greet(self, caller: RingingChannel) -> None:
        await self._flow.greet(caller, self._line)

    def _take(self, event: ChannelEvent) -> None:
        """Take an event that came over AMI: into the spool, from which it is read again."""
        if self._spool is None:
            self._take_ring(event)
        elif self._spool.append(event):
            self._note_source()
        else:
            self._note_source(self._spool.problem)
            if self._lease.is_ours:
                self._run(event)

    def _take_ring(self, event: ChannelEvent) -> None:
        """A phone rings: known from here on, also to a term that begins later."""
        while len(self._rings) >= _RINGS_KEPT:
            del self._rings[next(iter(self._rings))]
        self._rings[event.uniqueid] = event
        if self._lease.is_ours and self._flow.book.has_channel(event.uniqueid):
            self._run(event)

    def _run(self, event: ChannelEvent) -> None:
        for write in self._flow.follow(event, is_live=self._is_caught_up):
            self._writes.start(write)

    async def _write_calls(self) -> None:
        """Write this PBX's calls down whenever that is ours to do, from the mark on."""
        while True:
            await self._lease.obtain()
            self._flow.begin_anew()
            self._marks, self._is_caught_up = JournalMarks(), False
            try:
                async with asyncio.TaskGroup() as term:
                    self._writes = Writes(term)
                    following = term.create_task(self._follow(), name=f"{self.name} journal")
                    await self._lease.keep(self._position)
                    following.cancel()
                    self._writes.cancel()
            finally:
                self._is_caught_up = False
                await self._lease.give_back(self._position())
                self._flow.begin_anew()

    async def _follow(self) -> None:
        """Follow the source; one that cannot be read is tried again, from the mark."""
        while True:
            try:
                await self._follow_source()
            except (OSError, LinkError) as error:
                self._note_source(str(error))
                await asyncio.sleep(_TRY_AGAIN_SECONDS)

    async def _follow_source(self) -> None:
        known = self._position() or await self._read_mark()
        async with aclosing(self._source.follow(self._counts, known)) as batches:
            async for batch in batches:
                for item in batch:
                    while not self._lease.is_ours:  # noqa: ASYNC110 - nor has the clock
                        await asyncio.sleep(_PAUSE_SECONDS)
                    await self._follow_item(item)
                if self._spool is None:
                    self._note_source()
                if not batch and not self._is_caught_up:
                    await self._catch_up()

    async def _read_mark(self) -> JournalPosition | None:
        """Where to read on: at the mark, once the store tells it."""
        while True:
            try:
                return await self._store.read(lambda reader: reader.journal_position(self.name))
            except StoreError as error:
                _log.warning("journal mark not read", pbx=self.name, reason=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    def _note_source(self, problem: str = "") -> None:
        """Tell the administrator when the source cannot be read or kept, and when it can again."""
        state = self._source_state
        if problem:
            state.mark_down(LinkError(problem))
        elif not state.is_up:
            state.mark_up()

    async def _prune(self, spool: Spool) -> None:
        """Delete what is safely written down, whoever wrote it."""
        while True:
            await asyncio.sleep(_PRUNE_SECONDS)
            known = await self._read_mark()
            if known is not None and known.mark:
                with suppress(OSError):
                    spool.prune(datetime.fromisoformat(known.mark))

    async def _follow_item(self, item: JournalEvent) -> None:
        event, book = item.event, self._flow.book
        changes = self._flow.take(event)
        if event.kind is EventKind.CHANNEL_STARTED and event.uniqueid in self._rings:
            changes += self._flow.take(self._rings[event.uniqueid])
        if book.is_open(event.linkedid):
            self._marks.begin(event.linkedid, Mark(item.inode, item.starts_at, event.at))
        self._marks.read_to(Mark(item.inode, item.ends_at, event.at))
        writes = self._flow.write_changes(changes, is_live=self._is_caught_up)
        ended = [
            name
            for change in changes
            if change.kind in FINAL_CHANGES
            for name in book.linkedids_of(change.linkedid)
        ]
        for write in writes[:-1]:
            await self._writes.run(write)
        for write in writes[-1:]:
            await self._writes.run(self._write_and_mark(write, ended))

    async def _write_and_mark(self, write: Awaitable[None], ended: list[str]) -> None:
        await write
        for linkedid in ended:
            self._marks.end(linkedid)

    async def _catch_up(self) -> None:
        """The gap is read: from here on calls are written as they ring."""
        self._is_caught_up = True
        book = self._flow.book
        started = [
            Change(kind=ChangeKind.STARTED, linkedid=linkedid, at=book.last_at)
            for linkedid in list(book.open_calls())
            if book.last_at is not None
        ]
        for write in self._flow.write_changes(started, is_live=True):
            await self._writes.run(write)
        _log.info("journal is read", pbx=self.name, rows=self._counts.rows, open=len(started))

    def _position(self) -> JournalPosition | None:
        """The mark, for the store; None before anything has been read."""
        mark = self._marks.safe_mark
        if mark is None:
            return None
        return JournalPosition(
            pbx=self.name,
            path=self._source.address,
            inode=mark.inode,
            offset=mark.offset,
            mark=mark.at.isoformat() if mark.at is not None else "",
        )
