"""The story of a call, on one page: event → transition → decide → act → record.

A caller rings: :meth:`CallFlow.greet` looks him up, decides, sets what the dialplan needs and
lets him go on, all inside a budget that is shorter than the dialplan's patience. What then
happens comes as events: :meth:`CallFlow.follow` gives them to the call book and writes each call
down when it starts, is answered and ends. The two never wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from crm_store.callers import find_caller
from crm_store.capture.number_leases import number_of_visitor
from crm_store.errors import StoreError
from crm_store.numbers import to_e164
from crm_store.reader import Reader
from crm_store.records import CallerFacts, CallRecord, Enrichment, TrackingNumber
from crm_store.store import Store
from pbx_bridge.budget import budget
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call, Direction, Recording
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.decisions.call_id import call_ids
from pbx_bridge.decisions.caller_id import CallerOnDisplay, make_display_name
from pbx_bridge.decisions.channel_variables import channel_variables
from pbx_bridge.decisions.routing import choose_route
from pbx_bridge.directory import Directory, holidays_of
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.flow_settings import FlowCounts, FlowSettings
from pbx_bridge.head_start import HeadStart
from pbx_bridge.ledger import Visit, absorb_call, record_call
from pbx_bridge.patient_writes import PatientWrites, Work
from pbx_bridge.ports import Caller, Switchboard
from pbx_bridge.settling import Bookkeeping
from pbx_bridge.stories import pack_story
from pbx_bridge.telling import FINAL_CHANGES, Telling, Told
from pbx_bridge.visits import Visits

_log = structlog.get_logger(__name__)

_VISIT_PATIENCE_SECONDS = 0.3
"""How much longer than the budget the first record of a call waits for what the door found."""
_NO_NUMBER = {"CALLERID(num)": "anonymous", "CALLERID(pres)": "allowed"}
"""For a withheld caller: a restricted identity would hide the name that we give him as well."""


class CallFlow:
    """The calls of one PBX, from the first ring to the record."""

    def __init__(
        self,
        *,
        book: CallBook,
        store: Store,
        settings: FlowSettings,
        directory: Callable[[], Directory],
        measure: Callable[[tuple[Recording, ...]], Awaitable[tuple[Recording, ...]]],
        is_door_open: Callable[[], bool] = lambda: False,
        on_write: Callable[[CallRecord], None] = lambda record: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        may_write: Callable[[], bool] = lambda: True,
        is_anothers: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._settings = settings
        self._directory = directory
        self._measure = measure
        self._is_door_open = is_door_open
        self._on_write = on_write
        self._clock = clock
        self._visits = Visits()
        self._turns: dict[str, asyncio.Lock] = {}
        self._head_start = HeadStart(is_anothers)
        self.counts = FlowCounts()
        self._telling = Telling(book, self.counts)
        self._writes = PatientWrites(store, book.pbx, self.counts, may_write)

    # ------------------------------------------------------------------ while it rings

    async def greet(self, caller: Caller, switchboard: Switchboard) -> None:
        """Look a caller up, tell the dialplan what to do with him, and let him go on.

        Nothing that goes wrong here keeps him: the dialplan goes on by itself when its own
        patience ends, a channel in our hands is let go, and the call is recorded as what it is.
        """
        visit = self._visits.expect(caller.channel_id)
        shortfall, call_id = Enrichment.FAILED, next(call_ids(self.book.pbx, caller.channel_id))
        log = _log.bind(call_id=call_id, linkedid=caller.channel_id)
        try:
            async with budget(self._settings.budget_seconds - caller.waited_seconds):
                if await self._head_start.has_greeted(caller, switchboard):
                    _settle(visit, Visit(enrichment=Enrichment.NOT_ASKED, call_id=call_id))
                    return
                found, variables = await self._decide(caller)
                is_set = await switchboard.set_variables(caller.channel, variables)
                if is_set and (caller.is_claimed or await switchboard.claim(caller.channel_id)):
                    _settle(visit, found)
                    self.counts.greeted += 1
                else:  # he is gone, or another bridge has him
                    _settle(visit, replace(found, enrichment=Enrichment.NOT_ASKED))
        except TimeoutError:
            shortfall = Enrichment.OVER_BUDGET
            self.counts.over_budget += 1
            log.warning("caller not enriched in time", waited_seconds=caller.waited_seconds)
        except (PbxBridgeError, StoreError) as error:
            self.counts.not_enriched += 1
            log.warning("caller not enriched", reason=str(error))
        except Exception:
            # A defect in greeting this caller must not cost the next one his link.
            self.counts.not_enriched += 1
            log.exception("caller not enriched")
        finally:
            if caller.is_claimed:
                await switchboard.let_go(caller.channel_id)
            _settle(visit, Visit(enrichment=shortfall, call_id=call_id))

    async def _decide(self, caller: Caller) -> tuple[Visit, dict[str, str]]:
        """Who calls, on which of our numbers, and what follows from that."""
        settings, directory = self._settings, self._directory()
        ours = directory.find_tracking_number(caller.dialled_number, settings.country)
        call_id, facts, number = await self._store.read(
            lambda r: self._look_up(r, caller, ours), is_urgent=True
        )
        route = choose_route(
            number,
            facts,
            at=self._clock(),
            is_public_holiday=holidays_of(number),
            settings=settings.routing,
        )
        shown = _on_display(caller, call_id, facts, number)
        display_name = make_display_name(shown, settings.templates)
        visit = Visit(
            enrichment=Enrichment.ENRICHED,
            call_id=call_id,
            candidates=facts.candidates,
            tracking_number=number.attribution if number is not None else None,
        )
        variables = channel_variables(route, call_id, display_name, settings.phones)
        return visit, variables | (_NO_NUMBER if caller.is_withheld else {})

    def _look_up(
        self, reader: Reader, caller: Caller, ours: TrackingNumber | None
    ) -> tuple[str, CallerFacts, TrackingNumber | None]:
        """What a ringing call asks the store: its call ID, who this is, whose visit brought him."""
        pbx, linkedid = self.book.pbx, caller.channel_id
        call_id = reader.free_call_id(call_ids(pbx, linkedid), pbx=pbx, linkedid=linkedid)
        number = None if caller.is_withheld else caller.caller_number
        e164, rules = to_e164(number, self._settings.country), self._directory().call_logging
        facts = find_caller(reader, e164, rules.look_up).facts
        return call_id, facts, number_of_visitor(reader, ours, self._clock())

    # ------------------------------------------------------------------ as it goes on

    @property
    def book(self) -> CallBook:
        """Which events belong to which call."""
        return self._telling.book

    def begin_anew(self) -> None:
        """Forget the calls so far: their events are about to be read again."""
        self._telling.begin_anew()
        self._turns.clear()

    def follow(self, event: ChannelEvent, *, is_live: bool) -> list[Awaitable[None]]:
        """Give the book an event; return what is to be written because of it.

        The caller of this method runs what it returns, in that order or at the same time: each
        call's writes keep theirs. A replayed call (not live) is written when it is over.
        """
        return self.write_changes(self.take(event), is_live=is_live)

    def take(self, event: ChannelEvent) -> list[Change]:
        """Give the book an event; what it cannot make sense of costs no other call anything."""
        return self._telling.take(event)

    def write_changes(self, changes: Iterable[Change], *, is_live: bool) -> list[Awaitable[None]]:
        """Turn changes of the book into what is to be written, told here and now."""
        return [self._write_told(told) for told in self._telling.tell(changes, is_live=is_live)]

    def _write_told(self, told: Told) -> Awaitable[None]:
        call, story = told.call, None
        if call is not None and told.events:
            story = partial(pack_story, told.events, call.linkedid, call.is_withheld)
        return self.write(told.change, call, story)

    async def write_each(
        self, told: Iterable[tuple[Change, Call | None, Callable[[], str] | None]]
    ) -> None:
        """Write calls of old, one after the other, many in one transaction."""
        works: list[Work[Any]] = []
        for change, call, story in told:
            if change.kind is ChangeKind.ABSORBED:
                works.append(self._absorbing(change))
            elif call is not None:
                works.append(await self._work_of(call, None, story))
        for record in await self._writes.write_each(works):
            if isinstance(record, CallRecord):
                self._on_write(record)

    async def write(
        self, change: Change, call: Call | None, story: Callable[[], str] | None
    ) -> None:
        """Write a told call; ``story`` gives the events of one that is over, as text."""
        turn = self._turns.setdefault(change.linkedid, asyncio.Lock())
        async with turn:
            if change.kind is ChangeKind.ABSORBED:
                await self._absorb(change)
            elif call is not None:
                await self._write_call(change, call, story)
        if change.kind in FINAL_CHANGES:
            self._turns.pop(change.linkedid, None)
            self._visits.forget(change.linkedid)
            self._telling.forget(change.linkedid)

    async def _write_call(
        self, change: Change, call: Call, story: Callable[[], str] | None
    ) -> None:
        visit = await self._find_visit(change, call)
        work = await self._work_of(call, visit, story)
        record = await self._writes.write(work.linkedid, work.unit, story=work.story)
        if record is not None:
            self._on_write(record)

    async def _work_of(
        self, call: Call, visit: Visit | None, story: Callable[[], str] | None
    ) -> Work[CallRecord]:
        if call.ended_at is not None and call.recordings:
            call = replace(call, recordings=await self._measure(call.recordings))
        books = Bookkeeping(directory=self._directory(), country=self._settings.country)
        of_piece = story if call.is_estimated and call.ended_at is not None else None
        return Work(
            call.linkedid,
            lambda writer: record_call(writer, call, visit, books, of_piece and of_piece()),
            story,
        )

    async def _find_visit(self, change: Change, call: Call) -> Visit | None:
        """What the door found; the first record waits for a caller who is still at it."""
        is_at_door = change.kind is ChangeKind.STARTED and call.direction is Direction.INBOUND
        if is_at_door and self._is_door_open():
            seconds = self._settings.budget_seconds + _VISIT_PATIENCE_SECONDS
            return await self._visits.wait(change.linkedid, seconds)
        return self._visits.find(change.linkedid)

    async def _absorb(self, change: Change) -> None:
        work = self._absorbing(change)
        await self._writes.write(work.linkedid, work.unit)

    def _absorbing(self, change: Change) -> Work[bool]:
        return Work(
            change.linkedid,
            lambda writer: absorb_call(writer, self.book.pbx, change.linkedid, change.into),
        )


def _settle(visit: asyncio.Future[Visit], found: Visit) -> None:
    if not visit.done():
        visit.set_result(found)


def _on_display(
    caller: Caller, call_id: str, facts: CallerFacts, number: TrackingNumber | None
) -> CallerOnDisplay:
    best = next(iter(facts.candidates), None)
    return CallerOnDisplay(
        call_id=call_id,
        is_known=best is not None,
        is_withheld=caller.is_withheld,
        name=best.name if best else "",
        account=(best.account_name or "") if best else "",
        type=best.type.value if best else "",
        campaign=(number.campaign or "") if number else "",
        source=(number.source or "") if number else "",
        label=number.label if number else "",
        number=caller.caller_number,
    )
