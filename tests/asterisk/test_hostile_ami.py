"""Whatever comes over AMI, the link goes on or is made again, and nothing else is disturbed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings

from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.asterisk.links import AsteriskLine
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.lines import Lines
from tests.asterisk.mangling import GARBAGE, STREAMS, mangled

RECORDED = (STREAMS / "ami_answered_call.txt").read_bytes()
"""What Asterisk 22 said of one answered call, CEL and ringing, as it stood on the wire."""
GOOD = (
    b"Event: CEL\r\nEventName: CHAN_START\r\nUniqueID: 9.9\r\nLinkedID: 9.9\r\n"
    b"Channel: PJSIP/trunk-9\r\nTimestamp: 1795875299.5\r\n\r\n"
)
FEWER = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def _hear(stream: bytes) -> tuple[list[ChannelEvent], MessageCounts]:
    """What a bridge makes of a manager that says this and then one good event.

    A bridge that gave the connection up is told the good event on the next.
    """
    sayings = [stream + b"\r\n\r\n" + GOOD]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(b"Asterisk Call Manager/11.0.0\r\n")
            is_new = True
            while True:
                action = await reader.readuntil(b"\r\n\r\n")
                action_id = action.partition(b"ActionID: ")[2].partition(b"\r\n")[0]
                writer.write(b"Response: Success\r\nTimestamp: 1795875200.1\r\n")
                writer.write(b"ActionID: " + action_id + b"\r\n\r\n")
                if is_new:
                    writer.write(sayings.pop() if sayings else GOOD)
                is_new = False
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    line = AsteriskLine(
        name="lab",
        ari_url="http://127.0.0.1:1",
        ari_user="bridge",
        ari_password="x",
        ari_app="pbx-bridge",
        ami_host="127.0.0.1",
        ami_port=server.sockets[0].getsockname()[1],
        ami_user="bridge",
        ami_secret="x",
    )
    book, heard, done = CallBook("lab", Lines(trunks=("*",))), list[ChannelEvent](), asyncio.Event()

    def take(event: ChannelEvent) -> None:
        heard.append(event)
        for change in book.apply(event):
            book.tell(change.linkedid)
        if event.uniqueid == "9.9":
            done.set()

    async with server:
        link = asyncio.create_task(line.keep_ami(take, with_cel=True))
        waiting = asyncio.create_task(done.wait())
        ended, _ = await asyncio.wait(
            {link, waiting}, timeout=10, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (link, waiting):
            task.cancel()
        results = await asyncio.gather(link, waiting, return_exceptions=True)
    assert ended == {waiting}, f"the good event did not come through: {results}"
    return heard, line.ami_state.counts


@FEWER
@given(stream=mangled(RECORDED))
@example(stream=b"".join(GARBAGE))
@example(stream=RECORDED[: len(RECORDED) // 2])
def test_a_mangled_stream_costs_no_later_event(stream: bytes) -> None:
    """Cut, doubled, moved, overwritten, garbage in between: the next good event is taken."""
    asyncio.run(_hear(stream))


async def test_a_recorded_stream_is_heard_whole() -> None:
    """The mangling starts from something that is right: nothing of it is unreadable."""
    heard, counts = await _hear(RECORDED)
    assert counts == MessageCounts()
    told = RECORDED.count(b"Event: CEL") + RECORDED.count(b"ChannelStateDesc: Ringing")
    assert len(heard) == told + 1


async def test_a_message_with_two_names_is_counted_and_costs_nothing() -> None:
    """A caller's name with line ends in it gives a message a second Event field."""
    twice = b"Event: CEL\r\nCallerIDname: x\r\nEvent: Hangup\r\n\r\n"
    heard, counts = await _hear(twice + twice)
    assert [event.uniqueid for event in heard] == ["9.9"]
    assert counts == MessageCounts(unreadable=2)


@pytest.mark.parametrize("size", [10_000_000, 30_000_000])
async def test_a_message_without_an_end_is_thrown_away(size: int) -> None:
    """Ten megabytes of one value are not collected, and what comes after them is read."""
    heard, counts = await _hear(b"Event: CEL\r\nAppData: " + b"x" * size)
    assert [event.uniqueid for event in heard] == ["9.9"]
    assert counts == MessageCounts(unreadable=1)


async def test_an_event_without_ids_or_time_is_counted() -> None:
    """Nothing can be told of it, and it must not be lost in silence."""
    nameless = b"Event: CEL\r\nEventName: ANSWER\r\nChannel: PJSIP/1\r\n\r\n"
    timeless = b"Event: CEL\r\nEventName: ANSWER\r\nUniqueID: 1.1\r\nLinkedID: 1.1\r\n\r\n"
    heard, counts = await _hear(nameless + timeless)
    assert [event.uniqueid for event in heard] == ["9.9"]
    assert counts == MessageCounts(unreadable=2)
