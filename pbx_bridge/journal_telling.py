"""Whole journals, read and told: call after call, in the order of their ends.

A large journal is read by a process of its own, so that reading and writing have a processor
each. What it tells comes through a pipe, some calls at a time, with the events of each as text:
they are kept where the call is a piece only, or cannot be written. It ends when its reader does,
also when that is killed; when it dies itself, what it has told is written, and its reader says so.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from heapq import merge
from typing import IO, Literal

import msgspec

from pbx_bridge.asterisk.journal import JournalCounts
from pbx_bridge.asterisk.journal_sorting import read_sorted_events, time_of
from pbx_bridge.calls.book import CallBook
from pbx_bridge.calls.call import Call
from pbx_bridge.calls.changes import Change, ChangeKind
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.lines import Lines
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.flow_settings import FlowCounts
from pbx_bridge.logs import set_up_logs
from pbx_bridge.stories import pack_story, unpack_story
from pbx_bridge.telling import Telling, Told

_LARGE = 1 << 20
_CALLS_TOGETHER = 200
"""As many as the store commits at once."""
_EVENTS_TOGETHER = 5_000
_LENGTH_BYTES = 4
_STANDARD_ERROR = 2
_COUNTED_AGAIN = 5_000
_RARELY = (50_000, 50, 50)
_HINT = "What was told until then is written. Run the same command again to have the rest."


class Reading(msgspec.Struct, frozen=True):
    """Whose journals are read, and what is known of calls that no journal so far has whole."""

    pbx: str
    trunks: tuple[str, ...]
    inbound_contexts: tuple[str, ...]
    stories: tuple[str, ...] = ()
    log_level: str = "info"
    log_format: Literal["logfmt", "json"] = "logfmt"
    descriptors: tuple[int, ...] = ()


class ToldCall(msgspec.Struct, array_like=True, frozen=True):
    """What became of a call, and its events as text.

    ``more`` is how many calls more there are by it: 1; 0 when it was told before; -1 when it was,
    and is part of another now.
    """

    change: Change
    call: Call | None
    story: str | None
    more: int


class Batch(msgspec.Struct, array_like=True, frozen=True):
    """Some calls, and how much had been read by then; ``error`` ends it before its end."""

    calls: list[ToldCall]
    counts: JournalCounts
    is_last: bool = False
    error: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


def tell_journals(reading: Reading, files: Sequence[IO[bytes]]) -> Iterator[Batch]:
    """Read journals, rows of any order and age, and tell their calls, in this thread.

    Memory does not grow with the number of calls.
    """
    counts, calls = JournalCounts(), list[ToldCall]()
    lines = Lines(trunks=reading.trunks, inbound_contexts=frozenset(reading.inbound_contexts))
    telling = Telling(CallBook(reading.pbx, lines), FlowCounts())
    ready, say_at = _Ready(telling.book), 0
    try:
        for number, event in enumerate(_events(reading, files, counts)):
            counts.kinds.add(event.kind)
            for told in telling.tell(telling.take(event), is_live=False):
                calls.append(ready.pack(told))
            if len(calls) >= _CALLS_TOGETHER or number >= say_at:
                yield Batch(calls, counts)
                calls, say_at = [], number + _EVENTS_TOGETHER
    except OSError as error:
        yield Batch(calls, counts, is_last=True, error=f"the journal cannot be read: {error}")
        return
    last = telling.tell(telling.book.cut_off_open_calls(), is_live=False)
    yield Batch([*calls, *map(ready.pack, last)], counts, is_last=True)


def _events(
    reading: Reading, files: Sequence[IO[bytes]], counts: JournalCounts
) -> Iterator[ChannelEvent]:
    pieces = sorted((e for story in reading.stories for e in unpack_story(story)), key=time_of)
    events = read_sorted_events(files, counts)
    return merge(pieces, events, key=time_of) if pieces else events


class _Ready:
    """Makes told calls ready for the way, and knows which of them the book has told before."""

    def __init__(self, book: CallBook) -> None:
        self._book = book
        self._told: set[str] = set()
        self._look_at = _COUNTED_AGAIN

    def pack(self, told: Told) -> ToldCall:
        call, linkedid = told.call, told.change.linkedid
        story = pack_story(told.events, linkedid, call.is_withheld) if call is not None else None
        was_told = linkedid in self._told
        if told.change.kind is ChangeKind.ABSORBED:
            more = -int(was_told)
            self._told.discard(linkedid)
        else:
            more = int(call is not None and not was_told)
            self._told.add(linkedid)
        if len(self._told) > self._look_at:
            self._told = {each for each in self._told if self._book.remembers(each)}
            self._look_at = max(_COUNTED_AGAIN, 2 * len(self._told))
        return ToldCall(told.change, call, story, more)


@asynccontextmanager
async def open_told_calls(
    reading: Reading, files: Sequence[IO[bytes]]
) -> AsyncIterator[AsyncIterator[Batch]]:
    """What these journals tell; the next calls are read while the last ones are written.

    Raises PbxBridgeError, from the iterator, where they cannot be read to their end.
    """
    if not _is_large(files):
        yield _checked(_here(reading, files))
        return
    descriptors = [file.fileno() for file in files]
    standard = [fileno for fileno in descriptors if fileno <= _STANDARD_ERROR]
    copies = {fileno: os.dup(fileno) for fileno in standard}
    descriptors = [copies.get(fileno, fileno) for fileno in descriptors]
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=descriptors,
            limit=1 << 20,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
    finally:
        for copy in copies.values():
            os.close(copy)
    try:
        yield _checked(_from(process, msgspec.structs.replace(reading, descriptors=descriptors)))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _is_large(files: Sequence[IO[bytes]]) -> bool:
    """Whether reading is worth a process: more than a megabyte, or a pipe, which may hold more."""
    size = 0
    for file in files:
        try:
            status = os.fstat(file.fileno())
        except io.UnsupportedOperation:  # it is in memory already
            return False
        size += status.st_size if stat.S_ISREG(status.st_mode) else _LARGE
    return size >= _LARGE


async def _here(reading: Reading, files: Sequence[IO[bytes]]) -> AsyncIterator[Batch]:
    for batch in tell_journals(reading, files):
        yield batch


async def _from(process: asyncio.subprocess.Process, reading: Reading) -> AsyncIterator[Batch]:
    source, target = process.stdin, process.stdout
    if source is None or target is None:
        raise RuntimeError("a process without its pipes")
    try:
        source.write(msgspec.json.encode(reading))
        await source.drain()
        source.close()
        while True:
            length = int.from_bytes(await target.readexactly(_LENGTH_BYTES), "big")
            yield _decode(await target.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        await process.wait()


async def _checked(batches: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
    """Batches up to the last one; an error for those that end without."""
    async for batch in batches:
        yield batch
        if batch.error:
            raise PbxBridgeError(batch.error, hint=_HINT)
        if batch.is_last:
            return
    raise PbxBridgeError("the process that reads the journal has died before its end", hint=_HINT)


def main(source: IO[bytes], target: IO[bytes]) -> None:
    """Read what standard input names; write batches, each with its length before it."""
    reading = msgspec.json.decode(source.read(), type=Reading)
    set_up_logs(reading.log_level, reading.log_format)
    files = [open(each, "rb") for each in reading.descriptors]  # noqa: SIM115 - till the end
    for batch in tell_journals(reading, files):
        body = _encode(batch)
        target.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
        target.flush()


def _own_output() -> IO[bytes]:
    """Standard output, for ourselves: whatever else is printed goes where errors go."""
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return ours


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(*_RARELY)
    main(sys.stdin.buffer, _own_output())
