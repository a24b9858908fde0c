"""The whole API, tried out by a program that has read its document: it finds nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from crm_store.records import Account, Contact, Group, Lead, Role, User
from crm_store.store import Store
from pbx_bridge.web.api.routes import all_endpoints
from pbx_bridge.web.api.server import add_api
from pbx_bridge.web.services import Services

CONFIG = Path(__file__).parent / "schemathesis.toml"
TOKEN = "the-token-of-an-administrator"
PHASES = {"sqlite": "examples,coverage", "postgresql": "fuzzing"}
"""The systematic values on one engine, those by chance on the other: half a minute each."""


@dataclass(frozen=True, slots=True)
class Session:
    """An administrator, whatever is done to the users meanwhile."""

    user: User
    scopes: frozenset[str] = frozenset({"read", "write", "admin"})


async def authenticate(request: web.Request, store: Store) -> Session | None:
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return None
    return Session(User(name="zoe", role=Role.ADMINISTRATOR, groups=("North",)))


@pytest.fixture
async def url(store_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """The API over a store with a few records of each kind."""

    def make(writer: Any) -> None:
        writer.add(Group(name="North"))
        for name in ("zoe", "yan"):
            writer.add(User(name=name, role=Role.ADMINISTRATOR, groups=("North",)))
        for number in range(3):
            writer.add(Lead(name=f"Ada {number}"))
            writer.add(Contact(name=f"Bob {number}"))
            writer.add(Account(name=f"Acme {number}"))

    async with Store.open(store_url, migrate=True) as store:
        await store.write(make)
        app = web.Application()
        services = Services(lists_folder=tmp_path)
        add_api(app, store, all_endpoints(), authenticate, services)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
        await runner.cleanup()


@pytest.mark.timeout(600)
async def test_schemathesis_finds_nothing(
    url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """All checks, on every endpoint: no defect, no undocumented answer, no bad value let by."""
    engine = request.node.callspec.params["store_url"]
    program = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).parent / "schemathesis", "--config-file", CONFIG),
        *("run", f"{url}/openapi.json", "--phases", PHASES[engine]),
        *("-H", f"Authorization: Bearer {TOKEN}", "--continue-on-failure"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await program.communicate()
    assert program.returncode == 0, said.decode(errors="replace")
