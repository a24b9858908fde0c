"""Real speech for real calls: spoken once by espeak-ng, kept in the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path

from pbx_bridge.lab.errors import LabError
from pbx_bridge.lab.installation import cache_directory, find_program

#: Long enough for any call of demo and tests; softphones play a file once, without looping.
LOOP_SECONDS = 120


def speak(text: str, path: Path | None = None, *, voice: str = "en") -> Path:
    """Return a WAV (8 kHz, 16 bit, mono) that says ``text``; also copied to ``path`` when given."""
    key = hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()[:16]
    cached = _render(f"{key}.wav", lambda target: _say(text, voice, target))
    if path is None:
        return cached
    path.write_bytes(cached.read_bytes())
    return path


def repeat_speech(wav: Path, seconds: int = LOOP_SECONDS) -> Path:
    """Return ``wav`` said over and over, with a breath between, for at least ``seconds``."""
    breath_seconds = 0.7
    times = int(seconds / (wav_seconds(wav) + breath_seconds))
    key = hashlib.sha256(wav.read_bytes()).hexdigest()[:16]
    return _render(
        f"{key}-{seconds}s.wav",
        lambda target: _sox(
            str(wav), str(target), "pad", "0", f"{breath_seconds}", "repeat", f"{times}"
        ),
    )


def to_ulaw(wav: Path) -> Path:
    """Return the sound of ``wav`` as raw G.711 µ-law at 8 kHz, as SIPp plays it."""
    key = hashlib.sha256(wav.read_bytes()).hexdigest()[:16]
    return _render(
        f"{key}.ul",
        lambda target: _sox(str(wav), "-t", "ul", "-r", "8000", "-c", "1", str(target)),
    )


def wav_seconds(wav: Path) -> float:
    """Return the length of a PCM WAV file in seconds."""
    with wave.open(str(wav)) as sound:
        frames: int = sound.getnframes()
        return frames / int(sound.getframerate())


def _render(name: str, make: Callable[[Path], None]) -> Path:
    folder = cache_directory() / "speech"
    target = folder / name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Rendered beside its place and moved there, so that nobody ever plays half a file.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / name
            make(made)
            os.replace(made, target)
    return target


def _say(text: str, voice: str, target: Path) -> None:
    spoken = target.with_suffix(".spoken.wav")
    _run(find_program("espeak-ng"), "-v", voice, "-s", "150", "-w", str(spoken), "--", text)
    _sox(str(spoken), "-r", "8000", "-c", "1", "-b", "16", str(target))


def _sox(*words: str) -> None:
    _run(find_program("sox"), "-D", *words)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - our words
    if done.returncode != 0:
        raise LabError(f"{Path(argv[0]).name} failed: {done.stderr.strip()}")
