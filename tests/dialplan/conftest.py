"""One PBX for all tests of the dialplan; its settings start afresh for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from dialplan_lab import ANSWERING, Ami, DialplanLab, etc_files

from pbx_bridge.lab import LabPbx


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_lab() -> AsyncIterator[DialplanLab]:
    """Asterisk with the shipped files, and an AMI user who may do everything."""
    async with LabPbx(etc_files()) as pbx:
        reader, writer = await asyncio.open_connection("127.0.0.1", pbx.ami_port)
        await reader.readline()
        ami = Ami(reader, writer)
        await ami.send("Login", Username="test", Secret=pbx.secret, Events="off")
        yield DialplanLab(pbx, ami)
        writer.close()


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
