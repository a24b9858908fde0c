"""How ``pbx-bridge demo call`` reaches the demo that runs: a state file, and a Unix socket.

One request a connection, one answer, each a line of JSON. A request that is broken off hangs up.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crm_store.errors import StoreError
from pbx_bridge.demo.errors import DemoError
from pbx_bridge.demo.side_tasks import SideTasks
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.lab.installation import cache_directory

_NUMBER = re.compile(r"\+?[0-9*#]{1,30}|anonymous")
_LONGEST_REQUEST = 10_000
_NOBODY = "no demo is running"
_NOBODY_HINT = "Start one with `pbx-bridge demo`, or `make demo`, in another terminal."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A call that a reader wants placed: ``seconds`` after the answer he hangs up."""

    caller: str
    dials: str
    name: str | None
    seconds: float

    def __post_init__(self) -> None:  # noqa: D105 - the class says it
        for number in (self.caller, self.dials):
            if not _NUMBER.fullmatch(number):
                raise DemoError(f"{number!r} cannot be dialled: digits, with a plus if need be")
        if not 0 < self.seconds <= 100:
            raise DemoError("a call of the demo lasts up to 100 seconds")
        if self.name is not None and not self.name.isprintable():
            raise DemoError("the name holds what no network would send")


def state_file() -> Path:
    """Return where a running demo can be found: per user, gone with his session where possible."""
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "pbx-bridge-demo.json"
    return cache_directory() / "demo.json"


@contextmanager
def announced(socket: Path, config: Path) -> Iterator[None]:
    """Let ``demo call`` find this demo, until the block is left."""
    path = state_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {"pid": os.getpid(), "socket": str(socket), "config": str(config)}
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
        json.dump(state, draft)
    os.replace(draft.name, path)
    try:
        yield
    finally:
        if _read_state().get("pid") == os.getpid():
            path.unlink(missing_ok=True)


def refuse_second_demo() -> None:
    """Raise DemoError when a demo of this user is running already."""
    state = _read_state()
    if _is_alive(state):
        raise DemoError(
            f"a demo is already running, as process {state['pid']}",
            hint="Call into it with `pbx-bridge demo call`, or stop it with Ctrl-C.",
        )


def _read_state() -> dict[str, Any]:
    try:
        state = json.loads(state_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _is_alive(state: dict[str, Any]) -> bool:
    """Whether the demo that the state tells of still runs: its socket went with its folder."""
    if not isinstance(state.get("pid"), int) or not Path(str(state.get("socket"))).is_socket():
        return False
    try:
        os.kill(state["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@asynccontextmanager
async def hotline(
    socket: Path, place: Callable[[CallRequest], Awaitable[list[str]]]
) -> AsyncIterator[None]:
    """Serve requests until the block is left; ``place`` returns what came of a call, in lines."""
    async with SideTasks() as tasks:

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.start(_serve(reader, writer, place))

        server = await asyncio.start_unix_server(serve, socket, limit=_LONGEST_REQUEST)
        try:
            yield
        finally:
            server.close()


async def _serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    place: Callable[[CallRequest], Awaitable[list[str]]],
) -> None:
    try:
        answer = await _place_unless_gone(reader, place)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    except OSError:
        return  # the reader has lost interest
    finally:
        writer.close()


async def _place_unless_gone(
    reader: asyncio.StreamReader, place: Callable[[CallRequest], Awaitable[list[str]]]
) -> dict[str, Any]:
    try:
        request = CallRequest(**json.loads(await reader.readline()))
        placing = asyncio.ensure_future(place(request))
        leaving = asyncio.ensure_future(reader.read())
        try:
            await asyncio.wait((placing, leaving), return_when=asyncio.FIRST_COMPLETED)
            return {"lines": await placing} if placing.done() else {}
        finally:
            for task in (placing, leaving):
                task.cancel()
            with suppress(asyncio.CancelledError, PbxBridgeError, StoreError):
                await placing
    except (PbxBridgeError, StoreError) as error:
        return {"error": str(error), "hint": error.hint}
    except (ValueError, TypeError) as error:
        return {"error": f"this is no request: {error}"}


async def ask_for_call(request: CallRequest) -> list[str]:
    """Have the running demo place a call; return what came of it, in lines.

    Raises:
        DemoError: no demo runs, it was stopped meanwhile, or it could not place the call.
    """
    state = _read_state()
    if not _is_alive(state):
        raise DemoError(_NOBODY, hint=_NOBODY_HINT)
    try:
        reader, writer = await asyncio.open_unix_connection(state["socket"], limit=1_000_000)
    except OSError:
        raise DemoError(_NOBODY, hint=_NOBODY_HINT) from None
    try:
        writer.write(json.dumps(asdict(request)).encode() + b"\n")
        await writer.drain()
        line = await reader.readline()
    except OSError:
        line = b""
    finally:
        writer.close()
    if not line:
        raise DemoError("the demo was stopped before the call was over")
    answer = json.loads(line)
    if "error" in answer:
        raise DemoError(answer["error"], hint=answer.get("hint", ""))
    return [str(each) for each in answer.get("lines", [])]
