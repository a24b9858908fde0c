"""The rows of a file in chunks, read beside everything else.

A large file is read by a process of its own: reading a million numbers would otherwise keep the
calls waiting that ring meanwhile, and takes as long as writing them. It ends when its reader
does, also when that is killed.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

from crm_store.errors import InvalidRecord, Problem
from crm_store.lists.rows import ReadRow, RowReader
from crm_store.lists.tables import Row, TableForm, open_rows
from crm_store.records import ImportColumn, PersonType

_LARGE = 1 << 20
_ROWS_PER_PART = 5_000
_LENGTH_BYTES = 4
_MOST_CHUNK_BYTES = 1 << 28


class Feed(msgspec.Struct, frozen=True):
    """What to read: a file, how, from which row on, and how many rows at a time."""

    path: str
    form: TableForm
    record_type: PersonType
    columns: tuple[ImportColumn, ...]
    country: str | None
    skip: int
    rows_per_chunk: int


class Part(msgspec.Struct, array_like=True, frozen=True):
    """Rows as they came from whoever read them. Read rows take five times the room, so that they
    are taken apart where they are written, part by part."""

    many: int
    packed: msgspec.Raw

    def rows(self) -> list[ReadRow]:
        """The rows of this part."""
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return _decode_rows(self.packed)
        finally:
            if was_enabled:
                gc.enable()


class Chunk(msgspec.Struct, array_like=True, frozen=True):
    """Some rows; ``error`` ends the list where it cannot be read any further."""

    parts: list[Part]
    error: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Chunk).decode
_decode_rows = msgspec.msgpack.Decoder(list[ReadRow]).decode


def read_chunks(feed: Feed) -> Iterator[Chunk]:
    """The rows of a file in chunks, in this thread."""
    reader = RowReader(feed.record_type, feed.columns, feed.country)
    try:
        with open_rows(Path(feed.path), feed.form, skip=feed.skip) as rows:
            while parts := list(_parts(reader, islice(rows, feed.rows_per_chunk))):
                yield Chunk(parts)
    except InvalidRecord as error:
        yield Chunk([], str(error))
    except (OSError, ValueError, KeyError) as error:
        yield Chunk([], f"the file cannot be read any further: {error}")


def _parts(reader: RowReader, rows: Iterator[Row]) -> Iterator[Part]:
    while some := [reader.read(row) for row in islice(rows, _ROWS_PER_PART)]:
        yield Part(len(some), msgspec.Raw(_encode(some)))


@asynccontextmanager
async def open_chunks(feed: Feed) -> AsyncIterator[AsyncIterator[Chunk]]:
    """The rows of a file in chunks; the next one is read while the last one is written."""
    if await asyncio.to_thread(_size, feed.path) < _LARGE:
        yield _in_a_thread(feed)
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "crm_store.lists.feed"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    source, target = process.stdin, process.stdout
    if source is None or target is None:
        raise RuntimeError("a process without its pipes")
    try:
        source.write(msgspec.json.encode(feed))
        source.close()
        yield _from(target)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _size(path: str) -> int:
    return Path(path).stat().st_size


async def _in_a_thread(feed: Feed) -> AsyncIterator[Chunk]:
    chunks = read_chunks(feed)
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


async def _from(stream: asyncio.StreamReader) -> AsyncIterator[Chunk]:
    following = asyncio.create_task(_receive(stream))
    try:
        while (chunk := await following) is not None:
            following = asyncio.create_task(_receive(stream))
            yield chunk
    finally:
        following.cancel()


async def _receive(stream: asyncio.StreamReader) -> Chunk | None:
    try:
        length = int.from_bytes(await stream.readexactly(_LENGTH_BYTES), "big")
        if length == 0:
            return None
        return _decode(await stream.readexactly(length))
    except asyncio.IncompleteReadError:
        return Chunk([], "the process that reads the file has died")


def main(source: IO[bytes], target: IO[bytes]) -> None:
    """Read what standard input names; write chunks to standard output, then a zero."""
    feed = msgspec.json.decode(source.read(), type=Feed)
    for chunk in read_chunks(feed):
        body = _encode(chunk)
        if len(body) > _MOST_CHUNK_BYTES:
            raise InvalidRecord([Problem("file", "its rows are too large")])
        target.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
        target.flush()
    target.write(bytes(_LENGTH_BYTES))
    target.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # rows have no cycles, and looking for some costs a third of the time
    main(sys.stdin.buffer, sys.stdout.buffer)
