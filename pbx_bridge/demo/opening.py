"""The demo from its opening to its end: the scripted calls, then whatever the reader does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from crm_store.filters import CallFilter
from crm_store.records import CallRecord
from pbx_bridge.demo import company
from pbx_bridge.demo.hotline import CallRequest, announced, hotline, refuse_second_demo
from pbx_bridge.demo.judge import judge
from pbx_bridge.demo.office import Office, open_office
from pbx_bridge.demo.play import play
from pbx_bridge.demo.report import JudgedCall, Report
from pbx_bridge.demo.script import SCRIPT, WITHHELD, DemoCall
from pbx_bridge.demo.side_tasks import SideTasks
from pbx_bridge.demo.sighting import Sighting, look
from pbx_bridge.demo.stage import Stage
from pbx_bridge.demo.welcome import tell_company, tell_how_to_call, tell_summary

_PICK_UP_SECONDS = {"1001": 2.5, "1002": 3.5, "1003": 4.5}
"""How soon the desks answer while the reader calls."""
_LOOK_SECONDS = 0.3
_OURS_WITHIN_SECONDS = 0.6
"""So long a new call may still turn out to be one that we placed."""


class Demo:
    """One run; ``report`` is there once the scripted calls are over."""

    def __init__(self, stage: Stage, script: Sequence[DemoCall] | None = None) -> None:
        self._stage = stage
        self._script = SCRIPT if script is None else script
        self._is_script_over = asyncio.Event()
        self.report: Report | None = None

    async def play_once(self, store_url: str | None) -> None:
        """Play the scripted calls from nothing, and leave nothing behind."""
        began = time.monotonic()
        async with open_office(store_url, self._tell_start) as office:
            await self._play_script(office, began)

    async def stay_open(self, store_url: str | None) -> None:
        """Play the scripted calls, then stay up for the reader's own until cancelled."""
        refuse_second_demo()
        began = time.monotonic()
        async with open_office(store_url, self._tell_start) as office:
            socket = office.pbx.directory / "run/demo.sock"

            async def place(request: CallRequest) -> list[str]:
                await self._is_script_over.wait()
                return await self._place(office, request)

            with announced(socket, office.config):
                async with hotline(socket, place):
                    await self._play_script(office, began)
                    await self._receive(office)

    def _tell_start(self, what: str) -> None:
        self._stage.wait_with(f"starting {what} …")

    async def _play_script(self, office: Office, began: float) -> None:
        self._stage.print(*tell_company())
        judged = [await self._play(office, number) for number in range(len(self._script))]
        store = sa.make_url(office.store_url).render_as_string(hide_password=True)
        report = Report(calls=judged, seconds=time.monotonic() - began, store=store)
        self._stage.print(*tell_summary(report))
        self.report = report

    async def _play(self, office: Office, number: int) -> JudgedCall:
        call = self._script[number]
        if call.expected is None:
            raise ValueError(f"the script does not say what must come of {call.key!r}")
        self._stage.wait_with(f"call {number + 1} of {len(self._script)} …")
        view = self._stage.open_call(
            f"{number + 1} · {call.title}", caller=call.caller, dials=call.dials, says=call.says
        )
        seen = await play(office, call, view.show)
        verdict = judge(call, call.expected, seen)
        view.close(seen, verdict)
        call_id = seen.record.call_id if seen.record else None
        return JudgedCall(call=call, call_id=call_id, verdict=verdict)

    async def _place(self, office: Office, request: CallRequest) -> list[str]:
        """Place a reader's call, and return what came of it."""
        call = DemoCall(
            key="reader",
            title="Your call",
            caller=request.caller,
            dials=request.dials,
            caller_name=request.name,
            says="Hello, this is a call of your own.",
            answers=None,
            talks_seconds=request.seconds,
        )
        view = self._stage.open_call(call.title, caller=call.caller, dials=call.dials)
        seen = Sighting()
        try:
            seen = await play(office, call, view.show)
        finally:
            view.close(seen) if seen.record else self._stage.drop(view)
        return view.lines

    async def _receive(self, office: Office) -> None:
        """Show the calls that come from softphones of the reader's own, until cancelled."""
        for extension, seconds in _PICK_UP_SECONDS.items():
            office.phones[extension].answers_after_seconds = seconds
        self._is_script_over.set()
        self._stage.print(*tell_how_to_call(office))
        self._stage.wait_with("the office is open; Ctrl-C closes it")
        opened_at = datetime.now(UTC)
        shown: set[str] = set()
        async with SideTasks() as followers:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                office.check_bridge()
                for record in await _calls_since(office, opened_at):
                    if record.linkedid not in shown:
                        shown.add(record.linkedid)
                        if not office.has_placed(record):
                            followers.start(self._follow(office, record))

    async def _follow(self, office: Office, record: CallRecord) -> None:
        """Show a call that somebody else placed, to its end."""
        whose = company.PHONES.get(record.caller_number)
        view = self._stage.open_call(
            f"A call by {whose}" if whose else "A call from outside",
            caller=WITHHELD if record.is_withheld else record.caller_number,
            dials=record.dialled_number,
        )
        key = record.pbx, record.linkedid
        while True:
            current = await office.store.read(lambda reader: reader.call(*key))
            if current is None:  # merged into another call, which tells of both
                self._stage.drop(view)
                return
            number = current.caller_e164 or current.dialled_e164
            seen = await look(office, caller=None, record=current, number=number)
            if seen.is_recorded_over:
                view.close(seen)
                return
            view.show(seen)
            await asyncio.sleep(_LOOK_SECONDS)


async def _calls_since(office: Office, opened_at: datetime) -> list[CallRecord]:
    until = datetime.now(UTC) - timedelta(seconds=_OURS_WITHIN_SECONDS)
    wanted = CallFilter(since=opened_at, until=until)
    return await office.store.read(lambda reader: list(reader.find_calls(wanted)))
