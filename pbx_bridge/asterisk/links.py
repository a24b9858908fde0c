"""Keeping the links to one Asterisk: connect, use, and try again when they break."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from pbx_bridge.asterisk.ami import AmiLink, AmiMessage, connect_ami
from pbx_bridge.asterisk.ari import AriLink, RingingChannel, connect_ari
from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_message, parse_instant
from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.errors import LinkError

_log = structlog.get_logger(__name__)

Greet = Callable[[RingingChannel], Coroutine[Any, Any, None]]

_SEEN_AT = "PBX_BRIDGE_SEEN_AT"
_SEEN_EVERY_SECONDS = 2.0
"""The dialplan gives a bridge up that it has not seen for 10 s."""
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 10.0
"""A link that held this long starts from the shortest pause again when it breaks."""


@dataclass(slots=True, kw_only=True)
class LinkState:
    """How one link is, for readiness and for the administrator."""

    name: str
    is_up: bool = False
    problem: str = "not connected yet"
    hint: str = ""
    counts: MessageCounts = field(default_factory=MessageCounts)

    def mark_up(self) -> None:
        """The link is made."""
        self.is_up, self.problem, self.hint = True, "", ""
        _log.info("link is up", link=self.name)

    def mark_down(self, error: LinkError) -> None:
        """The link could not be made, or broke."""
        is_news = self.is_up or self.problem != str(error)
        self.is_up, self.problem, self.hint = False, str(error), error.hint
        if is_news:
            _log.warning("link is down", link=self.name, reason=str(error), hint=error.hint)


async def keep(state: LinkState, session: Callable[[], Awaitable[None]]) -> None:
    """Run a link's session over and over; pause longer each time it fails at once, with jitter."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await session()
        except* LinkError as group:
            state.mark_down(_first(group))
        if asyncio.get_running_loop().time() - began > _STEADY_SECONDS:
            pause = _FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _first(group: BaseExceptionGroup[LinkError]) -> LinkError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, LinkError) else LinkError(str(error))


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
        self._ami_host, self._ami_port = ami_host, ami_port
        self._ami_user, self._ami_secret = ami_user, ami_secret
        self._ari: AriLink | None = None
        self._ami: AmiLink | None = None
        self._claiming: set[str] = set()
        self._may_be_asked = asyncio.Event()
        self._is_fastagi_open = False

    @property
    def is_door_open(self) -> bool:
        """Whether a ringing caller can be greeted: by ARI, both links are needed."""
        return self._is_fastagi_open or (self.ari_state.is_up and self.ami_state.is_up)

    def mark_fastagi(self, is_open: bool) -> None:
        """The PBX's door is FastAGI, not ARI, and is now open or shut."""
        self._is_fastagi_open = is_open
        if is_open:
            self._may_be_asked.set()
        else:
            self._may_be_asked.clear()

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

    async def let_go(self, channel_id: str) -> None:
        """Let a channel in our hands go on in its dialplan."""
        if self._ari is not None:
            await _let_go(self._ari, channel_id)

    async def _use_ari(self, greet: Greet) -> None:
        counts = self.ari_state.counts
        async with (
            connect_ari(**self._ari_access, counts=counts) as ari,
            asyncio.TaskGroup() as tasks,
        ):
            callers = tasks.create_task(self._receive(ari, greet, tasks))
            await ari.probe_rest_over_socket()
            for channel_id in await ari.held_channels():
                _log.warning("letting go of a caller left in Stasis", linkedid=channel_id)
                await ari.let_go(channel_id)
            self._ari = ari
            self.ari_state.mark_up()
            self._may_be_asked.set()
            try:
                await callers
            finally:
                self._may_be_asked.clear()
                self._ari = None
                self._claiming.clear()

    async def _receive(
        self,
        ari: AriLink,
        greet: Greet,
        tasks: asyncio.TaskGroup,
    ) -> None:
        async for caller in ari.events():
            if caller.is_claimed and caller.channel_id in self._claiming:
                self._claiming.discard(caller.channel_id)
                tasks.create_task(_let_go(ari, caller.channel_id))
            else:
                tasks.create_task(greet(caller))

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

    async def _show_that_we_are_here(self, ami: AmiLink) -> None:
        """Refresh the global that tells the dialplan whether the door is worth a try.

        It is the PBX's own time, so that a clock that is off closes no door. A bridge that stops
        in good order says so, and callers lose no time to it at all.
        """
        try:
            while True:
                await self._may_be_asked.wait()
                await ami.set_global(_SEEN_AT, str(int(await ami.clock())))
                await asyncio.sleep(_SEEN_EVERY_SECONDS)
        except asyncio.CancelledError:
            with suppress(LinkError):
                await ami.set_global(_SEEN_AT, "1")
            raise


async def _let_go(ari: AriLink, channel_id: str) -> None:
    """A channel that cannot be let go now is let go when the link is made again."""
    try:
        await ari.let_go(channel_id)
    except (LinkError, TimeoutError) as error:
        _log.warning("caller could not be let go", linkedid=channel_id, reason=str(error))


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
