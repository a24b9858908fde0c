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
    ("stasis", "TIMEOUT"): Enrichment.OVER_BUDGET,
    ("stasis", "SUCCESS"): Enrichment.FAILED,
    ("stasis", "FAILED"): Enrichment.NOT_ASKED,
    ("stasis", "AWAY"): Enrichment.NOT_ASKED,
    ("agi", "HANGUP"): Enrichment.OVER_BUDGET,
    ("agi", "SUCCESS"): Enrichment.FAILED,
    ("agi", "FAILURE"): Enrichment.NOT_ASKED,
}
"""What STASISSTATUS and AGISTATUS mean where nothing was set."""


def journaled_call_id(plot: Plot) -> str | None:
    """The call ID that the handset showed, where the dialplan was told one."""
    return next((id_ for note in _notes(plot) if (id_ := _shown_id(note))), None)


def journaled_enrichment(plot: Plot) -> Enrichment | None:
    """What became of looking the caller up; None where the journal does not tell."""
    for note in _notes(plot):
        if note.user_event == "PBX_BRIDGE_CALL":
            return Enrichment.ENRICHED
        if note.extra.get("text") == "unenriched":
            said = (_SHORTFALLS.get(word) for word in note.extra.items())
            return next((enrichment for enrichment in said if enrichment is not None), None)
    return None


def _notes(plot: Plot) -> Iterator[ChannelEvent]:
    return (note for leg in plot.legs for note in leg.notes)


def _shown_id(note: ChannelEvent) -> str:
    return note.extra.get("id", "") if note.user_event == "PBX_BRIDGE_CALL" else ""
