"""The AMI link against a manager that speaks the protocol and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pbx_bridge.asterisk.ami import AmiLink, connect_ami
from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.errors import LinkError


class _Manager:
    """One side of a conversation: answers every action with success."""

    def __init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.writer: asyncio.StreamWriter | None = None
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        while not reader.at_eof():
            try:
                text = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            action = dict(line.split(": ", 1) for line in text.decode().strip().split("\r\n"))
            action_id = action.pop("ActionID")
            self.actions.append(action)
            writer.write(f"Response: Success\r\nActionID: {action_id}\r\n\r\n".encode())
        writer.close()

    async def say(self, *parts: bytes) -> None:
        """Send what arrives in several reads."""
        assert self.writer is not None
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _connected(**options: Any) -> AsyncIterator[tuple[AmiLink, _Manager]]:
    manager = _Manager()
    server = await asyncio.start_server(manager.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        connect_ami(host="127.0.0.1", port=port, user="bridge", secret="x", **options) as link,
    ):
        yield link, manager


def _set(manager: _Manager) -> list[tuple[str, str]]:
    return [(a["Variable"], a["Value"]) for a in manager.actions if a["Action"] == "Setvar"]


async def test_many_variables_are_set_by_one_action() -> None:
    """Each action costs Asterisk and us time: plain names and values share one."""
    async with _connected() as (link, manager):
        is_set = await link.set_variables(
            "PJSIP/trunk-1",
            {
                "CALLERID(name)": "Jane Doe",
                "PBX_BRIDGE_CALL_ID": "7K4Q2M",
                "PBX_BRIDGE_SECONDS": "20",
            },
        )
        assert is_set
        assert _set(manager) == [
            ("CALLERID(name)", "Jane Doe"),
            ("ARRAY(PBX_BRIDGE_CALL_ID,PBX_BRIDGE_SECONDS)", "7K4Q2M,20"),
        ]


@pytest.mark.parametrize("text", ["a,b", "a\\b", 'a"b', "a(b", "a)b", "a[b", "a]b"])
async def test_a_value_that_array_would_split_is_set_by_itself(text: str) -> None:
    """What ARRAY() reads as more than text never shifts one value into another's variable."""
    async with _connected() as (link, manager):
        await link.set_variables("PJSIP/trunk-1", {"A": "1", "LABEL": text, "B": "2"})
        assert _set(manager) == [("LABEL", text), ("ARRAY(A,B)", "1,2")]


async def test_unwanted_events_are_let_by_wherever_the_reads_cut_them() -> None:
    """The events asked for come through whole, also one cut in the middle of a letter."""
    cel = "Event: CEL\r\nEventName: HANGUP\r\nCallerIDname: Bücher\r\n\r\n".encode()
    ringing = "Event: Newstate\r\nChannel: PJSIP/1001-1\r\nCallerIDName: Jürgen\r\n\r\n".encode()
    stream = cel + ringing + cel + cel + ringing
    cuts = [3, 40, len(cel) + ringing.index(b"\xbc"), len(stream) - 2]
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    async with _connected(without=("CEL",)) as (link, manager):
        await manager.say(*parts)
        events = link.events()
        seen = [await anext(events), await anext(events)]
    assert [(e.name, e.fields["CallerIDName"]) for e in seen] == [("Newstate", "Jürgen")] * 2


async def test_a_wanted_cel_event_comes_through() -> None:
    """Without a journal CEL is the story of a call."""
    async with _connected() as (link, manager):
        await manager.say(b"Event: CEL\r\nEventName: HANGUP\r\n\r\n")
        event = await anext(link.events())
    assert (event.name, event.fields["EventName"]) == ("CEL", "HANGUP")


async def test_events_that_come_too_fast_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is let go and counted, and what comes after is taken again."""
    monkeypatch.setattr("pbx_bridge.asterisk.ami._EVENTS_WAITING", 2)
    counts = MessageCounts()
    async with _connected(counts=counts) as (link, manager):
        await manager.say(b"".join(b"Event: E%d\r\n\r\n" % number for number in range(5)))
        events = link.events()
        taken = [(await anext(events)).name for _ in range(2)]
        await manager.say(b"Event: E5\r\n\r\n")
        taken.append((await anext(events)).name)

    assert taken == ["E0", "E1", "E5"]
    assert counts.dropped == 3


async def test_a_manager_that_hangs_up_before_the_login_is_told_at_once() -> None:
    """It is not waited for as one that thinks about the secret."""

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = asyncio.get_running_loop().time()
    async with server:
        with pytest.raises(LinkError, match="hung up before the login"):
            async with connect_ami(host="127.0.0.1", port=port, user="bridge", secret="x"):
                pass
    assert asyncio.get_running_loop().time() - began < 4.0
