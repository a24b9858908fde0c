"""A store that goes by the real clock, on each engine in turn, and receivers of web hooks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from crm_store.store import Store
from pbx_bridge.messages import web_hooks
from tests.messages.receiver import Receiver


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Store.open(store_url, migrate=True) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver.open() as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits seconds and days waits a moment here; the schedule has a test of its own."""
    monkeypatch.setattr(web_hooks, "WEB_HOOK_WAITS", (0.05, 0.1, 0.2, 0.4))
    monkeypatch.setattr(web_hooks, "rest_after", lambda failures, chance: 0.05)
    monkeypatch.setattr(web_hooks, "_LOOK_SECONDS", 0.02)
