"""A store on each engine in turn, with a clock that the test turns, and a small company."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import aiohttp
import pytest
from aiohttp import web
from capture_clock import Clock
from capture_company import write_company
from capture_site import Site

from crm_store.store import Store
from pbx_bridge.web.public.pages import add_public_pages


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(store_url: str, clock: Clock) -> AsyncIterator[Store]:
    """The company's store."""
    async with Store.open(store_url, migrate=True, clock=clock) as opened:
        await opened.write(write_company)
        yield opened


@pytest.fixture
async def site(store: Store, clock: Callable[[], datetime]) -> AsyncIterator[Site]:
    """The public pages, served."""
    app = web.Application()
    add_public_pages(app, store, country="AU", clock=clock)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with aiohttp.ClientSession() as http:
        yield Site(f"http://{host}:{port}", http)
    await runner.cleanup()
