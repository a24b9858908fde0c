"""One office with a real Asterisk for the tests that break things; see tests/live for its words.

Its trunk's calls enter by ``LAB_DOOR``: the shipped dialplan, or a door without a time limit of
its own, as in an older copy of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from bridge import Office, set_global

from pbx_bridge.lab import LabError, LabPbx, office_files

SETTINGS = {
    "PBX_BRIDGE_FALLBACK_DIAL": "PJSIP/1001",
    "PBX_BRIDGE_SEEN_AT": "1",
    "LAB_DOOR": "pbx-bridge-inbound",
}
_DIALPLAN = """
[lab-door]
exten => _X!,1,Goto(${LAB_DOOR},${EXTEN},1)

[old-broadcast]
exten => _X!,1,Gosub(pbx-bridge-start,s,1(inbound,${EXTEN}))
 same => n,Set(PBX_BRIDGE_NUMBER=${EXTEN})
 same => n,StasisBroadcast(500,^pbx-bridge.*,inbound:${EXTEN}:${CALLERID(num-pres)})
 same => n,Goto(pbx-bridge-call,${EXTEN},decide)

[old-stasis]
exten => _X!,1,Gosub(pbx-bridge-start,s,1(inbound,${EXTEN}))
 same => n,Set(PBX_BRIDGE_NUMBER=${EXTEN})
 same => n,Stasis(pbx-bridge,inbound:${EXTEN}:${CALLERID(num-pres)})
 same => n,Goto(pbx-bridge-call,${EXTEN},decide)

; The administrator's own ARI application, to which his fallback leads.
[own-ivr]
exten => _X!,1,Answer()
 same => n,Stasis(own-ivr)
 same => n,Dial(PJSIP/1001)
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder plays real calls."""
    for item in items:
        if "faults" in item.path.parts:
            item.add_marker(pytest.mark.live)


@pytest_asyncio.fixture(scope="session")
async def running_pbx() -> AsyncIterator[LabPbx]:
    """The office's PBX; a machine without the lab fails, it does not skip."""
    try:
        files = office_files(SETTINGS)
        entry = "[from-trunk]\ninclude => "
        files["extensions.conf"] = files["extensions.conf"].replace(
            f"{entry}pbx-bridge-inbound", f"{entry}lab-door"
        )
        files["extensions.conf"] += _DIALPLAN
        pbx = LabPbx(files)
    except LabError as error:
        pytest.fail(f"{error}: {error.hint}", pytrace=False)
    async with pbx:
        yield pbx


@pytest_asyncio.fixture
async def pbx(running_pbx: LabPbx) -> AsyncIterator[LabPbx]:
    """The office's PBX, running, and without a call before and after each test."""
    await running_pbx.start()
    yield running_pbx
    await running_pbx.start()
    await running_pbx.cli("channel request hangup all")
    async with asyncio.timeout(10):
        while "0 active channels" not in await running_pbx.cli("core show channels count"):  # noqa: ASYNC110 - Asterisk has no event for it
            await asyncio.sleep(0.02)


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store: SQLite, but for the scenarios that go `on_both_engines`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/crm.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest_asyncio.fixture
async def office(pbx: LabPbx, store_url: str) -> AsyncIterator[Office]:
    """The office with its company on file, before a bridge is started."""
    async with Office.open(pbx, store_url) as office:
        yield office
    for name, value in SETTINGS.items():
        await set_global(pbx, name, value)
    await set_global(pbx, "PBX_BRIDGE_FALLBACK_CONTEXT", "")
