"""A trunk that sends everything a trunk can send: mutated INVITEs, from a seed, over plain UDP.

SIPp would refuse to send much of this, so the few lines of SIP that a refused call needs
(RFC 3261 section 17.1.1: INVITE, provisional answers, final answer, ACK) stand here.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pbx_bridge.lab.trunk import TRUNK_ADDRESS

_AT_ONCE = 40
_GIVES_UP_SECONDS = 1.5
_STATUS = re.compile(rb"SIP/2\.0 (\d{3}) ")
_TO = re.compile(rb"^(?:To|t)[ \t]*:[^\r]*", re.IGNORECASE | re.MULTILINE)


def hostile_texts(mark: str) -> tuple[bytes, ...]:
    """What may be evaluated, split, overflow or be misread; ``mark`` is a file to be touched."""
    texts = (
        f"${{SHELL(touch {mark})}}",
        f"${{SYSTEM(touch {mark})}}$[${{FILE({mark},0,1,l,w)=x}}]",
        f"`touch {mark}`$(touch {mark});touch {mark}|touch {mark}",
        f'" = "" | "${{SHELL(touch {mark})}}" = "',
        f"x)&System(touch {mark}",
        f"x,1,System(touch {mark})",
        *("${CALLERID(num)}${EXTEN}", "$[1/0]", "%0d%0aX-Evil: 1", "%00", "%22%3e%3c", "%"),
        *("a|id=EVIL22|route=blocked", "x&PJSIP/1003", "1001@from-internal/n", "../../etc/passwd"),
        *("<sip:9@9>;tag=1", "tel:+61491570156;ext=5", "sip:sip:sip:@@@", "''''", "\\\\\\", "\\"),
        *("anonymous", "Anonymous", "unknown", "", " ", "+", "++61", "0" * 60, "9" * 2000),
        *("٠٤٩١٥٧٠١٥٦", "０４９１", "Zoë 田中 😀", "\u202e\u2066", "İıſ", "e\u0301" * 40),
        *("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP TABLE calls; --", "{{7*7}}"),
    )
    raw = (
        b"\x00",
        b"\xff\xfe",
        b"\x01\x02\x7f",
        b"\xc3(",
        b'"',
        b"\x1b[2J",
        b"\t\t",
        b"\r",
        b"\n ",
    )
    return (*(text.encode() for text in texts), *raw)


def mutated_invites(count: int, mark: str, seed: int) -> Iterator[bytes]:
    """So many INVITEs, no two alike; ``%(branch)s`` and its like are the sender's to fill in."""
    chance = random.Random(seed)
    texts = hostile_texts(mark)
    for number in range(count):
        yield _invite(chance, texts, number)


def _invite(chance: random.Random, texts: tuple[bytes, ...], number: int) -> bytes:
    """One INVITE: a few of its parts hostile, sometimes a few of its bytes as well."""
    parts = {
        "uri": b"0299990010",
        "name": b"",
        "user": b"0491%06d" % number,
        "to": b"0299990010",
        "asserted": b"",
        "diversion": b"",
        "privacy": b"",
        "remote": b"",
    }
    for part in chance.sample(sorted(parts), chance.randint(1, 4)):
        text = b"".join(chance.choices(texts, k=chance.choice((1, 1, 2, 5))))
        parts[part] = chance.choice((text, parts[part] + text, text + parts[part]))
    for part in ("uri", "user", "to"):
        parts[part] = _user(chance, parts[part])
    quoted = parts["name"] if chance.random() < 0.3 else _escaped(parts["name"])
    address = TRUNK_ADDRESS.encode()
    lines = [
        b"From: %s<sip:%s@%s>;tag=%%(tag)s"
        % (b'"%s" ' % quoted if quoted else b"", parts["user"], address),
        b"To: <sip:%s@127.0.0.1>" % parts["to"],
    ]
    headers = {
        "asserted": b"P-Asserted-Identity",
        "diversion": b"Diversion",
        "remote": b"Remote-Party-ID",
    }
    for part, header in headers.items():
        if parts[part]:
            name, user = _escaped(parts[part]), _user(chance, parts[part])
            reason = chance.choice((b"unconditional", b"unconditional", user))
            value = b'"%s" <sip:%s@%s>;reason=%s' % (name, user, address, reason)
            lines += chance.choice((1, 1, 2)) * [header + b": " + value]
    if parts["privacy"]:
        lines.append(b"Privacy: " + parts["privacy"])
    if chance.random() < 0.15:
        lines = [_mutate_bytes(chance, line) if chance.random() < 0.5 else line for line in lines]
    head = b"INVITE sip:%s@127.0.0.1:%%(port)s SIP/2.0" % parts["uri"]
    return b"\r\n".join([head, *lines])


def _user(chance: random.Random, text: bytes) -> bytes:
    """The user part of a URI; mostly escaped as RFC 3986 wants it, else no PBX would read it."""
    return text if chance.random() < 0.1 else quote(text, safe="+").encode()


def _escaped(text: bytes) -> bytes:
    """Text between the quotes of a display name (RFC 3261 section 25.1)."""
    return text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def _mutate_bytes(chance: random.Random, line: bytes) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(line))
        new = bytes([chance.randrange(256)])
        line = chance.choice(
            (
                line[:at] + line[at + 1 :],
                line[:at] + new + line[at:],
                line[:at] + new + line[at + 1 :],
            )
        )
    return line


_REST = (
    b"Via: SIP/2.0/UDP %(host)s:%(own)s;branch=%(branch)s\r\n"
    b"Call-ID: %(call)s\r\nCSeq: 1 %(method)s\r\nContact: <sip:lab@%(host)s:%(own)s>\r\n"
    b"Max-Forwards: 70\r\n"
)
_SOUND = (
    b"v=0\r\no=lab 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    b"m=audio 24998 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


@dataclass(slots=True)
class HostileTrunk(asyncio.DatagramProtocol):
    """Sends INVITEs and acknowledges how they end; ``ends`` counts the final statuses.

    ``0`` stands for an INVITE that nobody answered: the PBX could not read it as one.
    """

    pbx_port: int
    ends: Counter[int] = field(default_factory=Counter)
    _transport: Any = None
    _waiting: dict[bytes, asyncio.Future[tuple[int, bytes]]] = field(default_factory=dict)

    def connection_made(self, transport: Any) -> None:
        """Remember the way out."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Tell who waits for it how his INVITE ended; provisional answers tell nothing."""
        status = _STATUS.match(data)
        branch = re.search(rb"branch=(z9hG4bK-[0-9]+)", data)
        if status is None or branch is None or int(status[1]) < 200:
            return
        waiting = self._waiting.get(branch[1])
        if waiting is not None and not waiting.done():
            found = _TO.search(data)
            waiting.set_result((int(status[1]), found[0] if found else b"To: <sip:x@x>"))

    async def send_all(self, invites: Iterator[bytes]) -> None:
        """Send them, some at a time; return when each has ended or was given up."""
        slots = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for number, invite in enumerate(invites):
                await slots.acquire()
                task = tasks.create_task(self._call(number, invite))
                task.add_done_callback(lambda _: slots.release())

    async def _call(self, number: int, invite: bytes) -> None:
        own = self._transport.get_extra_info("sockname")[1]
        branch = b"z9hG4bK-%d" % number
        fill = {
            b"%(tag)s": b"hostile%d" % number,
            b"%(port)s": b"%d" % self.pbx_port,
            b"%(host)s": TRUNK_ADDRESS.encode(),
            b"%(own)s": b"%d" % own,
            b"%(branch)s": branch,
            b"%(call)s": b"hostile-%d" % number,
        }
        head, rest = _filled(invite, fill), _filled(_REST, fill)
        body = b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(_SOUND)
        ended: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._waiting[branch] = ended
        self._transport.sendto(
            head + b"\r\n" + rest.replace(b"%(method)s", b"INVITE") + body + _SOUND,
            ("127.0.0.1", self.pbx_port),
        )
        try:
            async with asyncio.timeout(_GIVES_UP_SECONDS):
                status, to = await ended
        except TimeoutError:
            self.ends[0] += 1
            return
        self.ends[status] += 1
        uri, *lines = head.split(b"\r\n")
        sender = next((line for line in lines if line[:4].lower() == b"from"), b"From: <sip:x@x>")
        self._transport.sendto(
            b"\r\n".join([uri.replace(b"INVITE", b"ACK", 1), sender, to, rest]).replace(
                b"%(method)s", b"ACK"
            )
            + b"Content-Length: 0\r\n\r\n",
            ("127.0.0.1", self.pbx_port),
        )


def _filled(text: bytes, fill: dict[bytes, bytes]) -> bytes:
    for place, value in fill.items():
        text = text.replace(place, value)
    return text
