"""One office with a real Asterisk for all live tests; fresh phones for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from bridge import PATIENT_MS, SETTINGS, Office, set_global

from pbx_bridge.lab import LabError, LabPbx, Phone, Trunk, office_files

_BUDGET = "PBX_BRIDGE_BUDGET_MS"
QUEUES = {"500": ("1004",)}
#: The administrator's own dialplan, for the scenarios that make it the fallback.
OWN_DIALPLAN = """
[own-menu]
exten => _X!,1,Set(CALLERID(name)=${DB(lab/word)} ${SHELL(printf shell)} ${STAT(e,/dev/null)})
 same => n,Dial(PJSIP/1001)
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder plays real calls."""
    for item in items:
        if "live" in item.path.parts:
            item.add_marker(pytest.mark.live)


def office_pbx(version: int = 22) -> LabPbx:
    """The office's PBX, not started yet; a machine without the lab fails, it does not skip."""
    try:
        files = office_files(SETTINGS, queues=QUEUES, version=version)
        files["extensions.conf"] += OWN_DIALPLAN
        return LabPbx(files, version=version)
    except LabError as error:
        pytest.fail(f"{error}: {error.hint}", pytrace=False)


@asynccontextmanager
async def without_calls(pbx: LabPbx) -> AsyncIterator[LabPbx]:
    """The PBX, running, and without a call before and after a test."""
    await pbx.start()
    yield pbx
    await pbx.start()
    await pbx.cli("channel request hangup all")
    async with asyncio.timeout(10):
        while "0 active channels" not in await pbx.cli("core show channels count"):  # noqa: ASYNC110 - Asterisk has no event for it
            await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="session")
async def running_pbx() -> AsyncIterator[LabPbx]:
    """The office's PBX."""
    async with office_pbx() as pbx:
        yield pbx


@pytest_asyncio.fixture
async def pbx(running_pbx: LabPbx) -> AsyncIterator[LabPbx]:
    """The office's PBX, running, and without a call before and after each test."""
    async with without_calls(running_pbx):
        yield running_pbx


@pytest_asyncio.fixture(scope="session")
async def running_pbx16() -> AsyncIterator[LabPbx]:
    """The same office on Asterisk 16."""
    async with office_pbx(16) as pbx:
        yield pbx


@pytest_asyncio.fixture
async def pbx16(running_pbx16: LabPbx) -> AsyncIterator[LabPbx]:
    """The office's PBX on Asterisk 16; `Office.open(pbx16, …, door="fastagi")` calls by FastAGI."""
    async with without_calls(running_pbx16):
        yield running_pbx16


@pytest.fixture
def trunk(pbx: LabPbx) -> Trunk:
    """The world outside."""
    return Trunk(pbx)


@pytest_asyncio.fixture
async def alice(pbx: LabPbx) -> AsyncIterator[Phone]:
    """The softphone of extension 1001; it rings until told to answer."""
    async with Phone(pbx, "1001") as phone:
        yield phone


@pytest_asyncio.fixture
async def bob(pbx: LabPbx) -> AsyncIterator[Phone]:
    """The softphone of extension 1002."""
    async with Phone(pbx, "1002") as phone:
        yield phone


@pytest_asyncio.fixture
async def carol(pbx: LabPbx) -> AsyncIterator[Phone]:
    """The softphone of extension 1003."""
    async with Phone(pbx, "1003") as phone:
        yield phone


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store: SQLite, but for the scenarios that go `on_both_engines`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/crm.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest_asyncio.fixture
async def quiet_office(pbx: LabPbx, store_url: str) -> AsyncIterator[Office]:
    """The office with its company on file, before its bridge is started."""
    async with Office.open(pbx, store_url) as office:
        yield office
    await set_global(pbx, "PBX_BRIDGE_SEEN_AT", "1")


@pytest_asyncio.fixture
async def office(quiet_office: Office) -> AsyncIterator[Office]:
    """The office with its bridge running in this process, and patient callers.

    What these scenarios prove is what is told; a machine that stands still for half a second must
    not send a caller on without us. What callers wait at most is proven in test_bridge_away.py.
    """
    await set_global(quiet_office.pbx, _BUDGET, str(PATIENT_MS))
    async with quiet_office.bridged(mid_call={"budget_ms": PATIENT_MS}):
        yield quiet_office
    await set_global(quiet_office.pbx, _BUDGET, "500")
