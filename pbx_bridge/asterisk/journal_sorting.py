"""Whole journals, rows of any order and age, as events in the order of their times."""

from __future__ import annotations

import heapq
import io
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from itertools import chain
from typing import IO

import msgspec

from pbx_bridge.asterisk.journal import JournalCounts, read_row
from pbx_bridge.asterisk.journal_files import read_lines
from pbx_bridge.asterisk.journal_order import find_order, read_block
from pbx_bridge.asterisk.journal_rows import RowSplitter, split_rows
from pbx_bridge.calls.events import ChannelEvent

_SORTED_TOGETHER = 100_000
"""Events sorted in memory at a time: some 100 MB."""
_SPILLED_TOGETHER = 500


def read_sorted_events(files: Iterable[IO[bytes]], counts: JournalCounts) -> Iterator[ChannelEvent]:
    """Read whole journals, rows of any order, and yield their events in the order of their times.

    Memory stays flat. Journals whose rows are nearly in order are sorted as they are read; others
    in runs of which all but the last wait on disk. Events of one instant keep the order in which
    they stand.
    """
    files = list(files)
    orders = [find_order(file) for file in files]
    known = [order for order in orders if order is not None]
    if len(known) < len(files):
        return _sorted_on_disk(files, counts)
    streams = [
        _sorted_as_read(file, order, counts, number)
        for number, (file, order) in enumerate(zip(files, known, strict=True))
    ]
    return streams[0] if len(streams) == 1 else heapq.merge(*streams, key=time_of)


def _sorted_as_read(
    file: IO[bytes], earliest: Sequence[datetime], counts: JournalCounts, number: int = 0
) -> Iterator[ChannelEvent]:
    """Yield what is older than all that is still to come, block by block.

    The last row of a block may go on in the next one: what is older than the block itself is
    certain. What was appended since ``earliest`` was looked up comes last.
    """
    splitter, waiting = RowSplitter(), list[ChannelEvent]()
    for bound in earliest:
        for line in io.BytesIO(read_block(file)):
            for row in splitter.feed(line):
                if (event := read_row(row, counts, number)) is not None:
                    waiting.append(event)
        waiting.sort(key=time_of)
        ready = bisect_left(waiting, bound, key=time_of)
        yield from waiting[:ready]
        del waiting[:ready]
    for row in chain(chain.from_iterable(map(splitter.feed, file)), splitter.flush()):
        if (event := read_row(row, counts, number)) is not None:
            waiting.append(event)
    yield from sorted(waiting, key=time_of)


def _sorted_on_disk(files: Iterable[IO[bytes]], counts: JournalCounts) -> Iterator[ChannelEvent]:
    events = _events(files, counts)
    with ExitStack() as stack:
        runs: list[Iterable[ChannelEvent]] = []
        run: list[ChannelEvent] = []
        for event in events:
            if len(run) == _SORTED_TOGETHER:
                run.sort(key=time_of)
                runs.append(_spill(run, stack))
                run = []
            run.append(event)
        run.sort(key=time_of)
        runs.append(run)
        yield from heapq.merge(*runs, key=time_of)


def time_of(event: ChannelEvent) -> datetime:
    """When it happened."""
    return event.at


def _events(files: Iterable[IO[bytes]], counts: JournalCounts) -> Iterator[ChannelEvent]:
    for number, file in enumerate(files):
        for row in split_rows(read_lines(file, partial(counts.note_lost, file=number))):
            if (event := read_row(row, counts, number)) is not None:
                yield event


def _spill(run: list[ChannelEvent], stack: ExitStack) -> Iterator[ChannelEvent]:
    """Put a sorted run on disk; read it back as it is asked for, some events at a time."""
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by the stack
    sizes = []
    for start in range(0, len(run), _SPILLED_TOGETHER):
        chunk = msgspec.msgpack.encode(run[start : start + _SPILLED_TOGETHER])
        sizes.append(file.write(chunk))
    file.seek(0)
    return _read_back(file, sizes)


def _read_back(file: IO[bytes], sizes: list[int]) -> Iterator[ChannelEvent]:
    decoder = msgspec.msgpack.Decoder(list[ChannelEvent])
    for size in sizes:
        yield from decoder.decode(file.read(size))
