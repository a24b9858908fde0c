"""How long a caller may be kept, counted from when he came and not from when we heard of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def budget(seconds: float) -> AsyncIterator[None]:
    """Like ``asyncio.timeout``, but of what is over before it begins nothing is even tried.

    Raises:
        TimeoutError: the seconds are over.
    """
    if seconds <= 0:
        raise TimeoutError
    async with asyncio.timeout(seconds):
        yield
