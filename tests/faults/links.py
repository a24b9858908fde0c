"""A bridge whose wires to the PBX can be broken, and what callers may be kept at most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from bridge import POLL_SECONDS, Office, ask_ready
from bridge_command import BridgeCommand
from link_proxy import LinkProxy

ANOTHER = "0491570110"
"""One more stranger: a second call of the first is no stranger's."""


@dataclass(slots=True, kw_only=True)
class WiredBridge:
    """A bridge, and the wires that it has to the PBX."""

    bridge: BridgeCommand
    ami: LinkProxy
    ari: LinkProxy

    def wires(self, names: str) -> list[LinkProxy]:
        """The wires of "AMI", "ARI" or "AMI and ARI"."""
        return [{"AMI": self.ami, "ARI": self.ari}[name] for name in names.split(" and ")]

    async def wait_for_problem(self, name: str, within: float) -> None:
        """Wait until `/readyz` names this link as down."""
        await wait_until_true(lambda: self._names(name), within, f"{name} is not seen as down")

    async def _names(self, name: str) -> bool:
        status, said = await ask_ready(self.bridge.web_port)
        return status == 503 and any(f"lab {name}" in each for each in said["problems"])


@asynccontextmanager
async def wired(
    office: Office, folder: Path, *, prelude: str = "", is_ready: bool = True, **pbx: Any
) -> AsyncIterator[WiredBridge]:
    """`pbx-bridge run` with a breakable wire before AMI and one before ARI."""
    async with AsyncExitStack() as stack:
        ami = await stack.enter_async_context(LinkProxy(office.pbx.ami_port))
        ari = await stack.enter_async_context(LinkProxy(office.pbx.ports.http))
        pbx = {"ami_port": ami.port, "ari_url": f"http://127.0.0.1:{ari.port}", **pbx}
        bridge = BridgeCommand(office, folder, prelude=prelude, is_ready=is_ready, pbx=pbx)
        yield WiredBridge(bridge=await stack.enter_async_context(bridge), ami=ami, ari=ari)


async def wait_until_true(ask: Callable[[], Any], within: float, what: str) -> None:
    """Poll an asynchronous question until it says yes; AssertionError with ``what`` if it never."""
    deadline = asyncio.get_running_loop().time() + within
    while not await ask():
        assert asyncio.get_running_loop().time() < deadline, f"{what} after {within} s"
        await asyncio.sleep(POLL_SECONDS)


async def ask_metrics(port: int) -> dict[str, float]:
    """Every sample of `/metrics` by its name with labels."""
    async with (
        aiohttp.ClientSession() as web,
        web.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    samples = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}
