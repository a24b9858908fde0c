"""All that strangers may ask for, put into the web application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from crm_store.store import Store
from pbx_bridge.web.public.forms import FormPages
from pbx_bridge.web.public.visitors import VisitorPages


def add_public_pages(
    app: web.Application,
    store: Store,
    *,
    country: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Serve web forms and visitors' numbers. ``country`` is that of numbers without a code."""
    app.add_routes(FormPages(store, country, clock).routes())
    app.add_routes(VisitorPages(store).routes())
