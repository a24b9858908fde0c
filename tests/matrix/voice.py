"""The sound of a call: a steady tone in G.711 µ-law, and digits as RFC 4733 events.

What the far end says is not listened to: the PBX's recordings show who was heard.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import deque
from contextlib import suppress

from pbx_bridge.lab.ports import PHONE_RTP

FRAME_SECONDS = 0.02
_SAMPLES = 160
_TONE = bytes(40 * [0x8F, 0x8F, 0x0F, 0x0F])
"""2 kHz, loud: nobody takes it for silence."""
_SILENCE = bytes(_SAMPLES * [0xFF])
_EVENTS = "0123456789*#"
_EVENT = 101
"""The payload type of telephone events that our SDP names."""
_EVENT_FRAMES, _END_FRAMES, _PAUSE_FRAMES = 5, 3, 3
KEY_SECONDS = _EVENT_FRAMES * FRAME_SECONDS
"""How long a key is pressed before the far end is told that it was."""

_Frame = tuple[int, bytes | None]
"""How many frames ago the digit began, and its event; None for a frame of silence."""


class Voice:
    """One call's RTP: it holds a port from its making on, and speaks once it knows to whom."""

    def __init__(self) -> None:
        self._socket = _bind_even_port()
        self.port: int = self._socket.getsockname()[1]
        self._remote: tuple[str, int] | None = None
        self._frames: deque[_Frame] = deque()
        self._sequence, self._timestamp = random.randrange(1 << 15), random.randrange(1 << 31)
        self._source = random.randrange(1 << 32)
        self._task: asyncio.Task[None] | None = None
        self.is_silent = False

    def speak_to(self, host: str, port: int) -> None:
        """Begin to speak to this address."""
        self._remote = (host, port)
        if self._task is None:
            self._task = asyncio.create_task(self._speak())

    async def press(self, digits: str) -> None:
        """Press keys, 100 ms each; return as soon as the last is released."""
        for digit in digits:
            self._frames.extend(_press(digit))
        while len(self._frames) >= _END_FRAMES + _PAUSE_FRAMES:  # noqa: ASYNC110 - the frames leave on a clock of their own
            await asyncio.sleep(FRAME_SECONDS)

    def close(self) -> None:
        """Fall silent for good."""
        if self._task is not None:
            self._task.cancel()
        self._socket.close()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._send_frame()
            due = max(due + FRAME_SECONDS, loop.time() - 5 * FRAME_SECONDS)
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _send_frame(self) -> None:
        self._timestamp = (self._timestamp + _SAMPLES) & 0xFFFFFFFF
        if not self._frames:
            self._send(0, _SILENCE if self.is_silent else _TONE, self._timestamp)
            return
        age, event = self._frames.popleft()
        if event is not None:
            began_at = (self._timestamp - age * _SAMPLES) & 0xFFFFFFFF
            self._send(_EVENT | (0 if age else 0x80), event, began_at)

    def _send(self, kind: int, payload: bytes, timestamp: int) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, kind, self._sequence, timestamp, self._source)
        if self._remote is not None:
            with suppress(OSError):  # a full buffer is a lost packet
                self._socket.sendto(head + payload, self._remote)


def _press(digit: str) -> list[_Frame]:
    """One key (RFC 4733 section 2.5): its event grows, ends three times over, and is silent."""
    number, volume, end = _EVENTS.index(digit), 10, 0x80
    frames: list[_Frame] = [
        (age, struct.pack("!BBH", number, volume, (age + 1) * _SAMPLES))
        for age in range(_EVENT_FRAMES)
    ]
    last = struct.pack("!BBH", number, end | volume, _EVENT_FRAMES * _SAMPLES)
    frames += [(_EVENT_FRAMES + turn, last) for turn in range(_END_FRAMES)]
    return frames + [(0, None)] * _PAUSE_FRAMES


def _bind_even_port() -> socket.socket:
    low, high = PHONE_RTP
    for port in random.sample(range(low, high, 2), 200):
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.setblocking(False)
        try:
            bound.bind(("127.0.0.1", port))
        except OSError:
            bound.close()
        else:
            return bound
    raise OSError(f"no free port for sound between {low} and {high}")
