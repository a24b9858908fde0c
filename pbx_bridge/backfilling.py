"""Backfill: whole journals into the store, each call once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO

from pbx_bridge.asterisk.journal import JournalCounts
from pbx_bridge.call_flow import CallFlow
from pbx_bridge.journal_telling import Batch, Reading, open_told_calls


@dataclass(slots=True)
class BackfillCounts:
    """What a backfill did."""

    journal: JournalCounts = field(default_factory=JournalCounts)
    calls: int = 0


async def write_journals(
    flow: CallFlow,
    reading: Reading,
    files: Sequence[IO[bytes]],
    on_progress: Callable[[BackfillCounts], None],
) -> BackfillCounts:
    """Write every call that these journals tell; what was told is written, also on an error.

    Raises:
        PbxBridgeError: they cannot be read to their end.
    """
    counts = BackfillCounts()
    async with open_told_calls(reading, files) as batches:
        async for batch in _one_ahead(batches):
            await flow.write_each(
                (told.change, told.call, partial(str, told.story)) for told in batch.calls
            )
            counts.calls += sum(told.more for told in batch.calls)
            counts.journal = batch.counts
            on_progress(counts)
    return counts


async def _one_ahead(batches: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
    """The same batches; the next one is fetched while the last one is written."""
    following = asyncio.ensure_future(anext(batches, None))
    try:
        while (batch := await following) is not None:
            following = asyncio.ensure_future(anext(batches, None))
            yield batch
    finally:
        following.cancel()
        await asyncio.wait({following})
