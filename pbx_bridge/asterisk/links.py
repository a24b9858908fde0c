"""The links to one Asterisk, kept: the door that callers come to, and what may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from pbx_bridge.asterisk.ami import AmiLink, AmiMessage, connect_ami
from pbx_bridge.asterisk.ari import AriLink, LinkReplacedError, connect_ari, is_application_taken
from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_message, parse_instant
from pbx_bridge.asterisk.door import RingingChannel, is_our_door
from pbx_bridge.asterisk.held import HeldCallers
from pbx_bridge.asterisk.keeping import LinkState, keep
from pbx_bridge.asterisk.pbx_clock import PbxClock
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.errors import LinkError

_log = structlog.get_logger(__name__)

Greet = Callable[[RingingChannel], Coroutine[Any, Any, None]]

_SEEN_AT = "PBX_BRIDGE_SEEN_AT"
_SEEN_EVERY_SECONDS = 2.0
_GIVEN_UP_SECONDS = 10.0
"""The dialplan gives a bridge up that it has not seen for so long."""
_STAND_BY_SECONDS = 2.0
_LOOK_FOR_HELD_SECONDS = 0.25
_FRESH_SECONDS = 0.4
"""A caller who came to the door longer ago may be elsewhere by now."""


class AsteriskLine:
    """One Asterisk: its ARI and AMI links, and what may be asked of it while a call rings."""

    def __init__(
        self,
        *,
        name: str,
        ari_url: str,
        ari_user: str,
        ari_password: str,
        ari_app: str,
        ami_host: str,
        ami_port: int,
        ami_user: str,
        ami_secret: str,
        hold_limit_seconds: float = 0.6,
    ) -> None:
        self.name = name
        self.ari_state = LinkState(name=f"{name} ARI")
        self.ami_state = LinkState(name=f"{name} AMI")
        self._ari_access = {
            "url": ari_url.rstrip("/").removesuffix("/ari"),
            "user": ari_user,
            "password": ari_password,
            "app": ari_app,
        }
        self._app = ari_app
        self._has_company = False
        self._ami_host, self._ami_port = ami_host, ami_port
        self._ami_user, self._ami_secret = ami_user, ami_secret
        self._ari: AriLink | None = None
        self._ami: AmiLink | None = None
        self._claiming: set[str] = set()
        self._came_at: dict[str, float] = {}
        self._has_opened = asyncio.Event()
        self._is_fastagi_open = False
        self._is_replaced = False
        self._clock = PbxClock()
        self._hold_limit_seconds = hold_limit_seconds
        self.rescued = 0
        """Callers found held in Stasis, by whatever bridge, and let go."""

    @property
    def is_door_open(self) -> bool:
        """Whether a ringing caller can be greeted: by ARI, both links are needed."""
        return self._is_fastagi_open or (self.ari_state.is_up and self.ami_state.is_up)

    def mark_fastagi(self, is_open: bool) -> None:
        """The PBX's door is FastAGI, not ARI, and is now open or shut."""
        self._is_fastagi_open = is_open
        if is_open:
            self._has_opened.set()

    async def keep_ari(self, greet: Greet) -> None:
        """Keep the ARI link, and greet every caller who comes to the door."""
        await keep(self.ari_state, lambda: self._use_ari(greet))

    async def keep_ami(self, take: Callable[[ChannelEvent], None], *, with_cel: bool) -> None:
        """Keep the AMI link; hand on ringing phones and, without a journal, every CEL event."""
        await keep(self.ami_state, lambda: self._use_ami(take, with_cel=with_cel))

    async def set_variables(self, channel: str, variables: Mapping[str, str]) -> bool:
        """Set variables on a caller's channel, over AMI; False when the channel is gone."""
        if self._ami is None:
            raise LinkError(f"{self.ami_state.name}: {self.ami_state.problem}")
        return await self._ami.set_variables(channel, variables)

    async def claim(self, channel_id: str) -> bool:
        """Claim a broadcast caller; False when another bridge was faster or it is too late."""
        if self._ari is None:
            raise LinkError(f"{self.ari_state.name}: {self.ari_state.problem}")
        self._claiming.add(channel_id)
        is_ours = False
        try:
            is_ours = await self._ari.claim(channel_id)
        finally:
            if not is_ours:
                self._claiming.discard(channel_id)
        return is_ours

    async def is_waiting(self, channel_id: str) -> bool:
        """Whether a broadcast caller still stands at the door, claimed by nobody or just now."""
        if self._ari is None:
            raise LinkError(f"{self.ari_state.name}: {self.ari_state.problem}")
        place = await self._ari.find_place(channel_id)
        return place is not None and place.app_name == "StasisBroadcast"

    async def let_go(self, channel_id: str) -> None:
        """Let a channel in our hands go on in its dialplan, if it has not by itself."""
        if self._ari is not None:
            await self._let_go(self._ari, channel_id)

    async def _use_ari(self, greet: Greet) -> None:
        if self._is_replaced:
            await self._stand_by()
        self._is_replaced = False
        try:
            async with (
                connect_ari(**self._ari_access, counts=self.ari_state.counts) as ari,
                asyncio.TaskGroup() as tasks,
            ):
                await self._open_the_door(ari, greet, tasks)
        except* LinkReplacedError:
            self._is_replaced = True
            raise

    async def _open_the_door(self, ari: AriLink, greet: Greet, tasks: asyncio.TaskGroup) -> None:
        callers = tasks.create_task(self._receive(ari, greet, tasks))
        await ari.probe_rest_over_socket()
        for channel_id in await self._standing_in(ari, self._app):
            await self._rescue(ari, channel_id)  # from an earlier life of ours
        self._ari = ari
        self.ari_state.mark_up()
        self._has_opened.set()
        tasks.create_task(self._look_for_the_held(ari))
        try:
            await callers
        finally:
            self._ari = None
            self._claiming.clear()
            self._came_at.clear()

    async def _stand_by(self) -> None:
        """Another bridge has our name: wait until it is gone, instead of taking turns with it."""
        while await is_application_taken(**self._ari_access):
            if not await self._is_anybody_seen():
                return  # what Asterisk takes for a connection has nobody at its other end
            await asyncio.sleep(_STAND_BY_SECONDS)

    async def _is_anybody_seen(self) -> bool:
        now = self._clock.now(asyncio.get_running_loop().time())
        if self._ami is None or now is None:
            return True
        with suppress(LinkError, ValueError):
            return now - float(await self._ami.get_global(_SEEN_AT)) <= _GIVEN_UP_SECONDS
        return True

    async def _receive(
        self,
        ari: AriLink,
        greet: Greet,
        tasks: asyncio.TaskGroup,
    ) -> None:
        async for event in ari.events():
            now = asyncio.get_running_loop().time()
            caller = replace(event, waited_seconds=self._clock.age(event.at, now))
            if caller.is_claimed:
                self._came_at[caller.channel_id] = now - caller.waited_seconds
            if caller.is_claimed and caller.channel_id in self._claiming:
                self._claiming.discard(caller.channel_id)
                tasks.create_task(self._let_go(ari, caller.channel_id))
            else:
                tasks.create_task(greet(caller))

    async def _let_go(self, ari: AriLink, channel_id: str) -> None:
        """Let a caller go on; who came to the door long ago may be elsewhere, and stays there."""
        now = asyncio.get_running_loop().time()
        came_at = self._came_at.pop(channel_id, 0.0)
        try:
            if now - came_at > _FRESH_SECONDS:
                place = await ari.find_place(channel_id)
                if place is None or (place.app_name and not is_our_door(place, self._app)):
                    return
            await ari.let_go(channel_id)
        except (LinkError, TimeoutError) as error:
            _log.warning("caller could not be let go", linkedid=channel_id, reason=str(error))

    async def _look_for_the_held(self, ari: AriLink) -> None:
        """Let go whoever has stood in Stasis for too long; it also tells that ARI answers."""
        held, clock = HeldCallers(self._hold_limit_seconds), asyncio.get_running_loop().time
        while True:
            found = await ari.applications()
            self._has_company = any(app.name != self._app for app in found)
            apps = {each: app.name for app in found for each in app.channel_ids}
            for channel_id in held.find_overdue(apps, clock()):
                if await self._is_ours(ari, channel_id, apps[channel_id]):
                    held.try_again_later(channel_id, clock())
                    await self._rescue(ari, channel_id)
                else:
                    held.leave_alone(channel_id)
            await asyncio.sleep(_LOOK_FOR_HELD_SECONDS)

    async def _is_ours(self, ari: AriLink, channel_id: str, app: str) -> bool:
        if app == self._app:
            return True
        place = await ari.find_place(channel_id)
        return place is not None and is_our_door(place, self._app)

    async def _rescue(self, ari: AriLink, channel_id: str) -> None:
        _log.warning("letting go of a caller left in Stasis", linkedid=channel_id)
        self.rescued += 1
        await ari.let_go(channel_id)

    async def _standing_in(self, ari: AriLink, name: str) -> list[str]:
        return [
            each for app in await ari.applications() if app.name == name for each in app.channel_ids
        ]

    async def _use_ami(self, take: Callable[[ChannelEvent], None], *, with_cel: bool) -> None:
        async with connect_ami(
            host=self._ami_host,
            port=self._ami_port,
            user=self._ami_user,
            secret=self._ami_secret,
            without=() if with_cel else ("CEL",),
            counts=self.ami_state.counts,
        ) as ami:
            self._ami = ami
            self.ami_state.mark_up()
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._show_that_we_are_here(ami))
                    async for event in self._channel_events(ami, with_cel=with_cel):
                        take(event)
            finally:
                self._ami = None

    async def _show_that_we_are_here(self, ami: AmiLink) -> None:
        """Refresh the global that tells the dialplan whether the door is worth a try.

        It is the PBX's own time, so that a clock that is off closes no door. A bridge that stops
        in good order says so, and callers lose no time to it at all; unless there are others, to
        whom nobody would be sent until they show themselves again.
        """
        clock = asyncio.get_running_loop().time
        try:
            while True:
                asked_at = clock()
                pbx_time = await ami.clock()
                self._clock.set(pbx_time, asked_at=asked_at, answered_at=clock())
                if self.ari_state.is_up or self._is_fastagi_open:
                    await ami.set_global(_SEEN_AT, str(int(pbx_time)))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SEEN_EVERY_SECONDS):
                        await self._has_opened.wait()
                self._has_opened.clear()
        except asyncio.CancelledError:
            with suppress(LinkError):
                if not self._has_company:
                    await ami.set_global(_SEEN_AT, "1")
            raise

    async def _channel_events(self, ami: AmiLink, *, with_cel: bool) -> AsyncIterator[ChannelEvent]:
        async for message in ami.events():
            try:
                if message.name == "CEL" and with_cel:
                    yield event_from_message(message.fields, timestamp=message.timestamp)
                elif message.name == "Newstate":
                    event = _ringing_event(message)
                    if event is not None:
                        yield event
            except UnreadableRowError as problem:
                self.ami_state.counts.unreadable += 1
                _log.warning("unreadable AMI event", event_name=message.name, reason=str(problem))


def _ringing_event(message: AmiMessage) -> ChannelEvent | None:
    """A phone began to ring: the one thing that CEL does not tell."""
    fields = message.fields
    if fields.get("ChannelStateDesc") != "Ringing" or not message.timestamp:
        return None
    return ChannelEvent(
        kind=EventKind.CHANNEL_RINGING,
        at=parse_instant(message.timestamp),
        uniqueid=str(fields.get("Uniqueid", "")),
        linkedid=str(fields.get("Linkedid", "")),
        channel=str(fields.get("Channel", "")),
    )
