"""The FastAGI door: who may use it, and that nobody's behaviour at it costs anybody else."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from ipaddress import ip_network

import pytest

from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.asterisk.fastagi import FastAgiCounts, FastAgiDoor, FastAgiListener
from pbx_bridge.lab.ports import free_port
from pbx_bridge.ports import Switchboard
from tests.asterisk.test_agi import environment

PATIENCE_SECONDS = 0.4
ANSWERS = {"CALLERID(name)": "Jane Doe - Acme", "PBX_BRIDGE_CALL_ID": "7K4Q2M"}
ON_THE_WIRE = [
    b'SET VARIABLE "CALLERID(name)" "Jane Doe - Acme"\n',
    b'SET VARIABLE "PBX_BRIDGE_CALL_ID" "7K4Q2M"\n',
    b'SET VARIABLE "PBX_BRIDGE_COMPLETE" "yes"\n',
]


async def greet(caller: RingingChannel, switchboard: Switchboard) -> None:
    """Greet as the call flow does."""
    await switchboard.set_variables(caller.channel, ANSWERS)
    await switchboard.let_go(caller.channel_id)


async def hang(caller: RingingChannel, switchboard: Switchboard) -> None:
    """Greet for ever."""
    await asyncio.Event().wait()


async def stumble(caller: RingingChannel, switchboard: Switchboard) -> None:
    """A defect."""
    raise KeyError(caller.channel)


def door(
    pbx: str = "lab", *addresses: str, greeting: object = greet, marks: list[bool] | None = None
) -> FastAgiDoor:
    """A door for callers from these addresses, or from this machine."""
    return FastAgiDoor(
        pbx=pbx,
        addresses=tuple(map(ip_network, addresses or ("127.0.0.1",))),
        greet=greeting,  # type: ignore[arg-type]
        mark=(marks if marks is not None else []).append,
    )


class Door:
    """A listener, and Asterisks that call it."""

    def __init__(self, *doors: FastAgiDoor, host: str = "127.0.0.1") -> None:
        self.port = free_port()
        self.listener = FastAgiListener(
            host=host, port=self.port, doors=doors, patience_seconds=PATIENCE_SECONDS
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Door]:
        """Listen for the length of a block."""
        keeping = asyncio.create_task(self.listener.keep())
        try:
            async with asyncio.timeout(5):
                while not self.listener.state.is_up:  # noqa: ASYNC110 - nobody else waits for it
                    await asyncio.sleep(0.01)
            yield self
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    @property
    def counts(self) -> Mapping[str, int]:
        """What was counted, without the zeros."""
        return {how: count for how, count in asdict(self.listener.counts).items() if count}

    async def connect(
        self, address: str = "127.0.0.1"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection from one of this machine's addresses."""
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))

    async def call(
        self,
        *,
        address: str = "127.0.0.1",
        says: bytes | None = None,
        answers: bytes = b"200 result=1\n",
    ) -> list[bytes]:
        """Call as Asterisk does; return the commands that came until the connection ended."""
        reader, writer = await self.connect(address)
        writer.write((environment() if says is None else says) + b"\n")
        commands = []
        with suppress(ConnectionError):
            while command := await reader.readline():
                commands.append(command)
                writer.write(answers)
        writer.close()
        return commands


async def test_a_caller_is_answered_over_his_own_connection() -> None:
    """The variables one by one, that they are complete last, and then he goes on."""
    async with Door(door()).open() as lab:
        assert await lab.call() == ON_THE_WIRE
        assert lab.counts == {"taken": 1}


@pytest.mark.parametrize(
    "answer", [b"HANGUP\n", b"511 Command Not Permitted\n", b"agi_dnid: 5\n200 result=1\n"]
)
async def test_an_answer_that_is_none_ends_it_before_it_is_complete(answer: bytes) -> None:
    """He hung up, or what comes is a stranger's text behind an early end: it is not complete."""
    async with Door(door()).open() as lab:
        assert await lab.call(answers=answer) == ON_THE_WIRE[:1]


MANY = {f"PBX_BRIDGE_{name}": name * 700 for name in "ABCDE"}


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        ({"A": "1", "B": "2"}, [b'"ARRAY(A,B)" "1,2"', b'"PBX_BRIDGE_COMPLETE" "yes"']),
        (
            MANY,
            [*(f'"{n}" "{v}"'.encode() for n, v in MANY.items()), b'"PBX_BRIDGE_COMPLETE" "yes"'],
        ),
        ({"A": "x" * 2100}, []),
    ],
)
async def test_commands_are_few_but_none_is_longer_than_asterisk_reads(
    answers: Mapping[str, str], lines: list[bytes]
) -> None:
    """Several variables in one command while that is short; too long a value: no answer at all."""

    async def answer(caller: RingingChannel, switchboard: Switchboard) -> None:
        await switchboard.set_variables(caller.channel, answers)

    async with Door(door(greeting=answer)).open() as lab:
        assert await lab.call() == [b"SET VARIABLE " + line + b"\n" for line in lines]


async def test_the_door_opens_and_shuts_with_the_listener() -> None:
    """The dialplan is told that somebody is there only while somebody is."""
    marks: list[bool] = []
    async with Door(door(marks=marks)).open():
        assert marks == [True]
    assert marks == [True, False]


async def test_a_stranger_is_not_told_who_calls() -> None:
    """A connection from an address that no PBX has is ended unheard, and counted."""
    async with Door(door("lab", "127.0.0.2", "127.0.1.0/24")).open() as lab:
        assert await lab.call() == []
        assert lab.counts == {"refused": 1}
        assert await lab.call(address="127.0.0.2") == ON_THE_WIRE
        assert await lab.call(address="127.0.1.7") == ON_THE_WIRE


async def test_each_pbx_comes_to_its_own_door() -> None:
    """By its address, or by its name where several have one; who says neither is refused."""
    asked: list[str] = []

    def taking(pbx: str) -> object:
        async def take(caller: RingingChannel, switchboard: Switchboard) -> None:
            asked.append(pbx)

        return take

    doors = [
        door("here", greeting=taking("here")),
        door("beside", greeting=taking("beside")),
        door("there", "127.0.0.2", greeting=taking("there")),
    ]
    async with Door(*doors).open() as lab:
        for address, script in [
            ("127.0.0.1", "inbound?pbx=beside"),
            ("127.0.0.1", "inbound?pbx=here"),
            ("127.0.0.2", "inbound"),
            ("127.0.0.2", "inbound?pbx=here"),
            ("127.0.0.1", "inbound"),
            ("127.0.0.1", "outbound?pbx=here"),
        ]:
            await lab.call(address=address, says=environment(network_script=script))
        assert asked == ["beside", "here", "there"]
        assert lab.counts == {"taken": 3, "refused": 3}


HOSTILE = {
    "nothing at all": (b"", "too_late"),
    "half a line": (b"agi_chan", "too_late"),
    "no empty line": (environment(), "too_late"),
    "another protocol": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "too_late"),
    "no text": (bytes(range(256)) * 4 + b"\n\n", "unreadable"),
    "a line of 10 MB": (b"agi_channel: " + b"x" * 10_000_000, "unreadable"),
    "10 MB of lines": (b"agi_channel: x\n" * 600_000, "unreadable"),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_peer_costs_nobody_else(what: str) -> None:
    """It is ended when its time is up or what it says is too much, and callers are served."""
    async with Door(door()).open() as lab:
        reader, writer = await lab.connect()
        text, how = HOSTILE[what]
        writer.write(text)
        assert await lab.call() == ON_THE_WIRE
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_SECONDS + 2):
                assert await reader.read() == b""
        writer.close()
        assert lab.counts == {"taken": 1, how: 1}


async def test_a_slow_writer_is_not_waited_for() -> None:
    """A byte now and then does not renew anybody's patience."""
    async with Door(door()).open() as lab:
        reader, writer = await lab.connect()
        began = asyncio.get_running_loop().time()
        with suppress(ConnectionError):
            for byte in environment():
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.02)
                if reader.at_eof():
                    break
        assert asyncio.get_running_loop().time() - began < PATIENCE_SECONDS + 2
        assert lab.counts == {"too_late": 1}
        writer.close()


@pytest.fixture
def _many_files() -> Iterator[None]:
    """This process holds both ends of every connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_many_files")
async def test_a_thousand_connections_leave_a_place_for_the_next_caller() -> None:
    """500 are held until their time is up, the rest is ended at once; then all is as before."""
    async with Door(door()).open() as lab:
        crowd = await asyncio.gather(*(lab.connect() for _ in range(1000)))
        for reader, _ in crowd:
            with suppress(ConnectionError):
                assert await reader.read() == b""
        assert await lab.call() == ON_THE_WIRE
        for _, writer in crowd:
            writer.close()
        counts = lab.listener.counts
        assert counts.taken == 1
        assert counts.too_many >= 1
        assert counts.too_late + counts.too_many == 1000


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [(hang, FastAgiCounts(taken=2, too_late=2)), (stumble, FastAgiCounts(taken=2))],
)
async def test_a_greeting_that_hangs_or_fails_keeps_nobody(
    greeting: object, expected: FastAgiCounts
) -> None:
    """The connection ends by itself, and the listener takes the next."""
    async with Door(door(greeting=greeting)).open() as lab:
        async with asyncio.timeout(PATIENCE_SECONDS * 2 + 2):
            assert [await lab.call(), await lab.call()] == [[], []]
        assert lab.listener.counts == expected


async def test_a_port_that_is_taken_is_told_and_tried_again() -> None:
    """The state says what to do, and the door opens when the port is free."""
    lab = Door(door())
    other = await asyncio.start_server(lambda r, w: None, "127.0.0.1", lab.port)
    keeping = asyncio.create_task(lab.listener.keep())
    try:
        async with asyncio.timeout(5):
            while not lab.listener.state.hint:  # noqa: ASYNC110 - nobody else waits for it
                await asyncio.sleep(0.01)
        problem = f"cannot listen on 127.0.0.1:{lab.port}: "
        assert lab.listener.state.problem.startswith(problem)
        other.close()
        async with asyncio.timeout(5):
            while not lab.listener.state.is_up:  # noqa: ASYNC110 - nobody else waits for it
                await asyncio.sleep(0.01)
        assert await lab.call() == ON_THE_WIRE
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def test_shutting_down_ends_those_who_wait() -> None:
    """Cancelling is shutting down: nobody is kept by a connection that is still open."""
    async with Door(door(greeting=hang)).open() as lab:
        waiting = asyncio.create_task(lab.call())
        async with asyncio.timeout(5):
            while not lab.counts:  # noqa: ASYNC110 - nobody else waits for it
                await asyncio.sleep(0.01)
    assert await waiting == []
