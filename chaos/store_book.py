"""The third book: what the store holds, asked as a manager asks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from chaos.books import StoreBook
from pbx_bridge.lab import LabError
from pbx_bridge.lab.programs import start_program


async def read_store(config: Path) -> StoreBook:
    """Ask ``pbx-bridge`` for every call, lead and activity; LabError when it cannot say."""
    return StoreBook(
        calls=await _ask(config, "calls"),
        leads=await _ask(config, "leads"),
        activities=await _ask(config, "activities"),
    )


async def count_ended(config: Path) -> int:
    """How many calls the store says are over."""
    return len(await _ask(config, "calls", "--ended"))


async def _ask(config: Path, *words: str) -> tuple[dict[str, Any], ...]:
    asked = await start_program(
        *(sys.executable, "-m", "pbx_bridge", "--config", str(config)),
        *(*words, "--format", "jsonl"),
        output="pipe",
    )
    answer, _ = await asked.communicate()
    if asked.returncode != 0:
        raise LabError(f"pbx-bridge {' '.join(words)} failed: {answer.decode()[-2000:]}")
    return tuple(json.loads(line) for line in answer.splitlines() if line.startswith(b"{"))
