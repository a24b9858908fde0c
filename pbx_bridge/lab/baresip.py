"""Running baresip: its configuration, its remote control, and its own trace of the wire."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.ports import PHONE_RTP
from pbx_bridge.lab.sip import SipMessage

_CONFIG = """\
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
module_path {modules}
audio_path {directory}
module g711.so
module aufile.so
module aubridge.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
audio_source aufile,{speech}
audio_player aubridge,nowhere
rtp_ports {rtp_low}-{rtp_high}
statmode_default off
menu_bell no
ringback_disabled yes
call_max_calls 4
"""
_PACKET = re.compile(rb"UDP 127\.0\.0\.1:(\d+) -> 127\.0\.0\.1:(\d+)\r?\n")
_LENGTH = re.compile(rb"\r\n(?:Content-Length|l) *: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftphoneAccount:
    """Whom a softphone registers as, and where."""

    extension: str
    name: str
    password: str
    sip_port: int


def write_baresip_config(
    directory: Path, account: SoftphoneAccount, *, control_port: int, speech: Path
) -> None:
    """Write the folder that ``baresip -f`` wants."""
    config = _CONFIG.format(
        modules=_find_modules(),
        directory=directory,
        control_port=control_port,
        speech=speech,
        rtp_low=PHONE_RTP[0],
        rtp_high=PHONE_RTP[1],
    )
    address = f"<sip:{account.extension}@127.0.0.1:{account.sip_port}>"
    login = f"auth_user={account.extension};auth_pass={account.password}"
    (directory / "config").write_text(config, "utf-8")
    (directory / "accounts").write_text(
        f'"{account.name}" {address};{login};regint=600;answermode=manual;audio_codecs=pcmu\n',
        "utf-8",
    )
    (directory / "contacts").write_text("", "utf-8")


def _find_modules() -> Path:
    for folder in (Path("/usr/lib/baresip/modules"), *Path("/usr/lib").glob("*/baresip/modules")):
        if (folder / "ctrl_tcp.so").exists():
            return folder
    raise LabError("baresip's modules are not installed", hint="run `make lab` in the checkout")


async def follow_sip_trace(
    output: asyncio.StreamReader,
    sip_port: int,
    on_message: Callable[[SipMessage], None],
    screen: bytearray,
) -> None:
    """Call ``on_message`` for every SIP message that ``baresip -s`` prints, as it is printed.

    The time is that of the reading, a fraction of a millisecond after the wire. ``sip_port`` is
    the PBX's: what goes there was sent. Everything printed is also kept in ``screen``.
    """
    pending = b""
    while chunk := await output.read(65536):
        pending += chunk
        screen += chunk
        at = datetime.now(UTC)
        while (found := _PACKET.search(pending)) is not None:
            end = _message_end(pending, found.end())
            if end is None:
                break
            text = pending[found.end() : end].decode("utf-8", "surrogateescape")
            on_message(SipMessage(at=at, is_sent=int(found[2]) == sip_port, text=text))
            pending = pending[end:]


def _message_end(trace: bytes, start: int) -> int | None:
    """Return where the message at ``start`` ends, None while it is not all there."""
    head_end = trace.find(b"\r\n\r\n", start)
    if head_end < 0:
        return None
    length = _LENGTH.search(trace, start, head_end + 2)
    end = head_end + 4 + (int(length[1]) if length else 0)
    return end if end <= len(trace) else None


class RemoteControl:
    """baresip's ctrl_tcp: JSON in netstrings, over TCP on loopback."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = asyncio.Lock()

    @classmethod
    async def connect(cls, port: int, *, timeout_seconds: float = 5.0) -> RemoteControl:
        """Connect as soon as baresip listens; LabError when it does not in time."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while True:
            try:
                return cls(*await asyncio.open_connection("127.0.0.1", port))
            except ConnectionError:
                if asyncio.get_running_loop().time() > deadline:
                    raise LabError(f"baresip does not listen on port {port}") from None
                await asyncio.sleep(0.02)

    async def send(self, command: str, params: str = "", *, timeout_seconds: float = 5.0) -> str:
        """Give one of baresip's own commands, and return what it printed."""
        words = json.dumps({"command": command, "params": params, "token": "lab"}).encode()
        async with self._lock, asyncio.timeout(timeout_seconds):
            self._writer.write(b"%d:%s," % (len(words), words))
            await self._writer.drain()
            while True:
                answer = await self._read()
                if answer.get("response"):
                    break
        if not answer.get("ok"):
            raise LabError(f"baresip refused {command} {params}: {answer.get('data')}")
        return str(answer.get("data", ""))

    async def _read(self) -> dict[str, object]:
        length = await self._reader.readuntil(b":")
        words = await self._reader.readexactly(int(length[:-1]) + 1)
        # Its events quote display names badly; only its answers are read.
        try:
            answer = json.loads(words[:-1].decode("utf-8", "replace"))
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}

    async def close(self) -> None:
        """Hang up on the remote control, not on the call."""
        self._writer.close()
