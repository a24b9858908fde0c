"""A recording's length, address and place, or that there is none."""

from __future__ import annotations

import wave
from datetime import UTC, datetime
from pathlib import Path

from crm_store.records import Recording
from pbx_bridge.asterisk.recordings import RecordingFolder

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _wav(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * int(8000 * seconds))


def _recording(path: str) -> Recording:
    return Recording(path=path, url=None, started_at=NOON, seconds=None)


async def test_a_recording_is_measured_and_addressed(tmp_path: Path) -> None:
    """Asterisk's own path need not exist here: the file is found by its name in the folder."""
    _wav(tmp_path / "7K4Q2M.wav", 1.5)
    folder = RecordingFolder(tmp_path, "https://pbx.example/recordings/")
    [found] = await folder.measure((_recording("/var/spool/asterisk/monitor/7K4Q2M.wav"),))
    assert found == Recording(
        path=str(tmp_path / "7K4Q2M.wav"),
        url="https://pbx.example/recordings/7K4Q2M.wav",
        started_at=NOON,
        seconds=1.5,
    )


async def test_a_recording_without_sound_is_none(tmp_path: Path) -> None:
    """Nobody was bridged: MixMonitor leaves a header behind."""
    _wav(tmp_path / "7K4Q2M.wav", 0)
    assert await RecordingFolder(tmp_path, None).measure((_recording("7K4Q2M.wav"),)) == ()


async def test_a_missing_recording_stays_without_a_length(tmp_path: Path) -> None:
    """It was begun; whether it was ever written, nobody here can see."""
    recording = _recording("gone.wav")
    assert await RecordingFolder(tmp_path, None).measure((recording,)) == (recording,)


async def test_a_file_that_is_no_sound_does_no_harm(tmp_path: Path) -> None:
    """Rubbish under a recording's name has no length."""
    (tmp_path / "7K4Q2M.wav").write_bytes(b"RIFF rubbish")
    [found] = await RecordingFolder(tmp_path, None).measure((_recording("7K4Q2M.wav"),))
    assert found.seconds is None
