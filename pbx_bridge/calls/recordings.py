"""Which files a call was recorded to. Pure: nobody looks at a disk here.

``MixMonitor`` starts with the file name as the dialplan gave it (often relative); our note
``PBX_BRIDGE_RECORDING`` and the end note carry the whole path. A one-touch recording shows only
in the end note. A voicemail message is a recording too.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

from pbx_bridge.calls.call import Recording
from pbx_bridge.calls.plot import Plot


def find_recordings(plot: Plot) -> tuple[Recording, ...]:
    """Find every file, in the order in which they were begun; lengths are unknown here."""
    found: list[Recording] = []
    for leg in plot.legs:
        for run in leg.runs:
            if run.name == "MixMonitor":
                _add(found, run.args.partition(",")[0], run.started_at)
        for note in leg.notes:
            if note.user_event == "PBX_BRIDGE_RECORDING":
                _add(found, note.extra.get("text", ""), note.at)
            _add(found, note.extra.get("recording", ""), leg.answered_at or leg.started_at)
            message = note.extra.get("vmfile", "")
            if message and note.extra.get("vm") == "SUCCESS":
                _add(found, f"{message}.wav", _voicemail_started_at(plot) or note.at)
    return tuple(sorted(found, key=lambda recording: recording.started_at))


def _add(found: list[Recording], path: str, started_at: datetime) -> None:
    """Add a file, or let a whole path take the place of its bare name."""
    if not path:
        return
    for index, known in enumerate(found):
        if PurePosixPath(known.path).name == PurePosixPath(path).name:
            if len(path) > len(known.path):
                found[index] = Recording(
                    path=path, url=None, started_at=known.started_at, seconds=None
                )
            return
    found.append(Recording(path=path, url=None, started_at=started_at, seconds=None))


def _voicemail_started_at(plot: Plot) -> datetime | None:
    for leg in plot.legs:
        for run in leg.runs:
            if run.name in {"VoiceMail", "Voicemail"}:
                return run.started_at
    return None
