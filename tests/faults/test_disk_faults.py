"""Nowhere to write: the log's disk is full, nobody reads the log, an upload finds no room."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
import structlog
from paper_pbx import PaperPbx, linkedid_of, settings_on_paper

from crm_store.errors import StoreLocked
from crm_store.store import Store
from pbx_bridge.flow_settings import FlowCounts
from pbx_bridge.patient_writes import PatientWrites


@contextmanager
def full_disk() -> Iterator[int]:
    """Whatever is written fails: ENOSPC."""
    number = os.open("/dev/full", os.O_WRONLY)
    yield number
    os.close(number)


@contextmanager
def nobody_reads() -> Iterator[int]:
    """A pipe whose reader is gone: EPIPE."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@asynccontextmanager
async def bridge_command(
    config: Path, error_output: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``pbx-bridge run`` whose log goes there."""
    words = ("-m", "pbx_bridge", "--config", str(config), "run")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stderr=error_output, stdout=error_output
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.parametrize("output", [full_disk, nobody_reads])
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_log_that_cannot_be_written_ends_nothing(
    tmp_path: Path, store_url: str, output: object
) -> None:
    """Calls are told as before; what the log would have said is lost."""
    pbx = PaperPbx(tmp_path / "journal.csv")
    settings = settings_on_paper(pbx, store_url)
    config = tmp_path / "pbx-bridge.toml"
    config.write_text(_toml(settings))
    async with Store.open(store_url, migrate=True) as store:
        with output() as error_output:  # type: ignore[operator]
            async with bridge_command(config, error_output) as bridge:
                pbx.play(1, 2)
                told: list[str] = []
                async with asyncio.timeout(90):
                    while len(told) < 2 and bridge.returncode is None:
                        await asyncio.sleep(0.1)
                        calls = await store.read(lambda r: list(r.find_calls()))
                        told = [call.linkedid for call in calls if call.ended_at is not None]
                is_running = bridge.returncode is None
    assert (told, is_running) == ([linkedid_of(1), linkedid_of(2)], True)


async def test_a_store_that_is_away_is_said_once_and_not_for_each_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five hundred calls that try again every five seconds would fill the disk with their logs."""
    monkeypatch.setattr("pbx_bridge.patient_writes._RETRY_SECONDS", (0.001,))
    tries = 0

    class Away:
        async def write(self, unit: object) -> str:
            nonlocal tries
            tries += 1
            if tries < 500:
                raise StoreLocked("locked")
            return "written"

    counts = FlowCounts()
    writer = PatientWrites(Away(), "lab", counts)  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as said:
        written = await asyncio.gather(*(writer.write(f"1.{n}", lambda _: None) for n in range(50)))
    assert written == ["written"] * 50
    assert [one["event"] for one in said] == ["store is away, will try again", "store is back"]
    assert (counts.waiting, counts.unwritten) == (0, 0)


def _toml(settings: dict[str, object]) -> str:
    lines: list[str] = []
    for name, section in settings.items():
        is_list = isinstance(section, list)
        for one in section if is_list else [section]:  # type: ignore[union-attr]
            lines.append(f"[[{name}]]" if is_list else f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in one.items()]  # type: ignore[attr-defined]
    return "\n".join(lines) + "\n"
