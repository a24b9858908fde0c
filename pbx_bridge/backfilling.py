"""Backfill: whole journals into the store, each call once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO

from pbx_bridge.asterisk.journal import JournalCounts
from pbx_bridge.call_flow import CallFlow
from pbx_bridge.errors import PbxBridgeError
from pbx_bridge.journal_telling import Reading, open_told_calls
from pbx_bridge.writes import Writes


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
    async with Writes.open() as writes:
        try:
            async with open_told_calls(reading, files) as batches:
                async for batch in batches:
                    for told in batch.calls:
                        story = None if told.story is None else partial(str, told.story)
                        await writes.run(flow.write(told.change, told.call, story))
                        counts.calls += told.is_first
                    counts.journal = batch.counts
                    on_progress(counts)
        except PbxBridgeError:
            await writes.drain()
            raise
        await writes.drain()
    on_progress(counts)
    return counts
