"""One PBX for all tests of the dialplan; its settings start afresh for each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from dialplan_lab import ANSWERING, DialplanLab, etc_files, open_lab


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_lab() -> AsyncIterator[DialplanLab]:
    """Asterisk with the shipped files, and an AMI user who may do everything."""
    async with open_lab(etc_files()) as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="session")
async def lab(running_lab: DialplanLab) -> DialplanLab:
    """The PBX with a phone to fall back on and no other setting."""
    await running_lab.set_globals(
        APP="pbx-bridge",
        FASTAGI="",
        BUDGET_MS="500",
        SEEN_AT="",
        FALLBACK_CONTEXT="",
        FALLBACK_DIAL=ANSWERING,
        FALLBACK_SECONDS="5",
        FALLBACK_VOICEMAIL="",
        FALLBACK_RECORD="no",
        CLOSED_SOUND="",
        TRUNK="",
        OUTBOUND_RECORD="no",
    )
    return running_lab
