"""Our public pages as somebody outside sees them."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True)
class Site:
    """Our public pages on a port of their own, and somebody who asks them."""

    url: str
    http: aiohttp.ClientSession
