"""What the dialplan noted at our door: the call ID that was shown, and whether we were in time.

Whoever greets a caller knows this as well, but he may be another bridge than the one that writes
the call down, or may have died in between. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from crm_store.records import Enrichment
from pbx_bridge.calls.events import ChannelEvent
from pbx_bridge.calls.plot import Plot

_SHORTFALLS = {
    "TIMEOUT": Enrichment.OVER_BUDGET,
    "SUCCESS": Enrichment.FAILED,
    "FAILED": Enrichment.NOT_ASKED,
    "AWAY": Enrichment.NOT_ASKED,
}
"""What STASISSTATUS means where nothing was set: nobody was in time; one was, and said nothing."""


def journaled_call_id(plot: Plot) -> str | None:
    """The call ID that the handset showed, where the dialplan was told one."""
    return next((id_ for note in _notes(plot) if (id_ := _shown_id(note))), None)


def journaled_enrichment(plot: Plot) -> Enrichment | None:
    """What became of looking the caller up; None where the journal does not tell."""
    for note in _notes(plot):
        if note.user_event == "PBX_BRIDGE_CALL":
            return Enrichment.ENRICHED
        if note.extra.get("text") == "unenriched" and "stasis" in note.extra:
            return _SHORTFALLS.get(note.extra["stasis"])
    return None


def _notes(plot: Plot) -> Iterator[ChannelEvent]:
    return (note for leg in plot.legs for note in leg.notes)


def _shown_id(note: ChannelEvent) -> str:
    return note.extra.get("id", "") if note.user_event == "PBX_BRIDGE_CALL" else ""
