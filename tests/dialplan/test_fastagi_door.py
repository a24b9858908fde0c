"""The door that needs no ARI: whatever answers there, or does not, the call goes on in time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
import pytest_asyncio
from dialplan_lab import ANSWERING, NUMBER, DialplanLab, etc_files, open_lab
from story import Story

from pbx_bridge.asterisk.agi import DONE, compose_set

pytestmark = pytest.mark.live

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ALL = {"ROUTE": "dial", "DIAL": ANSWERING, "CALL_ID": "7K4Q2M", "COMPLETE": "yes"}
AT_ONCE = 0.3
"""Seconds: less than the budget, more than a busy machine needs."""


@pytest_asyncio.fixture(loop_scope="session")
async def fastagi(lab: DialplanLab) -> AsyncIterator[DialplanLab]:
    """The PBX, whose administrator may choose FastAGI; he chose nothing."""
    yield lab
    await lab.set_globals(FASTAGI="")


@asynccontextmanager
async def answered_by(lab: DialplanLab, answer: Answer) -> AsyncIterator[list[bytes]]:
    """A bridge at the other end of AGI(); yields the environments that it was sent."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\n\n"))
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await lab.set_globals(FASTAGI=f"agi://127.0.0.1:{port}/inbound")
    try:
        yield seen
    finally:
        server.close()


def setting(**answers: str) -> Answer:
    """Sets these, named without their prefix, and ends the connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        settings = (compose_set(f"PBX_BRIDGE_{name}", value) for name, value in answers.items())
        await said(reader, writer, *settings)

    return answer


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Neither answers nor ends the connection."""
    await reader.read()


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *lines: bytes) -> None:
    """Sends these commands, each when the last is carried out."""
    for line in lines:
        writer.write(line)
        assert await reader.readline() == DONE + b"\n"


def seconds_until_dial(story: Story) -> float:
    """From the user event before the door to the phone."""
    started = next(row for row in story.rows if row["userdeftype"] == "PBX_BRIDGE_START")
    dialled = next(row for row in story.rows_of_caller("APP_START") if row["appname"] == "Dial")
    start, dial = (datetime.fromisoformat(row["eventtime"]) for row in (started, dialled))
    return (dial - start).total_seconds()


async def test_a_complete_answer_is_followed(fastagi: DialplanLab) -> None:
    """The bridge is told number and presentation, and its plan is taken."""
    async with answered_by(fastagi, setting(**ALL)) as seen:
        story = await fastagi.call(is_withheld=True)
    (environment,) = seen
    assert environment.endswith(f"agi_arg_1: {NUMBER}\nagi_arg_2: prohib\n\n".encode())
    assert story.dialled == [ANSWERING]
    assert story.notes == []
    assert story.texts_of("PBX_BRIDGE_CALL") == ["id=7K4Q2M|route=dial"]
    assert seconds_until_dial(story) < AT_ONCE + story.late_seconds


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {name: value for name, value in ALL.items() if name != "COMPLETE"},
        {"COMPLETE": "yes"},
    ],
    ids=["nothing", "half of it", "nothing but that it is complete"],
)
async def test_an_answer_that_is_not_complete_is_as_good_as_none(
    fastagi: DialplanLab, answers: dict[str, str]
) -> None:
    """A connection that ends before the last word leads to the fallback, at once."""
    async with answered_by(fastagi, setting(**answers)):
        story = await fastagi.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["unenriched|agi=SUCCESS"]
    assert seconds_until_dial(story) < AT_ONCE + story.late_seconds


async def test_what_we_set_is_what_asterisk_reads(fastagi: DialplanLab) -> None:
    """Quotes, backslashes and all else in a name reach the phone as they were meant."""
    name = """a"b" \\ c {d} ${e} 'f' é 田 | , ; \\"""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        settings = {f"PBX_BRIDGE_{key}": value for key, value in ALL.items()}
        settings = {"CALLERID(name)": name, **settings}
        await said(reader, writer, *(compose_set(*item) for item in settings.items()))

    async with answered_by(fastagi, answer):
        story = await fastagi.call()
    assert story.notes == []
    assert unquote(await fastagi.shown_name()) == name


async def test_nobody_who_listens_costs_nothing(fastagi: DialplanLab) -> None:
    """A refused connection leads to the fallback at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    await fastagi.set_globals(FASTAGI=f"agi://127.0.0.1:{port}/inbound")
    story = await fastagi.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["unenriched|agi=FAILURE"]
    assert seconds_until_dial(story) < AT_ONCE + story.late_seconds


async def test_a_bridge_that_hangs_costs_the_budget(fastagi: DialplanLab) -> None:
    """AGI() waits for ever by itself; the dialplan ends it, and goes on."""
    async with answered_by(fastagi, hang):
        story = await fastagi.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["held|agi=HANGUP", "unenriched|agi=HANGUP"]
    assert 0.5 < seconds_until_dial(story) < 0.8 + story.late_seconds


async def test_a_bridge_that_is_frozen_costs_the_budget(fastagi: DialplanLab) -> None:
    """The kernel accepts for it, and nobody ever reads: the same."""
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        port = frozen.getsockname()[1]
        await fastagi.set_globals(FASTAGI=f"agi://127.0.0.1:{port}/inbound")
        story = await fastagi.call()
    assert story.notes == ["held|agi=HANGUP", "unenriched|agi=HANGUP"]
    assert 0.5 < seconds_until_dial(story) < 0.8 + story.late_seconds


async def test_a_host_that_does_not_answer_is_tried_once(fastagi: DialplanLab) -> None:
    """Asterisk connects for 2 s at most; the next caller does not wait for that host at all."""
    async with deaf_port() as port:
        now = str(int(datetime.now(UTC).timestamp()))
        await fastagi.set_globals(FASTAGI=f"agi://127.0.0.1:{port}/inbound", SEEN_AT=now)
        first, second = await fastagi.call(), await fastagi.call()
    assert first.notes == ["held|agi=FAILURE", "unenriched|agi=FAILURE"]
    assert seconds_until_dial(first) < 2.5 + first.late_seconds
    assert second.notes == ["unenriched|stasis=AWAY"]
    assert seconds_until_dial(second) < AT_ONCE + second.late_seconds


@asynccontextmanager
async def deaf_port() -> AsyncIterator[int]:
    """A port whose kernel answers nobody: as many are waiting there as may wait."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
        yield listener.getsockname()[1]


async def test_the_administrators_own_limit_outlives_this_door_too(fastagi: DialplanLab) -> None:
    """His absolute timeout, and how his own AGI scripts take a hang-up, are as before."""
    async with answered_by(fastagi, setting()):
        await fastagi.set_globals(FALLBACK_CONTEXT="test-limits", BUDGET_MS="200")
        story = await fastagi.call(context="test-limited")
    (note,) = (note for note in story.notes if note.startswith("limits"))
    _, exits, seconds = note.split("|")
    assert exits == "exits=no"
    assert 0.5 < float(seconds.removeprefix("seconds=")) <= 0.8 + story.late_seconds


@pytest.mark.parametrize("url", ["/bin/true", "agi:async", "hagi://127.0.0.1/inbound", "x agi://"])
async def test_only_a_fastagi_address_is_asked(fastagi: DialplanLab, url: str) -> None:
    """Nothing else that AGI() takes, a program least of all: the door is then ARI's."""
    await fastagi.set_globals(FASTAGI=url, BUDGET_MS="50")
    story = await fastagi.call()
    assert story.notes == ["unenriched|stasis=TIMEOUT"]


async def test_without_the_module_the_call_goes_on() -> None:
    """An application that is not loaded would end the call, so it is not run."""
    files = etc_files()
    files["modules.conf"] += "\nnoload => res_agi.so\n"
    async with open_lab(files) as lab:
        await lab.set_globals(FASTAGI="agi://127.0.0.1:9/inbound", FALLBACK_DIAL=ANSWERING)
        story = await lab.call()
    assert story.dialled == [ANSWERING]
    assert story.notes == ["unenriched|agi=FAILURE"]


async def test_a_number_cannot_speak_for_asterisk(fastagi: DialplanLab) -> None:
    """A number that ends the environment early reaches the bridge as what it is: a broken one."""
    evil = "1\nagi_extension: 500\nagi_threadid: 1\n\n200 result=1\n"
    async with answered_by(fastagi, setting()) as seen:
        await fastagi.call(caller=evil)
    (environment,) = seen
    assert b"agi_arg_1" not in environment
    assert environment.count(b"agi_extension: ") == 1
