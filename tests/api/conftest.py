"""The API on a real server, over a real store, and somebody with a token for each role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from api_people import Api, People

from crm_store.access import credentials
from crm_store.records import Group, Role, User
from crm_store.store import Store
from pbx_bridge.web.api.access import authenticate
from pbx_bridge.web.api.routes import all_endpoints
from pbx_bridge.web.api.server import add_api

SCOPES = {
    "zoe": ("read", "write", "admin"),
    "mia": ("read", "write"),
    "ann": ("read", "write"),
    "sue": ("read", "write"),
    "guest": ("read",),
}


@pytest.fixture
async def served_store(store_url: str) -> AsyncIterator[Store]:
    """A store with five users and two groups."""
    async with Store.open(store_url, migrate=True) as opened:

        def make(writer: Any) -> None:
            for name in ("North", "South"):
                writer.add(Group(name=name))
            for name, role, group in (
                ("zoe", Role.ADMINISTRATOR, "North"),
                ("mia", Role.MANAGER, "North"),
                ("ann", Role.AGENT, "North"),
                ("sue", Role.AGENT, "South"),
                ("guest", Role.AGENT, "North"),
            ):
                writer.add(User(name=name, role=role, groups=(group,)))

        await opened.write(make)
        yield opened


@pytest.fixture
def services() -> Any:
    """What the API is given besides the store; a module may give its own."""
    return None


@pytest.fixture
async def people(served_store: Store, services: Any) -> AsyncIterator[People]:
    """The API, served on a port of its own."""
    app = web.Application()
    add_api(app, served_store, all_endpoints(), authenticate, services)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    tokens = {
        name: (
            await served_store.write(
                lambda w, name=name, scopes=scopes: credentials.make_token(
                    w, name, name="test", scopes=scopes
                )
            )
        ).secret
        for name, scopes in SCOPES.items()
    }
    async with aiohttp.ClientSession() as http:
        url = f"http://{host}:{port}/api/v1"
        yield People(
            **{name: Api(url, token, http) for name, token in tokens.items()},
            nobody=Api(url, None, http),
        )
    await runner.cleanup()


@pytest.fixture
def zoe(people: People) -> Api:
    """The administrator."""
    return people.zoe
