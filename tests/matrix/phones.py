"""Phones that do as they are told: handsets on a switchboard of UDP ports, their SIP by aiosipua.

    alice = await desk.handset("1001", lifts_after=0.3)
    line = await alice.rings()
    await alice.refer("1002")

A `Station` is one UDP address with any number of handsets behind it: the desk phones of an office
(which register), or the world outside (which does not). Each `Line` keeps every message of its
dialog with the time at which it was sent or arrived.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self, TypeVar
from urllib.parse import quote

from aiosipua import (
    IncomingCall,
    OutgoingCall,
    SipDigestAuth,
    SipRequest,
    SipResponse,
    SipUAC,
    SipUAS,
    UdpSipTransport,
)
from aiosipua.dialog import DialogState
from aiosipua.registration import Registration, RegistrationState
from aiosipua.sdp import SdpMessage, parse_sdp
from aiosipua.sdp_negotiate import build_sdp

from pbx_bridge.lab.asterisk_config import PHONE_PASSWORD
from pbx_bridge.lab.sip import SipMessage, WireCall, parse_user, read_wire_calls
from tests.matrix.voice import Voice

_POLL_SECONDS = 0.005
_PATIENCE_SECONDS = 6.0
_Found = TypeVar("_Found")


class NotAsScriptedError(AssertionError):
    """A phone saw something else than its row's script says: the scene did not come about."""


class _Port(asyncio.DatagramProtocol):
    """Hands datagrams to its wire."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one message."""
        self._wire._dispatch(data, addr)


class _Wire(UdpSipTransport):
    """A UDP port that keeps every message, acknowledges refusals and takes no request twice."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(local_addr=(address, port))
        self.messages: dict[str, list[SipMessage]] = {}
        self._invites: dict[str, SipRequest] = {}
        self._seen: set[tuple[str, str]] = set()

    async def start(self) -> None:
        """Bind."""
        loop = asyncio.get_running_loop()
        self._udp_transport, _ = await loop.create_datagram_endpoint(
            lambda: _Port(self), local_addr=self.local_addr
        )

    def send(self, message: SipRequest | SipResponse, addr: tuple[str, int]) -> None:
        """Send and keep."""
        self._keep(bytes(message), is_sent=True)
        if isinstance(message, SipRequest) and message.method == "INVITE":
            self._invites[message.call_id or ""] = message
        super().send(message, addr)

    def _dispatch(self, data: bytes, addr: tuple[str, int]) -> None:
        kept = self._keep(data, is_sent=False)
        if kept.status is None:
            transaction = (kept.method, kept.header("Via"))
            if transaction in self._seen:
                return
            self._seen.add(transaction)
        elif kept.method == "INVITE" and (kept.status >= 300 or self._is_of_callee(kept)):
            self._acknowledge(kept, addr)
        super()._dispatch(data, addr)

    def _keep(self, data: bytes, *, is_sent: bool) -> SipMessage:
        text = data.decode("utf-8", "surrogateescape")
        message = SipMessage(at=datetime.now(UTC), is_sent=is_sent, text=text)
        self.messages.setdefault(message.header("Call-ID"), []).append(message)
        return message

    def _is_of_callee(self, answer: SipMessage) -> bool:
        """Whether this accepts a re-INVITE of ours in a call in which we were called."""
        first = self.messages[answer.header("Call-ID")][0]
        return answer.status == 200 and not first.is_sent

    def _acknowledge(self, refusal: SipMessage, addr: tuple[str, int]) -> None:
        """RFC 3261 section 17.1.1.3: the ACK of a refusal belongs to the INVITE's transaction."""
        invite = self._invites.get(refusal.header("Call-ID"))
        if invite is None:
            return
        ack = SipRequest(method="ACK", uri=invite.uri)
        for name in ("Via", "From", "To", "Call-ID"):
            ack.headers.set_single(name, refusal.header(name))
        ack.headers.set_single("CSeq", refusal.header("CSeq").replace("INVITE", "ACK"))
        ack.headers.set_single("Max-Forwards", "70")
        super().send(ack, addr)


@dataclass(slots=True, eq=False)
class Line:
    """One call of one handset, from its first message to its last."""

    handset: Handset
    call: IncomingCall | OutgoingCall
    voice: Voice
    messages: list[SipMessage]

    @property
    def wire(self) -> WireCall:
        """The call as the handset's own wire saw it so far."""
        return read_wire_calls(self.messages)[0]

    @property
    def is_incoming(self) -> bool:
        """Whether the handset was called."""
        return isinstance(self.call, IncomingCall)

    @property
    def is_up(self) -> bool:
        """Whether the call was answered and is not over."""
        return self.call.dialog.state is DialogState.CONFIRMED

    @property
    def is_over(self) -> bool:
        """Whether the call was refused, cancelled or hung up."""
        return self.call.dialog.state is DialogState.TERMINATED

    def sent_at(self, method: str) -> datetime:
        """When the handset first sent a request of this method."""
        sent = (m for m in self.messages if m.is_sent and m.status is None)
        return next(message.at for message in sent if message.method == method)

    def listen_to(self, sdp: SdpMessage | None) -> None:
        """Begin to speak to where the other side wants to hear."""
        address = sdp.rtp_address if sdp is not None else None
        if address is not None:
            self.voice.speak_to(*address)


@dataclass(slots=True, kw_only=True)
class Manners:
    """What a handset does with a call by itself.

    It rings (180) unless ``rings`` is false; it lifts, or refuses with the SIP status ``refuses``
    (302 to the URI ``moved_to``), so many seconds after the INVITE; None: not by itself.
    """

    rings: bool = True
    lifts_after: float | None = None
    refuses: int | None = None
    refuses_after: float = 0.3
    moved_to: str | None = None
    is_silent: bool = False


@dataclass(slots=True, eq=False)
class Handset:
    """A phone: extension or number ``user``, with as many lines as it takes."""

    station: Station
    user: str
    manners: Manners
    lines: list[Line] = field(default_factory=list)
    _registration: Registration | None = None

    # ------------------------------------------------------------------ what is done to it
    async def rings(self, nth: int | None = None) -> Line:
        """Wait for a call that rings: the latest one, or the nth that ever came (from 0)."""

        def look() -> Line | None:
            lines = [line for line in self.lines if line.is_incoming]
            if nth is not None:
                return lines[nth] if len(lines) > nth else None
            return next((ln for ln in reversed(lines) if not ln.is_up and not ln.is_over), None)

        return await self._wait("ring", look)

    async def talks(self, line: Line | None = None, *, seconds: float = 0.0) -> Line:
        """Wait until a call (the latest) is answered, by whichever side; then so many seconds."""
        found = await self._wait("be in a call", lambda: _if(line or self._latest, "is_up"))
        await asyncio.sleep(seconds)
        return found

    async def is_left(self, line: Line | None = None) -> Line:
        """Wait until a call (the latest) is over, by whichever side."""
        return await self._wait("be left", lambda: _if(line or self._latest, "is_over"))

    # ------------------------------------------------------------------ what it does
    async def lift(self, line: Line | None = None) -> Line:
        """Answer the call that rings."""
        line = line or await self.rings()
        self._lift(line)
        return line

    async def refuse(self, status: int, line: Line | None = None) -> None:
        """Turn the call that rings away: 486 busy, 603 declined."""
        self._refuse(line or await self.rings(), status)

    def dial(self, number: str, headers: Mapping[str, str] | None = None) -> Line:
        """Call a number; ``headers`` are sent besides the usual ones."""
        return self.station.place(self, number, headers or {})

    async def hang_up(self, line: Line | None = None) -> None:
        """End a call (the latest): BYE, or CANCEL while the other side has not answered."""
        line = line or self._latest
        if line is None or line.is_over:
            raise AssertionError(f"{self.user} has nothing to hang up:\n{self.story()}")
        self.end(line)

    async def hold(self, line: Line | None = None, *, is_held: bool = True) -> None:
        """Put a call (the latest) on hold, or take it back: a re-INVITE that sends, or sends and
        receives."""
        line = line or await self.talks()
        offer = self.station.offer(line.voice)
        if is_held and offer.audio is not None:
            offer.audio.attributes.pop("sendrecv", None)
            offer.audio.attributes["sendonly"] = []
        where = (self.station.pbx_address, self.station.pbx_port)
        self.station.uac.send_reinvite(line.call.dialog, offer, where)

    async def press(self, keys: str, line: Line | None = None) -> None:
        """Press keys on a call that is up."""
        await (line or await self.talks()).voice.press(keys)

    async def refer(self, number: str, line: Line | None = None) -> None:
        """Hand a call (the latest) on to a number: REFER, blind."""
        line = line or await self.talks()
        self._send_refer(line, f"<sip:{number}@127.0.0.1>")

    async def refer_into(self, other: Line, line: Line) -> None:
        """Hand ``line`` on to whom ``other`` is with: REFER with Replaces (RFC 3891)."""
        dialog = other.call.dialog
        replaces = f"{dialog.call_id};to-tag={dialog.remote_tag};from-tag={dialog.local_tag}"
        target = f"<sip:{parse_user(dialog.remote_uri)}@127.0.0.1?Replaces={quote(replaces)}>"
        self._send_refer(line, target)

    def story(self) -> str:
        """Every message of every line, in words."""
        return "\n".join(
            f"  {turn}: {m.at:%T.%f} {'sent' if m.is_sent else 'got '} {_in_words(m)}"
            for turn, line in enumerate(self.lines)
            for m in line.messages
        )

    # ------------------------------------------------------------------ inside
    @property
    def _latest(self) -> Line | None:
        return self.lines[-1] if self.lines else None

    def _send_refer(self, line: Line, target: str) -> None:
        addr = (self.station.pbx_address, self.station.pbx_port)
        self.station.uac.send_refer(line.call.dialog, target, addr)

    def end(self, line: Line) -> None:
        """Send what ends a call as it stands."""
        if isinstance(line.call, IncomingCall):
            line.call.hangup()
        elif line.is_up:
            line.call.hangup(self.station.uac)
        else:
            line.call.cancel(self.station.uac)
        line.voice.close()

    def take(self, line: Line) -> None:
        """Meet a new call as one's manners are."""
        manners, loop = self.manners, asyncio.get_running_loop()
        self.lines.append(line)
        line.voice.is_silent = manners.is_silent
        if manners.rings and isinstance(line.call, IncomingCall):
            line.call.ringing()
        if manners.lifts_after is not None:
            loop.call_later(manners.lifts_after, self._lift, line)
        if manners.refuses is not None:
            loop.call_later(manners.refuses_after, self._refuse, line, manners.refuses)

    def _lift(self, line: Line) -> None:
        if isinstance(line.call, IncomingCall) and not line.is_over and not line.is_up:
            line.call.accept(self.station.offer(line.voice))
            line.listen_to(line.call.sdp_offer)

    def _refuse(self, line: Line, status: int) -> None:
        if not isinstance(line.call, IncomingCall) or line.is_over or line.is_up:
            return
        moved = {"Contact": f"<{self.manners.moved_to}>"} if status == 302 else None
        line.call._send_response(status, "Refused", extra_headers=moved)
        line.call.dialog.terminate()

    async def _wait(self, what: str, look: Callable[[], _Found | None]) -> _Found:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while (found := look()) is None:
            if asyncio.get_running_loop().time() > deadline:
                raise NotAsScriptedError(f"{self.user} did not {what}; it saw\n{self.story()}")
            await asyncio.sleep(_POLL_SECONDS)
        return found


def _in_words(message: SipMessage) -> str:
    """A message's first line, and what came of a transfer where it tells that."""
    body = message.text.partition("\r\n\r\n")[2]
    told = f": {body.strip()}" if message.start_line.startswith("NOTIFY") else ""
    return f"{message.start_line} ({message.method}){told}"


def _if(line: Line | None, state: str) -> Line | None:
    return line if line is not None and getattr(line, state) else None


class Station:
    """One UDP address with the handsets behind it; ``password`` is what they register with."""

    def __init__(self, address: str, port: int, pbx_port: int) -> None:
        self._wire = _Wire(address, port)
        self.uac = SipUAC(self._wire)
        self.uas = SipUAS(self._wire, uac=self.uac)
        self.uas.on_invite = self._receive
        self.uas.on_reinvite = self._renew
        self.uas.on_bye = self._note_bye
        self.uas.on_transfer_progress = self._follow_transfer
        self.address, self.port = address, port
        self.pbx_address, self.pbx_port = "127.0.0.1", pbx_port
        self.handsets: dict[str, Handset] = {}
        self._lines: dict[str, Line] = {}

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.uas.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Fall silent."""
        for line in self._lines.values():
            line.voice.close()
        await self.uas.stop()

    async def handset(
        self, user: str, *, registers_as: str | None = None, **manners: object
    ) -> Handset:
        """Return a new handset that answers to ``user``, registered where it is an extension's."""
        handset = Handset(self, user, Manners(**manners))  # type: ignore[arg-type]
        self.handsets[user] = handset
        if registers_as is not None:
            handset._registration = await self._register(user, registers_as)
        return handset

    async def clear(self) -> None:
        """Take every handset away, and its registration with it."""
        for handset in self.handsets.values():
            if handset._registration is not None:
                handset._registration.unregister()
        for line in self._lines.values():
            line.voice.close()
        await asyncio.sleep(0.02)
        self.handsets, self._lines = {}, {}

    def offer(self, voice: Voice) -> SdpMessage:
        """What our side of a call can hear, and where."""
        return build_sdp("127.0.0.1", voice.port, 0, "PCMU")

    def place(self, handset: Handset, number: str, headers: Mapping[str, str]) -> Line:
        """Send the INVITE of a call."""
        voice = Voice()
        login = SipDigestAuth(handset.user, PHONE_PASSWORD) if handset._registration else None
        call = self.uac.send_invite(
            f"sip:{handset.user}@{self.address}",
            f"sip:{number}@{self.pbx_address}:{self.pbx_port}",
            (self.pbx_address, self.pbx_port),
            self.offer(voice),
            extra_headers=dict(headers),
            auth=login,
        )
        line = Line(handset, call, voice, self._wire.messages[call.call_id])
        call.on_answer = lambda answered: line.listen_to(answered.sdp_answer)
        voice.is_silent = handset.manners.is_silent
        self._lines[call.call_id] = line
        handset.lines.append(line)
        return line

    def _receive(self, call: IncomingCall) -> None:
        user = parse_user(call.invite.uri)
        handset = self.handsets.get(user)
        if handset is None:
            call.reject(404)
            return
        line = Line(handset, call, Voice(), self._wire.messages[call.call_id])
        self._lines[call.call_id] = line
        handset.take(line)

    def _renew(self, call: IncomingCall) -> None:
        """The PBX changes the call's sound: where it listens, hold, codec."""
        line = self._lines.get(call.call_id)
        if line is not None:
            call.accept(self.offer(line.voice))
            if call.invite.body:
                line.listen_to(parse_sdp(call.invite.text))

    def _note_bye(self, call: IncomingCall, _: SipRequest) -> None:
        line = self._lines.get(call.call_id)
        if line is not None:
            line.call.dialog.terminate()
            line.voice.close()

    def _follow_transfer(self, call_id: str, status: int, _: str) -> None:
        """A phone that has handed its call on hangs up when it is told that it came off."""
        line = self._lines.get(call_id)
        if line is not None and 200 <= status < 300 and line.is_up:
            line.handset.end(line)

    async def _register(self, user: str, extension: str) -> Registration:
        registration = Registration(
            self.uac,
            f"sip:{extension}@{self.pbx_address}",
            (self.pbx_address, self.pbx_port),
            auth=SipDigestAuth(extension, PHONE_PASSWORD),
            contact_uri=f"sip:{user}@{self.address}:{self.port}",
            expires=3600,
        )
        registration.register()
        for _ in itertools.repeat(None, 1000):
            if registration.state is RegistrationState.REGISTERED:
                return registration
            await asyncio.sleep(_POLL_SECONDS)
        raise AssertionError(f"{extension} could not register: {registration.state}")
