"""Recordings on disk: where Asterisk's file is on this host, how long it plays, its address."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from crm_store.records import Recording

_LOOKS = 4
_PAUSE_SECONDS = 0.1
"""MixMonitor closes its file a moment after the channel has ended."""


class RecordingFolder:
    """The folder that one PBX's recordings appear in on this host."""

    def __init__(self, folder: Path | None, base_url: str | None) -> None:
        self._folder = folder
        self._base_url = base_url.rstrip("/") if base_url else None

    async def measure(self, recordings: tuple[Recording, ...]) -> tuple[Recording, ...]:
        """Add each file's length (seconds of sound) and address.

        A file that is missing has no length. One that holds no sound at all is no recording:
        MixMonitor leaves an empty file behind when nobody was bridged.
        """
        measured = [await self._measure_one(recording) for recording in recordings]
        return tuple(recording for recording in measured if recording.seconds != 0)

    async def _measure_one(self, recording: Recording) -> Recording:
        name = PurePosixPath(recording.path).name
        url = f"{self._base_url}/{quote(name)}" if self._base_url else recording.url
        for look in range(_LOOKS):
            found = await asyncio.to_thread(_find_length, self._places(recording.path, name))
            if found is not None:
                path, seconds = found
                return replace(recording, path=str(path), url=url, seconds=seconds)
            if look + 1 < _LOOKS and self._folder is not None:
                await asyncio.sleep(_PAUSE_SECONDS)
        return replace(recording, url=url)

    def _places(self, path: str, name: str) -> Sequence[Path]:
        places = [Path(path)] if PurePosixPath(path).is_absolute() else []
        if self._folder is not None:
            places += [self._folder / path.lstrip("/"), self._folder / name]
        return places


def _find_length(places: Sequence[Path]) -> tuple[Path, float] | None:
    for place in places:
        try:
            with wave.open(str(place), "rb") as sound:
                return place, round(sound.getnframes() / sound.getframerate(), 3)
        except (OSError, ValueError, wave.Error, EOFError, ZeroDivisionError):
            continue
    return None
