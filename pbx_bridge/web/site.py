"""The one web application of the bridge: health, metrics, the API, and what strangers may ask."""

from __future__ import annotations

import asyncio

from aiohttp import web

from crm_store.store import Store
from pbx_bridge.web.api.access import authenticate
from pbx_bridge.web.api.routes import all_endpoints
from pbx_bridge.web.api.server import add_api
from pbx_bridge.web.health import Health, make_health_app
from pbx_bridge.web.public.pages import add_public_pages
from pbx_bridge.web.services import Services
from pbx_bridge.web.unsubscribe import add_unsubscribe


def make_site(health: Health, store: Store, services: Services) -> web.Application:
    """The web application, for a server or a test."""
    app = make_health_app(health)
    add_api(app, store, all_endpoints(), authenticate, services)
    add_public_pages(app, store, country=services.country)
    add_unsubscribe(app, store)
    return app


async def serve_site(app: web.Application, host: str, port: int) -> None:
    """Serve until cancelled."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
