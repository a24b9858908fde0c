"""Does the configuration know the PBX's outside lines? Where no call came in, it may not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from crm_store.filters import CallFilter
from crm_store.records import Direction
from pbx_bridge import app
from pbx_bridge.asterisk.cel import UnreadableRowError, event_from_row
from pbx_bridge.asterisk.journal_files import read_lines
from pbx_bridge.asterisk.journal_rows import split_rows
from pbx_bridge.calls.events import ChannelEvent, EventKind
from pbx_bridge.calls.lines import is_phone
from pbx_bridge.commands.plain import visible
from pbx_bridge.config import Config, PbxConfig

_ROWS = 20_000
"""So many rows of a journal are looked at: a PBX has a handful of trunks."""
_NAMED = 6


async def has_inbound_calls(config: Config, pbx: PbxConfig) -> bool:
    """Whether any call of this PBX, ever, came in from outside."""
    wanted = CallFilter(pbx=pbx.name, direction=Direction.INBOUND, limit=1)
    async with app.open_store(config) as store:
        return await store.read(lambda reader: next(reader.find_calls(wanted), None)) is not None


def explain_no_inbound(pbx: PbxConfig, journals: Sequence[Path]) -> Iterator[str]:
    """Say, in lines, what the configuration takes for outside, and where calls really began."""
    trunks, contexts = json.dumps(list(pbx.trunks)), json.dumps(list(pbx.inbound_contexts))
    yield (
        f"none of them came in from outside: no channel's name matches trunks = {trunks}, "
        f"and no channel's context inbound_contexts = {contexts}"
    )
    origins = Counter(origin for journal in journals for origin in _origins(journal))
    if origins:
        named = (
            f"{visible(name)} in {visible(context)} ({count})"
            for (name, context), count in origins.most_common(_NAMED)
        )
        yield (
            f"calls began at {', '.join(named)}: if one of these is an outside line, "
            f"name it in trunks of [[pbx]] {pbx.name}, and read the journal again"
        )


def _origins(journal: Path) -> Iterator[tuple[str, str]]:
    """The channel and the context of whoever began a call: ``PJSIP/provider-*``, ``voip-in``."""
    for event in _events(journal):
        is_first = event.kind is EventKind.CHANNEL_STARTED and event.uniqueid == event.linkedid
        if is_first and is_phone(event.channel):
            name, dash, _ = event.channel.rpartition("-")
            yield (f"{name}-*" if dash else event.channel, event.context)


def _events(journal: Path) -> Iterator[ChannelEvent]:
    with journal.open("rb") as file:
        for row in islice(split_rows(read_lines(file, lambda problem: None)), _ROWS):
            with suppress(UnreadableRowError):
                yield event_from_row(row.fields)
